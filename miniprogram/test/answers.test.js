'use strict';

// What the library makes of each kind of answer, against the model server: these stories need a server that misbehaves.

const test = require('node:test');
const assert = require('node:assert/strict');
const { modelWorld } = require('./support/world.js');
const { problem, ok } = require('./support/model-server.js');
const { createWxAuth } = require('../wxauth.js');

const me = { url: '/api/users/me' };

async function signedIn(options, phoneOptions) {
  const world = modelWorld(options);
  const phone = world.phone('alice', phoneOptions);
  const auth = phone.start();
  await world.settle(auth.request(me));
  return { world, phone, auth, server: world.server };
}

test('A hundred requests that the server finds expired make one refresh, and each is repeated once', async () => {
  const { world, phone, auth, server } = await signedIn();
  server.expireAccessTokens();

  await world.settle(Promise.all(Array.from({ length: 100 }, () => auth.request(me))));

  assert.equal(server.calls('POST', '/api/auth/refresh'), 1);
  assert.equal(phone.wxLogins, 1);
  assert.equal(server.calls('GET', '/api/users/me'), 1 + 200);
});

test('A 401 that arrives after the refresh is over starts no other', async () => {
  const { world, auth, server } = await signedIn();
  server.expireAccessTokens();
  const late = deferred();
  server.answerNext('GET', '/api/slow', () => late.promise);
  const slow = auth.request({ url: '/api/slow' });
  await world.time.advance(1000);
  await world.settle(auth.request(me));

  late.resolve(problem(401, 'token_expired', 'refresh'));
  server.answerNext('GET', '/api/slow', () => ok({ done: true }));
  const { data } = await world.settle(slow);

  assert.equal(data.done, true);
  assert.equal(server.calls('POST', '/api/auth/refresh'), 1);
});

test('Answers that come twice, or after the call has failed, change nothing', async () => {
  const { world, phone, auth, server } = await signedIn();
  for (const fault of ['twice', 'late', 'delivered twice', 'request']) {
    server.expireAccessTokens();
    phone.disturb('/api/auth/refresh', fault);
    await world.settle(auth.request(me));
    await world.time.advance(5000);
  }

  assert.equal(phone.wxLogins, 1);
  assert.equal(server.sessions.size, 1);
  assert.deepEqual(phone.signedOut, []);
});

test('A server that refuses every token gets one silent login and no loop', async () => {
  const world = modelWorld();
  const phone = world.phone('alice');
  const auth = phone.start();
  world.server.answerNext('GET', '/api/users/me', () => problem(401, 'token_invalid', 'login_again'), Infinity);
  await world.settle(auth.login());

  await assert.rejects(world.settle(auth.request(me)), { code: 'token_invalid' });
  for (let i = 0; i < 5; i++) await assert.rejects(world.settle(auth.request(me)), { code: 'token_invalid' });

  assert.equal(phone.wxLogins, 1);
  assert.deepEqual(phone.signedOut.map(event => event.recovering), [false]);
  assert.equal(JSON.parse(phone.storage.get('wxauth')).tokens, null);
});

test('A call that is expired again right after a refresh fails', async () => {
  const { world, auth, server } = await signedIn();
  server.answerNext('GET', '/api/users/me', () => problem(401, 'token_expired', 'refresh'), Infinity);

  await assert.rejects(world.settle(auth.request(me)), { code: 'token_expired' });

  assert.equal(server.calls('POST', '/api/auth/refresh'), 1);
  assert.equal(server.calls('GET', '/api/users/me'), 1 + 2);
});

test('A session that worked is replaced by one silent login, and that login by none', async () => {
  const { world, phone, auth, server } = await signedIn();
  server.answerNext('GET', '/api/users/me', () => problem(401, 'session_revoked', 'login_again', { reason: 'replaced' }), Infinity);

  await assert.rejects(world.settle(auth.request(me)), { code: 'session_revoked' });
  await assert.rejects(world.settle(auth.request(me)), { code: 'session_revoked' });

  assert.equal(phone.wxLogins, 2);
  assert.deepEqual(phone.signedOut.map(event => [event.reason, event.recovering]), [['replaced', true], ['replaced', false]]);
});

