import { currentSessionId } from './api.js';
import { h, table } from './dom.js';
import { formatTime, t, word } from './i18n.js';
import { time } from './userParts.js';

const endings = new Set(['session_ended', 'logout', 'refresh_reused']);

/** What a list of audit events, newest first, tells of sessions: begun by a login, ended or not. */
export function sessionsOf(events) {
  const ends = new Map();
  const sessions = [];
  for (const event of events) {
    if (!event.sessionId) {
      continue;
    }
    if (endings.has(event.type)) {
      ends.set(event.sessionId, event);
    } else if (event.type === 'login' && event.outcome === 'success') {
      sessions.push({ id: event.sessionId, at: event.at, ip: event.ip, appId: event.appId, end: ends.get(event.sessionId) ?? null });
    }
  }
  return sessions;
}

function state(session, liveSessions) {
  if (session.id === currentSessionId()) {
    return h('span', { class: 'badge active' }, t('thisSession'));
  }
  if (session.end !== null) {
    const { at, type, detail } = session.end;
    return `${formatTime(at)} · ${detail?.reason ? word('reasons', detail.reason) : word('types', type)}`;
  }
  // A session that simply ran out leaves no record; without a live one there is no doubt.
  return liveSessions === 0 ? t('ended') : t('notSeenEnded');
}

export function sessionTable(events, liveSessions) {
  const sessions = sessionsOf(events);
  if (sessions.length === 0) {
    return h('p', { class: 'hint' }, t('noSessions'));
  }
  return table({
    label: t('sessions'), className: 'sessions',
    columns: [t('startedAt'), t('ip'), t('app'), t('session'), t('ended')].map((text) => ({ text })),
    rows: sessions.map((session) => h('tr', {},
      h('td', { class: 'when' }, time(session.at)),
      h('td', {}, session.ip ?? '—'),
      h('td', {}, session.appId ?? '—'),
      h('td', {}, h('code', { title: session.id }, session.id.slice(-12))),
      h('td', {}, state(session, liveSessions)))),
  });
}
