const { auth } = require('./sample/auth.js');

App({
  onLaunch() {
    // Starts the login while the first page is still being built. Pages need not wait for it: every request does.
    // What goes wrong here is shown by the page that asks for the user.
    auth.ready().catch(() => {});
    auth.onSignedOut((reason, event) => {
      if (event.recovering) wx.showToast({ title: '会话已失效，正在重新登录', icon: 'none' });
    });
  }
});
