'use strict';

const { VirtualTime, RealTime, seeded } = require('./time.js');
const { ModelServer } = require('./model-server.js');
const { serve } = require('./http-server.js');
const { Phone } = require('./phone.js');

/**
 * Where a story happens: the model server in virtual time, or, with WXAUTH_URL set, a real server in Development with its WeChat
 * simulator. Faults of the network happen on the phone's side and so in both.
 */
function makeWorld(options = {}) {
  return process.env.WXAUTH_URL ? realWorld(process.env.WXAUTH_URL, options) : modelWorld(options);
}

function modelWorld(options = {}) {
  const time = new VirtualTime();
  const server = new ModelServer(time, options);
  return complete({
    baseUrl: options.baseUrl || 'https://login.example.com',
    time,
    server,
    haste: 1,
    latency: [5, 200],
    code: async user => server.code(user),
    phoneCode: async () => 'p'.repeat(64),
    deliver: request => server.deliver(request)
  }, options);
}

function realWorld(baseUrl, options) {
  return complete(Object.assign(overHttp(baseUrl, new RealTime(options.speed || SPEED)), {
    code: user => simulated(baseUrl, 'login', user),
    phoneCode: user => simulated(baseUrl, 'get-phone-number', user)
  }), options);
}

/** The model server behind HTTP: for what the real one cannot do. `close` ends it. */
async function httpWorld(options = {}) {
  const time = new RealTime(SPEED);
  const server = new ModelServer(time, options);
  const { baseUrl, close } = await serve(server);
  return complete(Object.assign(overHttp(baseUrl, time), {
    server,
    close,
    code: async user => server.code(user),
    phoneCode: async () => 'p'.repeat(64)
  }), options);
}

function overHttp(baseUrl, time) {
  return {
    baseUrl,
    time,
    haste: 0.1,
    latency: [0, 100],
    deliver: async request => {
      const form = request.filePath === undefined ? null : new FormData();
      if (form) form.append('file', new Blob([PIXEL]), 'avatar.png');
      const response = await fetch(request.url.replace(DEVELOPMENT, baseUrl), {
        method: request.method,
        headers: request.header,
        body: form || (request.data === undefined || request.method === 'GET' ? undefined : JSON.stringify(request.data))
      });
      const text = await response.text();
      return { statusCode: response.status, header: Object.fromEntries(response.headers), data: text !== '' && /json/.test(response.headers.get('content-type')) ? JSON.parse(text) : text };
    }
  };
}

/** A code from the server's WeChat simulator. */
async function simulated(baseUrl, call, user) {
  const response = await fetch(baseUrl + '/simulator/wx/' + call + '?user=' + encodeURIComponent(user));
  if (!response.ok) throw new Error('the simulator answers ' + response.status);
  return (await response.json()).code;
}

function complete(world, options) {
  world.random = seeded(options.seed || 1);
  let count = 0;
  const run = Date.now().toString(36) + process.pid.toString(36);
  world.phone = (user, phoneOptions) => new Phone(world, user || 'story-' + run + '-' + (++count), phoneOptions);
  world.settle = promise => world.time.settle(promise);
  return world;
}

/** What the sample and the projects under test/builds take for their server. */
const DEVELOPMENT = 'http://localhost:5080';

/** The library's watchdog of 20 s is still two seconds of a real server's time. */
const SPEED = 10;

/** A PNG of one pixel. */
const PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

module.exports = { makeWorld, modelWorld, httpWorld };
