import { activityView } from './activity.js';
import { currentUser, signOut, whenEnded } from './api.js';
import { announce, h } from './dom.js';
import { otherLanguage, setLanguage, t, translateFrame, word } from './i18n.js';
import { problemBox } from './problem.js';
import { signInView } from './signIn.js';
import { texts } from './texts.js';
import { userView } from './user.js';
import { usersView } from './users.js';

const root = document.getElementById('view');
const nav = document.getElementById('nav');
const who = document.getElementById('who');
const signOutButton = document.getElementById('sign-out');
const languageButton = document.getElementById('language');

const typed = { userName: '', password: '' };
let notice = null;
let leaving = new AbortController();

const notFoundView = (element) => element.replaceChildren(h('h1', { id: 'title', tabindex: '-1' }, t('notFound')));

function route() {
  const [path, search = ''] = location.hash.replace(/^#/, '').split('?');
  const [, section = '', id] = path.split('/');
  if (section === 'users' && id) {
    return { key: 'users', view: userView, id: decodeURIComponent(id) };
  }
  if (section === '' || section === 'users') {
    return { key: 'users', view: usersView, parameters: new URLSearchParams(search) };
  }
  return section === 'activity' ? { key: 'activity', view: activityView } : { key: 'notFound', view: notFoundView };
}

function showFrame(key) {
  const user = currentUser();
  translateFrame();
  for (const element of [nav, who, signOutButton]) {
    element.hidden = user === null;
  }
  for (const link of nav.children) {
    link.toggleAttribute('aria-current', false);
    if (link.hash === `#/${key}`) {
      link.setAttribute('aria-current', 'page');
    }
  }
  who.textContent = user?.userName ?? '';
  const other = otherLanguage();
  languageButton.textContent = texts[other].language;
  languageButton.lang = other;
  document.title = `${t(user === null ? 'signIn' : key)} · WxAuth`;
}

function render() {
  // An open dialog belongs to the view that is being left.
  document.querySelector('dialog')?.close();
  leaving.abort();
  leaving = new AbortController();
  if (currentUser() === null) {
    showFrame('signIn');
    signInView(root, { typed, notice, onSignedIn });
    return;
  }
  const { key, view, ...rest } = route();
  showFrame(key);
  view(root, { ...rest, signal: leaving.signal });
}

/** A new view was asked for: its heading takes the focus, as a new page would. */
function navigate() {
  announce('');
  render();
  document.getElementById('title')?.focus();
  scrollTo(0, 0);
}

function onSignedIn() {
  notice = null;
  navigate();
}

async function leave() {
  notice = () => h('p', { class: 'notice', role: 'status' }, t('signedOut'));
  const ended = signOut();
  render();
  try {
    await ended;
  } catch (problem) {
    notice = () => problemBox(problem);
    render();
  }
}

whenEnded((problem) => {
  notice = () => problemBox(problem, problem.reason && h('p', {}, t('sessionEnded', { reason: word('reasons', problem.reason) })));
  render();
});

languageButton.addEventListener('click', () => {
  setLanguage(otherLanguage());
  render();
  languageButton.focus();
});
signOutButton.addEventListener('click', leave);
// The address bar belongs to the router: the skip link moves the focus alone.
document.getElementById('skip').addEventListener('click', (event) => {
  event.preventDefault();
  root.focus();
});
addEventListener('hashchange', navigate);
render();
