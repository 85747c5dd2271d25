const { auth } = require('./sample/auth.js');

App({
  onLaunch() {
    // No login here: who only looks around needs none, and WeChat's reviewers want it so. A program that needs the user from its
    // first page on calls auth.ready() at this place.
    auth.onSignedOut((reason, event) => {
      if (event.recovering) wx.showToast({ title: '会话已失效，正在重新登录', icon: 'none' });
    });
  }
});
