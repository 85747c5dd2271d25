'use strict';

/*
 * WxAuth for mini-programs: login, tokens, and requests that carry them. One file, no dependency.
 *
 * What this file remembers
 *
 *   tokens    null, or the access and refresh token of the one session
 *   halted    null, or why there is no silent login any more
 *   flight    null, or the one login, refresh or bind that is under way
 *   pending   null, or the wx.login code, and its Idempotency-Key, whose answer has not come yet
 *
 * State            tokens  halted           a request()
 *   signed in      yes     -                is sent
 *   empty          no      -                starts the silent login and waits for it
 *   in flight      -       -                waits for the flight, whoever started it
 *   unbound        no      binding_required fails at once, until bind() or login() has worked
 *   signed out     no      signed_out       fails at once, until login() has worked; kept over a restart
 *   refused        no      what was refused fails at once, until login() has worked, or a restart
 *
 *   empty     -> login answered 200                        -> signed in
 *   empty     -> 409 binding_required                      -> unbound
 *   empty     -> fix_request, contact_support              -> refused
 *   signed in -> the access token's time is up, `refresh`  -> a refresh; its tokens replace the old ones
 *   signed in -> 401 `login_again`, also of the refresh    -> empty, onSignedOut(reason), one silent login
 *   signed in -> the same, though no call of this session ever got through -> refused: no login loop
 *   any       -> logout()                                  -> signed out
 *
 * Rules that hold throughout
 *
 *   One flight at a time; whoever comes meanwhile waits for it and shares its end.
 *   `generation` counts every change of `tokens`. A call remembers the generation it was sent with: if that is old
 *   when a 401 arrives, the call is just repeated with the tokens of today.
 *   `epoch` counts every logout(). A flight of an older epoch stores nothing and ends the session that nobody wants.
 *   A call is repeated once because of its token, and for a while, with growing pauses, where the server is busy.
 *   A lost answer costs nothing: login is repeated with the same code and key, refresh with the same refresh token.
 *   What is stored is written before the request that depends on it is sent.
 */

/** Calls to the login server itself: none takes longer (the server gives WeChat 8 s). */
const CALL_LIMIT = 15000;
/** Time after which a call counts as lost though the platform never said so; a flight must not hang for ever. */
const WATCHDOG = CALL_LIMIT + 5000;
/** How often one thing is tried in all, and for how long: shorter than the server's 60 s grace for a used refresh token. */
const ATTEMPTS = 6;
const PATIENCE = 30000;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 8000;
/** A wx.login code lives 5 minutes, and so does its Idempotency-Key on the server; half a minute stays in hand. */
const CODE_LIFE = 270000;
/** A token this young is not refreshed for a 401 that does not say why: another service may refuse every token. */
const YOUNG = 30000;
const STORAGE_VERSION = 1;
/** What wx.request sends. PATCH is none of them. */
const METHODS = ['OPTIONS', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'CONNECT'];
/** errno of WeChat's interfaces: the user has not agreed to the privacy text; the interface is not declared in it; no phone numbers left. */
const PRIVACY_REFUSED = 104;
const PRIVACY_UNDECLARED = 112;
const PHONE_QUOTA = 1400001;

/** @typedef {import('./wxauth').WxAuth} Auth */
/** @typedef {import('./wxauth').WxAuthPlatform} Platform */
/** @typedef {import('./wxauth').WxAuthUser} User */
/** @typedef {import('./wxauth').WxAuthSession} Session */
/** @typedef {{ accessToken: string, refreshToken: string, sessionId: string, issuedAt: number, lifetime: number, proven: boolean }} Tokens */
/** @typedef {{ code: string, key: string, at: number, phoneCode: string | undefined }} Pending */
/** @typedef {{ tokens: Tokens | null, user: User | null, pending: Pending | null, signedOut: boolean }} Stored */
/** @typedef {{ epoch: number, promise: Promise<Session> }} Flight */
/** @typedef {{ userName: string, password: string }} Credentials */
/** @typedef {{ accessToken: string, sessionId: string, generation: number }} Used */
/** @typedef {Record<string, any>} Json */
/** @typedef {import('./wxauth').WxAuthAction} Action */
/** @typedef {{ code: string, action: Action, title?: string, detail?: string, status?: number, traceId?: string, retryAfter?: number, reason?: string, errors?: Record<string, string[]> }} Fields */
/** @typedef {{ statusCode: number, data: any, header: Record<string, any> }} Response */
/**
 * @template T
 * @typedef {{ response: Response | null, result: T, error: null } | { response: Response | null, result: null, error: WxAuthError }} Answer
 */

