import { h } from './dom.js';
import { formatShortTime, formatTime, t } from './i18n.js';

export const nameOf = (user) => user.nickname || user.userName || t('unnamed');

export const time = (value, fallback = '—') => (value ? h('time', { datetime: value }, formatTime(value)) : fallback);

export const shortTime = (value, fallback) =>
  (value ? h('time', { datetime: value, title: formatTime(value) }, formatShortTime(value)) : fallback);

export const statusBadge = (status) => h('span', { class: `badge ${status}` }, t(status));

export const roleChips = (roles) => (roles.length === 0 ? '—' : roles.map((role) => h('span', { class: 'chip' }, role)));

/** The picture, or the first letter of the name where there is none or it does not load. */
export function avatar(user, className = '') {
  const letter = h('span', { class: `avatar ${className}`, 'aria-hidden': 'true' }, [...nameOf(user)][0].toUpperCase());
  if (!user.avatarUrl) {
    return letter;
  }
  const image = h('img', { class: `avatar ${className}`, alt: '', loading: 'lazy', referrerpolicy: 'no-referrer' });
  image.addEventListener('error', () => image.replaceWith(letter), { once: true });
  image.src = user.avatarUrl;
  return image;
}