test('A lost session is told once, though no login follows before the app is closed', async () => {
  const { world, phone, auth, server } = await signedIn();
  server.end(auth.sessionId, 'revoked_by_admin');
  phone.disturb('/api/auth/login', 'request', 6);
  await assert.rejects(world.settle(auth.request(me)), { code: 'network' });
  phone.kill();

  await world.settle(phone.start().request(me));

  assert.deepEqual(phone.signedOut.map(event => event.reason), ['revoked_by_admin']);
});

test('A login that fails leaves the user signed out', async () => {
  const { world, phone, auth } = await signedIn();
  await world.settle(auth.logout());
  phone.disturb('/api/auth/login', 'request', 6);

  await assert.rejects(world.settle(auth.login()), { code: 'network' });

  await assert.rejects(world.settle(auth.request(me)), { code: 'signed_out' });
});

test('login() lifts a refusal', async () => {
  const world = modelWorld();
  const phone = world.phone('alice');
  const auth = phone.start();
  world.server.answerNext('POST', '/api/auth/login', () => problem(403, 'user_disabled', 'contact_support'));
  await assert.rejects(world.settle(auth.request(me)), { code: 'user_disabled', action: 'contact_support', status: 403 });
  await assert.rejects(world.settle(auth.request(me)), { code: 'user_disabled' });
  assert.equal(phone.wxLogins, 1);

  await world.settle(auth.login());
  await world.settle(auth.request(me));

  assert.equal(phone.wxLogins, 2);
});

test('A 401 without problem details is refreshed once, and not again while the token is young', async () => {
  const { world, auth, server } = await signedIn({}, { apis: ['https://shop.example.com'] });
  const shop = [];
  const { deliver } = world;
  world.deliver = request => request.url.startsWith('https://shop.') ? (shop.push(request), Promise.resolve({ statusCode: 401, header: {}, data: '' })) : deliver(request);
  await world.time.advance(60000);

  for (let i = 0; i < 5; i++) await assert.rejects(world.settle(auth.request({ url: 'https://shop.example.com/orders' })), { code: 'http_401', status: 401 });

  assert.equal(server.calls('POST', '/api/auth/refresh'), 1);
  assert.equal(server.calls('POST', '/api/auth/login'), 1);
  assert.equal(shop.length, 2 + 4);
});

test('The token goes to no address that was not named', async () => {
  const { world, phone, auth } = await signedIn({}, { apis: ['https://shop.example.com'] });
  const before = phone.sent.length;

  for (const url of ['https://evil.example/x', 'https://shop.example.com.evil.example/', 'https://login.example.com@evil.example/', 'http://login.example.com/x']) {
    await assert.rejects(world.settle(auth.request({ url })), { code: 'api_unknown' });
  }

  assert.equal(phone.sent.length, before);
  world.server.answerNext('GET', '/public', () => ok('fine'));
  await world.settle(auth.request({ url: '/public', auth: false }));
  assert.equal(phone.sent[before].header.Authorization, undefined);
});

for (const name of ['Retry-After', 'retry-after', 'RETRY-AFTER']) {
  test('The server is left alone for as long as ' + name + ' says', async () => {
    const { world, auth, server } = await signedIn();
    server.answerNext('GET', '/api/users/me', () => problem(429, 'rate_limited', 'retry_later', {}, { [name]: '7' }));
    const started = world.time.now();

    await world.settle(auth.request(me));

    assert.ok(world.time.now() - started >= 7000);
    assert.ok(world.time.now() - started < 10000);
  });
}

