'use strict';

const path = require('node:path');

const ROOT = path.join(__dirname, '..', '..');

/** The projects of test/builds, which `node test/builds/build.js` has built into WXAUTH_BUILDS, or where it builds by itself. */
const BUILDS = process.env.WXAUTH_BUILDS || path.join(ROOT, '..', 'artifacts', 'mini-programs', 'built');
const BUILT = { npm: 'native', uni: 'uni-app', taro: 'taro' };

/**
 * Which mini-program the phones of this run open, by WXAUTH_PLATFORM: 'wx', the default, is wxauth.js as it is copied; 'npm', 'uni'
 * and 'taro' are the packed package as WeChat's own compiler, uni-app and Taro have built it, over their `wx`, `uni` and `Taro`.
 */
function programs() {
  const name = process.env.WXAUTH_PLATFORM || 'wx';
  if (name === 'wx') return { folder: ROOT, open: program => program.require('./wxauth.js', '/') };
  if (!BUILT[name]) throw new Error('WXAUTH_PLATFORM is wx, npm, uni or taro');
  return {
    folder: path.join(BUILDS, BUILT[name]),
    open: (program, phone) => {
      program.require("./app.js", "/");
      return phone.revealed;
    }
  };
}

/** The sample: as it is, or, with WXAUTH_PLATFORM=npm, as WeChat's own compiler has made it. */
function sample() {
  return process.env.WXAUTH_PLATFORM === 'npm' ? path.join(BUILDS, 'sample') : ROOT;
}

module.exports = { programs, sample, BUILDS };
