'use strict';

const TOKEN = /<!--[\s\S]*?-->|<\/([\w-]+)\s*>|<([\w-]+)((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*(\/?)>|[^<]+/g;
const ATTRIBUTE = /([\w:-]+)(?:="([^"]*)")?/g;

/** What a page's WXML shows with its data: a tree of `{ tag, attributes, children }` and texts. */
function render(wxml, data) {
  return renderAll(parse(wxml), data);
}

function parse(wxml) {
  const root = { tag: 'page', attributes: {}, children: [] };
  const open = [root];
  for (const [token, closing, tag, attributes, empty] of wxml.matchAll(TOKEN)) {
    const parent = open[open.length - 1];
    if (closing) {
      if (parent.tag !== closing) throw new Error('</' + closing + '> closes <' + parent.tag + '>');
      open.pop();
    } else if (tag) {
      const node = { tag, attributes: Object.fromEntries([...attributes.matchAll(ATTRIBUTE)].map(([, name, value]) => [name, value === undefined ? true : value])), children: [] };
      parent.children.push(node);
      if (!empty) open.push(node);
    } else if (!token.startsWith('<!--') && token.trim() !== '') {
      parent.children.push(token);
    }
  }

  if (open.length !== 1) throw new Error('<' + open[open.length - 1].tag + '> is not closed');
  return root.children;
}

function renderAll(nodes, data) {
  const shown = [];
  let decided = false;
  for (const node of nodes) {
    if (typeof node === 'string') {
      shown.push(String(fill(node, data)));
      continue;
    }

    const { 'wx:if': first, 'wx:elif': other, 'wx:else': last } = node.attributes;
    if (first !== undefined) decided = false;
    if (first !== undefined || other !== undefined || last !== undefined) {
      const shows = !decided && (last !== undefined || Boolean(fill(first === undefined ? other : first, data)));
      decided = decided || shows;
      if (!shows) continue;
    }

    const list = node.attributes['wx:for'];
    const items = list === undefined ? [data] : fill(list, data).map((item, index) => Object.assign({}, data, { item, index }));
    items.forEach(scope => shown.push(...renderNode(node, scope)));
  }

  return shown;
}

function renderNode(node, data) {
  const children = renderAll(node.children, data);
  if (node.tag === 'block') return children;
  const attributes = Object.fromEntries(Object.entries(node.attributes).filter(([name]) => !name.startsWith('wx:')).map(([name, value]) => [name, fill(value, data)]));
  return [{ tag: node.tag, attributes, children }];
}

/** `{{expression}}` alone is its value; within a text it becomes part of that. */
function fill(text, data) {
  if (typeof text !== 'string') return text;
  const whole = /^\{\{([^}]*)\}\}$/.exec(text.trim());
  return whole ? evaluate(whole[1], data) : text.replace(/\{\{([^}]*)\}\}/g, (_, expression) => { const value = evaluate(expression, data); return value === null || value === undefined ? '' : value; });
}

/** WXML asks nothing of null: its members are undefined. */
function evaluate(expression, data) {
  const scope = new Proxy(data, { has: (target, name) => typeof name === 'string', get: (target, name) => target[name] });
  try {
    return new Function('scope', 'with (scope) { return (' + expression + '); }')(scope);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** What somebody sees of a page, and can do with it. */
class Screen {
  constructor(page, wxml) {
    this.page = page;
    this.wxml = wxml;
  }

  nodes() {
    const all = nodes => nodes.flatMap(node => typeof node === 'string' ? [] : [node, ...all(node.children)]);
    return all(render(this.wxml, this.page.data));
  }

  get text() {
    return textOf(render(this.wxml, this.page.data));
  }

  /** The button of that label. */
  button(label) {
    const found = this.nodes().find(node => node.tag === 'button' && textOf(node.children).includes(label));
    if (!found) throw new Error('there is no button ' + label + ' in: ' + this.text);
    return found;
  }

  /** Taps a button, or hands over what it asks WeChat for. */
  tap(label, detail) {
    const { attributes } = this.button(label);
    const openType = attributes['open-type'];
    const event = openType ? 'bind' + openType.toLowerCase() : 'bindtap';
    if (!attributes[event]) throw new Error('button ' + label + ' has no ' + event);
    const dataset = Object.fromEntries(Object.entries(attributes).filter(([name]) => name.startsWith('data-')).map(([name, value]) => [name.slice(5), value]));
    return this.page[attributes[event]]({ detail, currentTarget: { dataset } });
  }

  /** An event of the input of that name, such as `blur`. */
  input(name, event, detail) {
    const { attributes } = this.nodes().find(node => node.tag === 'input' && node.attributes.name === name);
    return this.page[attributes['bind' + event]]({ detail });
  }

  /** Taps the submit button of the form that has a field of that name. */
  submit(values) {
    const [name] = Object.keys(values);
    const form = this.nodes().find(node => node.tag === 'form' && JSON.stringify(node.children).includes('"name":"' + name + '"'));
    if (!JSON.stringify(form.children).includes('"form-type":"submit"')) throw new Error('the form cannot be sent');
    return this.page[form.attributes.bindsubmit]({ detail: { value: values } });
  }
}

function textOf(nodes) {
  return nodes.map(node => typeof node === 'string' ? node.trim() : textOf(node.children)).filter(Boolean).join(' ');
}

module.exports = { Screen, render };
