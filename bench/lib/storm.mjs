// Many first logins of one openid at once, beside other logins.
import http from 'node:http';
import { Worker } from 'node:worker_threads';
import { takeNewUsers, takeSerial } from './load.mjs';
import { percentile } from './report.mjs';
import { request } from './servers.mjs';

/**
 * One storm after another on one server, between spells without one. Returns what the other logins took in ms (`calm`, `beside`), what the storm's took
 * (`storm`), the refusals of all, and `waits` for a database connection, `users` made and answers `isNewUser` of the storm that had most of them.
 */
export async function storm(server, postgres, { users, rate, size, seconds, rounds }) {
  const phones = new Worker(new URL('phones.mjs', import.meta.url));
  const found = { calm: [], beside: [], storm: [], refusals: [], calmWaits: 0, waits: 0, users: 0, isNewUser: 0 };
  try {
    for (let round = 0; round <= rounds; round++) {
      const calm = await spell(server, postgres, { users, rate, seconds });
      const stormy = await spell(server, postgres, { users, rate, seconds }, () => send(phones, server.url, size));
      if (round === 0) continue; // a first one to warm up
      found.calm.push(...calm.took);
      found.beside.push(...stormy.took);
      found.storm.push(...stormy.storm.took);
      found.refusals.push(...calm.refusals, ...stormy.refusals, ...stormy.storm.refusals);
      found.calmWaits += calm.waits;
      found.waits += stormy.waits;
      found.users = Math.max(found.users, stormy.users);
      found.isNewUser = Math.max(found.isNewUser, stormy.storm.isNewUser);
    }
  } finally {
    await phones.terminate();
  }
  return found;
}

/** What a storm must not do: in words, none where all is well. */
export function faultsOf({ calm, beside, refusals, waits, users, isNewUser }) {
  const slower = percentile(beside, 99) / percentile(calm, 99);
  return [
    refusals.length > 0 && `${refusals.length} logins were refused: ${refusals[0]}`,
    users !== 1 && `a storm made ${users} users`,
    isNewUser !== 1 && `${isNewUser} logins of a storm were told that their user is new`,
    slower > 3 && `the p99 of the others was ${slower.toFixed(1)} times what it is without a storm`,
    waits > 0 && `${waits} requests waited for a database connection`,
  ].filter(Boolean);
}

/** Some seconds of other users' logins, `rate` a second whatever becomes of them; a second after their begin the storm, where there is one. */
async function spell(server, postgres, { users, rate, seconds }, startStorm) {
  const usersBefore = await countUsers(server, postgres);
  const waitsBefore = (await server.managed()).waits;
  const agent = new http.Agent({ keepAlive: true });
  const took = [], refusals = [], under = [];
  const serial = takeSerial();
  const startedAt = performance.now();
  let storm;
  for (let sent = 0; sent < rate * seconds; sent++) {
    await until(startedAt + (sent * 1000) / rate);
    if (startStorm && sent >= rate) storm ??= startStorm();
    const body = JSON.stringify({ code: `u${1 + Math.floor(Math.random() * users)}n${serial + sent}` });
    const at = performance.now();
    under.push(request(server.url, 'POST', '/api/auth/login', {}, body, agent)
      .then(() => took.push(performance.now() - at), error => refusals.push(error.message)));
  }
  await Promise.all(under);
  agent.destroy();
  return { took, refusals, storm: await storm, waits: (await server.managed()).waits - waitsBefore, users: (await countUsers(server, postgres)) - usersBefore };
}

const countUsers = async (server, postgres) => Number(await postgres.ask(server.kind.database, 'SELECT count(*) FROM users'));

// The storm comes from a thread of its own: what it costs here must not make the others look slow.
function send(phones, url, size) {
  return new Promise((resolve, reject) => {
    phones.once('message', resolve).once('error', reject);
    phones.postMessage({ url, size, user: takeNewUsers(), serial: takeSerial() });
  });
}

function until(time) {
  const wait = time - performance.now();
  return wait > 0 ? new Promise(resolve => setTimeout(resolve, wait)) : undefined;
}
