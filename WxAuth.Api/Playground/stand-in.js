import { text, languageTag } from './texts.js';

const SECRETS = /^(code|accessToken|refreshToken|bindingTicket|phoneCode)$/;
const ASKS_WECHAT = ['/api/auth/login', '/api/users/me/phone'];
/** What wx.request sends; PATCH is none of them. */
const METHODS = ['OPTIONS', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'CONNECT'];
const ANSWERS = { jscode2session: 'openid, session_key', stable_token: 'access_token', getuserphonenumber: 'phone_info' };

/**
 * What a phone is to the library: `wx` over fetch and localStorage, with codes from the server's WeChat simulator. Everything that
 * goes over the wire is handed to `record` as it happens.
 */
export class Phone {
  constructor({ user, slot, appId, record, other }) {
    Object.assign(this, { user, appId, record, other });
    this.storageName = 'wxauth-playground:' + slot;
    this.files = new Map();
    this.ahead = 0;
    this.lost = null;
    this.codeHook = null;
    this.sentKeys = new Set();
    this.process = null;
  }

  /** Opens the mini-program: a new process over the same storage. */
  open() {
    if (this.process) this.process.alive = false;
    const own = { alive: true };
    this.process = own;
    const live = callback => result => { if (own.alive && callback) callback(result); };
    this.auth = window.module.exports.createWxAuth({
      baseUrl: location.origin,
      appId: this.appId,
      language: languageTag(),
      clock: {
        now: () => Date.now() + this.ahead,
        setTimeout: (callback, milliseconds) => {
          // The library's pauses between tries; its 20 s watchdogs are no news.
          if (own.alive && milliseconds >= 300 && milliseconds < 15000) this.note(() => text('waits', (milliseconds / 1000).toFixed(1)));
          return setTimeout(() => { if (own.alive) callback(); }, milliseconds);
        },
        clearTimeout: timer => clearTimeout(timer)
      },
      platform: {
        login: options => { this.login(live(options.success), live(options.fail)); },
        request: options => { this.send(options, live(options.success), live(options.fail)); },
        uploadFile: options => { this.send(options, live(options.success), live(options.fail)); },
        getStorageSync: () => this.read(),
        setStorageSync: (key, value) => { if (own.alive) localStorage.setItem(this.storageName, JSON.stringify({ user: this.user, value })); }
      }
    });
    this.auth.onSignedOut(reason => this.note(() => text('ended', reason)));
    return this.auth;
  }

  kill() {
    this.process.alive = false;
  }

  /** As if the mini-program had never been on this phone. */
  wipe() {
    localStorage.removeItem(this.storageName);
  }

  /** What is stored, unless it is another user's. */
  read() {
    try {
      const kept = JSON.parse(localStorage.getItem(this.storageName));
      return kept && kept.user === this.user ? kept.value : '';
    } catch (error) {
      return ''; // not ours: as good as nothing
    }
  }

  note(label) {
    this.record({ note: true, at: 'phone', label, other: this.other });
  }

  arrow(row) {
    this.record(Object.assign({ other: this.other }, row));
  }

  async login(success, fail) {
    this.arrow({ from: 'phone', to: 'wechat', label: 'wx.login()' });
    try {
      const { code } = await getJson('/simulator/wx/login?user=' + encodeURIComponent(this.user) + (this.appId ? '&appId=' + this.appId : ''));
      this.arrow({ from: 'wechat', to: 'phone', kind: 'answer', label: 'code ' + short(code), why: () => text('whyCode') });
      if (this.codeHook) {
        const hook = this.codeHook;
        this.codeHook = null;
        await hook(code);
      }

      success({ code, errMsg: 'login:ok' });
    } catch (error) {
      this.arrow({ from: 'wechat', to: 'phone', kind: 'bad', label: String(error.message) });
      fail({ errMsg: 'login:fail ' + error.message });
    }
  }

