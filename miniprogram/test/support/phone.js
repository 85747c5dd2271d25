'use strict';

const { MiniProgram } = require('./mini-program.js');
const { programs } = require('./platforms.js');
const { makeWx } = require('./wx.js');

/** What a phone keeps while its processes come and go: its user, its storage, its network, and what it has counted. */
class Phone {
  constructor(world, user, options) {
    this.world = world;
    this.user = user;
    this.options = options || {};
    this.storage = new Map();
    this.process = null;
    this.wxLogins = 0;
    this.wxLoginsNow = 0;
    this.wxLoginsAtOnce = 0;
    this.sent = [];
    this.signedOut = [];
    this.faults = [];
    this.randomFault = () => null;
    /** Sessions that the server has made for this phone, heard of or not. */
    this.sessions = new Set();
    this.offline = false;
    this.networkListeners = [];
    this.toasts = [];
    this.visited = [];
    /** What the WeChat of this phone is too old for. */
    this.absent = [];
    /** What WeChat knows of the user's consent; `answer` is what he says to WeChat's own window. */
    this.privacy = { agreed: true, declared: true, answer: 'agree', asked: [], tapped: new Set(), listener: null, contractsShown: 0 };
  }

  /** Opens the mini-program of this run's platform, a new process over the same storage, and makes its `auth`. */
  start() {
    const { folder, open } = programs();
    const program = this.open(folder);
    const { createWxAuth, WxAuthError, platform } = open(program, this);
    this.WxAuthError = WxAuthError;
    this.auth = createWxAuth(Object.assign({ baseUrl: this.world.baseUrl, random: this.world.random, clock: this.clock, platform }, this.options));
    this.auth.onSignedOut((reason, event) => this.signedOut.push(Object.assign({ reason }, event)));
    return this.auth;
  }

  /** A new process that runs the mini-program in the folder. */
  open(folder) {
    const own = { alive: true };
    this.process = own;
    const { time } = this.world;
    const live = callback => (...results) => own.alive && callback ? callback(...results) : undefined;
    this.clock = {
      now: () => time.now(),
      setTimeout: (callback, milliseconds) => time.setTimeout(live(callback), milliseconds),
      clearTimeout: timer => time.clearTimeout(timer)
    };
    this.privacy.listener = null;
    this.networkListeners.length = 0;
    this.wx = makeWx(this, live);
    this.absent.forEach(name => { delete this.wx[name]; });
    return new MiniProgram(folder, this.wx, this.clock);
  }

  /** Ends the process: nothing that was under way is heard of again. */
  kill() {
    this.process.alive = false;
  }

  /** What happens to the next call of this path: 'request' or 'answer' is lost, the answer comes 'twice' or 'late' after a failure. */
  disturb(path, fault, times = 1) {
    for (let i = 0; i < times; i++) this.faults.push({ path, fault });
  }

  later(happen) {
    const [least, most] = this.world.latency;
    this.world.time.setTimeout(happen, least + Math.floor(this.world.random() * (most - least)));
  }

  send(options, live, request, asText) {
    request.path = new URL(options.url).pathname;
    request.url = options.url;
    if (request.data !== undefined) request.data = JSON.parse(JSON.stringify(request.data));
    this.sent.push(request);
    const fault = this.faultOf(request.path);
    const fail = () => live(options.fail)({ errMsg: 'request:fail interrupted', errno: 600001 });
    const succeed = response => live(options.success)(asText ? Object.assign({}, response, { data: JSON.stringify(response.data) }) : response);
    this.later(() => {
      if (fault === 'request') return fail();
      let answer = this.world.deliver(request);
      if (fault === 'delivered twice') answer = answer.then(() => this.world.deliver(request));
      return answer.then(response => this.later(() => {
        if (request.path === '/api/auth/login' && response.statusCode === 200) this.sessions.add(response.data.sessionId);
        if (fault === 'answer') return fail();
        if (fault === 'late') {
          fail();
          return this.later(() => succeed(response));
        }

        succeed(response);
        return fault === 'twice' ? this.later(() => succeed(response)) : undefined;
      }), fail);
    });
    return { abort() {} };
  }

  faultOf(path) {
    if (this.offline) return 'request';
    const index = this.faults.findIndex(each => each.path === path);
    return index >= 0 ? this.faults.splice(index, 1)[0].fault : this.randomFault(path);
  }

  /** The network comes and goes, and the mini-program is told. */
  network(isConnected) {
    this.offline = !isConnected;
    this.networkListeners.slice().forEach(listener => listener({ isConnected, networkType: isConnected ? 'wifi' : 'none' }));
  }

  /**
   * What WeChat does before something personal is handed out: it must be declared in the console, and the user must have agreed,
   * in the program's own window where it listens, else in WeChat's.
   * https://developers.weixin.qq.com/miniprogram/dev/framework/user-privacy/PrivacyAuthorize.html
   * @param done gets the failure, or null
   */
  usePersonalData(referrer, done) {
    const { privacy } = this;
    const name = referrer.split('.').pop();
    const refused = { errMsg: name + ':fail privacy permission is not authorized', errno: 104 };
    if (!privacy.declared) return done({ errMsg: name + ':fail api scope is not declared in the privacy agreement', errno: 112 });
    if (privacy.agreed) return done(null);
    if (privacy.listener === null) {
      privacy.agreed = privacy.answer === 'agree';
      return done(privacy.agreed ? null : refused);
    }

    let over = false;
    return privacy.listener(({ event, buttonId }) => {
      privacy.asked.push(event);
      if (event === 'exposureAuthorization' || over) return;
      over = true;
      // WeChat looks whether the user has really tapped the button.
      privacy.agreed = privacy.agreed || event === 'agree' && privacy.tapped.has(buttonId);
      done(privacy.agreed ? null : refused);
    }, { referrer });
  }

  /** Taps a button of open-type getPhoneNumber or getRealtimePhoneNumber. Resolves to its event. */
  tapPhoneButton(name = 'getPhoneNumber', deny = false) {
    return new Promise(resolve => this.usePersonalData('button.' + name, error => {
      if (error) return resolve({ detail: error });
      if (deny) return resolve({ detail: { errMsg: name + ':fail user deny', errno: 1400000 } });
      return this.world.phoneCode(this.user).then(code => resolve({ detail: { code, errMsg: name + ':ok' } }));
    }));
  }

  calls(path) {
    return this.sent.filter(request => request.path === path).length;
  }

  /** The stored access token counts as too old from the next start on. */
  ageTokens() {
    const value = JSON.parse(this.storage.get('wxauth'));
    value.tokens.issuedAt -= value.tokens.lifetime + 1000;
    this.storage.set('wxauth', JSON.stringify(value));
  }
}

module.exports = { Phone };
