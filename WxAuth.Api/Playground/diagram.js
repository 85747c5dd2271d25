import { text } from './texts.js';

const PACE = matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 280;
const NAMES = { phone: 'lanePhone', wxauth: null, wechat: 'laneWeChat' };

/**
 * The sequence diagram: a list of rows, each an arrow between two lanes or a note on one. Rows are shown one after the other at a
 * pace that the eye can follow, in the order in which they happened; equal neighbours are one row with a count.
 */
export class Diagram {
  constructor(list, empty) {
    this.list = list;
    this.empty = empty;
    this.rows = [];
    this.waiting = [];
    this.idle = [];
    this.explained = new Set();
  }

  /** row: { from, to, label, detail?, why?, kind?: 'request' | 'answer' | 'bad', other? } or { at, label, note: true }; `why` is a function, `label` may be one. */
  add(row) {
    this.waiting.push(row);
    if (this.list.dataset.playing === 'false') {
      this.list.dataset.playing = 'true';
      this.play();
    }
  }

  play() {
    const row = this.waiting.shift();
    if (row === undefined) {
      this.list.dataset.playing = 'false';
      this.idle.splice(0).forEach(resolve => resolve());
      return;
    }

    const merged = this.show(row);
    setTimeout(() => this.play(), merged ? 0 : PACE);
  }

  /** Resolves when everything that has happened is on show. */
  settled() {
    return this.list.dataset.playing === 'false' ? Promise.resolve() : new Promise(resolve => this.idle.push(resolve));
  }

  clear() {
    this.waiting.length = 0;
    this.rows.length = 0;
    this.explained.clear();
    this.list.replaceChildren();
    this.empty.hidden = false;
  }

  /** Draws everything again, in the language of now. */
  redraw() {
    this.rows.forEach(row => {
      const fresh = draw(row);
      row.element.replaceWith(fresh);
      row.element = fresh;
    });
  }

  show(row) {
    this.empty.hidden = true;
    const last = this.rows[this.rows.length - 1];
    if (last && !row.note && last.from === row.from && last.to === row.to && last.label === row.label && last.other === row.other) {
      last.count++;
      const fresh = draw(last);
      last.element.replaceWith(fresh);
      last.element = fresh;
      return true;
    }

    row.count = 1;
    // What has been explained once need not be read again.
    if (row.why && this.explained.has(row.why())) row.why = undefined;
    else if (row.why) this.explained.add(row.why());
    row.element = draw(row);
    this.rows.push(row);
    this.list.append(row.element);
    this.list.scrollTo({ top: this.list.scrollHeight, behavior: PACE === 0 ? 'auto' : 'smooth' });
    return false;
  }
}

function draw(row) {
  const item = element('li', row.note ? 'note on-' + row.at : 'arrow from-' + row.from + ' to-' + row.to + ' ' + (row.kind || 'request'));
  if (row.other) item.classList.add('other');
  if (row.note) {
    const note = element('span', 'text', '');
    if (row.other) note.append(element('span', 'tag', text('other_phone')));
    note.append(textOf(row.label));
    item.append(note);
    return item;
  }

  const name = lane => NAMES[lane] ? text(NAMES[lane]) : 'WxAuth';
  const label = element('span', 'label');
  label.append(element('span', 'sr', name(row.from) + ' → ' + name(row.to) + ': '));
  if (row.other) label.append(element('span', 'tag', text('other_phone')));
  label.append(element('code', '', textOf(row.label)));
  if (row.count > 1) label.append(element('b', 'count', '×' + row.count));

  if (row.detail) {
    const details = element('details', 'label-box');
    const summary = element('summary', '');
    summary.append(label);
    details.append(summary, element('pre', '', row.detail));
    item.append(details);
  } else {
    const box = element('div', 'label-box');
    box.append(label);
    item.append(box);
  }

  item.append(element('span', 'line'));
  if (row.why) item.append(element('p', 'why', row.why()));
  return item;
}

function textOf(value) {
  return typeof value === 'function' ? value() : value;
}

function element(name, className, content) {
  const created = document.createElement(name);
  if (className) created.className = className;
  if (content !== undefined) created.textContent = content;
  return created;
}
