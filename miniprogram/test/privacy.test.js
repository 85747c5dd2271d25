'use strict';

// Consent to the privacy text, on a phone whose WeChat asks for it as the real one does.

const test = require('node:test');
const assert = require('node:assert/strict');
const { modelWorld } = require('./support/world.js');

const me = { url: '/api/users/me' };

test('The program can look whether the user still has to agree', async () => {
  const { world, phone, auth } = open();
  assert.deepEqual(await world.settle(auth.privacy.check()), { needed: true, contractName: '《示例小程序隐私保护指引》' });

  await world.settle(auth.privacy.ask());

  assert.equal(phone.privacy.agreed, true);
  assert.equal((await world.settle(auth.privacy.check())).needed, false);
});

test('A user who refuses in the window of WeChat has not denied his phone number, and can go on without', async () => {
  const { world, phone, auth } = open({ answer: 'disagree' });
  const event = await phone.tapPhoneButton();
  assert.equal(event.detail.errno, 104);

  await assert.rejects(world.settle(auth.phone(event)), { code: 'privacy_refused', action: 'fix_request', status: 0 });
  await assert.rejects(world.settle(auth.privacy.ask()), { code: 'privacy_refused' });

  assert.deepEqual(phone.sent, []);
  await world.settle(auth.request(me));
  await world.settle(auth.request({ url: '/api/users/me', method: 'POST', data: { nickname: '小明' } }));
  assert.equal(auth.user.nickname, '小明');
});

test('An interface that the console does not declare is an error of its own', async () => {
  const { world, phone, auth } = open({ declared: false });
  const event = await phone.tapPhoneButton();
  assert.equal(event.detail.errno, 112);

  await assert.rejects(world.settle(auth.phone(event)), { code: 'privacy_undeclared', action: 'contact_support' });
});

test('Where WeChat gives no errno its text tells the two', async () => {
  const { world, auth } = open();

  await assert.rejects(
    world.settle(auth.phone({ detail: { errMsg: 'getPhoneNumber:fail privacy permission is not authorized' } })), { code: 'privacy_refused' });
  await assert.rejects(
    world.settle(auth.phone({ detail: { errMsg: 'getPhoneNumber:fail api scope is not declared in the privacy agreement' } })), { code: 'privacy_undeclared' });
  for (const errMsg of ['getPhoneNumber:fail user deny', 'getPhoneNumber:fail:user cancel', 'getRealtimePhoneNumber:fail user deny', undefined]) {
    await assert.rejects(world.settle(auth.phone({ detail: { errMsg } })), { code: 'phone_denied' });
  }
});

test('The own window is asked once for all that waits, and its answer is for all', async () => {
  const { world, phone, auth } = open();
  const asked = [];
  auth.privacy.onNeeded(ask => asked.push(ask));
  const events = Promise.all([phone.tapPhoneButton(), phone.tapPhoneButton('getRealtimePhoneNumber')]);
  await world.time.advance(1000);
  assert.deepEqual(asked.map(ask => ask.referrer), ['button.getPhoneNumber']);
  assert.deepEqual(phone.privacy.asked, ['exposureAuthorization']);

  phone.privacy.tapped.add('agree');
  asked[0].agree('agree');

  for (const event of await world.settle(events)) assert.match(event.detail.errMsg, /:ok$/);
  const [event] = await events;
  await world.settle(auth.phone(event));
  assert.equal(auth.user.phoneNumber, '+8613800000000');
});

test('A user who refuses in the own window goes on without, and is asked again by the next tap', async () => {
  const { world, phone, auth } = open();
  const asked = [];
  auth.privacy.onNeeded(ask => asked.push(ask));

  for (const times of [1, 2]) {
    const event = phone.tapPhoneButton();
    assert.equal(asked.length, times);
    asked[times - 1].disagree();
    await assert.rejects(world.settle(auth.phone(await event)), { code: 'privacy_refused' });
  }

  await world.settle(auth.request(me));
});

test('Agreement without a tap on the button is none to WeChat', async () => {
  const { world, phone, auth } = open();
  auth.privacy.onNeeded(ask => ask.agree('agree'));

  await assert.rejects(world.settle(auth.phone(await phone.tapPhoneButton())), { code: 'privacy_refused' });
});

test('Of several windows the last is asked; one that comes to the front again is the last', async () => {
  const { phone, auth } = open();
  const asked = [];
  const first = ask => { asked.push('first'); ask.disagree(); };
  const stopFirst = auth.privacy.onNeeded(first);
  const stopSecond = auth.privacy.onNeeded(ask => { asked.push('second'); ask.disagree(); });
  await phone.tapPhoneButton();
  auth.privacy.onNeeded(first);
  await phone.tapPhoneButton();
  stopFirst();
  await phone.tapPhoneButton();
  stopSecond();
  // WeChat's own window does not come back: nobody asks, and nothing hangs.
  const { detail } = await phone.tapPhoneButton();

  assert.deepEqual(asked, ['second', 'first', 'second']);
  assert.equal(detail.errno, 104);
});

test('A window that goes while it asks leaves nothing hanging; one behind it does not matter', async () => {
  const { world, phone, auth } = open();
  const stopBehind = auth.privacy.onNeeded(() => assert.fail('the window behind'));
  const stop = auth.privacy.onNeeded(() => {});
  let over = false;
  const event = phone.tapPhoneButton().then(result => { over = true; return result; });

  stopBehind();
  await world.time.advance(1000);
  assert.equal(over, false);
  stop();

  assert.equal((await event).detail.errno, 104);
});

test('The text itself can be shown', async () => {
  const { world, phone, auth } = open();

  await world.settle(auth.privacy.openContract());

  assert.equal(phone.privacy.contractsShown, 1);
});

test('A WeChat that is too old for all this asks for nothing', async () => {
  const world = modelWorld();
  const phone = world.phone('alice');
  phone.absent = ['getPrivacySetting', 'requirePrivacyAuthorize', 'openPrivacyContract', 'onNeedPrivacyAuthorization'];
  const auth = phone.start();

  assert.deepEqual(await world.settle(auth.privacy.check()), { needed: false, contractName: '' });
  await world.settle(auth.privacy.ask());
  await world.settle(auth.privacy.openContract());
  auth.privacy.onNeeded(() => {})();
});

function open(consent) {
  const world = modelWorld();
  const phone = world.phone('alice');
  Object.assign(phone.privacy, { agreed: false }, consent);
  return { world, phone, auth: phone.start() };
}
