'use strict';

const { createWxAuth } = require('../../wxauth.js');

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
  }

  /** Opens the mini-program: a new process over the same storage. */
  start() {
    const own = { alive: true };
    this.process = own;
    const { time } = this.world;
    const live = callback => (...results) => { if (own.alive && callback) callback(...results); };
    this.auth = createWxAuth(Object.assign({
      baseUrl: this.world.baseUrl,
      random: this.world.random,
      clock: {
        now: () => time.now(),
        setTimeout: (callback, milliseconds) => time.setTimeout(live(callback), milliseconds),
        clearTimeout: timer => time.clearTimeout(timer)
      },
      wx: {
        login: ({ success, fail }) => {
          this.wxLogins++;
          this.wxLoginsAtOnce = Math.max(this.wxLoginsAtOnce, ++this.wxLoginsNow);
          this.later(() => this.world.code(this.user).finally(() => { this.wxLoginsNow--; })
            .then(code => live(success)({ code, errMsg: 'login:ok' }), error => live(fail)({ errMsg: String(error) })));
        },
        request: options => this.send(own, options, live, { method: options.method || 'GET', header: options.header, data: options.data }),
        uploadFile: options => this.send(own, options, live, { method: 'POST', header: options.header, filePath: options.filePath }, true),
        getStorageSync: key => this.storage.has(key) ? JSON.parse(this.storage.get(key)) : '',
        setStorageSync: (key, value) => { if (own.alive) this.storage.set(key, JSON.stringify(value)); }
      }
    }, this.options));
    this.auth.onSignedOut((reason, event) => this.signedOut.push(Object.assign({ reason }, event)));
    return this.auth;
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

  send(own, options, live, request, asText) {
    request.path = options.url.slice(this.world.baseUrl.length).split('?')[0];
    request.url = options.url;
    if (request.data !== undefined) request.data = JSON.parse(JSON.stringify(request.data));
    this.sent.push(request);
    const fault = this.faultOf(request.path);
    const fail = () => live(options.fail)({ errMsg: 'request:fail interrupted' });
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
    const index = this.faults.findIndex(each => each.path === path);
    return index >= 0 ? this.faults.splice(index, 1)[0].fault : this.randomFault(path);
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
