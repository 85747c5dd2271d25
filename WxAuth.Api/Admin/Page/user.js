import { parseRoles } from './account.js';
import { api, currentUser } from './api.js';
import { auditTrail } from './audit.js';
import { confirm } from './dialogs.js';
import { announce, field, h, table } from './dom.js';
import { formatNumber, t } from './i18n.js';
import { problemBox } from './problem.js';
import { sessionTable } from './sessions.js';
import { avatar, nameOf, roleChips, statusBadge, time } from './userParts.js';

const fact = (label, ...value) => h('div', {}, h('dt', {}, label), h('dd', {}, ...value));

function profile(user) {
  return h('section', { class: 'card', 'aria-labelledby': 'profile' },
    h('h2', { id: 'profile' }, t('profile')),
    h('dl', { class: 'facts' },
      fact(t('id'), h('code', {}, user.id)),
      fact(t('nickname'), h('bdi', {}, user.nickname ?? '—')),
      fact(t('userName'), user.userName ?? '—'),
      fact(t('phone'), user.phoneNumber ?? '—'),
      fact(t('status'), statusBadge(user.status)),
      fact(t('roles'), roleChips(user.roles)),
      fact(t('createdAt'), time(user.createdAt)),
      fact(t('lastLogin'), time(user.lastLoginAt, t('never')))));
}

function identities(user) {
  const rows = user.identities.map((identity) => h('tr', {},
    [identity.appId, identity.openId, identity.unionId ?? '—'].map((text) => h('td', {}, h('code', {}, text)))));
  return h('section', { class: 'card', 'aria-labelledby': 'identities' },
    h('h2', { id: 'identities' }, t('identities')),
    rows.length === 0
      ? h('p', { class: 'hint' }, t('noIdentities'))
      : table({ label: t('identities'), rows, columns: [t('appId'), t('openId'), t('unionId')].map((text) => ({ text })) }));
}

/** One user: what is known, and what an administrator may do about it. */
export async function userView(root, { id, signal }) {
  const message = h('div', { class: 'messages' });
  const content = h('div', { class: 'sections' });
  let loaded = null;

  /** Confirms, does it, shows the user anew, and puts the focus where it was or on the heading. */
  async function act(button, { question, run, done }) {
    const name = nameOf(loaded);
    const warning = loaded.id === currentUser()?.id ? t('yourself') : null;
    if (button.hasAttribute('aria-disabled') || !await confirm({ ...question(name), warning })) {
      return;
    }
    button.setAttribute('aria-disabled', 'true');
    message.replaceChildren();
    try {
      await run();
      await show();
      message.replaceChildren(h('p', { class: 'notice' }, done));
      announce(done);
      (document.getElementById(button.id) ?? document.getElementById('title')).focus();
    } catch (problem) {
      button.removeAttribute('aria-disabled');
      if (problem.name !== 'AbortError') {
        message.replaceChildren(problemBox(problem));
        message.scrollIntoView({ block: 'nearest' });
      }
    }
  }

  function buttons(user) {
    const toggle = user.status === 'active'
      ? h('button', { type: 'button', class: 'danger', id: 'toggle', onclick: () => act(toggle, {
        question: (name) => ({ title: t('disableTitle'), text: t('disableText', { name }), action: t('disable'), danger: true }),
        run: () => api.disable(user.id), done: t('userDisabled') }) }, t('disable'))
      : h('button', { type: 'button', class: 'primary', id: 'toggle', onclick: () => act(toggle, {
        question: (name) => ({ title: t('enableTitle'), text: t('enableText', { name }), action: t('enable') }),
        run: () => api.enable(user.id), done: t('userEnabled') }) }, t('enable'));
    // What is erased stays erased.
    return user.status === 'erased' ? null : h('div', { class: 'actions' }, toggle);
  }

  function rolesForm(user) {
    const roles = field({ label: t('roles'), hint: t('rolesHint'), autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false' });
    roles.input.value = user.roles.join(' ');
    const save = h('button', { id: 'save-roles' }, t('saveRoles'));
    const submit = (event) => {
      event.preventDefault();
      const next = parseRoles(roles.input.value);
      act(save, {
        question: (name) => ({ title: t('rolesTitle'), text: t('rolesText', { name, roles: next.join(', ') || t('none') }), action: t('saveRoles'), danger: true }),
        run: () => api.setRoles(user.id, next), done: t('rolesSaved') });
    };
    return h('section', { class: 'card', 'aria-labelledby': 'roles' }, h('h2', { id: 'roles' }, t('roles')),
      h('form', { method: 'post', onsubmit: submit }, roles.wrapper, h('div', { class: 'actions' }, save)));
  }

  function sessions(user, body) {
    const end = h('button', { type: 'button', class: 'danger', id: 'end-sessions', onclick: () => act(end, {
      question: (name) => ({ title: t('endTitle'), text: t('endText', { name }), action: t('endSessions'), danger: true }),
      run: () => api.endSessions(user.id), done: t('sessionsEnded') }) }, t('endSessions'));
    return h('section', { class: 'card', 'aria-labelledby': 'sessions' },
      h('div', { class: 'head' }, h('h2', { id: 'sessions' }, t('sessions')), user.liveSessions > 0 && end),
      h('p', { id: 'live' }, t('sessionsLive', { count: formatNumber(user.liveSessions) })),
      body, h('p', { class: 'hint' }, t('sessionsNote')));
  }

  async function show() {
    const user = await api.user(id, signal);
    loaded = user;
    const body = h('div');
    const trail = auditTrail({
      filter: { userId: user.id }, signal,
      onItems: (events) => body.replaceChildren(sessionTable(events, user.liveSessions)),
    });
    document.title = `${nameOf(user)} · WxAuth`;
    content.replaceChildren(
      h('div', { class: 'head' },
        h('div', { class: 'person large' }, avatar(user, 'large'),
          h('h1', { id: 'title', tabindex: '-1' }, h('bdi', {}, nameOf(user))), statusBadge(user.status),
          user.id === currentUser()?.id && h('span', { class: 'chip' }, t('you'))),
        buttons(user)),
      profile(user),
      user.status !== 'erased' && rolesForm(user) || '',
      identities(user),
      sessions(user, body),
      h('section', { class: 'card', 'aria-labelledby': 'audit' }, h('h2', { id: 'audit' }, t('audit')), trail));
  }

  async function load() {
    message.replaceChildren(h('p', { class: 'hint' }, t('loading')));
    try {
      await show();
      message.replaceChildren();
      document.getElementById('title').focus();
    } catch (problem) {
      if (problem.name !== 'AbortError') {
        message.replaceChildren(problemBox(problem, h('button', { type: 'button', onclick: load }, t('retry'))));
      }
    }
  }

  root.replaceChildren(h('p', {}, h('a', { href: '#/users', class: 'back' }, `← ${t('back')}`)), message, content);
  await load();
}