test('A Retry-After beyond patience is handed to the app, and no other login is tried before it is over', async () => {
  const world = modelWorld();
  const phone = world.phone('alice');
  const auth = phone.start();
  world.server.answerNext('POST', '/api/auth/login', () => problem(429, 'rate_limited', 'retry_later', {}, { 'Retry-After': '60' }));

  await assert.rejects(world.settle(auth.request(me)), { code: 'rate_limited', retryAfter: 60 });
  await world.time.advance(50000);
  await assert.rejects(world.settle(auth.request(me)), { code: 'rate_limited', retryAfter: 10 });
  assert.equal(phone.calls('/api/auth/login'), 1);
  await world.time.advance(10000);
  await world.settle(auth.request(me));

  assert.equal(phone.wxLogins, 1, 'the code of the first try is still good');
});

test('WeChat away: a new code for each try, few tries, then the error', async () => {
  const world = modelWorld();
  const phone = world.phone('alice');
  const auth = phone.start();
  world.server.answerNext('POST', '/api/auth/login', () => problem(503, 'wechat_unavailable', 'login_again', {}, { 'Retry-After': '2' }), 10);

  await assert.rejects(world.settle(auth.login()), { code: 'wechat_unavailable', status: 503, retryAfter: 2 });

  assert.equal(phone.calls('/api/auth/login'), 4);
  assert.equal(new Set(phone.sent.map(request => request.data.code)).size, 4);
});

test('A refused code is replaced once', async () => {
  const world = modelWorld();
  const phone = world.phone('alice');
  const auth = phone.start();
  world.server.answerNext('POST', '/api/auth/login', () => problem(401, 'code_used', 'login_again'));
  await world.settle(auth.login());
  assert.equal(phone.wxLogins, 2);

  world.server.answerNext('POST', '/api/auth/login', () => problem(401, 'code_invalid', 'login_again'), Infinity);
  await assert.rejects(world.settle(auth.login({ force: true })), { code: 'code_invalid' });

  assert.equal(phone.wxLogins, 4);
  await world.settle(auth.request(me));
});

test('A code that waited longer than it lives is not sent again', async () => {
  const world = modelWorld();
  const phone = world.phone('alice');
  phone.disturb('/api/auth/login', 'request', 100);
  await assert.rejects(world.settle(phone.start().login()), { code: 'network', action: 'retry_later', status: 0 });
  phone.kill();
  phone.faults.length = 0;
  const { code } = phone.sent[0].data;
  phone.sent.length = 0;
  await world.time.advance(10 * 60000);

  await world.settle(phone.start().login());

  assert.equal(phone.wxLogins, 2);
  assert.ok(phone.sent.every(request => request.data.code !== code));
});

test('A POST is not repeated when its answer is lost; a GET is', async () => {
  const { world, phone, auth } = await signedIn();
  phone.disturb('/api/users/me/phone', 'answer');
  await assert.rejects(world.settle(auth.phone({ detail: { code: 'p'.repeat(64) } })), { code: 'network' });
  assert.equal(phone.calls('/api/users/me/phone'), 1);

  phone.disturb('/api/users/me', 'answer');
  await world.settle(auth.request(me));
});

test('A page of a hotspot in place of the tokens is a lost answer, not a login', async () => {
  const { world, phone, auth, server } = await signedIn();
  server.expireAccessTokens();
  server.answerNext('POST', '/api/auth/refresh', () => ({ statusCode: 200, header: {}, data: '<html>Please accept our terms</html>' }));

  await world.settle(auth.request(me));

  assert.equal(phone.wxLogins, 1);
  assert.equal(server.calls('POST', '/api/auth/refresh'), 2);
});

test('A proxy that answers 401 or 404 in place of the server ends no session', async () => {
  const { world, phone, auth, server } = await signedIn();
  for (const statusCode of [401, 403, 404]) {
    server.expireAccessTokens();
    server.answerNext('POST', '/api/auth/refresh', () => ({ statusCode, header: {}, data: 'nginx' }));
    await assert.rejects(world.settle(auth.request(me)), { code: 'http_' + statusCode });
    await world.settle(auth.request(me));
  }

  assert.equal(phone.wxLogins, 1);
  assert.deepEqual(phone.signedOut, []);
});

