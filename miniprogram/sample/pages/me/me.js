const { auth, textOf } = require('../../auth.js');

/** WeChat checks a nickname when its field is left. Where it does not say how that ended, the nickname is saved after this time. */
const REVIEW_LIMIT = 2000;

Page({
  data: {
    /** 'busy', 'in', 'out' or 'unbound' */
    state: 'out',
    /** The server cannot be reached: what is shown is what this phone remembers. */
    offline: false,
    error: '',
    user: /** @type {import('../../../wxauth').WxAuthUser | null} */ (null),
    saving: false,
    userName: '',
    password: ''
  },

  stop: () => {},
  networkChanged: (/** @type {{ isConnected: boolean }} */ status) => {},

  /** How WeChat's check of the nickname ends: false for one that it refuses. */
  review: Promise.resolve(true),
  endReview: (/** @type {boolean} */ pass) => {},

  onLoad() {
    this.stop = auth.onSignedOut((reason, event) => {
      if (!event.recovering) this.setData({ state: 'out', user: null, error: reason === 'logout' ? '' : '请重新登录' });
    });
    this.networkChanged = (/** @type {{ isConnected: boolean }} */ { isConnected }) => {
      const wasOffline = this.data.offline;
      this.setData({ offline: !isConnected });
      if (isConnected && wasOffline) this.onShow();
    };
    wx.onNetworkStatusChange(this.networkChanged);
  },

  onUnload() {
    this.stop();
    wx.offNetworkStatusChange(this.networkChanged);
  },

  /** Nobody is made to log in. Who has a session is shown what the phone remembers, and then what the server says. */
  onShow() {
    if (auth.sessionId === null) return undefined;
    this.setData({ state: 'in', user: auth.user });
    return this.show(auth.request({ url: '/api/users/me' }));
  },

  login() {
    this.setData({ state: 'busy', error: '' });
    return this.show(auth.login());
  },

  home() {
    wx.switchTab({ url: '/sample/pages/home/home' });
  },

  retry() {
    return this.data.state === 'in' ? this.onShow() : this.login();
  },

  bind() {
    this.setData({ state: 'busy', error: '' });
    return this.show(auth.bind(this.data.userName, this.data.password));
  },

  logout() {
    // On this phone the user is signed out at once; what may fail is only telling the server.
    auth.logout().catch(error => wx.showToast({ title: textOf(error), icon: 'none' }));
  },

  avatar(/** @type {{ detail: { avatarUrl: string } }} */ event) {
    return this.show(auth.avatar(event.detail.avatarUrl));
  },

  phone(/** @type {import('../../../wxauth').WxAuthPhoneEvent} */ event) {
    return this.show(auth.phone(event));
  },

  /** The field is left: WeChat looks at the text by itself, and empties the field if it refuses it. */
  leave() {
    this.review = new Promise(resolve => {
      this.endReview = resolve;
      setTimeout(() => resolve(true), REVIEW_LIMIT);
    });
  },

  reviewed(/** @type {{ detail: { pass: boolean, timeout: boolean } }} */ event) {
    this.endReview(event.detail.pass || event.detail.timeout);
  },

  /** A form's submit hands over what the field holds in the end; its blur would hand over what WeChat then empties. */
  async save(/** @type {{ detail: { value: { nickname: string } } }} */ event) {
    const nickname = event.detail.value.nickname.trim();
    this.setData({ saving: true, error: '' });
    const pass = await this.review;
    this.setData({ saving: false });
    if (!pass || nickname === '') {
      this.setData({ error: pass ? '请填写昵称' : '昵称没有通过微信的内容检查，请换一个' });
      return;
    }

    if (this.data.user && nickname === this.data.user.nickname) return;
    await this.show(auth.request({ url: '/api/users/me', method: 'POST', data: { nickname }, retry: true }));
  },

  sessions() {
    wx.navigateTo({ url: '/sample/pages/sessions/sessions' });
  },

  /** Shows the user as it is after a call, or what went wrong with the call. */
  show(/** @type {Promise<unknown>} */ call) {
    return call.then(
      () => this.setData({ state: 'in', user: auth.user, error: '', offline: false }),
      error => {
        const offline = error.code === 'network' || error.code === 'wx_login_failed';
        this.setData({ state: this.stateAfter(error), user: auth.user, offline, error: offline ? '' : textOf(error) });
      });
  },

  stateAfter(/** @type {any} */ error) {
    if (error.action === 'bind_account' || (this.data.state === 'busy' && error.code === 'credentials_invalid')) return 'unbound';
    return auth.sessionId === null ? 'out' : 'in';
  }
});
