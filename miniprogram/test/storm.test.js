'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const { modelWorld } = require('./support/world.js');

const CALLS = 10000;

for (const seed of [1, 2]) {
  test('Ten thousand calls over a bad network: no false sign-out, no login too many (seed ' + seed + ')', async () => {
    const world = modelWorld({ seed, accessLifetime: 60 });
    const { random, server, time } = world;
    world.latency = [5, 3000];
    world.randomFault = () => {
      const dice = random();
      if (dice < 0.08) return 'request';
      if (dice < 0.16) return 'answer';
      if (dice < 0.2) return 'late';
      if (dice < 0.25) return 'twice';
      return dice < 0.28 ? 'delivered twice' : null;
    };
    const phone = world.phone('alice');
    let auth = phone.start();
    const outcomes = { done: 0, network: 0, killed: 0 };
    const ended = [];

    for (let made = 0; made < CALLS;) {
      const batch = Math.min(1 + Math.floor(random() * 12), CALLS - made);
      made += batch;
      const calls = Array.from({ length: batch }, async () => {
        await new Promise(resolve => time.setTimeout(resolve, random() * 4000));
        return auth.request({ url: '/api/users/me' }).then(() => { outcomes.done++; }, error => {
          // Only the network may fail: nobody has signed out, and every session that ended was replaced.
          assert.equal(error.code, 'network', error.code + ' ' + error.title);
          outcomes.network++;
        });
      });

      if (random() < 0.01) {
        await time.advance(random() * 3000);
        phone.kill();
        outcomes.killed++;
        auth = phone.start();
      } else {
        await world.settle(Promise.all(calls));
      }

      if (random() < 0.02 && auth.sessionId !== null) {
        await world.settle(auth.request({ url: '/api/users/me' }).catch(() => null));
        if (auth.sessionId !== null && server.sessions.get(auth.sessionId).endReason === null) {
          ended.push(auth.sessionId);
          server.end(auth.sessionId, 'revoked_by_admin');
        }
      }

      await time.advance(random() * 20000);
    }

    const lost = [...server.sessions.values()].filter(session => session.endReason !== null);
    assert.deepEqual(lost.map(session => session.endReason), ended.map(() => 'revoked_by_admin'), 'the phone itself has lost no session');
    assert.ok(ended.length > 10, 'the story ended ' + ended.length + ' sessions');
    assert.equal(new Set(phone.signedOut.map(event => event.sessionId)).size, phone.signedOut.length, 'each lost session is told once');
    assert.ok(phone.signedOut.every(event => ended.includes(event.sessionId) && event.recovering), 'no false sign-out');
    assert.ok(server.sessions.size <= 1 + ended.length, server.sessions.size + ' sessions for ' + ended.length + ' lost');
    assert.ok(outcomes.done > CALLS * 0.9, JSON.stringify(outcomes));
  });
}