/** What any call of this library fails with. */
class WxAuthError extends Error {
  /** @param {Fields} fields */
  constructor(fields) {
    super(fields.title || fields.code);
    this.name = 'WxAuthError';
    this.code = fields.code;
    this.action = fields.action;
    this.status = fields.status || 0;
    this.title = fields.title || fields.code;
    this.detail = fields.detail || '';
    this.traceId = fields.traceId || '';
    this.retryAfter = fields.retryAfter;
    this.reason = fields.reason;
    this.errors = fields.errors;
  }
}

/**
 * @param {import('./wxauth').WxAuthOptions} options
 * @returns {Auth}
 */
function createWxAuth(options) {
  if (!options || typeof options.baseUrl !== 'string' || !/^https?:\/\/[^/]/.test(options.baseUrl)) {
    throw new TypeError('createWxAuth: baseUrl must be the address of the WxAuth server, such as https://login.example.com');
  }

  const baseUrl = options.baseUrl.replace(/\/+$/, '');
  const trusted = [baseUrl].concat((options.apis || []).map(api => api.replace(/\/+$/, '')));
  const storageKey = options.storageKey || 'wxauth';
  const platform = options.platform || findPlatform();
  /** @type {import('./wxauth').WxAuthClock} */
  const clock = options.clock || {
    now: () => Date.now(),
    setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
    clearTimeout: timer => clearTimeout(/** @type {number} */ (timer))
  };
  const random = options.random || Math.random;

  /** @type {Tokens | null} */
  let tokens = null;
  /** @type {User | null} */
  let user = null;
  /** @type {Pending | null} */
  let pending = null;
  /** @type {WxAuthError | null} */
  let halted = null;
  /** @type {Flight | null} */
  let flight = null;
  let generation = 0;
  let epoch = 0;
  /** @type {string | null} What bind() needs, from the 409 of the last login. */
  let ticket = null;
  /** @type {{ from: number, until: number, error: WxAuthError } | null} While a Retry-After runs. */
  let gate = null;
  /** @type {((reason: string, event: import('./wxauth').WxAuthSignedOut) => void)[]} */
  const listeners = [];

  load();

  // ---- storage ----

  function load() {
    const kept = readStorage();
    if (kept === null) return;
    tokens = kept.tokens;
    user = kept.user;
    pending = kept.pending;
    if (kept.signedOut) halted = signedOut();
  }

  /** What is stored, or null: absent, unreadable, of another version, of another server, or of a shape that is not ours. @returns {Stored | null} */
  function readStorage() {
    let value;
    try {
      value = platform.getStorageSync(storageKey);
    } catch (error) {
      return null; // an unreadable storage is an empty one: the user is logged in anew
    }

    if (!isObject(value) || value.version !== STORAGE_VERSION || value.baseUrl !== baseUrl) return null;
    /** @type {Stored} */
    const kept = { tokens: null, user: null, pending: null, signedOut: value.signedOut === true };
    const t = value.tokens;
    if (isObject(t) && isText(t.accessToken) && isText(t.refreshToken)) {
      kept.tokens = { accessToken: t.accessToken, refreshToken: t.refreshToken, sessionId: String(t.sessionId), issuedAt: Number(t.issuedAt) || 0, lifetime: Number(t.lifetime) || 0, proven: true };
      kept.user = isObject(value.user) ? /** @type {User} */ (value.user) : null;
    }

    const p = value.pending;
    if (isObject(p) && isText(p.code) && isText(p.key) && typeof p.at === 'number') {
      kept.pending = { code: p.code, key: p.key, at: p.at, phoneCode: isText(p.phoneCode) ? p.phoneCode : undefined };
    }

    return kept;
  }

  function save() {
    const value = { version: STORAGE_VERSION, baseUrl, tokens, user, pending, signedOut: halted !== null && halted.code === 'signed_out' };
    try {
      platform.setStorageSync(storageKey, value);
    } catch (error) {
      // A full storage costs a login at the next start, nothing now: the session goes on from memory.
    }
  }

  // ---- the wire ----

  /**
   * A call that must not hang: what arrives after the first answer, or after the watchdog, is ignored.
   * @param {'login' | 'request' | 'uploadFile'} name
   * @param {Json} parameters
   * @param {number} watchdog milliseconds; 0: none
   * @returns {Promise<any>}
   */
  function call(name, parameters, watchdog) {
    const { answer, task } = invoke(platform, name, parameters);
    if (watchdog === 0) return answer;
    return new Promise((resolve, reject) => {
      const timer = clock.setTimeout(() => {
        reject(failureOf(name, { errMsg: name + ':fail no answer' }));
        if (task && task.abort) task.abort();
      }, watchdog);
      const stop = () => clock.clearTimeout(timer);
      answer.then(stop, stop);
      answer.then(resolve, reject);
    });
  }

  /**
   * @param {string} path
   * @param {Json} data
   * @param {Record<string, string>} [header]
   * @returns {Promise<Response>}
   */
  function post(path, data, header) {
    return call('request', {
      url: baseUrl + path, method: 'POST', data, timeout: CALL_LIMIT, header: headers({ 'Content-Type': 'application/json' }, header)
    }, WATCHDOG);
  }

  /**
   * @param {Record<string, string> | undefined} first
   * @param {Record<string, string>} [second]
   * @returns {Record<string, string>}
   */
  function headers(first, second) {
    return Object.assign({}, options.language ? { 'Accept-Language': options.language } : {}, first, second);
  }

  // ---- flights: one login, refresh or bind at a time ----

  function underWay() {
    return flight !== null && flight.epoch === epoch;
  }

  /**
   * Starts a flight; where one is still in the air, after it. Who could as well join that one looks at `underWay` first.
   * @param {(own: Flight) => Promise<Session>} run
   * @returns {Promise<Session>}
   */
  function fly(run) {
    const before = flight ? flight.promise.then(ignore, ignore) : Promise.resolve();
    const own = /** @type {Flight} */ ({ epoch });
    const land = () => { if (flight === own) flight = null; };
    own.promise = before.then(() => { stillWanted(own); return run(own); }).then(
      result => { land(); return result; },
      error => { land(); throw error; });
    flight = own;
    return own.promise;
  }

  /** Throws if logout() came while the flight was under way. @param {Flight} own */
  function stillWanted(own) {
    if (own.epoch !== epoch) throw signedOut();
  }

  /**
   * Tokens of a 200 become the session's, unless the flight was overtaken. A 200 that is not ours (a hotspot's page) is a lost answer.
   * @param {Flight} own
   * @param {Response} response
   * @param {number} sentAt
   * @returns {Session}
   */
  function adopt(own, response, sentAt) {
    const data = parse(response.data);
    if (!isObject(data) || !isText(data.accessToken) || !isText(data.refreshToken)) {
      throw new WxAuthError({ code: 'network', action: 'retry_later', status: response.statusCode, title: 'the answer is not from the login server' });
    }

    const lifetime = data.expiresIn > 0 ? data.expiresIn * 1000 : 0;
    const fresh = { accessToken: data.accessToken, refreshToken: data.refreshToken, sessionId: String(data.sessionId), issuedAt: sentAt, lifetime, proven: false };
    if (own.epoch !== epoch) {
      end(fresh).catch(ignore); // nobody waits for it; unheard, that session ends by its age
      throw signedOut();
    }

    fresh.proven = tokens !== null && tokens.proven && tokens.sessionId === fresh.sessionId;
    tokens = fresh;
    generation++;
    pending = null;
    ticket = null;
    gate = null;
    halted = null;
    if (isObject(data.user)) user = /** @type {User} */ (data.user);
    save();
    return { user, isNewUser: data.isNewUser === true, sessionId: fresh.sessionId, phoneError: data.phoneError };
  }

  /** @param {Flight} own @returns {Promise<Session>} */
  async function refresh(own) {
    const started = clock.now();
    for (let attempt = 1; ; attempt++) {
      if (tokens === null) return signIn(own);
      checkGate();
      const sentAt = clock.now();
      const answer = await settle(post('/api/auth/refresh', { refreshToken: tokens.refreshToken }), response => adopt(own, response, sentAt));
      stillWanted(own);
      if (answer.error === null) return answer.result;
      if (answer.error.action === 'login_again') {
        lose(answer.error);
        return signIn(own);
      }

      await pause(answer.error, attempt, started, true);
      stillWanted(own);
    }
  }

  /**
   * @param {Flight} own
   * @param {string} [phoneCode]
   * @returns {Promise<Session>}
   */
  async function signIn(own, phoneCode) {
    const started = clock.now();
    const replaced = tokens;
    let refusals = 0;
    for (let attempt = 1; ; attempt++) {
      checkGate();
      const sentAt = clock.now();
      const answer = await settle(exchange(own, phoneCode), response => adopt(own, response, sentAt));
      stillWanted(own);
      if (answer.error === null) {
        if (replaced !== null && replaced.sessionId !== answer.result.sessionId) end(replaced).catch(ignore); // unheard, it ends by its age
        return answer.result;
      }

      const error = answer.error;
      if (error.action !== 'retry_later') forgetPending();
      if (error.action === 'bind_account' || error.action === 'fix_request' || error.action === 'contact_support') {
        if (tokens !== null) throw error; // a login that was only to fetch a newer session_key: the session itself is good
        ticket = error.code === 'binding_required' ? ticketOf(answer.response) : null;
        halted = error;
        throw error;
      }

      if (error.status !== 401) {
        await pause(error, error.action === 'login_again' ? attempt + 2 : attempt, started, true);
        stillWanted(own);
      } else if (++refusals > 1) {
        throw error; // a refused code is replaced once; twice is no accident (the AppID of the build is not the server's)
      }
    }
  }

  /**
   * Sends the code that is still waiting for its answer, or a new one.
   * @param {Flight} own
   * @param {string | undefined} phoneCode
   * @returns {Promise<Response>}
   */
  async function exchange(own, phoneCode) {
    const age = pending === null ? 0 : clock.now() - pending.at;
    if (pending === null || age > CODE_LIFE || (phoneCode !== undefined && pending.phoneCode !== phoneCode)) {
      const at = clock.now();
      const login = await call('login', { timeout: CALL_LIMIT }, WATCHDOG);
      stillWanted(own);
      if (!isText(login.code)) throw new WxAuthError({ code: 'wx_login_failed', action: 'retry_later', title: login.errMsg || 'wx.login gave no code' });
      pending = { code: login.code, key: newKey(), at, phoneCode };
      save();
    }

    return post('/api/auth/login', { code: pending.code, appId: options.appId, phoneCode: pending.phoneCode }, { 'Idempotency-Key': pending.key });
  }

  function forgetPending() {
    pending = null;
    save();
  }

  function newKey() {
    let key = clock.now().toString(36);
    while (key.length < 32) key += random().toString(36).slice(2, 10);
    return key.slice(0, 32);
  }

  /**
   * Signed in: joins the account; unbound: binds with the ticket. A bind whose answer was lost shows as a login that works.
   * @param {Flight} own
   * @param {Credentials} credentials
   * @returns {Promise<Session>}
   */
  async function join(own, credentials) {
    const started = clock.now();
    let renewed = false;
    for (let attempt = 1; ; attempt++) {
      if (tokens === null && ticket === null) {
        try {
          const result = await signIn(own);
          if (belongsTo(credentials.userName)) return result;
        } catch (error) {
          if (!(error instanceof WxAuthError) || error.code !== 'binding_required') throw error;
          stillWanted(own);
        }
      }

      const sentAt = clock.now();
      const sending = tokens !== null
        ? post('/api/users/me/binding', credentials, { Authorization: 'Bearer ' + tokens.accessToken })
        : post('/api/auth/bind', Object.assign({ bindingTicket: ticket }, credentials));
      const answer = await settle(sending, response => adopt(own, response, sentAt));
      stillWanted(own);
      if (answer.error === null) return answer.result;
      const error = answer.error;
      if (error.action === 'retry_later' && error.code !== 'account_locked') {
        await pause(error, attempt, started, false);
        stillWanted(own);
      } else if ((error.action === 'refresh' || error.action === 'login_again') && !renewed) {
        renewed = true;
        if (error.action === 'refresh') {
          await refresh(own);
        } else {
          ticket = null;
          tokens = null;
          user = null;
          generation++;
          save();
        }
      } else {
        throw error;
      }
    }
  }

  /** @param {string} userName */
  function belongsTo(userName) {
    return user !== null && isText(user.userName) && String(user.userName).toLowerCase() === userName.toLowerCase();
  }

  // ---- the end of a session ----

  /** The server has said that this session is over. One that never let a call through is not replaced by another. @param {WxAuthError} error */
  function lose(error) {
    const lost = tokens;
    if (lost === null) return;
    tokens = null;
    user = null;
    generation++;
    if (!lost.proven) halted = error;
    save();
    tell(error.reason || error.code, { code: error.code, sessionId: lost.sessionId, recovering: lost.proven });
    if (!lost.proven) throw error;
  }

  /**
   * Listeners run on their own: one that throws is reported by wx.onUnhandledRejection and disturbs nobody.
   * @param {string} reason
   * @param {import('./wxauth').WxAuthSignedOut} event
   */
  function tell(reason, event) {
    listeners.slice().forEach(listener => { Promise.resolve().then(() => listener(reason, event)); });
  }

  /** @param {Tokens} ended */
  async function end(ended) {
    const started = clock.now();
    for (let attempt = 1; ; attempt++) {
      const answer = await settle(
        post('/api/auth/logout', { refreshToken: ended.refreshToken }, { Authorization: 'Bearer ' + ended.accessToken }),
        () => true);
      if (answer.error === null || answer.error.status === 401) return;
      await pause(answer.error, attempt, started, false);
    }
  }

  // ---- waiting ----

  /**
   * Waits before the next try, or throws the error where there is none: too many, too long, or not worth it.
   * @param {WxAuthError} error
   * @param {number} attempt
   * @param {number} started
   * @param {boolean} gated whether a Retry-After holds for the flights after this one too
   */
  async function pause(error, attempt, started, gated) {
    const repeatable = error.action === 'retry_later' || error.action === 'login_again';
    const asked = error.retryAfter === undefined ? 0 : error.retryAfter * 1000;
    const wait = asked + Math.round(random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * Math.pow(2, attempt - 1)));
    if (!repeatable || attempt >= ATTEMPTS || clock.now() + wait - started > PATIENCE) {
      if (gated && asked > 0) gate = { from: clock.now(), until: clock.now() + asked, error };
      throw error;
    }

    await new Promise(resolve => clock.setTimeout(() => resolve(undefined), wait));
  }

  /** While the server's Retry-After runs no flight is sent; a clock that was set back opens the gate. */
  function checkGate() {
    const now = clock.now();
    if (gate === null || now < gate.from || now >= gate.until) return;
    throw new WxAuthError(Object.assign({}, gate.error, { title: gate.error.title, retryAfter: Math.ceil((gate.until - now) / 1000) }));
  }

  // ---- calls with a token ----

  /** The tokens to send with; waits for the flight under way, logs in or refreshes where that is needed. @returns {Promise<Used>} */
  async function ensure() {
    for (let flown = false; ; flown = true) {
      if (flight && underWay()) await flight.promise;
      else if (halted !== null) throw halted;
      else if (tokens === null) await fly(own => signIn(own));
      else if (!flown && timeIsUp(tokens)) await fly(refresh);
      else return { accessToken: tokens.accessToken, sessionId: tokens.sessionId, generation };
    }
  }

  /** By this phone's clock; where that was set back, or the life is not known, only the server's 401 counts. @param {Tokens} current */
  function timeIsUp(current) {
    return current.lifetime > 0 && clock.now() - current.issuedAt > current.lifetime - Math.min(10000, current.lifetime / 10);
  }

  /**
   * What a 401 or a login_again asks for; nothing, where the tokens have changed since the call was sent.
   * @param {Used} used
   * @param {WxAuthError} error
   * @returns {Promise<unknown>}
   */
  async function renew(used, error) {
    if (flight && underWay()) return flight.promise;
    if (used.generation !== generation || tokens === null) return null;
    if (error.action === 'refresh') {
      const age = clock.now() - tokens.issuedAt;
      if (error.code === 'http_401' && age >= 0 && age < YOUNG) throw error;
      return fly(refresh);
    }

    // Only a 401 says that the session is over; a 409 session_key_stale wants a newer session_key.
    return fly(own => {
      if (error.status === 401) lose(error);
      return signIn(own);
    });
  }

  /**
   * @param {(header: Record<string, string>) => Promise<Response>} send
   * @param {boolean} repeatable
   * @param {boolean} withToken
   * @returns {Promise<Response>}
   */
  async function perform(send, repeatable, withToken) {
    const started = clock.now();
    let renewed = false;
    for (let attempt = 1; ; attempt++) {
      const used = withToken ? await ensure() : null;
      const answer = await settle(send(used ? { Authorization: 'Bearer ' + used.accessToken } : {}), response => response);
      if (used && tokens && answer.response && answer.response.statusCode !== 401 && used.generation === generation) tokens.proven = true;
      if (answer.error === null) return answer.result;
      const error = answer.error;
      if (used && (error.action === 'refresh' || error.action === 'login_again')) {
        if (renewed) throw error;
        renewed = true;
        await renew(used, error);
      } else if (repeatable || error.status === 429 || error.status === 503) {
        await pause(error, attempt, started, false);
      } else {
        throw error;
      }
    }
  }

  /** @param {Response} response @returns {User} */
  function remember(response) {
    const data = parse(response.data);
    if (isObject(data) && tokens !== null) {
      user = /** @type {User} */ (data);
      save();
    }

    return /** @type {User} */ (data);
  }

  // ---- what the app calls ----

  /** @type {Auth['ready']} */
  function ready() {
    return ensure().then(used => ({ user, isNewUser: false, sessionId: used.sessionId }));
  }

  /** @type {Auth['login']} */
  async function login(how) {
    const phoneCode = how && how.phoneCode;
    const force = phoneCode !== undefined || Boolean(how && how.force);
    if (!force && flight && underWay()) return flight.promise;
    if (!force && tokens !== null) return { user, isNewUser: false, sessionId: tokens.sessionId };
    return fly(own => signIn(own, phoneCode));
  }

  /** @type {Auth['request']} */
  function request(parameters) {
    const absolute = /^https?:\/\//i.test(parameters.url);
    const url = absolute ? parameters.url : baseUrl + (parameters.url[0] === '/' ? '' : '/') + parameters.url;
    const method = (parameters.method || 'GET').toUpperCase();
    const withToken = parameters.auth !== false;
    if (METHODS.indexOf(method) < 0) {
      return Promise.reject(new WxAuthError({ code: 'method_unknown', action: 'fix_request', title: 'wx.request sends no ' + method }));
    }

    if (withToken && !trusted.some(api => url === api || url.indexOf(api + '/') === 0 || url.indexOf(api + '?') === 0)) {
      return Promise.reject(new WxAuthError({
        code: 'api_unknown', action: 'fix_request', title: 'the token goes to baseUrl and the addresses in `apis` alone: ' + url.split('?')[0]
      }));
    }

    const repeatable = parameters.retry === undefined ? method === 'GET' || method === 'HEAD' : parameters.retry;
    const rest = /** @type {Json} */ (Object.assign({}, parameters));
    delete rest.auth;
    delete rest.retry;
    return perform(
      token => call('request', Object.assign(rest, { url, method, header: headers(parameters.header, token) }), 0),
      repeatable, withToken).then(response => {
        if (url === baseUrl + '/api/users/me' && response.statusCode === 200) remember(response);
        return response;
      });
  }

  /** @type {Auth['bind']} */
  async function bind(userName, password) {
    return fly(own => join(own, { userName, password }));
  }

  /** @type {Auth['phone']} */
  async function phone(event) {
    const detail = (event && event.detail) || {};
    if (!isText(detail.code) && !(isText(detail.encryptedData) && isText(detail.iv))) throw failureOf('getPhoneNumber', detail);

    const data = isText(detail.code) ? { code: detail.code } : { encryptedData: detail.encryptedData, iv: detail.iv };
    return remember(await request({ url: '/api/users/me/phone', method: 'POST', data }));
  }

  /** @type {Auth['avatar']} */
  async function avatar(path) {
    const response = await perform(
      token => call('uploadFile', { url: baseUrl + '/api/users/me/avatar', filePath: path, name: 'file', timeout: 60000, header: headers(token) }, 0),
      true, true);
    return remember(response);
  }

  /** @type {Auth['scans']} */
  const scans = {
    read: async scene => (await request({ url: await scanAddress(scene) })).data,
    // Approving again what one has approved is a 204, too.
    approve: async scanId => { await request({ url: await scanAddress(scanId) + '/approve', method: 'POST', retry: true }); },
    deny: async scanId => { await request({ url: await scanAddress(scanId) + '/deny', method: 'POST' }); }
  };

  /** @type {Auth['logout']} */
  async function logout() {
    const ended = tokens;
    tokens = null;
    user = null;
    pending = null;
    ticket = null;
    gate = null;
    halted = signedOut();
    generation++;
    epoch++;
    save();
    if (ended === null) return;
    tell('logout', { code: 'signed_out', sessionId: ended.sessionId, recovering: false });
    await end(ended);
  }

  /** @type {Auth['onSignedOut']} */
  function onSignedOut(listener) {
    listeners.push(listener);
    return () => remove(listeners, listener);
  }

  return {
    ready, login, request, bind, phone, avatar, logout, onSignedOut, scans,
    privacy: createPrivacy(platform),
    get user() { return user; },
    get sessionId() { return tokens === null ? null : tokens.sessionId; }
  };
}

