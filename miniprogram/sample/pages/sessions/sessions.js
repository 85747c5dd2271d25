const { auth, textOf } = require('../../auth.js');
const { browserOf } = require('../../browser.js');

/** @typedef {{ id: string, current: boolean, createdAt: string, refreshedAt: string, ip: string | null, userAgent: string | null }} Session */

Page({
  data: {
    sessions: /** @type {(Session & { since: string, browser: string })[]} */ ([]),
    error: ''
  },

  onShow() {
    return this.load();
  },

  async load() {
    try {
      const { data } = await auth.request({ url: '/api/users/me/sessions' });
      const sessions = data.sessions.map((/** @type {Session} */ session) =>
        Object.assign(session, { since: new Date(session.createdAt).toLocaleString(), browser: browserOf(session.userAgent || '') }));
      this.setData({ sessions, error: '' });
    } catch (error) {
      this.setData({ error: textOf(error) });
    }
  },

  end(/** @type {{ currentTarget: { dataset: { id: string } } }} */ event) {
    return this.remove('/api/users/me/sessions/' + event.currentTarget.dataset.id);
  },

  endOthers() {
    return this.remove('/api/users/me/sessions');
  },

  async remove(/** @type {string} */ url) {
    try {
      await auth.request({ url, method: 'DELETE' });
    } catch (error) {
      this.setData({ error: textOf(error) });
      return;
    }

    await this.load();
  }
});
