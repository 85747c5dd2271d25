'use strict';

const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const { Screen } = require('./wxml.js');

/** What a file of a mini-program can name besides the language itself; all else of Node's is out of its sight. */
const GIVEN = [
  'require', 'module', 'exports', 'global', 'wx', 'App', 'Page', 'Component', 'Behavior', 'getApp', 'getCurrentPages', 'setTimeout', 'clearTimeout'
];
const ABSENT = ['process', 'Buffer', 'setImmediate', 'window', 'document', 'navigator', 'fetch', 'performance', 'MessageChannel', 'uni', 'Taro'];
const compiled = new Map();

/** One process of a mini-program: its files, run as WeChat runs them, each a CommonJS module that sees `wx` and the like. */
class MiniProgram {
  /**
   * @param folder the mini-program as it would be uploaded
   * @param wx what stands for `wx`
   * @param timers `setTimeout` and `clearTimeout`
   */
  constructor(folder, wx, timers) {
    this.folder = folder;
    this.modules = new Map();
    this.pages = [];
    this.app = null;
    this.registered = null;
    const register = kind => options => { this.registered = { kind, options }; };
    this.given = {
      global: {},
      wx,
      App: options => { this.app = options; },
      Page: register('page'),
      Component: register('component'),
      Behavior: options => options,
      getApp: () => this.app,
      getCurrentPages: () => this.pages,
      setTimeout: (callback, milliseconds) => timers.setTimeout(callback, milliseconds || 0),
      clearTimeout: timer => timers.clearTimeout(timer)
    };
  }

  /** Opens it as WeChat does: app.js, and then what that wants to do at its launch. */
  launch() {
    this.require('./app.js', '/');
    if (this.app.onLaunch) this.app.onLaunch({ path: '', query: {}, scene: 1001 });
    return this.app;
  }

  /** Opens a page, up to its onLoad and onShow. */
  async open(name, query) {
    const page = this.instance('/' + name + '.js');
    page.route = name;
    page.screen = new Screen(page, fs.readFileSync(path.join(this.folder, name + '.wxml'), 'utf8'));
    this.pages.push(page);
    if (page.onLoad) await page.onLoad(query || {});
    if (page.onShow) await page.onShow();
    return page;
  }

  /** A component as it stands on a page that is shown. */
  component(name) {
    const component = this.instance('/' + name + '.js');
    component.screen = new Screen(component, fs.readFileSync(path.join(this.folder, name + '.wxml'), 'utf8'));
    component.lifetimes.attached.call(component);
    component.pageLifetimes.show.call(component);
    return component;
  }

  /** What a file has registered, alive: with data of its own, and setData. */
  instance(file) {
    this.modules.delete(file);
    this.require('.' + file, '/');
    const { options } = this.registered;
    const instance = Object.assign({}, options, options.methods, {
      data: structuredClone(options.data || {}),
      setData: values => {
        for (const [key, value] of Object.entries(values)) {
          if (!/^\w+$/.test(key)) throw new Error('the model knows no paths in setData: ' + key);
          if (value === undefined) throw new Error('setData: ' + key + ' is undefined');
          instance.data[key] = structuredClone(value);
        }
      }
    });
    return instance;
  }

  /** require as WeChat has it: a path beside the file, or a package, under miniprogram_npm or of the compiler's; a folder means its index.js. */
  require(wanted, from) {
    const bases = /^[./]/.test(wanted) ? [path.posix.join(path.posix.dirname(from), wanted)] : ['/miniprogram_npm/' + wanted, '/' + wanted];
    const file = bases.flatMap(base => [base, base + '.js', base + '/index.js']).find(each => each.endsWith('.js') && fs.existsSync(this.folder + each));
    if (!file) throw new Error('module ' + wanted + ' is not defined, required by ' + from);
    if (!this.modules.has(file)) {
      const module = { exports: {} };
      this.modules.set(file, module);
      const given = Object.assign({ require: next => this.require(next, file), module, exports: module.exports }, this.given);
      compile(this.folder + file)(...GIVEN.map(name => given[name]));
    }

    return this.modules.get(file).exports;
  }
}

/** The same file is compiled once, however many phones run it. */
function compile(file) {
  const { mtimeMs } = fs.statSync(file);
  const known = compiled.get(file);
  if (known && known.mtimeMs === mtimeMs) return known.run;
  const run = vm.compileFunction(fs.readFileSync(file, 'utf8'), GIVEN.concat(ABSENT), { filename: file });
  compiled.set(file, { mtimeMs, run });
  return run;
}

module.exports = { MiniProgram };
