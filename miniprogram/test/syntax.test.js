'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const ts = require('typescript');

test('The library is ES2018: compiling it for that changes nothing', () => {
  const source = fs.readFileSync(path.join(__dirname, '..', 'wxauth.js'), 'utf8');
  const compile = (text, target) => ts.transpileModule(text, { compilerOptions: { target, module: ts.ModuleKind.ESNext, removeComments: true } }).outputText;

  assert.notEqual(compile('a?.b ?? c', ts.ScriptTarget.ES2018), compile('a?.b ?? c', ts.ScriptTarget.ESNext));
  assert.equal(compile(source, ts.ScriptTarget.ES2018), compile(source, ts.ScriptTarget.ESNext));
});

test('The library asks for nothing but wx and what the language has', () => {
  const source = fs.readFileSync(path.join(__dirname, '..', 'wxauth.js'), 'utf8');
  const module = { exports: {} };
  const known = ['Object', 'Array', 'String', 'Number', 'Boolean', 'Math', 'Date', 'JSON', 'Promise', 'Error', 'TypeError', 'setTimeout', 'clearTimeout', 'undefined'];
  const scope = new Proxy({ module }, {
    has: () => true,
    get: (target, name) => {
      if (typeof name === 'symbol') return undefined;
      if (name in target) return target[name];
      assert.ok(known.includes(name), 'the library reads the global ' + name);
      return globalThis[name];
    }
  });

  new Function('scope', 'with (scope) {' + source.replace("'use strict';", '') + '}')(scope);

  assert.equal(typeof module.exports.createWxAuth, 'function');
  assert.deepEqual(source.match(/\b(require|process|globalThis|window|document|navigator|localStorage|fetch|Buffer)\b\s*[.(]/g), null);
});