  /** wx.request and wx.uploadFile. */
  async send(options, success, fail) {
    const method = options.filePath ? 'POST' : options.method;
    if (!METHODS.includes(method)) {
      fail({ errMsg: 'request:fail method is invalid' });
      return;
    }

    const path = options.url.slice(location.origin.length);
    const asks = ASKS_WECHAT.includes(path);
    const before = asks ? await getJson('/simulator/statistics') : null;
    const key = options.header['Idempotency-Key'];
    const again = key !== undefined && this.sentKeys.has(key);
    if (key) this.sentKeys.add(key);
    this.arrow({
      from: 'phone', to: 'wxauth', label: method + ' ' + path.replace(/[^/]{30,}/, short), detail: describe(options.header, options.data),
      why: again ? () => text('whyAgain') : path === '/api/auth/login' ? () => text('whyLogin') : undefined
    });

    let response;
    try {
      response = await this.fetch(options, method);
    } catch (error) {
      this.arrow({ from: 'wxauth', to: 'phone', kind: 'bad', label: String(error.message) });
      fail({ errMsg: 'request:fail ' + error.message });
      return;
    }

    if (asks) drawWeChat(before, await getJson('/simulator/statistics'), row => this.arrow(row));
    if (this.lost && this.lost.path === path) {
      const { then } = this.lost;
      this.lost = null;
      this.arrow({ from: 'wxauth', to: 'phone', kind: 'bad', label: () => text('lost') });
      then();
      fail({ errMsg: 'request:fail interrupted' });
      return;
    }

    this.arrow(answerRow(path, response));
    success(options.filePath ? Object.assign(response, { data: JSON.stringify(response.data) }) : response);
  }

  async fetch(options, method) {
    const headers = Object.assign({}, options.header);
    let body;
    if (options.filePath) {
      body = new FormData();
      body.append(options.name, this.files.get(options.filePath), 'avatar.png');
    } else if (options.data !== undefined && method !== 'GET') {
      headers['Content-Type'] = 'application/json';
      body = JSON.stringify(options.data);
    }

    const answer = await fetch(options.url, { method, headers, body, cache: 'no-store', credentials: 'omit' });
    const content = await answer.text();
    return { statusCode: answer.status, header: Object.fromEntries(answer.headers), data: parse(content) };
  }
}

export async function getJson(path) {
  const response = await fetch(path, { cache: 'no-store' });
  if (!response.ok) throw new Error(path.split('?')[0] + ': HTTP ' + response.status);
  return response.json();
}

/** Draws the calls that WeChat's counters confirm to have happened between the two readings. */
export function drawWeChat(before, after, arrow) {
  Object.keys(after).forEach(call => {
    const more = name => after[call][name] - (before[call] ? before[call][name] : 0);
    const succeeded = more('succeeded');
    for (let i = 0; i < more('calls'); i++) {
      arrow({ from: 'wxauth', to: 'wechat', label: call, why: call === 'jscode2session' && i === 0 ? () => text('whyExchange') : undefined });
      if (i >= more('calls') - succeeded) arrow({ from: 'wechat', to: 'wxauth', kind: 'answer', label: ANSWERS[call] || 'ok' });
      else arrow({ from: 'wechat', to: 'wxauth', kind: 'bad', label: () => more('refused') > 0 ? 'errcode' : text('unheard') });
    }
  });
}

export function answerRow(path, { statusCode, data, header }) {
  const good = statusCode < 400;
  const row = { from: 'wxauth', to: 'phone', kind: good ? 'answer' : 'bad', detail: describe({}, data) };
  if (good) {
    row.label = statusCode + (data && data.accessToken ? ' accessToken, refreshToken' : statusCode === 204 ? '' : ' ' + Object.keys(data || {}).slice(0, 3).join(', '));
    if (data && data.accessToken) row.why = () => text(path === '/api/auth/refresh' ? 'whyRefresh' : path.endsWith('bind') || path.endsWith('binding') ? 'whyBound' : 'whyTokens');
    return row;
  }

  const retry = header['retry-after'] ? ', Retry-After ' + header['retry-after'] : '';
  row.label = statusCode + ' ' + (data && data.code ? data.code + (data.reason ? ' (' + data.reason + ')' : '') + ' → ' + data.action : '') + retry;
  const why = { session_revoked: 'whyRevoked', code_used: 'whyUsed', wechat_unavailable: 'whyDown', wechat_bad_response: 'whyDown', binding_required: 'whyBinding' }[data && data.code];
  if (why) row.why = () => text(why);
  return row;
}

export function describe(header, data) {
  const lines = Object.keys(header || {}).map(name => name + ': ' + (name === 'Authorization' ? 'Bearer ' + short(header[name].slice(7)) : header[name]));
  if (data !== undefined && data !== '') {
    lines.push(JSON.stringify(data, (name, value) => SECRETS.test(name) && typeof value === 'string' && !/^[a-z_]+$/.test(value) ? short(value) : name === 'password' ? '••••••' : value, 2));
  }

  return lines.join('\n');
}

export function short(secret) {
  return secret.length <= 10 ? secret : secret.slice(0, 4) + '…' + secret.slice(-4);
}

function parse(content) {
  try {
    return JSON.parse(content);
  } catch (error) {
    return content; // as wx.request does: no JSON stays text
  }
}
