const svgNamespace = 'http://www.w3.org/2000/svg';

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('on')) {
      element.addEventListener(name.slice(2), value);
    } else if (value === true) {
      element.setAttribute(name, '');
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value);
    }
  }
  // append() makes text nodes of strings: nothing that a user wrote is ever read as markup.
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const h = (tag, properties = {}, ...children) => fill(document.createElement(tag), properties, children);
export const svg = (tag, properties = {}, ...children) => fill(document.createElementNS(svgNamespace, tag), properties, children);

let lastId = 0;

/** A labelled input with its hint. Answers the wrapper and the input. */
export function field({ label, hint, ...properties }) {
  const id = `field-${++lastId}`;
  const input = h('input', { id, 'aria-describedby': hint ? `${id}-hint` : null, ...properties });
  const wrapper = h('div', { class: 'field' },
    h('label', { for: id }, label), input, hint && h('p', { class: 'hint', id: `${id}-hint` }, hint));
  return { wrapper, input };
}

export function table({ label, columns, rows, className = '' }) {
  return h('div', { class: 'scroll', role: 'region', 'aria-label': label, tabindex: '0' },
    h('table', { class: className, 'aria-label': label },
      h('thead', {}, h('tr', {}, columns.map((column) => h('th', { scope: 'col', class: column.class }, column.text)))),
      h('tbody', {}, rows)));
}

/** Says it to a screen reader without taking the focus. */
export const announce = (text) => { document.getElementById('announce').textContent = text; };
