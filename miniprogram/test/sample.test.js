'use strict';

// The sample as somebody uses it: its pages, by what they show, on a phone with WeChat's rules.

const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { sample } = require('./support/platforms.js');
const { modelWorld } = require('./support/world.js');

const root = path.join(__dirname, '..');
const readJson = file => JSON.parse(fs.readFileSync(path.join(root, file), 'utf8'));
const { baseUrl } = require('../sample/config.js');

test('DevTools finds every file that the sample names, and packs none of the tests', () => {
  const project = readJson('project.config.json');
  const app = readJson('app.json');

  assert.equal(path.join(root, project.miniprogramRoot), root + path.sep);
  for (const page of app.pages) {
    for (const ending of ['.js', '.json', '.wxml', '.wxss']) assert.ok(fs.existsSync(path.join(root, page + ending)), page + ending);
    for (const component of Object.values(readJson(page + '.json').usingComponents)) assert.ok(fs.existsSync(path.join(root, component + '.wxml')), component);
  }

  app.tabBar.list.forEach(tab => assert.ok(app.pages.includes(tab.pagePath)));
  assert.ok(fs.existsSync(path.join(root, app.sitemapLocation)));
  const ignored = project.packOptions.ignore.map(each => each.value);
  for (const name of ['test', 'node_modules', 'miniprogram_dist', 'wxauth.mjs', 'wxauth.d.mts']) assert.ok(ignored.includes(name), name);
});

test('Every handler that a page names is there', () => {
  const { program } = openSample();
  for (const name of readJson('app.json').pages.concat('privacy/privacy')) {
    const wxml = fs.readFileSync(path.join(root, name + '.wxml'), 'utf8');
    const handlers = [...wxml.matchAll(/(?:bind|catch)[a-z]+="(\w+)"/g)].map(match => match[1]);
    const page = program.instance('/' + name + '.js');
    assert.ok(handlers.length > 0);
    handlers.forEach(handler => assert.equal(typeof page[handler], 'function', name + ' ' + handler));
  }
});

test('Both themes name the same colours, and the pages take theirs from one place', () => {
  const theme = readJson('theme.json');
  const named = [...JSON.stringify(readJson('app.json')).matchAll(/"@(\w+)"/g)].map(match => match[1]);
  assert.deepEqual([...new Set(named)].sort(), Object.keys(theme.light).sort());
  assert.deepEqual(Object.keys(theme.dark), Object.keys(theme.light));

  const [light, dark] = fs.readFileSync(path.join(root, 'app.wxss'), 'utf8').split('@media (prefers-color-scheme: dark)').map(part => [...part.matchAll(/(--\w+):/g)].map(match => match[1]));
  assert.deepEqual(dark, light);
});

test('Nobody is made to log in: the pages open without a call, and login can be left alone', async () => {
  const { world, phone, home, me } = await openPages();

  assert.match(home.screen.text, /欢迎光临 不登录也可以随便看看/);
  assert.match(me.screen.text, /登录后查看我的资料/);
  me.screen.tap('暂不登录');
  home.screen.tap('去登录');
  await world.time.advance(60000);

  assert.deepEqual(phone.visited, ['/sample/pages/home/home', '/sample/pages/me/me']);
  assert.deepEqual([phone.sent.length, phone.wxLogins, phone.toasts], [0, 0, []]);
});

test('The sample logs in, keeps what the user enters, lists the sessions, and logs out', async () => {
  const { world, phone, program, home, me } = await openPages();
  await world.settle(me.screen.tap('微信登录'));
  assert.equal(phone.calls('/api/auth/login'), 1);
  assert.equal(phone.wxLogins, 0, 'the simulator stands for wx.login');

  await world.settle(me.screen.submit({ nickname: ' 小明 ' }));
  await world.settle(me.screen.tap('手机号', await phone.tapPhoneButton().then(event => event.detail)));
  await world.settle(me.screen.tap('头像', { avatarUrl: 'tmp/face.png' }));
  assert.match(me.screen.text, /\+8613800000000/);
  assert.deepEqual(me.screen.nodes().filter(node => node.tag === 'image').map(node => node.attributes.src), ['https://example.com/tmp/face.png']);
  assert.deepEqual(
    phone.sent.filter(request => request.path === '/api/users/me').map(request => [request.method, request.data]),
    [['POST', { nickname: '小明' }]]);
  await world.settle(me.screen.tap('实时验证', await phone.tapPhoneButton('getRealtimePhoneNumber').then(event => event.detail)));
  await home.onShow();
  assert.match(home.screen.text, /您好，小明/);

  const sessions = await world.settle(program.open('sample/pages/sessions/sessions'));
  assert.match(sessions.screen.text, /本机/);

  me.screen.tap('退出登录');
  await world.time.advance(5000);
  assert.match(me.screen.text, /登录后查看我的资料/);
  assert.equal(world.server.liveSessions().length, 0);
  await me.onShow();
  assert.equal(me.data.state, 'out');
  await world.settle(me.screen.tap('微信登录'));
  assert.equal(me.data.state, 'in');
});

