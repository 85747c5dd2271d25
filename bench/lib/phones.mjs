// A thread (storm.mjs) that lets many phones log one user in for the first time, at once.
import http from 'node:http';
import { parentPort } from 'node:worker_threads';
import { request } from './servers.mjs';

parentPort.on('message', async ({ url, size, user, serial }) => {
  const agent = new http.Agent({ keepAlive: true });
  const phones = Array.from({ length: size }, (_, i) => i);
  // The connections are there before: what is measured are logins.
  await Promise.all(phones.map(() => request(url, 'GET', '/health/live', {}, undefined, agent)));
  const took = [], refusals = [];
  let isNewUser = 0;
  await Promise.all(phones.map(async i => {
    const at = performance.now();
    try {
      const answer = JSON.parse(await request(url, 'POST', '/api/auth/login', {}, JSON.stringify({ code: `u${user}n${serial + i}` }), agent));
      took.push(performance.now() - at);
      isNewUser += answer.isNewUser ? 1 : 0;
    } catch (error) {
      refusals.push(error.message);
    }
  }));
  agent.destroy();
  parentPort.postMessage({ took, refusals, isNewUser });
});