for (const [name, value] of [
  ['text', '"garbage"'], ['an array', '[1]'], ['null', 'null'], ['another version', '{"version":0,"tokens":{"accessToken":"a","refreshToken":"b"}}'],
  ['tokens of another server', '{"version":1,"baseUrl":"https://other.example","tokens":{"accessToken":"a","refreshToken":"b"}}'],
  ['tokens that are none', '{"version":1,"baseUrl":"https://login.example.com","tokens":{"accessToken":7,"refreshToken":null},"user":3,"pending":{"code":1}}'],
  ['no JSON at all', '{{{']
]) {
  test('A broken storage does no harm: ' + name, async () => {
    const world = modelWorld();
    const phone = world.phone('alice');
    phone.storage.set('wxauth', value);

    await world.settle(phone.start().request(me));

    assert.equal(phone.wxLogins, 1);
    assert.equal(phone.sent[0].path, '/api/auth/login');
    phone.kill();
    await world.settle(phone.start().request(me));
    assert.equal(phone.wxLogins, 1);
  });
}

test('Tokens in the storage that the server does not know lead to one login', async () => {
  const world = modelWorld();
  const phone = world.phone('alice');
  phone.storage.set('wxauth', '{"version":1,"baseUrl":"https://login.example.com","tokens":{"accessToken":"a","refreshToken":"b"}}');

  await world.settle(phone.start().request(me));

  assert.equal(phone.wxLogins, 1);
  assert.deepEqual(phone.signedOut.map(event => event.reason), ['token_invalid']);
});

test('A storage that cannot be written costs the restart only', async () => {
  const world = modelWorld();
  const phone = world.phone('alice');
  phone.storage.set = () => { throw new Error('setStorageSync:fail exceeded storage limit'); };

  const auth = phone.start();
  await world.settle(auth.request(me));
  await world.settle(auth.request(me));

  assert.equal(phone.wxLogins, 1);
});

test('A phone whose clock was set back still refreshes when the server says so', async () => {
  const { world, phone, auth, server } = await signedIn();
  world.time.at -= 86400000;
  server.expireAccessTokens();

  await world.settle(auth.request(me));

  assert.equal(server.calls('POST', '/api/auth/refresh'), 1);
  assert.equal(phone.wxLogins, 1);
});

test('A user without an account is asked to bind, once, and bind() goes on from there', async () => {
  const world = modelWorld({ requireBinding: true });
  const phone = world.phone('alice');
  const auth = phone.start();

  for (let i = 0; i < 3; i++) await assert.rejects(world.settle(auth.request(me)), { code: 'binding_required', action: 'bind_account' });
  assert.equal(phone.wxLogins, 1);
  await assert.rejects(world.settle(auth.bind('chen', 'wrong')), { code: 'credentials_invalid', action: 'fix_request' });
  await assert.rejects(world.settle(auth.request(me)), { code: 'binding_required' });
  const { user } = await world.settle(auth.bind('chen', 'correct horse'));

  assert.equal(user.userName, 'chen');
  assert.equal((await world.settle(auth.request(me))).data.userName, 'chen');
  assert.equal(phone.wxLogins, 1);
});

test('A binding ticket that has died is replaced by a login', async () => {
  const world = modelWorld({ requireBinding: true });
  const phone = world.phone('alice');
  const auth = phone.start();
  await assert.rejects(world.settle(auth.login()), { code: 'binding_required' });
  world.server.tickets.clear();

  await world.settle(auth.bind('chen', 'correct horse'));

  assert.equal(phone.wxLogins, 2);
});

test('A bind whose answer was lost has worked', async () => {
  const world = modelWorld({ requireBinding: true });
  const phone = world.phone('alice');
  const auth = phone.start();
  await assert.rejects(world.settle(auth.login()), { code: 'binding_required' });
  phone.disturb('/api/auth/bind', 'answer');

  const { user } = await world.settle(auth.bind('chen', 'correct horse'));

  assert.equal(user.userName, 'chen');
  assert.equal(phone.wxLogins, 2);
  assert.equal(phone.calls('/api/users/me/binding'), 0);
});

