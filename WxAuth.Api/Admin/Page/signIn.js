import { signIn, signOut } from './api.js';
import { field, h } from './dom.js';
import { t } from './i18n.js';
import { Problem, problemBox } from './problem.js';

/** The sign-in form. `typed` outlives a change of language; `notice` says why the administrator is here again. */
export function signInView(root, { typed, notice, onSignedIn }) {
  const userName = field({ label: t('userName'), name: 'userName', autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', required: true });
  const password = field({ label: t('password'), name: 'password', type: 'password', autocomplete: 'current-password', required: true });
  const button = h('button', { class: 'primary wide' }, t('signIn'));
  const message = h('div', { class: 'messages' }, notice?.());
  userName.input.value = typed.userName;
  password.input.value = typed.password;
  userName.input.addEventListener('input', () => { typed.userName = userName.input.value; });
  password.input.addEventListener('input', () => { typed.password = password.input.value; });

  async function submit(event) {
    event.preventDefault();
    button.setAttribute('aria-disabled', 'true');
    button.textContent = t('signingIn');
    message.replaceChildren();
    try {
      const user = await signIn(userName.input.value, password.input.value);
      if (!user.roles.includes('admin')) {
        await signOut();
        throw new Problem({ title: t('notAdminTitle'), detail: t('notAdmin', { name: user.userName }) });
      }
      typed.userName = '';
      typed.password = '';
      onSignedIn();
    } catch (problem) {
      button.removeAttribute('aria-disabled');
      button.textContent = t('signIn');
      password.input.value = '';
      typed.password = '';
      message.replaceChildren(problemBox(problem));
      password.input.focus();
    }
  }

  // A form that could post by itself would put the password into a request that no script watches.
  const form = h('form', {
    class: 'card sign-in', method: 'post', 'aria-labelledby': 'title',
    onsubmit: (event) => (button.hasAttribute('aria-disabled') ? event.preventDefault() : submit(event)),
  },
    h('h1', { id: 'title', tabindex: '-1' }, t('signIn')),
    h('p', { class: 'hint' }, t('signInHint')),
    message, userName.wrapper, password.wrapper, button);
  root.replaceChildren(form);
  (userName.input.value ? password : userName).input.focus();
}
