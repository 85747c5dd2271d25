const { createWxAuth } = require('../wxauth.js');
const config = require('./config.js');

/** wx.login of WeChat's simulator: its codes come from the development server. */
const simulatedLogin = (/** @type {WechatMiniprogram.LoginOption} */ options) => wx.request({
  url: config.baseUrl + '/simulator/wx/login?user=' + encodeURIComponent(config.simulatorUser),
  success: ({ data }) => {
    const { code } = /** @type {{ code: string }} */ (data);
    if (options.success) options.success({ code, errMsg: 'login:ok' });
  },
  fail: ({ errMsg }) => {
    if (options.fail) options.fail({ errMsg, errno: 0 });
  }
});

/** The one instance of the app: every page requires this module. */
const auth = createWxAuth({
  baseUrl: config.baseUrl,
  appId: config.appId || undefined,
  platform: config.simulatorUser ? Object.assign({}, wx, { login: simulatedLogin }) : wx
});

/**
 * The text for the user: what the server wrote, or a sentence for what never reached it.
 * @param {any} error
 * @returns {string}
 */
function textOf(error) {
  switch (error.code) {
    case 'signed_out': return '';
    case 'network': return '网络不给力，请稍后再试';
    case 'wx_login_failed': return '微信登录失败，请稍后再试';
    case 'phone_denied': return '您没有授权手机号，可以稍后再说';
    case 'phone_quota_used_up': return '手机号验证暂不可用';
    case 'privacy_refused': return '您没有同意隐私保护指引，这一项暂不可用，其他功能不受影响';
    case 'privacy_undeclared': return '这一项暂不可用';
    default: return error.retryAfter ? error.title + '（' + error.retryAfter + ' 秒后再试）' : error.title;
  }
}

module.exports = { auth, textOf };