// ---- the platform ----

/** wx, or uni where that is no mini-program of WeChat's; a framework's own names are there without being asked for. @returns {Platform} */
function findPlatform() {
  /** @type {any[]} */
  const known = [typeof wx === 'undefined' ? null : wx, typeof uni === 'undefined' ? null : uni];
  const found = known.find(each => each && typeof each.login === 'function' && typeof each.request === 'function');
  if (!found) throw new TypeError('createWxAuth: no wx here; give the platform as an option');
  return found;
}

/**
 * One call of the platform as a promise, with what aborts it.
 * @param {Platform} platform
 * @param {string} name
 * @param {Json} parameters
 * @returns {{ answer: Promise<any>, task: { abort?: () => void, catch?: (ignored: () => void) => void } | void }}
 */
function invoke(platform, name, parameters) {
  let task;
  const answer = new Promise((resolve, reject) => {
    task = /** @type {any} */ (platform)[name](Object.assign({}, parameters, {
      success: resolve,
      fail: (/** @type {any} */ result) => reject(failureOf(name, result)),
      complete: undefined
    }));
    // Taro answers by a promise as well: its failure is told already.
    if (task && typeof task.catch === 'function') task.catch(ignore);
  });
  return { answer, task };
}

/**
 * What a call, or a button, of the platform ended with.
 * @param {string} name
 * @param {{ errno?: number, errMsg?: string } | undefined} result
 */
