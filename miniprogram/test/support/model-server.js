'use strict';

const GRACE = 60000;
const KEY_LIFE = 300000;
const CODE_LIFE = 300000;
const SCAN_LIFE = 180000;

/** The server's side of the contract in memory: what a phone can see of it, and nothing more. */
class ModelServer {
  constructor(time, { accessLifetime = 1800, requireBinding = false } = {}) {
    this.time = time;
    this.accessLifetime = accessLifetime;
    this.requireBinding = requireBinding;
    this.serial = 0;
    this.codes = new Map();
    this.tries = new Map();
    this.users = new Map();
    this.sessions = new Map();
    this.access = new Map();
    this.refreshTokens = new Map();
    this.tickets = new Map();
    this.scans = new Map();
    this.accounts = new Map([['chen', 'correct horse']]);
    this.overrides = [];
    this.seen = [];
  }

  /** The next call of this route is answered by `answer(request)` instead. */
  answerNext(method, path, answer, times = 1) {
    this.overrides.push({ method, path, answer, times });
  }

  calls(method, path) {
    return this.seen.filter(request => request.method === method && request.path === path).length;
  }

  code(user) {
    const code = this.name('code');
    this.codes.set(code, { user, at: this.time.now(), used: false });
    return code;
  }

  liveSessions() {
    return [...this.sessions.values()].filter(session => session.endReason === null);
  }

  end(sessionId, reason) {
    const session = this.sessions.get(sessionId);
    if (session.endReason === null) session.endReason = reason;
  }

  expireAccessTokens() {
    this.access.forEach(entry => { entry.expiresAt = 0; });
  }

  async deliver(request) {
    this.seen.push(request);
    const override = this.overrides.find(o => o.times > 0 && o.method === request.method && o.path === request.path);
    if (override) {
      override.times--;
      return override.answer(request);
    }

    const route = request.method + ' ' + request.path;
    if (route === 'GET /simulator/wx/login') return ok({ code: this.code(new URL(request.url).searchParams.get('user')) });
    if (route === 'POST /api/auth/login') return this.login(request);
    if (route === 'POST /api/auth/refresh') return this.refresh(request);
    if (route === 'POST /api/auth/logout') return this.logout(request);
    if (route === 'POST /api/auth/bind') return this.bind(request);
    if (route === 'POST /api/auth/scans') return this.newScan(request);
    const scan = /^\/api\/auth\/scans\/([^/]*)(?:\/(approve|deny|session))?$/.exec(request.path);
    if (scan && request.method === 'POST' && scan[2] === 'session') return this.collect(scan[1], request.data);
    return this.withSession(request, session => {
      if (route === 'GET /api/users/me') return ok(session.user);
      if (route === 'POST /api/users/me') return ok(Object.assign(session.user, request.data));
      if (route === 'POST /api/users/me/avatar') return ok(Object.assign(session.user, { avatarUrl: 'https://example.com/' + request.filePath }));
      if (route === 'POST /api/users/me/binding') return this.joinAccount(session, request.data);
      if (route === 'POST /api/users/me/phone') return ok(Object.assign(session.user, { phoneNumber: '+8613800000000' }));
      if (route === 'GET /api/users/me/sessions') {
        return ok({ sessions: this.liveSessions().filter(s => s.user === session.user).map(s => ({ id: s.id, current: s === session })) });
      }

      if (request.method === 'DELETE' && request.path.startsWith('/api/users/me/sessions/')) {
        this.end(request.path.split('/').pop(), 'revoked_by_user');
        return { statusCode: 204, header: {}, data: '' };
      }

      if (scan && (request.method === 'GET') === (scan[2] === undefined)) return this.scanned(scan[1], scan[2], session);
      return problem(404, 'not_found', 'fix_request');
    });
  }

