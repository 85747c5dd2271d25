'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { ModelServer } = require('./support/model-server.js');

const root = path.join(__dirname, '..');
const readJson = file => JSON.parse(fs.readFileSync(path.join(root, file), 'utf8'));

test('DevTools finds every file that the sample names, and packs none of the tests', () => {
  const project = readJson('project.config.json');
  const app = readJson('app.json');

  assert.equal(path.join(root, project.miniprogramRoot), root + path.sep);
  for (const page of app.pages) {
    for (const ending of ['.js', '.json', '.wxml', '.wxss']) assert.ok(fs.existsSync(path.join(root, page + ending)), page + ending);
  }

  assert.ok(fs.existsSync(path.join(root, app.sitemapLocation)));
  const ignored = project.packOptions.ignore.map(each => each.value);
  assert.ok(ignored.includes('test') && ignored.includes('node_modules'));
});

test('Every handler that a page names is there', () => {
  const { pages } = openSample();
  Object.keys(pages).forEach(name => {
    const wxml = fs.readFileSync(path.join(root, name + '.wxml'), 'utf8');
    const handlers = [...wxml.matchAll(/bind[a-z]+="(\w+)"/g)].map(match => match[1]);
    assert.ok(handlers.length > 0);
    handlers.forEach(handler => assert.equal(typeof pages[name][handler], 'function', name + ' ' + handler));
  });
});

test('The sample logs in, keeps what the user enters, lists the sessions, and logs out', async () => {
  const { pages, server } = openSample();
  const index = pages['sample/pages/index/index'];
  const sessions = pages['sample/pages/sessions/sessions'];

  index.onLoad();
  await index.onShow();
  assert.equal(index.data.state, 'in');
  assert.equal(server.calls('POST', '/api/auth/login'), 1, 'onLaunch and the page share one login');

  await index.phone({ detail: { code: 'p'.repeat(64) } });
  assert.equal(index.data.user.phoneNumber, '+8613800000000');
  await index.phone({ detail: { errMsg: 'getPhoneNumber:fail user deny' } });
  assert.equal(index.data.error, '您没有授权手机号');
  await index.avatar({ detail: { avatarUrl: 'tmp/face.png' } });
  assert.equal(index.data.user.avatarUrl, 'https://example.com/tmp/face.png');

  await sessions.onShow();
  assert.deepEqual(sessions.data.sessions.map(session => session.current), [true]);

  index.logout();
  await new Promise(resolve => setImmediate(resolve));
  assert.equal(index.data.state, 'out');
  await index.onShow();
  assert.equal(index.data.state, 'out');
  await index.login();
  assert.equal(index.data.state, 'in');
});

test('The sample shows the form where an account is required', async () => {
  const { pages } = openSample({ requireBinding: true });
  const index = pages['sample/pages/index/index'];

  await index.onShow();
  assert.equal(index.data.state, 'unbound');
  index.setData({ userName: 'chen', password: 'wrong' });
  await index.bind();
  assert.equal(index.data.state, 'unbound');
  assert.equal(index.data.error, 'credentials_invalid');
  index.setData({ password: 'correct horse' });
  await index.bind();

  assert.equal(index.data.state, 'in');
  assert.equal(index.data.user.userName, 'chen');
});

/** Runs app.js and the pages as DevTools would, against the model server at the address of config.js. */
function openSample(options) {
  const { baseUrl, simulatorUser } = require('../sample/config.js');
  const server = new ModelServer({ now: () => Date.now() }, options);
  const storage = new Map();
  const send = (request, { success }) => {
    const url = new URL(request.url);
    assert.equal(url.origin, baseUrl);
    const answer = url.pathname === '/simulator/wx/login'
      ? Promise.resolve({ statusCode: 200, header: {}, data: { code: server.code(url.searchParams.get('user')) } })
      : server.deliver(Object.assign({ path: url.pathname }, request));
    answer.then(success);
  };
  assert.ok(simulatorUser);
  globalThis.wx = {
    login: () => assert.fail('the simulator stands for wx.login'),
    request: parameters => send({ url: parameters.url, method: parameters.method || 'GET', header: parameters.header, data: parameters.data }, parameters),
    uploadFile: parameters => send({ url: parameters.url, method: 'POST', header: parameters.header, filePath: parameters.filePath }, parameters),
    getStorageSync: key => storage.get(key) || '',
    setStorageSync: (key, value) => { storage.set(key, structuredClone(value)); },
    showToast() {},
    navigateTo() {}
  };

  const pages = {};
  const load = file => {
    delete require.cache[require.resolve(file)];
    require(file);
  };
  delete require.cache[require.resolve('../sample/auth.js')];
  globalThis.App = app => app.onLaunch();
  load('../app.js');
  readJson('app.json').pages.forEach(name => {
    globalThis.Page = page => {
      page.setData = data => { Object.assign(page.data, data); };
      pages[name] = page;
    };
    load('../' + name + '.js');
  });
  return { pages, server };
}
