import { text } from './texts.js';

const byId = id => document.getElementById(id);
const STATES = ['busy', 'out', 'bind', 'in'];

/** The mini-program on the phone's screen: what a real one would do with the library, and no more. */
export class App {
  constructor(phone) {
    this.phone = phone;
    this.error = null;
    byId('app-login').addEventListener('click', () => this.run(() => phone.auth.login()));
    byId('app-me').addEventListener('click', () => this.run(() => phone.auth.request({ url: '/api/users/me' })));
    byId('app-phone').addEventListener('click', () => this.run(() => this.askPhone()));
    byId('app-avatar').addEventListener('click', () => this.run(() => this.chooseAvatar()));
    byId('app-logout').addEventListener('click', () => this.run(() => phone.auth.logout()));
    byId('app-bind').addEventListener('submit', event => {
      event.preventDefault();
      this.run(() => phone.auth.bind(byId('bind-user').value, byId('bind-password').value)).then(bound => { if (bound && this.onBound) this.onBound(); });
    });
  }

  /** Runs a call and shows how it ended. Resolves to whether it succeeded. */
  async run(call) {
    this.showState(this.phone.auth.sessionId === null ? 'busy' : 'in');
    try {
      await call();
      this.error = null;
      return true;
    } catch (error) {
      this.error = error;
      return false;
    } finally {
      this.show();
    }
  }

  show() {
    const { user, sessionId } = this.phone.auth;
    const unbound = this.error !== null && (this.error.action === 'bind_account' || this.error.code === 'credentials_invalid');
    this.showState(sessionId !== null ? 'in' : unbound ? 'bind' : 'out');
    const message = this.error === null || this.error.code === 'signed_out' || this.error.code === 'binding_required' ? '' : text(this.error.code) || this.error.title;
    byId('app-error').textContent = message;
    byId('app-error').hidden = message === '';
    if (user === null) return;
    const name = user.nickname || user.userName || text('noName');
    byId('me-name').textContent = name;
    byId('me-phone').textContent = user.phoneNumber || text('noPhone');
    byId('me-id').textContent = user.id;
    byId('me-letter').textContent = [...this.phone.user][0].toUpperCase();
    byId('me-letter').hidden = Boolean(user.avatarUrl);
    byId('me-avatar').hidden = !user.avatarUrl;
    // The same picture from this page's own address, whatever name the issuer has.
    if (user.avatarUrl) byId('me-avatar').src = new URL(user.avatarUrl).pathname;
  }

  showState(state) {
    STATES.forEach(each => { byId('app-' + each).hidden = each !== state; });
  }

  /** What WeChat's phone number button hands to the page. */
  async askPhone() {
    const response = await fetch('/simulator/wx/get-phone-number?user=' + encodeURIComponent(this.phone.user), { cache: 'no-store' });
    const detail = await response.json();
    return this.phone.auth.phone({ detail: { code: detail.code, errMsg: 'getPhoneNumber:ok' } });
  }

  /** What WeChat's avatar button hands to the page: a picture in a temporary file. */
  async chooseAvatar() {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 128;
    const context = canvas.getContext('2d');
    const hue = Math.floor(Math.random() * 360);
    context.fillStyle = 'hsl(' + hue + ' 65% 60%)';
    context.fillRect(0, 0, 128, 128);
    context.fillStyle = 'hsl(' + (hue + 40) + ' 80% 88%)';
    context.beginPath();
    context.arc(64, 50, 24, 0, 7);
    context.arc(64, 128, 46, 0, 7);
    context.fill();
    const file = await new Promise(resolve => canvas.toBlob(resolve, 'image/png'));
    this.phone.files.set('wxfile://tmp/avatar.png', file);
    return this.phone.auth.avatar('wxfile://tmp/avatar.png');
  }
}