  /** What a web page does that asks for a sign-in: design, section 11. */
  newScan({ data, header }) {
    const serial = String(++this.serial);
    const scan = {
      id: 'scan-_Az09'.padEnd(22 - serial.length, 'x') + serial, secret: this.name('secret'), appId: (data && data.appId) || 'wx0123456789abcdef',
      createdAt: this.time.now(), status: 'pending', user: null, collected: false, ip: '203.0.113.7', userAgent: header['User-Agent'] || null
    };
    this.scans.set(scan.id, scan);
    return { statusCode: 201, header: {}, data: { scanId: scan.id, scanSecret: scan.secret, expiresIn: SCAN_LIFE / 1000, image: 'data:image/png;base64,' } };
  }

  /** The phone's side: only who looked first may go on. */
  scanned(id, step, session) {
    const scan = this.liveScan(id);
    if (!scan || scan.user !== null && scan.user !== session.user || scan.user === null && step) return problem(404, 'scan_invalid', 'fix_request');
    if (scan.status === 'denied') return problem(403, 'scan_denied', 'fix_request');
    if (!step) {
      scan.user = session.user;
      if (scan.status === 'pending') scan.status = 'scanned';
      const { appId, status, ip, userAgent } = scan;
      const at = milliseconds => new Date(milliseconds).toISOString();
      return ok({ scanId: id, appId, status, createdAt: at(scan.createdAt), expiresAt: at(scan.createdAt + SCAN_LIFE), ip, userAgent });
    }

    scan.status = step === 'approve' ? 'approved' : 'denied';
    return { statusCode: 204, header: {}, data: '' };
  }

  collect(id, { scanSecret }) {
    const scan = this.liveScan(id);
    if (!scan || scan.secret !== scanSecret) return problem(404, 'scan_invalid', 'fix_request');
    if (scan.status === 'denied') return problem(403, 'scan_denied', 'fix_request');
    if (scan.status !== 'approved') {
      return { statusCode: 202, header: {}, data: { status: scan.status, expiresIn: Math.ceil((scan.createdAt + SCAN_LIFE - this.time.now()) / 1000) } };
    }

    scan.collected = true;
    return ok(Object.assign(this.tokens(this.newSession(scan.user)), { isNewUser: false, user: scan.user }));
  }

  liveScan(id) {
    const scan = this.scans.get(id);
    return scan && !scan.collected && this.time.now() - scan.createdAt <= SCAN_LIFE ? scan : null;
  }

  login({ data, header }) {
    const key = header['Idempotency-Key'] + ' ' + data.code;
    const earlier = this.tries.get(key);
    const code = this.codes.get(data.code);
    if (earlier && this.time.now() - earlier.at <= KEY_LIFE) {
      const rotated = this.tokens(earlier.session);
      this.refreshTokens.get(earlier.refreshToken).usedAt = this.time.now();
      this.refreshTokens.get(earlier.refreshToken).successor = rotated.refreshToken;
      earlier.refreshToken = rotated.refreshToken;
      return ok(Object.assign(rotated, { isNewUser: earlier.isNewUser, user: earlier.session.user }));
    }

    if (!code || this.time.now() - code.at > CODE_LIFE) return problem(401, 'code_invalid', 'login_again');
    if (code.used && code.usedWith !== key) return problem(401, 'code_used', 'login_again');
    code.used = true;
    code.usedWith = key;
    const known = this.users.get(code.user);
    if (!known && this.requireBinding) {
      const ticket = this.name('ticket');
      this.tickets.set(ticket, { user: code.user });
      return problem(409, 'binding_required', 'bind_account', { bindingTicket: ticket, bindingTicketExpiresIn: 600 });
    }

    const user = known || this.newUser(code.user, null);
    const session = this.newSession(user);
    const tokens = this.tokens(session);
    this.tries.set(key, { at: this.time.now(), session, refreshToken: tokens.refreshToken, isNewUser: !known });
    return ok(Object.assign(tokens, { isNewUser: !known, user }));
  }