test('A signed-in user who binds changes the session without being signed out', async () => {
  const { world, phone, auth } = await signedIn();

  const [bound] = await world.settle(Promise.all([auth.bind('chen', 'correct horse'), auth.request(me), auth.request(me)]));

  assert.equal(bound.user.userName, 'chen');
  assert.equal(phone.wxLogins, 1);
  assert.deepEqual(phone.signedOut, []);
  await world.settle(auth.request(me));
});

test('A stale session_key is mended by a login, and the call repeated', async () => {
  const { world, phone, auth, server } = await signedIn();
  server.answerNext('POST', '/api/users/me/phone', () => problem(409, 'session_key_stale', 'login_again'));

  const user = await world.settle(auth.phone({ detail: { encryptedData: 'x', iv: 'y' } }));

  assert.equal(user.phoneNumber, '+8613800000000');
  assert.equal(phone.wxLogins, 2);
  assert.deepEqual(phone.signedOut, []);
});

test('A refused phone button is an error of its own, without a request', async () => {
  const { world, phone, auth } = await signedIn();
  const before = phone.sent.length;

  await assert.rejects(world.settle(auth.phone({ detail: { errMsg: 'getPhoneNumber:fail user deny' } })), { code: 'phone_denied' });
  await assert.rejects(world.settle(auth.phone({ detail: { errMsg: 'getPhoneNumber:fail', errno: 1400001 } })), { code: 'phone_quota_used_up' });

  assert.equal(phone.sent.length, before);
});

test('A login with a phone code sends it along', async () => {
  const { world, phone, auth } = await signedIn();

  await world.settle(auth.login({ phoneCode: 'p'.repeat(64) }));

  assert.equal(phone.sent.filter(request => request.path === '/api/auth/login')[1].data.phoneCode, 'p'.repeat(64));
});

test('An answer to a login that comes after logout is not kept, and its session is ended', async () => {
  const world = modelWorld();
  const phone = world.phone('alice');
  const auth = phone.start();
  const arrived = deferred();
  const answer = deferred();
  world.server.answerNext('POST', '/api/auth/login', request => { arrived.resolve(); return answer.promise.then(() => world.server.deliver(request)); });
  const outcome = assert.rejects(auth.login(), { code: 'signed_out' });
  await world.settle(arrived.promise);

  await auth.logout();
  answer.resolve();
  await world.settle(outcome);
  await world.time.advance(5000);

  assert.equal(auth.sessionId, null);
  assert.equal(world.server.sessions.size, 1);
  assert.deepEqual(world.server.liveSessions(), []);
});

test('An answer to a refresh that comes after logout is not kept', async () => {
  const { world, auth, server } = await signedIn();
  server.expireAccessTokens();
  const arrived = deferred();
  const answer = deferred();
  server.answerNext('POST', '/api/auth/refresh', request => { arrived.resolve(); const late = server.refresh(request); return answer.promise.then(() => late); });
  const outcome = assert.rejects(auth.request(me), { code: 'signed_out' });
  await world.settle(arrived.promise);

  await world.settle(auth.logout());
  answer.resolve();
  await world.settle(outcome);

  assert.equal(auth.sessionId, null);
  assert.deepEqual(server.liveSessions(), []);
});

test('A logout that nobody hears signs out all the same, and says so', async () => {
  const { world, phone, auth } = await signedIn();
  phone.disturb('/api/auth/logout', 'request', 100);

  await assert.rejects(world.settle(auth.logout()), { code: 'network' });

  assert.equal(auth.user, null);
  await assert.rejects(world.settle(auth.request(me)), { code: 'signed_out' });
});

test('A platform that never answers does not hang the app', async () => {
  const world = modelWorld();
  const phone = world.phone('alice');
  const auth = phone.start();
  let first = true;
  const { deliver } = world;
  world.deliver = request => {
    if (!first) return deliver(request);
    first = false;
    return new Promise(() => {});
  };

  await world.settle(auth.login());

  assert.equal(phone.calls('/api/auth/login'), 2);
  assert.equal(phone.wxLogins, 1);
});

