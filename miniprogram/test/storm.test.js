'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const { makeWorld } = require('./support/world.js');

// Against a real server (WXAUTH_URL) start it with RateLimits__RequestsPerMinutePerSession=0 and, to see many refreshes, with
// Jwt__AccessTokenLifetime=00:01:00. Ten thousand calls take some minutes there: WXAUTH_STORM_CALLS makes them fewer.
const CALLS = Number(process.env.WXAUTH_STORM_CALLS) || 10000;
const me = { url: '/api/users/me' };

for (const seed of process.env.WXAUTH_URL ? [1] : [1, 2]) {
  test(CALLS + ' calls over a bad network: no false sign-out, no login too many (seed ' + seed + ')', async () => {
    const world = makeWorld({ seed, accessLifetime: 60, speed: 20 });
    const { random, time } = world;
    world.latency = [5, 3000 * world.haste];
    const phone = world.phone();
    phone.randomFault = () => {
      const dice = random();
      if (dice < 0.08) return 'request';
      if (dice < 0.16) return 'answer';
      if (dice < 0.2) return 'late';
      if (dice < 0.25) return 'twice';
      return dice < 0.28 ? 'delivered twice' : null;
    };
    const other = world.phone(phone.user).start();
    let auth = phone.start();
    const outcomes = { done: 0, network: 0, killed: 0 };
    const ended = [];

    for (let made = 0, batches = 1; made < CALLS; batches++) {
      const batch = Math.min(1 + Math.floor(random() * 12), CALLS - made);
      made += batch;
      const calls = Array.from({ length: batch }, async () => {
        await new Promise(resolve => time.setTimeout(resolve, random() * 4000 * world.haste));
        return auth.request(me).then(() => { outcomes.done++; }, error => {
          // Only the network may fail: nobody has signed out, and every session that ended was replaced.
          assert.equal(error.code, 'network', error.code + ' ' + error.title);
          outcomes.network++;
        });
      });

      if (random() < 0.01) {
        await time.advance(random() * 3000 * world.haste);
        phone.kill();
        outcomes.killed++;
        auth = phone.start();
      } else {
        await world.settle(Promise.all(calls));
      }

      // By count: in a short storm chance may end none.
      if (batches % 30 === 0) {
        // A session that worked; one that the server ends before its first call is given up on purpose.
        await world.settle(auth.request(me).catch(() => null));
        if (auth.sessionId !== null && !ended.includes(auth.sessionId)) {
          ended.push(auth.sessionId);
          await world.settle(other.request({ url: '/api/users/me/sessions/' + auth.sessionId, method: 'DELETE' }));
        }
      }

      await time.advance(random() * 20000 * world.haste);
    }

    const story = JSON.stringify(Object.assign({ ended: ended.length, sessions: phone.sessions.size, refreshes: phone.calls('/api/auth/refresh') }, outcomes));
    assert.ok(ended.length > CALLS / 1000, story);
    assert.ok(phone.signedOut.every(event => event.reason === 'revoked_by_user' && ended.includes(event.sessionId) && event.recovering), 'no false sign-out: ' + story);
    assert.equal(new Set(phone.signedOut.map(event => event.sessionId)).size, phone.signedOut.length, 'each lost session is told once');
    assert.ok(phone.sessions.size <= 1 + ended.length, 'no login too many: ' + story);
    assert.ok(outcomes.done > CALLS * 0.9, story);
    console.log(story);
  });
}