test('A nickname is sent when the form is, not when the field is left, and not before WeChat has looked at it', async () => {
  const { world, phone, me } = await openPages({ signedIn: true });
  const sent = () => phone.sent.filter(request => request.path === '/api/users/me' && request.method === 'POST').map(request => request.data.nickname);

  me.screen.input('nickname', 'blur', { value: '坏名字' });
  await world.time.advance(500);
  assert.deepEqual(sent(), []);
  const saving = me.screen.submit({ nickname: '坏名字' });
  await world.time.advance(500);
  assert.deepEqual(sent(), []);
  assert.equal(me.screen.button('保存昵称').attributes.disabled, true);
  me.screen.input('nickname', 'nicknamereview', { pass: false, timeout: false });
  await world.settle(saving);
  assert.match(me.screen.text, /昵称没有通过微信的内容检查，请换一个/);
  assert.deepEqual(sent(), []);

  me.screen.input('nickname', 'blur', { value: '小明' });
  me.screen.input('nickname', 'nicknamereview', { pass: true, timeout: false });
  await world.settle(me.screen.submit({ nickname: '小明' }));
  assert.deepEqual(sent(), ['小明']);
  assert.doesNotMatch(me.screen.text, /昵称没有通过/);

  me.screen.input('nickname', 'blur', { value: '小红' });
  me.screen.input('nickname', 'nicknamereview', { pass: false, timeout: true });
  await world.settle(me.screen.submit({ nickname: '小红' }));
  assert.deepEqual(sent(), ['小明', '小红'], 'a check that WeChat had no time for refuses nothing');
});

test('Where WeChat does not tell of its check, the nickname is saved after a moment; an emptied field is none', async () => {
  const { world, phone, me } = await openPages({ signedIn: true });

  me.screen.input('nickname', 'blur', { value: '小明' });
  await world.settle(me.screen.submit({ nickname: '小明' }));
  assert.equal(me.data.user.nickname, '小明');
  await world.settle(me.screen.submit({ nickname: '  ' }));
  assert.match(me.screen.text, /请填写昵称/);
  await world.settle(me.screen.submit({ nickname: '小明' }));

  assert.equal(phone.sent.filter(request => request.method === 'POST' && request.path === '/api/users/me').length, 1);
});

test('A user who refuses the privacy text goes on without, and is told that it costs nothing else', async () => {
  const { world, phone, program, me } = await openPages({ signedIn: true });
  phone.privacy.agreed = false;
  const window = program.component('privacy/privacy');
  assert.equal(window.screen.text, '');

  const refused = phone.tapPhoneButton();
  await world.time.advance(1000);
  assert.match(window.screen.text, /请阅读 《示例小程序隐私保护指引》/);
  window.screen.tap('拒绝');
  await world.settle(me.screen.tap('手机号', (await refused).detail));
  assert.equal(window.screen.text, '');
  assert.match(me.screen.text, /您没有同意隐私保护指引，这一项暂不可用，其他功能不受影响/);
  await world.settle(me.screen.submit({ nickname: '小明' }));
  assert.equal(me.data.user.nickname, '小明');

  const agreed = phone.tapPhoneButton();
  phone.privacy.tapped.add(window.screen.button('同意').attributes.id);
  window.screen.tap('同意');
  await world.settle(me.screen.tap('手机号', (await agreed).detail));
  assert.equal(me.data.user.phoneNumber, '+8613800000000');
  assert.equal(me.data.error, '');
});

test('A user who denies his phone number keeps the page', async () => {
  const { world, phone, me } = await openPages({ signedIn: true });

  await world.settle(me.screen.tap('手机号', await phone.tapPhoneButton('getPhoneNumber', true).then(event => event.detail)));

  assert.match(me.screen.text, /您没有授权手机号，可以稍后再说/);
  assert.equal(me.data.state, 'in');
});

