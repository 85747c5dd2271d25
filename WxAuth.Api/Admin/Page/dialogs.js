import { h } from './dom.js';
import { t } from './i18n.js';

/** Opens a modal dialog; the browser keeps the focus inside and Escape closes it. Resolves to what close() was given. */
export function openDialog(title, build) {
  return new Promise((resolve) => {
    let answer = null;
    const opener = document.activeElement;
    const heading = h('h2', { id: 'dialog-title' }, title);
    const dialog = h('dialog', { 'aria-labelledby': 'dialog-title' }, heading);
    dialog.append(...build((value) => { answer = value; dialog.close(); }));
    dialog.addEventListener('close', () => {
      dialog.remove();
      if (opener?.isConnected) {
        opener.focus();
      }
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Asks before something that cannot be taken back; the focus starts on "cancel". */
export async function confirm({ title, text, warning, action, danger = false }) {
  const answer = await openDialog(title, (close) => [
    h('p', {}, text),
    warning && h('p', { class: 'warning' }, warning),
    h('div', { class: 'actions' },
      h('button', { type: 'button', autofocus: true, onclick: () => close(false) }, t('cancel')),
      h('button', { type: 'button', class: danger ? 'danger' : 'primary', onclick: () => close(true) }, action)),
  ].filter(Boolean));
  return answer === true;
}
