import { texts } from './texts.js';

// The choice lives in the address, so that it outlasts a reload without any storage.
const asked = new URL(location.href).searchParams.get('lang') ?? navigator.language;
let current = asked.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';

export const language = () => current;
export const otherLanguage = () => (current === 'en' ? 'zh-CN' : 'en');

export function setLanguage(next) {
  current = next;
  const url = new URL(location.href);
  url.searchParams.set('lang', next);
  history.replaceState(null, '', url);
}

export function t(key, holes = {}) {
  const text = texts[current][key];
  if (text === undefined) {
    throw new Error(`No text "${key}" in ${current}.`);
  }
  return text.replace(/\{(\w+)\}/g, (_, name) => String(holes[name]));
}

/** The word for a code of the server's (audit type, reason); one that is newer than this page is shown as it came. */
export const word = (group, code) => texts[current][group][code] ?? code;
export const codes = (group) => Object.keys(texts[current][group]);

/** Sets the text of everything in the static frame that carries a key. */
export function translateFrame() {
  document.documentElement.lang = current;
  for (const element of document.querySelectorAll('[data-t]')) {
    element.textContent = t(element.dataset.t);
  }
  for (const element of document.querySelectorAll('[data-t-label]')) {
    element.setAttribute('aria-label', t(element.dataset.tLabel));
  }
}

export const formatNumber = (value) => new Intl.NumberFormat(current).format(value);
export const formatTime = (value) =>
  new Intl.DateTimeFormat(current, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' }).format(new Date(value));
/** Short, for a list: the year only where it is another one. */
export function formatShortTime(value) {
  const date = new Date(value);
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : 'numeric';
  return new Intl.DateTimeFormat(current, { year, month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(date);
}
export const formatHour = (value) =>
  new Intl.DateTimeFormat(current, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(value));
export const formatDayHour = (value) =>
  new Intl.DateTimeFormat(current, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(value));
