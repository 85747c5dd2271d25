const { auth, textOf } = require('../../auth.js');
const { browserOf } = require('../../browser.js');

/** The page that a web page's code opens: WeChat:Apps:N:ScanPage on the server is `sample/pages/scan/scan`. */
Page({
  data: {
    /** 'busy', 'out', 'ask', 'approved', 'denied' or 'over' */
    state: 'busy',
    error: '',
    scan: /** @type {(import('../../../wxauth').WxAuthScan & { at: string, browser: string }) | null} */ (null)
  },

  scene: '',

  onLoad(/** @type {Record<string, string | undefined>} */ query) {
    this.scene = decodeURIComponent(query.scene || '');
    // Who has logged out here is asked first; anybody else is logged in silently, and then shown who asks.
    return this.read();
  },

  login() {
    this.setData({ state: 'busy', error: '' });
    return auth.login().then(() => this.read(), error => this.fail(error));
  },

  async read() {
    try {
      const scan = await auth.scans.read(this.scene);
      const at = new Date(scan.createdAt).toLocaleString();
      this.setData({ state: 'ask', error: '', scan: Object.assign(scan, { at, browser: browserOf(scan.userAgent || '') }) });
    } catch (error) {
      this.fail(error);
    }
  },

  approve() {
    return this.end(auth.scans.approve(this.scanId()), 'approved');
  },

  deny() {
    return this.end(auth.scans.deny(this.scanId()), 'denied');
  },

  leave() {
    wx.switchTab({ url: '/sample/pages/home/home' });
  },

  scanId() {
    return this.data.scan === null ? '' : this.data.scan.scanId;
  },

  end(/** @type {Promise<void>} */ call, /** @type {string} */ state) {
    return call.then(() => this.setData({ state, error: '' }), error => this.fail(error));
  },

  fail(/** @type {any} */ error) {
    if (error.code === 'signed_out' || error.action === 'bind_account') {
      this.setData({ state: 'out', error: error.code === 'signed_out' ? '' : '请先在「我的」页面绑定账号' });
    } else if (error.code === 'scan_invalid' || error.code === 'scan_denied') {
      this.setData({ state: 'over', error: '' });
    } else {
      this.setData({ state: this.data.scan === null ? 'over' : 'ask', error: textOf(error) });
    }
  }
});
