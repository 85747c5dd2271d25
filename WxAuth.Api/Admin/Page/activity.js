import { api } from './api.js';
import { auditTrail } from './audit.js';
import { hourChart } from './chart.js';
import { h } from './dom.js';
import { codes, formatDayHour, formatNumber, t, word } from './i18n.js';
import { problemBox } from './problem.js';

const hourLength = 3_600_000;
const hoursShown = 24;
const mostRows = 2_000;
const pageSize = 200;

/** Puts login times into hours. `knownFrom`: what lies before it was not read (null: all was read). */
export function byHour(times, now, knownFrom) {
  const thisHour = new Date(now).setMinutes(0, 0, 0);
  const first = thisHour - (hoursShown - 1) * hourLength;
  const hours = Array.from({ length: hoursShown }, (_, index) => ({ start: first + index * hourLength, count: 0, state: 'complete' }));
  for (const time of times) {
    // A login in the second since `now` was read belongs to the last bar.
    const index = Math.min(Math.floor((time - first) / hourLength), hoursShown - 1);
    if (index >= 0) {
      hours[index].count += 1;
    }
  }
  for (const hour of knownFrom === null ? [] : hours) {
    if (hour.start < knownFrom) {
      hour.state = hour.start + hourLength > knownFrom ? 'partial' : 'unknown';
    }
  }
  return hours;
}

async function readLogins(from, signal) {
  const times = [];
  let cursor = null;
  for (let read = 0; read < mostRows; read += pageSize) {
    const page = await api.audit({ type: 'login', limit: pageSize, cursor }, signal);
    times.push(...page.items.map((item) => Date.parse(item.at)));
    cursor = page.nextCursor;
    if (cursor === null || times.at(-1) < from) {
      return { times, knownFrom: null };
    }
  }
  return { times, knownFrom: times.at(-1) };
}

async function loadChart(frame, signal) {
  frame.replaceChildren(h('p', { class: 'hint' }, t('loading')));
  try {
    const now = Date.now();
    const first = new Date(now).setMinutes(0, 0, 0) - (hoursShown - 1) * hourLength;
    const { times, knownFrom } = await readLogins(first, signal);
    const hours = byHour(times, now, knownFrom);
    const count = formatNumber(hours.reduce((sum, hour) => sum + hour.count, 0));
    const total = knownFrom === null ? t('loginsTotal', { count }) : t('loginsAtLeast', { count, time: formatDayHour(knownFrom) });
    frame.replaceChildren(h('p', { class: knownFrom === null ? 'total' : 'warning', id: 'total' }, total), hourChart(hours, total, signal));
  } catch (problem) {
    if (problem.name !== 'AbortError') {
      frame.replaceChildren(problemBox(problem, h('button', { type: 'button', onclick: () => loadChart(frame, signal) }, t('retry'))));
    }
  }
}

/** Logins per hour, and the newest audit records of all users. */
export function activityView(root, { signal }) {
  const chart = h('div');
  const records = h('div');
  const type = h('select', { id: 'event-type' }, h('option', { value: '' }, t('allTypes')),
    codes('types').map((code) => h('option', { value: code }, word('types', code))));
  let showing = new AbortController();
  signal.addEventListener('abort', () => showing.abort());
  const showRecords = () => {
    showing.abort();
    showing = new AbortController();
    records.replaceChildren(auditTrail({ filter: { type: type.value }, linkUser: true, signal: showing.signal }));
  };
  type.addEventListener('change', showRecords);

  root.replaceChildren(
    h('h1', { id: 'title', tabindex: '-1' }, t('activity')),
    h('div', { class: 'sections' },
      h('section', { class: 'card', 'aria-labelledby': 'logins' },
        h('h2', { id: 'logins' }, t('logins')), h('p', { class: 'hint' }, t('loginsHint')), chart),
      h('section', { class: 'card', 'aria-labelledby': 'recent' },
        h('div', { class: 'head' }, h('h2', { id: 'recent' }, t('recent')),
          h('div', { class: 'field inline' }, h('label', { for: 'event-type' }, t('eventType')), type)),
        records)));
  loadChart(chart, signal);
  showRecords();
}