test('A listener that throws disturbs nobody, and one that left hears nothing', async () => {
  const { world, phone, auth, server } = await signedIn();
  const thrown = [];
  const runner = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', error => thrown.push(error.message));
  auth.onSignedOut(() => { throw new Error('the app is at fault'); });
  let calls = 0;
  const stop = auth.onSignedOut(() => { calls++; });
  stop();
  server.end(auth.sessionId, 'revoked_by_admin');

  await world.settle(auth.request(me));
  process.removeAllListeners('unhandledRejection');
  runner.forEach(listener => process.on('unhandledRejection', listener));

  assert.deepEqual(thrown, ['the app is at fault']);
  assert.equal(calls, 0);
  assert.equal(phone.signedOut.length, 1);
});

test('An error carries what the server said', async () => {
  const { world, phone, auth, server } = await signedIn();
  server.answerNext('POST', '/api/users/me', () => problem(400, 'validation_failed', 'fix_request', { detail: 'too long', errors: { nickname: ['64'] } }));

  const error = await world.settle(auth.request({ url: '/api/users/me', method: 'POST', data: { nickname: 'x' } }).catch(caught => caught));

  assert.ok(error instanceof phone.WxAuthError);
  assert.deepEqual(
    [error.code, error.action, error.status, error.detail, error.traceId, error.errors],
    ['validation_failed', 'fix_request', 400, 'too long', 'trace', { nickname: ['64'] }]);
});

test('A method that wx.request does not send is refused, and nothing is sent', async () => {
  const { world, phone, auth } = await signedIn();
  const before = phone.sent.length;

  for (const method of ['PATCH', 'patch', 'FOO', ' GET']) {
    await assert.rejects(world.settle(auth.request({ url: '/api/users/me', method })), { code: 'method_unknown', action: 'fix_request' });
  }

  assert.equal(phone.sent.length, before);
  await world.settle(auth.request({ url: '/api/users/me', method: 'get' }));
});

test('The phone of these tests refuses what wx.request refuses', async () => {
  const { world, phone } = await signedIn();
  const send = method => world.settle(new Promise((success, fail) => phone.wx.request({ url: world.baseUrl + '/api/users/me', method, success, fail })));

  for (const method of ['OPTIONS', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'CONNECT']) await send(method);
  for (const method of ['PATCH', 'patch', 'get', 'FOO']) await assert.rejects(send(method), { errMsg: 'request:fail method is invalid' });
});

test('Where there is no wx the library takes uni, and where there is neither it says so', async () => {
  const source = require('node:fs').readFileSync(require.resolve('../wxauth.js'), 'utf8');
  const load = (wx, uni) => {
    const module = { exports: {} };
    new Function('module', 'wx', 'uni', source)(module, wx, uni);
    return module.exports.createWxAuth;
  };
  const { phone } = await signedIn();
  const asked = [];
  const uni = Object.assign({}, phone.wx, { getStorageSync: () => '', login: ({ fail }) => { asked.push('uni'); fail({ errMsg: 'login:fail' }); } });
  const noMiniProgram = { scanQRCode() {} }; // a web page's JS-SDK goes by the same name

  for (const wx of [undefined, noMiniProgram]) {
    const clock = { now: () => 0, setTimeout: (callback, milliseconds) => { if (milliseconds < 10000) callback(); }, clearTimeout() {} };
    await assert.rejects(load(wx, uni)({ baseUrl: 'https://login.example.com', clock }).login(), { code: 'wx_login_failed' });
    assert.throws(() => load(wx, undefined)({ baseUrl: 'https://login.example.com' }), { name: 'TypeError', message: /platform/ });
  }

  assert.equal(new Set(asked).size, 1);
});

test('A missing or wrong baseUrl is told at once', () => {
  assert.throws(() => createWxAuth({ baseUrl: 'login.example.com', platform: {} }), TypeError);
  assert.throws(() => createWxAuth(undefined), TypeError);
});

function deferred() {
  const result = {};
  result.promise = new Promise(resolve => { result.resolve = resolve; });
  return result;
}
