import { api } from './api.js';
import { openDialog } from './dialogs.js';
import { announce, field, h } from './dom.js';
import { t } from './i18n.js';
import { problemBox } from './problem.js';

export const parseRoles = (text) => [...new Set(text.split(/[\s,，]+/).filter(Boolean))];

/** Asks for a new platform account, makes it and goes to its page. */
export async function createAccount() {
  const account = await openDialog(t('newAccount'), (close) => {
    const userName = field({ label: t('userName'), hint: t('userNameHint'), autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', required: true });
    const password = field({ label: t('password'), hint: t('passwordHint'), type: 'password', autocomplete: 'new-password', required: true });
    const roles = field({ label: t('roles'), hint: t('accountRolesHint'), autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false' });
    const message = h('div', { class: 'messages' });
    const button = h('button', { class: 'primary' }, t('create'));

    async function submit(event) {
      event.preventDefault();
      if (button.hasAttribute('aria-disabled')) {
        return;
      }
      button.setAttribute('aria-disabled', 'true');
      message.replaceChildren();
      try {
        close(await api.createAccount({ userName: userName.input.value, password: password.input.value, roles: parseRoles(roles.input.value) }));
      } catch (problem) {
        if (problem.name === 'AbortError') {
          close(null);
          return;
        }
        message.replaceChildren(problemBox(problem));
        userName.input.focus();
      } finally {
        button.removeAttribute('aria-disabled');
      }
    }

    return [h('form', { method: 'post', onsubmit: submit }, message, userName.wrapper, password.wrapper, roles.wrapper,
      h('div', { class: 'actions' }, h('button', { type: 'button', onclick: () => close(null) }, t('cancel')), button))];
  });
  if (account !== null) {
    location.hash = `#/users/${account.id}`;
    announce(t('created', { name: account.userName }));
  }
}
