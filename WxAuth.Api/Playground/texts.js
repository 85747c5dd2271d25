/** Every text of the page in both languages; what goes over the wire is the same in each. */
const texts = {
  zh: {
    title: '一分钟看懂小程序登录',
    lead: '这台手机运行的正是小程序里的 wxauth.js，旁边是它与服务器之间真实发生的一切。先点「从头打开」，再让它出点状况。',
    other: 'English', otherLabel: 'Switch to English',
    phoneHeading: '手机', appTitle: '我的小程序', busy: '正在登录…', notSignedIn: '您尚未登录', wechatLogin: '微信登录',
    bindIntro: '这个小程序要求绑定平台账号。', userName: '账号', password: '密码', bindAndLogin: '绑定并登录',
    doMe: '我的信息', doPhone: '授权手机号', doAvatar: '换头像', doLogout: '退出登录',
    who: '微信用户（任意名字）', noName: '微信用户', noPhone: '未授权手机号',
    wireHeading: '线上发生了什么', clear: '清空', lanePhone: '手机', lanePhoneNote: 'wxauth.js', laneServerNote: '您的服务器', laneWeChat: '微信', laneWeChatNote: '模拟器',
    emptyFlow: '还没有任何请求。', legend: '实线是请求，虚线是应答，点开一行看内容。服务器对微信的调用浏览器看不到：只有模拟器的计数器确认发生过的才会画出来。',
    wrongHeading: '让它出点状况', running: '进行中…',
    network: '网络不给力，请稍后再试', phone_denied: '您没有授权手机号', wx_login_failed: '微信登录失败', unavailable: '这台服务器没有配置要求绑定的小程序。',
    noSimulator: '这台服务器连接的是真正的微信，演示手机拿不到 code。去掉 WeChat:Apps 配置，就会启用模拟器。',
    other_phone: '另一台手机', lost: '应答在路上丢失', waits: '等待 {0} 秒再试', ended: 'onSignedOut("{0}")：会话已结束',
    clockMoved: '手机时钟拨快 {0} 分钟', killed: '小程序被系统杀掉，再次打开', stolen: '另一段代码抢先用了这个 code', fault: '微信开始出错（接下来 {0} 次调用）', unheard: '没有应答',
    whyCode: '微信给一个一次性的 code，5 分钟内有效。它本身不代表任何身份。',
    whyLogin: 'code 连同 Idempotency-Key 发给自己的服务器。',
    whyExchange: '只有服务器有 AppSecret：用它把 code 换成 openid 和 session_key。这两样都不会离开服务器。',
    whyTokens: '手机得到自己的令牌：短命的 accessToken 用来调用接口，refreshToken 用来换新的。',
    whyRefresh: '不用打扰微信，也不用打扰用户：用 refreshToken 换一对新令牌，旧的随即作废。',
    whyAgain: '同一个 code、同一个 key：服务器认得这次重试，返回同一个会话。',
    whyRevoked: '会话在服务器上已经结束，手机上的令牌立刻失效。action 告诉客户端：重新登录一次。',
    whyUsed: '一个 code 只能用一次。action: login_again，于是换一个新的。',
    whyDown: '微信没有应答。code 可能已被用掉，所以换一个新的再试，中间按 Retry-After 等待。',
    whyBinding: '服务器认出了微信用户，但他还没有平台账号。bindingTicket 证明他是谁，10 分钟内有效。',
    whyBound: '账号密码对了：两边关联起来，以后微信登录就够了。',
    stories: {
      open: ['从头打开', '清空手机，像第一次打开小程序那样登录。', '一次 wx.login，一次换取，一对令牌：登录完成，用户什么也没点。'],
      ten: ['十个页面同时启动', '每个页面都不管登录，直接发请求。', '十个请求都在等同一次登录：只有一次 wx.login。'],
      expire: ['令牌到期', '手机时钟走过令牌的寿命，再同时发十个请求。', '十个请求，一次刷新，没有重新登录。'],
      lost: ['登录的应答丢了', '应答没有到达，小程序被杀掉，用户再次打开。', '同一个 code 和 key 重试成功：没有第二个会话，也没有 code 已使用的错误。'],
      elsewhere: ['会话在别处被结束', '同一用户在另一台手机上登录，把这台手机踢下线。', '一次静默登录，onSignedOut 说明了原因，请求照样成功。'],
      down: ['微信宕机', '接下来两次换取都失败。', '客户端等一等、换新的 code 再试，微信恢复后登录成功。'],
      twice: ['code 被用了两次', '别的代码抢先用掉了 code。', '服务器答 code_used，客户端换一个新的 code，只换一次。'],
      binding: ['需要绑定账号', '打开一个要求平台账号的小程序。', '请在手机上填写账号密码，看看绑定如何完成。']
    },
    bound: '绑定完成：以后微信登录就够了。', failed: '没有成功：{0}'
  },
  en: {
    title: 'Mini-program login in a minute',
    lead: 'The phone runs the very wxauth.js that a mini-program runs; beside it is what really goes over the wire. Open it from scratch, then make something go wrong.',
    other: '中文', otherLabel: '切换到中文',
    phoneHeading: 'The phone', appTitle: 'My mini-program', busy: 'Signing in…', notSignedIn: 'You are not signed in', wechatLogin: 'Sign in with WeChat',
    bindIntro: 'This mini-program wants a platform account.', userName: 'User name', password: 'Password', bindAndLogin: 'Bind and sign in',
    doMe: 'Who am I', doPhone: 'Phone number', doAvatar: 'New avatar', doLogout: 'Sign out',
    who: 'WeChat user (any name)', noName: 'WeChat user', noPhone: 'no phone number yet',
    wireHeading: 'What goes over the wire', clear: 'Clear', lanePhone: 'Phone', lanePhoneNote: 'wxauth.js', laneServerNote: 'your server', laneWeChat: 'WeChat', laneWeChatNote: 'simulated',
    emptyFlow: 'Nothing has been sent yet.', legend: 'Solid is a request, dashed its answer; open a line to see what is in it. A browser cannot see the server\'s calls to WeChat: drawn are those that the simulator\'s own counters confirm.',
    wrongHeading: 'Make something go wrong', running: 'running…',
    network: 'The network is down, please try again', phone_denied: 'You did not share your phone number', wx_login_failed: 'WeChat login failed', unavailable: 'This server has no mini-program that requires an account.',
    noSimulator: 'This server talks to the real WeChat, which gives this phone no codes. Without WeChat:Apps in its configuration it has a simulator.',
    other_phone: 'other phone', lost: 'the answer gets lost on its way', waits: 'waits {0} s before the next try', ended: 'onSignedOut("{0}"): the session is over',
    clockMoved: 'the phone\'s clock moves on by {0} minutes', killed: 'the system kills the mini-program; it is opened again', stolen: 'another piece of code uses this code first', fault: 'WeChat starts to fail (the next {0} calls)', unheard: 'no answer',
    whyCode: 'WeChat gives a one-time code, good for 5 minutes. By itself it says nothing about who you are.',
    whyLogin: 'The code goes to your own server, with an Idempotency-Key.',
    whyExchange: 'Only the server has the AppSecret: it trades the code for openid and session_key. Neither ever leaves the server.',
    whyTokens: 'The phone gets tokens of its own: a short-lived accessToken for calls, a refreshToken for the next pair.',
    whyRefresh: 'No need to bother WeChat or the user: the refreshToken buys a new pair, and the old one is spent.',
    whyAgain: 'Same code, same key: the server knows the retry and gives the same session.',
    whyRevoked: 'The session has ended on the server, and its tokens with it. action tells the client to log in again, once.',
    whyUsed: 'A code works once. action: login_again, so the client gets a new one.',
    whyDown: 'WeChat did not answer. The code may be used up, so a new one is tried after Retry-After.',
    whyBinding: 'The server knows the WeChat user, but there is no platform account yet. The bindingTicket proves who it is for 10 minutes.',
    whyBound: 'User name and password were right: the two are linked, and from now on WeChat login is enough.',
    stories: {
      open: ['Open from scratch', 'Empties the phone and logs in like the very first time.', 'One wx.login, one exchange, one pair of tokens: signed in, and the user tapped nothing.'],
      ten: ['Ten pages at once', 'No page cares about login; each just sends its request.', 'Ten requests waited for the same login: one wx.login.'],
      expire: ['The token expires', 'The phone\'s clock passes the token\'s life, then ten requests at once.', 'Ten requests, one refresh, no login.'],
      lost: ['The login\'s answer is lost', 'It never arrives, the app is killed, the user opens it again.', 'The retry with the same code and key worked: no second session, no "code used" error.'],
      elsewhere: ['Ended elsewhere', 'The same user logs in on another phone and ends this phone\'s session.', 'One silent login, onSignedOut told the reason, and the request came through.'],
      down: ['WeChat is down', 'The next two exchanges fail.', 'The client waited, tried new codes, and was in once WeChat was back.'],
      twice: ['A code used twice', 'Some other code was quicker.', 'The server said code_used, the client got a new code, once.'],
      binding: ['Account required', 'Opens a mini-program that wants a platform account.', 'Fill in the account on the phone and see it bound.']
    },
    bound: 'Bound: from now on WeChat login is enough.', failed: 'It did not work: {0}'
  }
};

const kept = localStorage.getItem('wxauth-playground:language');
let language = kept === 'zh' || kept === 'en' ? kept : /^zh\b/i.test(navigator.language) ? 'zh' : 'en';

export function text(name, ...values) {
  return values.reduce((sentence, value, index) => sentence.replace('{' + index + '}', value), texts[language][name]);
}

/** For Accept-Language. */
export function languageTag() {
  return language === 'zh' ? 'zh-CN' : 'en';
}

export function switchLanguage() {
  language = language === 'zh' ? 'en' : 'zh';
  localStorage.setItem('wxauth-playground:language', language);
}

/** Writes the texts of the page's fixed elements. */
export function translatePage() {
  document.documentElement.lang = languageTag();
  document.title = text('title') + ' · WxAuth';
  document.querySelectorAll('[data-text]').forEach(element => { element.textContent = text(element.dataset.text); });
}
