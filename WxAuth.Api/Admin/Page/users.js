import { createAccount } from './account.js';
import { api } from './api.js';
import { announce, h, table } from './dom.js';
import { formatNumber, t } from './i18n.js';
import { problemBox } from './problem.js';
import { avatar, nameOf, roleChips, shortTime, statusBadge } from './userParts.js';

const typingPause = 250;

const row = (user) => h('tr', {},
  h('td', {}, h('a', { class: 'person', href: `#/users/${user.id}` }, avatar(user),
    h('span', { class: 'person-text' },
      h('bdi', {}, nameOf(user)),
      h('small', {}, [user.nickname && user.userName, user.phoneNumber].filter(Boolean).join(' · ') || user.id.slice(-12))))),
  h('td', {}, statusBadge(user.status)),
  h('td', { class: 'wide-only' }, roleChips(user.roles)),
  h('td', { class: 'number wide-only' }, formatNumber(user.liveSessions)),
  h('td', { class: 'when' }, shortTime(user.lastLoginAt, t('never'))));

/** Users with search and keyset paging; the search stays in the address, so that "back" finds it again. */
export function usersView(root, { parameters, signal }) {
  let query = parameters.get('query') ?? '';
  let timer = 0;
  let loading = new AbortController();
  signal.addEventListener('abort', () => { clearTimeout(timer); loading.abort(); });

  const search = h('input', { type: 'search', id: 'search', 'aria-describedby': 'search-hint', autocomplete: 'off', maxlength: '128' });
  search.value = query;
  const body = h('tbody');
  const list = table({
    label: t('users'), className: 'users', rows: [],
    columns: [{ text: t('user') }, { text: t('status') }, { text: t('roles'), class: 'wide-only' },
      { text: t('liveSessions'), class: 'number wide-only' }, { text: t('lastLogin'), class: 'when' }],
  });
  list.querySelector('tbody').replaceWith(body);
  const foot = h('div', { class: 'foot' });

  function show(page) {
    const first = body.children.length;
    body.append(...page.items.map(row));
    const count = formatNumber(body.children.length);
    const summary = body.children.length === 0
      ? (query ? t('noMatch', { query }) : t('noUsers'))
      : t(page.nextCursor ? 'shownMore' : 'shown', { count });
    list.hidden = body.children.length === 0;
    foot.replaceChildren(h('p', { class: 'hint' }, summary));
    if (page.nextCursor) {
      foot.append(h('button', { type: 'button', onclick: () => load(page.nextCursor, true) }, t('loadMore')));
    }
    announce(summary);
    return body.children[first];
  }

  async function load(cursor, moveFocus = false) {
    loading.abort();
    loading = new AbortController();
    list.setAttribute('aria-busy', 'true');
    foot.replaceChildren(h('p', { class: 'hint' }, t('loading')));
    try {
      const page = await api.users({ query, cursor }, loading.signal);
      if (!cursor) {
        body.replaceChildren();
      }
      const firstNew = show(page);
      if (moveFocus) {
        firstNew?.querySelector('a').focus();
      }
    } catch (problem) {
      if (problem.name === 'AbortError') {
        return;
      }
      foot.replaceChildren(problemBox(problem, h('button', { type: 'button', onclick: () => load(cursor, true) }, t('retry'))));
    }
    list.removeAttribute('aria-busy');
  }

  function typed(event) {
    // Half-composed pinyin is no search.
    if (event.isComposing) {
      return;
    }
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (search.value.trim() === query) {
        return;
      }
      query = search.value.trim();
      const hash = query ? `#/users?${new URLSearchParams({ query })}` : '#/users';
      history.replaceState(null, '', hash);
      load();
    }, typingPause);
  }
  search.addEventListener('input', typed);
  search.addEventListener('compositionend', typed);

  root.replaceChildren(
    h('div', { class: 'head' },
      h('h1', { id: 'title', tabindex: '-1' }, t('users')),
      h('button', { type: 'button', class: 'primary', id: 'new-account', onclick: createAccount }, t('newAccount'))),
    h('search', { class: 'field' },
      h('label', { for: 'search' }, t('search')), search, h('p', { class: 'hint', id: 'search-hint' }, t('searchHint'))),
    list, foot);
  list.hidden = true;
  load();
}
