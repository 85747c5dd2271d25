'use strict';

// These stories need nothing of the server but its contract: with WXAUTH_URL set they run against a real one.

const test = require('node:test');
const assert = require('node:assert/strict');
const { makeWorld } = require('./support/world.js');

const me = { url: '/api/users/me' };

test('The first request logs in silently', async () => {
  const world = makeWorld();
  const phone = world.phone();
  const auth = phone.start();

  const { data } = await world.settle(auth.request(me));

  assert.ok(data.id);
  assert.equal(phone.wxLogins, 1);
  assert.equal(auth.user.id, data.id);
});

test('Ten pages at start make one wx.login', async () => {
  const world = makeWorld();
  const phone = world.phone();
  const auth = phone.start();

  const pages = Array.from({ length: 10 }, (_, i) => [() => auth.ready(), () => auth.login(), () => auth.request(me)][i % 3]());
  await world.settle(Promise.all(pages));

  assert.equal(phone.wxLogins, 1);
  assert.equal(phone.calls('/api/auth/login'), 1);
});

test('A hundred requests with an old token make one refresh', async () => {
  const world = makeWorld();
  const phone = world.phone();
  await world.settle(phone.start().login());
  phone.kill();
  phone.ageTokens();
  const auth = phone.start();

  await world.settle(Promise.all(Array.from({ length: 100 }, () => auth.request(me))));

  assert.equal(phone.calls('/api/auth/refresh'), 1);
  assert.equal(phone.wxLogins, 1);
});

test('A session outlives the process', async () => {
  const world = makeWorld();
  const phone = world.phone();
  const { sessionId, user } = await world.settle(phone.start().login());
  phone.kill();

  const again = await world.settle(phone.start().login());

  assert.equal(again.sessionId, sessionId);
  assert.deepEqual(again.user, user);
  assert.equal(phone.wxLogins, 1);
});

test('A login whose answer was lost is repeated with the same code and key', async () => {
  const world = makeWorld();
  const phone = world.phone();
  phone.disturb('/api/auth/login', 'answer');
  const auth = phone.start();

  const session = await world.settle(auth.login());

  const [first, second] = phone.sent;
  assert.equal(session.isNewUser, true);
  assert.equal(phone.wxLogins, 1);
  assert.equal(first.data.code, second.data.code);
  assert.equal(first.header['Idempotency-Key'], second.header['Idempotency-Key']);
  await onlySession(world, auth);
});

test('Killed between login and answer, the next start gets the same session', async () => {
  const world = makeWorld();
  const phone = world.phone();
  const first = phone.start();
  phone.disturb('/api/auth/login', 'answer');
  await world.settle(new Promise(resolve => {
    const { deliver } = world;
    world.deliver = async request => {
      const response = await deliver(request);
      world.deliver = deliver;
      phone.kill();
      resolve();
      return response;
    };
    first.login();
  }));

  const auth = phone.start();
  const session = await world.settle(auth.login());

  assert.equal(phone.wxLogins, 1);
  assert.equal(session.isNewUser, true);
  await onlySession(world, auth);
});

test('A refresh whose answer was lost is repeated with the same refresh token', async () => {
  const world = makeWorld();
  const phone = world.phone();
  const { sessionId } = await world.settle(phone.start().login());
  phone.kill();
  phone.ageTokens();
  phone.disturb('/api/auth/refresh', 'answer', 2);
  const auth = phone.start();

  await world.settle(auth.request(me));

  const refreshes = phone.sent.filter(request => request.path === '/api/auth/refresh');
  assert.equal(refreshes.length, 3);
  assert.equal(new Set(refreshes.map(request => request.data.refreshToken)).size, 1);
  assert.equal(auth.sessionId, sessionId);
  assert.deepEqual(phone.signedOut, []);
});

test('A session ended elsewhere leads to one silent login and tells the reason', async () => {
  const world = makeWorld();
  const phone = world.phone();
  const auth = phone.start();
  const lost = await world.settle(auth.login());
  await world.settle(auth.request(me));
  const other = world.phone(phone.user).start();
  await world.settle(other.request({ url: '/api/users/me/sessions/' + lost.sessionId, method: 'DELETE' }));

  await world.settle(Promise.all(Array.from({ length: 10 }, () => auth.request(me))));

  assert.equal(phone.wxLogins, 2);
  assert.notEqual(auth.sessionId, lost.sessionId);
  assert.deepEqual(phone.signedOut, [{ reason: 'revoked_by_user', code: 'session_revoked', sessionId: lost.sessionId, recovering: true }]);
});