  refresh({ data }) {
    const token = this.refreshTokens.get(data.refreshToken);
    if (!token) return problem(401, 'refresh_token_invalid', 'login_again');
    const { session } = token;
    if (session.endReason !== null) return problem(401, 'session_revoked', 'login_again', { reason: session.endReason });
    const now = this.time.now();
    if (token.successor !== null) {
      const successor = this.refreshTokens.get(token.successor);
      if (now - token.usedAt > GRACE || successor.successor !== null) {
        this.end(session.id, 'refresh_token_reused');
        return problem(401, 'refresh_token_reused', 'login_again');
      }

      return ok(this.tokens(session, token.successor));
    }

    const tokens = this.tokens(session);
    token.usedAt = now;
    token.successor = tokens.refreshToken;
    return ok(tokens);
  }

  logout({ data, header }) {
    const bearer = this.access.get(bearerOf(header));
    const token = this.refreshTokens.get(data.refreshToken);
    if (bearer && bearer.expiresAt > this.time.now()) this.end(bearer.session.id, 'logout');
    else if (token) this.end(token.session.id, 'logout');
    return { statusCode: 204, header: {}, data: '' };
  }

  bind({ data }) {
    const ticket = this.tickets.get(data.bindingTicket);
    if (!ticket) return problem(401, 'binding_ticket_invalid', 'login_again');
    if (this.accounts.get(data.userName) !== data.password) return problem(401, 'credentials_invalid', 'fix_request');
    this.tickets.delete(data.bindingTicket);
    const user = this.newUser(ticket.user, data.userName);
    return ok(Object.assign(this.tokens(this.newSession(user)), { isNewUser: false, user }));
  }

  joinAccount(session, { userName, password }) {
    if (this.accounts.get(userName) !== password) return problem(401, 'credentials_invalid', 'fix_request');
    this.liveSessions().filter(s => s.user === session.user).forEach(s => this.end(s.id, 'merged'));
    session.user.userName = userName;
    return ok(Object.assign(this.tokens(this.newSession(session.user)), { isNewUser: false, user: session.user }));
  }

  withSession({ header }, answer) {
    const token = bearerOf(header);
    if (token === null) return problem(401, 'token_missing', 'login_again');
    const entry = this.access.get(token);
    if (!entry) return problem(401, 'token_invalid', 'login_again');
    if (entry.expiresAt <= this.time.now()) return problem(401, 'token_expired', 'refresh');
    if (entry.session.endReason !== null) return problem(401, 'session_revoked', 'login_again', { reason: entry.session.endReason });
    return answer(entry.session);
  }

  newUser(name, userName) {
    const user = { id: this.name('user'), nickname: null, avatarUrl: null, phoneNumber: null, userName, roles: [], createdAt: new Date(this.time.now()).toISOString() };
    this.users.set(name, user);
    return user;
  }

  newSession(user) {
    const session = { id: this.name('session'), user, endReason: null };
    this.sessions.set(session.id, session);
    return session;
  }

  tokens(session, refreshToken) {
    const accessToken = this.name('access');
    this.access.set(accessToken, { session, expiresAt: this.time.now() + this.accessLifetime * 1000 });
    const refresh = refreshToken || this.name('refresh');
    if (!refreshToken) this.refreshTokens.set(refresh, { session, usedAt: 0, successor: null });
    return { tokenType: 'Bearer', accessToken, expiresIn: this.accessLifetime, refreshToken: refresh, refreshExpiresIn: 2592000, sessionId: session.id };
  }

  name(kind) {
    return kind + '-' + (++this.serial);
  }
}

function bearerOf(header) {
  const value = (header || {}).Authorization;
  return value ? value.slice('Bearer '.length) : null;
}

function ok(data) {
  return { statusCode: 200, header: { 'Content-Type': 'application/json' }, data };
}

function problem(statusCode, code, action, more, header) {
  return {
    statusCode,
    header: Object.assign({ 'Content-Type': 'application/problem+json' }, header),
    data: Object.assign({ type: 'urn:wxauth:problem:' + code, status: statusCode, title: code, detail: '', code, action, traceId: 'trace' }, more)
  };
}

module.exports = { ModelServer, problem, ok };