test('Offline the page shows what the phone remembers, and the network brings it up to date', async () => {
  const first = await openPages({ signedIn: true });
  const { world, phone } = first;
  await world.settle(first.me.screen.submit({ nickname: '小明' }));
  phone.kill();
  phone.network(false);

  const { me } = await openPages({ on: first });
  assert.match(me.screen.text, /网络不可用，显示的是上次的资料/);
  assert.equal(me.screen.nodes().find(node => node.attributes.name === 'nickname').attributes.value, '小明');
  world.server.users.get('alice').nickname = '小红'; // from another phone
  phone.network(true);
  await world.time.advance(5000);

  assert.doesNotMatch(me.screen.text, /网络不可用/);
  assert.equal(me.data.user.nickname, '小红');
  assert.equal(phone.calls('/api/auth/login'), 1);
});

test('Offline a login says so, and can be tried again', async () => {
  const { world, phone, me } = await openPages();
  phone.network(false);
  await world.settle(me.screen.tap('微信登录').catch(() => {}));
  assert.match(me.screen.text, /网络不可用 重试/);
  assert.equal(me.data.state, 'out');

  phone.offline = false;
  await world.settle(me.screen.tap('重试'));

  assert.equal(me.data.state, 'in');
});

test('The sample shows the form where an account is required', async () => {
  const { world, me } = await openPages({ requireBinding: true });
  await world.settle(me.screen.tap('微信登录'));
  assert.match(me.screen.text, /请绑定您的平台账号/);

  me.setData({ userName: 'chen', password: 'wrong' });
  await world.settle(me.bind());
  assert.match(me.screen.text, /credentials_invalid/);
  me.setData({ password: 'correct horse' });
  await world.settle(me.bind());

  assert.equal(me.data.state, 'in');
  assert.equal(me.data.user.userName, 'chen');
});

test('Who scans a web page\'s code is shown who asks, and lets it in or not', async () => {
  const { world, program } = await openPages({ signedIn: true });
  for (const [label, state, shown] of [['确认登录', 'approved', /已确认登录/], ['取消登录', 'denied', /已取消登录/]]) {
    const { scanId } = newScan(world);
    const scan = await world.settle(program.open('sample/pages/scan/scan', { scene: encodeURIComponent(scanId) }));
    assert.match(scan.screen.text, /wx0123456789abcdef/);
    assert.match(scan.screen.text, /203\.0\.113\.7/);
    assert.match(scan.screen.text, /Chrome · Windows/);
    assert.match(scan.screen.text, /如果这个码是别人发给您的，请取消/);
    assert.equal(world.server.scans.get(scanId).status, 'scanned');

    await world.settle(scan.screen.tap(label));

    assert.match(scan.screen.text, shown);
    assert.equal(world.server.scans.get(scanId).status, state);
  }
});

test('A code that is over is told so, and who has logged out is asked to log in before he can approve', async () => {
  const { world, program, me } = await openPages({ signedIn: true });
  const over = await world.settle(program.open('sample/pages/scan/scan', { scene: 'none' }));
  assert.match(over.screen.text, /这个码已失效/);
  me.screen.tap('退出登录');
  await world.time.advance(5000);

  const scan = await world.settle(program.open('sample/pages/scan/scan', { scene: newScan(world).scanId }));
  assert.match(scan.screen.text, /登录后才能确认/);
  await world.settle(scan.screen.tap('微信登录'));
  assert.match(scan.screen.text, /网页登录确认/);

  world.server.scans.forEach(each => { each.createdAt -= 200000; });
  await world.settle(scan.screen.tap('确认登录'));
  assert.match(scan.screen.text, /这个码已失效/);
});

function newScan(world) {
  return world.server.newScan({ header: { 'User-Agent': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36' } }).data;
}

function openSample({ on, ...options } = {}) {
  const world = on ? on.world : modelWorld(Object.assign({ baseUrl }, options));
  const phone = on ? on.phone : world.phone('alice');
  const program = phone.open(sample());
  program.launch();
  return { world, phone, program };
}

/** The sample, opened, with both pages of its tab bar. */
async function openPages({ signedIn, ...options } = {}) {
  const opened = openSample(options);
  const { world, program } = opened;
  const home = await program.open('sample/pages/home/home');
  const me = await world.settle(program.open('sample/pages/me/me'));
  if (signedIn) await world.settle(me.screen.tap('微信登录'));
  return Object.assign(opened, { home, me });
}