test('A session ended elsewhere while its token is old is noticed by the refresh', async () => {
  const world = makeWorld();
  const phone = world.phone();
  const { sessionId } = await world.settle(phone.start().login());
  const other = world.phone(phone.user).start();
  await world.settle(other.request({ url: '/api/users/me/sessions/' + sessionId, method: 'DELETE' }));
  phone.kill();
  phone.ageTokens();
  const auth = phone.start();

  await world.settle(auth.request(me));

  assert.equal(phone.wxLogins, 2);
  assert.deepEqual(phone.signedOut.map(event => event.reason), ['revoked_by_user']);
});

test('After logout nothing logs in until login, not even a restart', async () => {
  const world = makeWorld();
  const phone = world.phone();
  const auth = phone.start();
  await world.settle(auth.login());
  await world.settle(auth.logout());

  await assert.rejects(world.settle(auth.request(me)), { code: 'signed_out' });
  phone.kill();
  const restarted = phone.start();
  await assert.rejects(world.settle(restarted.ready()), { code: 'signed_out' });
  assert.equal(phone.wxLogins, 1);
  assert.deepEqual(phone.signedOut.map(event => [event.reason, event.recovering]), [['logout', false]]);

  await world.settle(restarted.login());
  await world.settle(restarted.request(me));
  await onlySession(world, restarted);
});

test('A logout that overtakes the login leaves no session behind', async () => {
  const world = makeWorld();
  const phone = world.phone();
  const auth = phone.start();

  const login = auth.login();
  const outcome = assert.rejects(login, { code: 'signed_out' });
  await world.settle(auth.logout());
  await world.settle(outcome);
  const session = await world.settle(auth.login());

  assert.equal(auth.sessionId, session.sessionId);
  await world.settle(auth.request(me));
});

test('A login right after a logout waits for the wx.login that is still under way', async () => {
  const world = makeWorld();
  const phone = world.phone();
  const auth = phone.start();
  const overtaken = assert.rejects(auth.login(), { code: 'signed_out' });
  await world.settle(new Promise(resolve => world.time.setTimeout(resolve, 0)));

  auth.logout();
  await world.settle(Promise.all([overtaken, auth.login(), auth.login({ force: true })]));

  assert.equal(phone.wxLoginsAtOnce, 1);
  await world.settle(auth.request(me));
});

test('A forced login ends the session it replaces', async () => {
  const world = makeWorld();
  const phone = world.phone();
  const auth = phone.start();
  const first = await world.settle(auth.login());

  const second = await world.settle(auth.login({ force: true }));
  const { deliver } = world;
  await world.settle(new Promise(resolve => {
    world.deliver = request => {
      const answer = deliver(request);
      if (request.path === '/api/auth/logout') answer.then(resolve);
      return answer;
    };
  }));

  assert.notEqual(second.sessionId, first.sessionId);
  assert.deepEqual(phone.signedOut, []);
  await onlySession(world, auth);
});

test('A picture that was chosen is uploaded with the token', async () => {
  const world = makeWorld();
  const phone = world.phone();
  const auth = phone.start();

  const user = await world.settle(auth.avatar('tmp/face.png'));

  assert.match(user.avatarUrl, /^https?:/);
  assert.deepEqual(auth.user, user);
});

test('A nickname that is entered is kept: by POST, for wx.request has no PATCH', async () => {
  const world = makeWorld();
  const auth = world.phone().start();

  await world.settle(auth.request({ url: '/api/users/me', method: 'POST', data: { nickname: '小明🎉' } }));

  assert.equal(auth.user.nickname, '小明🎉');
  assert.equal((await world.settle(auth.request(me))).data.nickname, '小明🎉');
});

test('The phone number that a button hands over is kept', async () => {
  const world = makeWorld();
  const phone = world.phone();
  const auth = phone.start();

  for (const button of ['getPhoneNumber', 'getRealtimePhoneNumber']) {
    const user = await world.settle(auth.phone(await world.settle(phone.tapPhoneButton(button))));
    assert.match(user.phoneNumber, /^\+861\d{10}$/);
  }
});

test('The library finds its platform by itself', async () => {
  const world = makeWorld();
  const phone = world.phone(undefined, { platform: undefined });
  const auth = phone.start();

  await world.settle(auth.request(me));

  assert.equal(phone.wxLogins, 1);
});

async function onlySession(world, auth) {
  const { data } = await world.settle(auth.request({ url: '/api/users/me/sessions' }));
  assert.deepEqual(data.sessions.map(session => [session.id, session.current]), [[auth.sessionId, true]]);
}
