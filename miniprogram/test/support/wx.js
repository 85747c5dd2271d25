'use strict';

/** https://developers.weixin.qq.com/miniprogram/dev/api/network/request/wx.request.html; PATCH is none of them. */
const METHODS = ['OPTIONS', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'CONNECT'];

/** What frameworks ask the phone for while they load. */
const SYSTEM = { platform: 'android', system: 'Android 14', SDKVersion: '3.8.0', language: 'zh_CN', windowWidth: 375, windowHeight: 700, pixelRatio: 2, model: 'model' };

/**
 * `wx` of one process on a phone.
 * @param phone the phone: its storage, its network, its user and what that one has agreed to
 * @param live makes of a callback one that dies with the process
 */
function makeWx(phone, live) {
  const own = process => Object.assign({}, process);
  const system = () => own(SYSTEM);
  const end = (options, error, result) => phone.later(() => {
    const name = error ? 'fail' : 'success';
    live(options[name])(error || result);
    if (options.complete) live(options.complete)(error || result);
  });
  const privacy = phone.privacy;

  return {
    login: options => {
      phone.wxLogins++;
      phone.wxLoginsAtOnce = Math.max(phone.wxLoginsAtOnce, ++phone.wxLoginsNow);
      phone.later(() => phone.world.code(phone.user).finally(() => { phone.wxLoginsNow--; })
        .then(code => live(options.success)({ code, errMsg: 'login:ok' }), error => live(options.fail)({ errMsg: 'login:fail ' + error.message })));
    },
    request: options => {
      const method = options.method || 'GET';
      if (!METHODS.includes(method)) {
        end(options, { errMsg: 'request:fail method is invalid', errno: 600009 });
        return undefined;
      }

      const header = Object.assign({}, options.header);
      // What wx.request sends where nobody says otherwise.
      if (!Object.keys(header).some(name => name.toLowerCase() === 'content-type')) header['content-type'] = 'application/json';
      return phone.send(options, live, { method, header, data: options.data });
    },
    uploadFile: options => phone.send(options, live, { method: 'POST', header: options.header || {}, filePath: options.filePath }, true),
    getStorageSync: key => phone.storage.has(key) ? JSON.parse(phone.storage.get(key)) : '',
    setStorageSync: live((key, value) => { phone.storage.set(key, JSON.stringify(value)); }),

    getPrivacySetting: options => end(options, null, { needAuthorization: !privacy.agreed, privacyContractName: '《示例小程序隐私保护指引》', errMsg: 'getPrivacySetting:ok' }),
    requirePrivacyAuthorize: options => phone.usePersonalData('requirePrivacyAuthorize', error => end(options, error, { errMsg: 'requirePrivacyAuthorize:ok' })),
    openPrivacyContract: options => {
      privacy.contractsShown++;
      end(options, null, { errMsg: 'openPrivacyContract:ok' });
    },
    onNeedPrivacyAuthorization: listener => { privacy.listener = live(listener); },

    showToast: options => { phone.toasts.push(options.title); },
    navigateTo: options => { phone.visited.push(options.url); },
    navigateBack: () => { phone.visited.push('back'); },
    switchTab: options => { phone.visited.push(options.url); },
    onNetworkStatusChange: listener => { phone.networkListeners.push(listener); },
    offNetworkStatusChange: listener => { phone.networkListeners = phone.networkListeners.filter(each => each !== listener); },

    canIUse: () => true,
    getSystemInfoSync: system,
    getAppBaseInfo: system,
    getWindowInfo: system,
    getDeviceInfo: system,
    getLaunchOptionsSync: () => ({ path: '', query: {}, scene: 1001 }),
    // What the projects under test/builds show of themselves to the tests; no phone has it.
    reveal: parts => { phone.revealed = parts; }
  };
}

module.exports = { makeWx, METHODS };
