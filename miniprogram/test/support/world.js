'use strict';

const { VirtualTime, RealTime, seeded } = require('./time.js');
const { ModelServer } = require('./model-server.js');
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
    baseUrl: 'https://login.example.com',
    time,
    server,
    haste: 1,
    latency: [5, 200],
    code: async user => server.code(user),
    deliver: request => server.deliver(request)
  }, options);
}

function realWorld(baseUrl, options) {
  return complete({
    baseUrl,
    time: new RealTime(SPEED),
    haste: 0.1,
    latency: [0, 100],
    code: async user => {
      const response = await fetch(baseUrl + '/simulator/wx/login?user=' + encodeURIComponent(user));
      if (!response.ok) throw new Error('the simulator answers ' + response.status);
      return (await response.json()).code;
    },
    deliver: async request => {
      const form = request.filePath === undefined ? null : new FormData();
      if (form) form.append('file', new Blob([PIXEL]), 'avatar.png');
      const response = await fetch(request.url, {
        method: request.method,
        headers: request.header,
        body: form || (request.data === undefined || request.method === 'GET' ? undefined : JSON.stringify(request.data))
      });
      const text = await response.text();
      return { statusCode: response.status, header: Object.fromEntries(response.headers), data: text !== '' && /json/.test(response.headers.get('content-type')) ? JSON.parse(text) : text };
    }
  }, options);
}

function complete(world, options) {
  world.random = seeded(options.seed || 1);
  let count = 0;
  const run = Date.now().toString(36) + process.pid.toString(36);
  world.phone = (user, phoneOptions) => new Phone(world, user || 'story-' + run + '-' + (++count), phoneOptions);
  world.settle = promise => world.time.settle(promise);
  return world;
}

/** The library's watchdog of 20 s is still a second of a real server's time. */
const SPEED = 20;

/** A PNG of one pixel. */
const PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

module.exports = { makeWorld, modelWorld };