function failureOf(name, result) {
  const { errno, errMsg } = result || {};
  const failure = (/** @type {string} */ code, /** @type {Action} */ action) => new WxAuthError({ code, action, title: errMsg || name + ':fail' });
  // Its text tells a refusal where WeChat gives no errno.
  if (errno === PRIVACY_REFUSED || /privacy permission is not authorized/.test(errMsg || '')) return failure('privacy_refused', 'fix_request');
  if (errno === PRIVACY_UNDECLARED || /not declared in the privacy/.test(errMsg || '')) return failure('privacy_undeclared', 'contact_support');
  if (errno === PHONE_QUOTA) return failure('phone_quota_used_up', 'contact_support');
  if (name === 'getPhoneNumber') return failure('phone_denied', 'fix_request');
  return failure(name === 'login' ? 'wx_login_failed' : 'network', 'retry_later');
}

/**
 * Consent to the mini-program's privacy text, which WeChat asks for before the first personal datum.
 * @param {Platform} [given]
 * @returns {import('./wxauth').WxAuthPrivacy}
 */
function createPrivacy(given) {
  const platform = given || findPlatform();
  /** @type {((ask: import('./wxauth').WxAuthPrivacyAsk) => void)[]} The last one is asked. */
  const windows = [];
  /** @type {((answer: { event: string, buttonId?: string }) => void)[]} What waits for the user; one answer is for all. */
  let waiting = [];
  /** @type {unknown} The window that has been asked. */
  let asked = null;
  let listening = false;

  /** WeChat before 2.32.3 has none of this, and asks for nothing. @param {string} name */
  const call = name => typeof /** @type {any} */ (platform)[name] === 'function' ? invoke(platform, name, {}).answer : Promise.resolve({});

  /** @param {{ event: string, buttonId?: string }} given */
  function answer(given) {
    const all = waiting;
    waiting = [];
    asked = null;
    all.forEach(resolve => resolve(given));
  }

  /** @type {(resolve: (answer: { event: string, buttonId?: string }) => void, info?: { referrer?: string }) => void} */
  function need(resolve, info) {
    waiting.push(resolve);
    if (waiting.length > 1) return;
    if (windows.length === 0) {
      answer({ event: 'disagree' }); // nobody is there to ask: better a refusal than a button that does nothing for ever
      return;
    }

    resolve({ event: 'exposureAuthorization' });
    const show = windows[windows.length - 1];
    asked = show;
    show({
      referrer: (info && info.referrer) || '',
      agree: buttonId => answer({ event: 'agree', buttonId }),
      disagree: () => answer({ event: 'disagree' })
    });
  }

  return {
    check: () => call('getPrivacySetting').then(result => ({ needed: result.needAuthorization === true, contractName: result.privacyContractName || '' })),
    ask: () => call('requirePrivacyAuthorize').then(ignore),
    openContract: () => call('openPrivacyContract').then(ignore),
    onNeeded: show => {
      remove(windows, show);
      windows.push(show);
      if (!listening && typeof platform.onNeedPrivacyAuthorization === 'function') {
        listening = true;
        platform.onNeedPrivacyAuthorization(need);
      }

      return () => {
        remove(windows, show);
        if (asked === show) answer({ event: 'disagree' });
      };
    }
  };
}

