import { api } from './api.js';
import { announce, h } from './dom.js';
import { formatNumber, t, word } from './i18n.js';
import { problemBox } from './problem.js';
import { time } from './userParts.js';

const plain = (value) => (typeof value === 'object' ? JSON.stringify(value) : String(value));
const detailText = ([name, value]) => `${name}: ${name === 'reason' ? word('reasons', value) : plain(value)}`;

function entry(event, linkUser) {
  const facts = [event.ip, event.appId, event.sessionId && `${t('session')} ${event.sessionId.slice(-12)}`].filter(Boolean);
  const details = Object.entries(event.detail ?? {}).filter(([, value]) => value !== null).map(detailText);
  return h('li', { class: 'event' },
    h('p', { class: 'event-head' }, h('strong', {}, word('types', event.type)),
      event.outcome === 'refused' && h('span', { class: 'badge disabled' }, t('refused')),
      linkUser && event.userId && h('a', { href: `#/users/${event.userId}` }, `${t('user')} ${event.userId.slice(-12)}`)),
    h('p', { class: 'event-time' }, time(event.at)),
    (facts.length > 0 || details.length > 0) && h('p', { class: 'event-facts' }, h('bdi', {}, [...facts, ...details].join(' · '))));
}

/** The audit trail, newest first, a page at a time. `onItems` is told all that has been loaded, and whether there is more. */
export function auditTrail({ filter, signal, linkUser = false, onItems = () => {} }) {
  const items = [];
  const list = h('ol', { class: 'trail' });
  const foot = h('div', { class: 'foot' });
  const element = h('div', {}, list, foot);

  async function load(cursor, moveFocus = false) {
    foot.replaceChildren(h('p', { class: 'hint' }, t('loading')));
    try {
      const page = await api.audit({ ...filter, cursor }, signal);
      items.push(...page.items);
      const entries = page.items.map((event) => entry(event, linkUser));
      list.append(...entries);
      const summary = items.length === 0 ? t('noAudit') : t(page.nextCursor ? 'auditMore' : 'auditAll', { count: formatNumber(items.length) });
      foot.replaceChildren(h('p', { class: 'hint' }, summary));
      if (page.nextCursor) {
        foot.append(h('button', { type: 'button', onclick: () => load(page.nextCursor, true) }, t('loadMore')));
      }
      if (moveFocus && entries.length > 0) {
        entries[0].setAttribute('tabindex', '-1');
        entries[0].focus();
        announce(summary);
      }
      onItems(items, page.nextCursor !== null);
    } catch (problem) {
      if (problem.name !== 'AbortError') {
        foot.replaceChildren(problemBox(problem, h('button', { type: 'button', onclick: () => load(cursor, true) }, t('retry'))));
      }
    }
  }

  load();
  return element;
}
