const { auth } = require('../../auth.js');

/** What anybody may see: nothing here asks for a login. */
Page({
  data: {
    name: '',
    signedIn: false
  },

  onShow() {
    const { user } = auth;
    this.setData({ signedIn: auth.sessionId !== null, name: (user && (user.nickname || user.userName)) || '' });
  },

  me() {
    wx.switchTab({ url: '/sample/pages/me/me' });
  }
});