// ---- answers ----

/**
 * A scan's address; what is no scan's id cannot be one that the server knows.
 * @param {string} scene as the page got it
 */
async function scanAddress(scene) {
  const id = /^[\w-]{22}$/.exec(scene || '');
  if (!id) throw new WxAuthError({ code: 'scan_invalid', action: 'fix_request', title: 'this is no code of a web page that asks for a sign-in' });
  return '/api/auth/scans/' + id[0];
}

/**
 * A call's end as a value: `result` of a good answer, or the `error` of a bad or a lost one.
 * @template T
 * @param {Promise<Response>} sending
 * @param {(response: Response) => T} good
 * @returns {Promise<Answer<T>>}
 */
async function settle(sending, good) {
  /** @type {Response | null} */
  let response = null;
  try {
    response = await sending;
    if (response.statusCode >= 200 && response.statusCode < 400) return { response, result: good(response), error: null };
    return { response, result: null, error: problemOf(response) };
  } catch (error) {
    if (!(error instanceof WxAuthError)) throw error;
    return { response, result: null, error };
  }
}

/** RFC 9457 problem details; what comes from elsewhere (a proxy, another service) gets the action of its status. @param {Response} response */
function problemOf(response) {
  const body = parse(response.data);
  const known = isObject(body) && isText(body.code) && isText(body.action) ? body : null;
  return new WxAuthError({
    code: known ? known.code : 'http_' + response.statusCode,
    action: known ? known.action : actionOf(response.statusCode),
    status: response.statusCode,
    title: isObject(body) && isText(body.title) ? body.title : 'HTTP ' + response.statusCode,
    detail: isObject(body) ? body.detail : '',
    traceId: isObject(body) ? body.traceId : '',
    reason: known ? known.reason : undefined,
    errors: isObject(body) ? body.errors : undefined,
    retryAfter: secondsOf(headerOf(response, 'retry-after'))
  });
}

