// The only file to change.
module.exports = {
  /** The WxAuth server. In production: https, and a "request" domain of the mini-program's console. */
  baseUrl: 'http://localhost:5080',

  /** The AppID, where the server serves several mini-programs. DevTools keeps its own in project.config.json. */
  appId: '',

  /**
   * The user that WeChat's simulator of a development server logs in. Empty it to log in with the real wx.login; the server then
   * needs the AppID and AppSecret of this mini-program.
   */
  simulatorUser: 'alice'
};
