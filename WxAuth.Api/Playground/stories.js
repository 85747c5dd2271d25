import { Phone, answerRow, describe, getJson, drawWeChat, short } from './stand-in.js';
import { text } from './texts.js';

const me = { url: '/api/users/me' };
const TEN = 10;
const MORE_THAN_A_LIFE = 31 * 60000;

/** What each button does. `stage` holds the phone and its app; a story that throws is told as it is. */
export const stories = {
  async open(stage) {
    await fresh(stage);
  },

  async ten(stage) {
    stage.phone.wipe();
    stage.phone.open();
    const { auth } = stage.phone;
    await stage.must(() => Promise.all(Array.from({ length: TEN }, () => auth.request(me))));
  },

  async expire(stage) {
    await signedIn(stage);
    stage.phone.ahead += MORE_THAN_A_LIFE;
    stage.phone.note(() => text('clockMoved', MORE_THAN_A_LIFE / 60000));
    const { auth } = stage.phone;
    await stage.must(() => Promise.all(Array.from({ length: TEN }, () => auth.request(me))));
  },

  async lost(stage) {
    stage.phone.wipe();
    stage.phone.open();
    await new Promise(resolve => {
      stage.phone.lost = {
        path: '/api/auth/login',
        then: () => {
          stage.phone.kill();
          stage.phone.note(() => text('killed'));
          resolve();
        }
      };
      // This process never hears how it ends: it is killed.
      stage.phone.auth.ready();
    });
    stage.phone.open();
    await stage.must(() => stage.phone.auth.ready());
  },

  async elsewhere(stage) {
    await signedIn(stage);
    const { sessionId } = stage.phone.auth;
    const other = new Phone({ user: stage.phone.user, slot: 'other', record: stage.record, other: true });
    other.wipe();
    other.open();
    await other.auth.request({ url: '/api/users/me/sessions/' + sessionId, method: 'DELETE' });
    await stage.must(() => stage.phone.auth.request(me));
    await other.auth.logout();
  },

  async down(stage) {
    const times = 2;
    stage.phone.wipe();
    await post('/simulator/faults', { kind: 'html', call: 'jscode2session', user: stage.phone.user, times });
    stage.phone.record({ note: true, at: 'wechat', label: () => text('fault', times) });
    stage.phone.open();
    await stage.must(() => stage.phone.auth.ready());
  },

  async twice(stage) {
    stage.phone.wipe();
    stage.phone.codeHook = async code => {
      stage.phone.note(() => text('stolen'));
      const before = await getJson('/simulator/statistics');
      stage.record({ from: 'phone', to: 'wxauth', label: 'POST /api/auth/login { code ' + short(code) + ' }', detail: describe({}, { code }) });
      const response = await post('/api/auth/login', { code });
      drawWeChat(before, await getJson('/simulator/statistics'), stage.record);
      stage.record(Object.assign(answerRow('', response), { why: undefined }));
      // Nobody uses that session.
      await post('/api/auth/logout', { refreshToken: response.data.refreshToken });
    };
    stage.phone.open();
    await stage.must(() => stage.phone.auth.ready());
  },

  async binding(stage) {
    const { bindingAppId, userName, password } = stage.settings;
    stage.phone.appId = bindingAppId;
    stage.phone.wipe();
    stage.phone.open();
    document.getElementById('bind-user').value = userName;
    document.getElementById('bind-password').value = password;
    let bound = await stage.app.run(() => stage.phone.auth.login());
    if (bound) {
      // Bound by an earlier visitor of this page: undone, so that there is something to see.
      await stage.phone.auth.request({ url: '/api/users/me/binding', method: 'DELETE' });
      bound = await stage.app.run(() => stage.phone.auth.request(me));
    }

    if (bound || stage.app.error.code !== 'binding_required') throw stage.app.error;
  }
};

async function fresh(stage) {
  stage.phone.wipe();
  stage.phone.open();
  await stage.must(() => stage.phone.auth.ready());
}

async function signedIn(stage) {
  if (stage.phone.auth.sessionId === null) await stage.must(() => stage.phone.auth.login());
}

async function post(path, data) {
  const response = await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(data), cache: 'no-store' });
  const content = await response.text();
  if (!response.ok) throw new Error(path + ': HTTP ' + response.status);
  return { statusCode: response.status, header: Object.fromEntries(response.headers), data: content === '' ? '' : JSON.parse(content) };
}