/** @param {number} status */
function actionOf(status) {
  if (status === 401) return 'refresh';
  if (status === 403) return 'contact_support';
  return status === 408 || status === 429 || status >= 500 ? 'retry_later' : 'fix_request';
}

/** Header names are lower case over HTTP/2 and as the server wrote them over HTTP/1.1. @param {Response} response @param {string} name */
function headerOf(response, name) {
  const found = Object.keys(response.header || {}).find(key => key.toLowerCase() === name);
  const value = found === undefined ? undefined : response.header[found];
  return Array.isArray(value) ? value[0] : value;
}

/** Seconds of a Retry-After; its date form, which WxAuth does not send, counts as absent. @param {unknown} value */
function secondsOf(value) {
  return /^\d{1,9}$/.test(String(value)) ? Number(value) : undefined;
}

/** @param {Response | null} response */
function ticketOf(response) {
  const body = response && parse(response.data);
  return isObject(body) && isText(body.bindingTicket) ? body.bindingTicket : null;
}

/** wx.uploadFile hands over text, and wx.request does where it could not parse. @param {unknown} data @returns {unknown} */
function parse(data) {
  if (typeof data !== 'string') return data;
  try {
    return JSON.parse(data);
  } catch (error) {
    return data; // no JSON: the caller looks at what it is
  }
}

function signedOut() {
  return new WxAuthError({ code: 'signed_out', action: 'login_again', title: 'the user has logged out; login() logs in again' });
}

/** @param {unknown} value @returns {value is Json} */
function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @param {unknown} value @returns {value is string} */
function isText(value) {
  return typeof value === 'string' && value !== '';
}

/**
 * @template T
 * @param {T[]} list
 * @param {T} item
 */
function remove(list, item) {
  const index = list.indexOf(item);
  if (index >= 0) list.splice(index, 1);
}

function ignore() {}

/** @type {typeof import('./wxauth')} */
const library = { createWxAuth, createPrivacy, WxAuthError };
module.exports = library;
