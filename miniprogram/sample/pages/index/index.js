const { auth, textOf } = require('../../auth.js');

Page({
  data: {
    /** 'busy', 'in', 'out' or 'unbound' */
    state: 'busy',
    error: '',
    user: /** @type {import('../../../wxauth').WxAuthUser | null} */ (null),
    userName: '',
    password: ''
  },

  stop: () => {},

  onLoad() {
    this.stop = auth.onSignedOut((reason, event) => {
      if (!event.recovering) this.setData({ state: 'out', user: null, error: reason === 'logout' ? '' : '请重新登录' });
    });
  },

  onUnload() {
    this.stop();
  },

  /** Asks for the user without a thought about login: the request waits for it. */
  onShow() {
    return this.show(auth.request({ url: '/api/users/me' }));
  },

  login() {
    this.setData({ state: 'busy', error: '' });
    return this.show(auth.login());
  },

  bind() {
    this.setData({ state: 'busy', error: '' });
    return this.show(auth.bind(this.data.userName, this.data.password));
  },

  logout() {
    // On this phone the user is signed out at once; what may fail is only telling the server.
    auth.logout().catch(error => wx.showToast({ title: textOf(error), icon: 'none' }));
  },

  phone(/** @type {any} */ event) {
    return this.show(auth.phone(event));
  },

  avatar(/** @type {{ detail: { avatarUrl: string } }} */ event) {
    return this.show(auth.avatar(event.detail.avatarUrl));
  },

  nickname(/** @type {{ detail: { value: string } }} */ event) {
    const nickname = event.detail.value.trim();
    if (nickname === '' || (this.data.user && nickname === this.data.user.nickname)) return undefined;
    return this.show(auth.request({ url: '/api/users/me', method: 'POST', data: { nickname } }));
  },

  sessions() {
    wx.navigateTo({ url: '/sample/pages/sessions/sessions' });
  },

  /** Shows the user as it is after a call, or what went wrong with the call. */
  show(/** @type {Promise<unknown>} */ call) {
    return call.then(
      () => this.setData({ state: 'in', user: auth.user, error: '' }),
      error => this.setData({ state: this.stateAfter(error), user: auth.user, error: error.code === 'signed_out' ? '' : textOf(error) }));
  },

  stateAfter(/** @type {any} */ error) {
    if (error.action === 'bind_account' || (this.data.state === 'busy' && error.code === 'credentials_invalid')) return 'unbound';
    return auth.sessionId === null ? 'out' : 'in';
  }
});
