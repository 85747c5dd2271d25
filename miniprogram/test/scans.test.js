'use strict';

// A web page is signed in by the phone that scans its code; the server is the model behind HTTP.

const test = require('node:test');
const assert = require('node:assert/strict');
const { httpWorld } = require('./support/world.js');

const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36';

test('The phone is shown who asks, approves, and the page has a session of its own', async t => {
  const world = await openWorld(t);
  const phone = world.phone('alice');
  const auth = phone.start();
  const page = await newPage(world);

  const scan = await auth.scans.read(page.scanId);
  assert.deepEqual(
    [scan.scanId, scan.appId, scan.status, scan.ip, scan.userAgent],
    [page.scanId, 'wx0123456789abcdef', 'scanned', '203.0.113.7', WINDOWS]);
  assert.equal(Date.parse(scan.expiresAt) - Date.parse(scan.createdAt), 180000);
  assert.deepEqual((({ status, data }) => [status, data.status])(await page.collect()), [202, 'scanned']);
  await auth.scans.approve(scan.scanId);
  const { status, data } = await page.collect();

  assert.equal(status, 200);
  assert.equal(data.user.id, auth.user.id);
  assert.notEqual(data.sessionId, auth.sessionId);
  assert.deepEqual([(await page.collect()).status, phone.wxLogins], [404, 1]);
  await auth.request({ url: '/api/users/me' });
});

test('A scan that the user denies signs nobody in', async t => {
  const world = await openWorld(t);
  const auth = world.phone('alice').start();
  const page = await newPage(world);
  await auth.scans.read(page.scanId);

  await auth.scans.deny(page.scanId);

  const { status, data } = await page.collect();
  assert.deepEqual([status, data.code], [403, 'scan_denied']);
  await assert.rejects(auth.scans.approve(page.scanId), { code: 'scan_denied', action: 'fix_request', status: 403 });
});

test('A scan is for the phone that looked first, and not for one that never looked', async t => {
  const world = await openWorld(t);
  const [alice, bob] = [world.phone('alice').start(), world.phone('bob').start()];
  const page = await newPage(world);
  await assert.rejects(alice.scans.approve(page.scanId), { code: 'scan_invalid' });
  await alice.scans.read(page.scanId);

  await assert.rejects(bob.scans.read(page.scanId), { code: 'scan_invalid', action: 'fix_request', status: 404 });
  await assert.rejects(bob.scans.approve(page.scanId), { code: 'scan_invalid' });

  assert.equal((await page.collect()).status, 202);
});

test('A scan that has expired is told so', async t => {
  const world = await openWorld(t);
  const auth = world.phone('alice').start();
  const page = await newPage(world);
  world.server.scans.get(page.scanId).createdAt -= 200000;

  await assert.rejects(auth.scans.read(page.scanId), { code: 'scan_invalid' });
});

test('An approval whose answer was lost is sent again and makes one session', async t => {
  const world = await openWorld(t);
  const phone = world.phone('alice');
  const auth = phone.start();
  const page = await newPage(world);
  await auth.scans.read(page.scanId);
  phone.disturb('/api/auth/scans/' + page.scanId + '/approve', 'answer');

  await auth.scans.approve(page.scanId);

  assert.equal(world.server.calls('POST', '/api/auth/scans/' + page.scanId + '/approve'), 2);
  assert.equal((await page.collect()).status, 200);
  assert.equal(world.server.liveSessions().length, 2);
});

test('What is no scan is refused on the phone, and nothing is sent', async t => {
  const world = await openWorld(t);
  const phone = world.phone('alice');
  const auth = phone.start();

  for (const scene of [undefined, '', 'x', '../users/me/sessions/1', 'a'.repeat(21), 'a'.repeat(23), 'a'.repeat(21) + '/', 'a'.repeat(22) + '\n']) {
    await assert.rejects(auth.scans.read(scene), { code: 'scan_invalid', action: 'fix_request', status: 0 });
    await assert.rejects(auth.scans.approve(scene), { code: 'scan_invalid' });
    await assert.rejects(auth.scans.deny(scene), { code: 'scan_invalid' });
  }

  assert.deepEqual(phone.sent, []);
});

test('A user who has signed out is not signed in by a scan', async t => {
  const world = await openWorld(t);
  const phone = world.phone('alice');
  const auth = phone.start();
  await auth.login();
  await auth.logout();
  const page = await newPage(world);

  await assert.rejects(auth.scans.read(page.scanId), { code: 'signed_out' });

  assert.equal(phone.wxLogins, 1);
});

async function openWorld(t) {
  const world = await httpWorld();
  t.after(() => world.close());
  return world;
}

/** What the web page does: asks for a code, and later for its session. */
async function newPage(world) {
  const post = async (path, data) => {
    const response = await fetch(world.baseUrl + path, { method: 'POST', headers: { 'Content-Type': 'application/json', 'User-Agent': WINDOWS }, body: JSON.stringify(data) });
    return { status: response.status, data: await response.json() };
  };
  const { status, data } = await post('/api/auth/scans', {});
  assert.equal(status, 201);
  assert.match(data.scanId, /^[A-Za-z0-9_-]{22}$/);
  return { scanId: data.scanId, collect: () => post('/api/auth/scans/' + data.scanId + '/session', { scanSecret: data.scanSecret }) };
}
