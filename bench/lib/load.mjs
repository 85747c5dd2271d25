// The figures' requests, and one measurement: wrk outside, CPU and allocations inside.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpu, cpuOfDatabase, run, tailOf, usedBetween } from './processes.mjs';
import { login, request } from './servers.mjs';

const script = join(import.meta.dirname, '../load.lua');
const sessionsFile = join(process.env.BENCH_FOLDER, 'sessions');
// Far more than connections: neighbouring requests of one session are far apart, as with real phones.
const sessionsPerRun = 2000;

let serial = 1;
let nextNewUser = 1e9;

// What is measured: `floor` has it too; the sum of its CPU and its database's is compared with that of the figure `against` on the floor
// (`own`: on the same server). Targets are multiples of that, or of the release before.
const all = [
  {
    name: 'login, returning user', target: '2.5 x floor', against: 'login, returning user', floor: true,
    scenario: users => ['login', 'n', `${users}`, `${takeSerial()}`],
  },
  {
    name: 'login, first in the hour', against: 'login, returning user', scenario: users => ['each', `${stride(users)}`, `${users}`, `${takeSerial()}`],
    setUp: (server, postgres, users) => server.kind.setBack(postgres, users, stride(users)),
  },
  { name: 'login, new session_key', against: 'login, returning user', scenario: users => ['login', 'k', `${users}`, `${takeSerial()}`] },
  { name: 'login, new user', target: '1.5 x before', against: 'login, new user', floor: true, scenario: () => ['new', `${takeNewUsers()}`] },
  { name: 'refresh', target: '1.1 x before', against: 'login, returning user', sessions: true, scenario: () => ['refresh', sessionsFile] },
  {
    name: 'GET /api/users/me', target: '1.1 x before', against: 'GET /api/users/me', floor: true, sessions: true, path: '/api/users/me',
    scenario: () => ['get', sessionsFile, '/api/users/me'],
  },
  {
    name: 'bare endpoint, authorized', target: '1.3 x anonymous', against: 'bare endpoint, anonymous', own: true, sessions: true, path: '/bench/authorized',
    scenario: () => ['get', sessionsFile, '/bench/authorized'],
  },
  { name: 'bare endpoint, anonymous', against: 'bare endpoint, anonymous', floor: true, scenario: () => ['get', '-', '/bench/anonymous'] },
];

// As many users as can log in once in a measurement, and no more: each run has to set them back.
const stride = users => Math.ceil(users / 20_000);

/** All, or those whose name contains BENCH_FIGURES. */
export const figures = all.filter(figure => figure.name.includes(process.env.BENCH_FIGURES ?? ''));

/** Everything at once in the proportions of a phone's day; `rate` 0 is as much as it takes. */
export const mixed = rate => ({ name: 'mixed', sessions: true, scenario: users => ['mixed', sessionsFile, `${users}`, `${takeSerial()}`, `${rate}`] });

/** Runs one figure against one server. Times are ms; cpu, database, their sum and allocated (bytes) are per request. */
export async function measure(server, postgres, figure, { users, seconds, connections, lenient = false }) {
  if (figure.sessions) await writeSessions(server.url, users, figure.path);
  await figure.setUp?.(server, postgres, users);
  const before = await snapshot(server, postgres);
  const output = await run('wrk',
    ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', script, server.url, '--', ...figure.scenario(users)]);
  const after = await snapshot(server, postgres);
  const result = output.split('\n').findLast(line => line.startsWith('{'));
  if (!result) throw new Error(`wrk printed no result for ${figure.name}:\n${output}`);
  const { requests, seconds: took, p50, p99, refused, broken } = JSON.parse(result);
  if (refused + broken > 0 && !lenient) {
    throw new Error(`${figure.name} on ${server.name}: ${refused} of ${requests} refused, ${broken} broken\n${tailOf(server.log)}`);
  }
  if (requests === 0) throw new Error(`${figure.name} on ${server.name}: no request was answered\n${tailOf(server.log)}`);
  const each = key => (after[key] - before[key]) / requests;
  const database = usedBetween(before.database, after.database) / requests;
  return { requests, refused, broken, rate: requests / took, p50, p99, cpu: each('cpu'), database, sum: each('cpu') + database, allocated: each('allocated'),
    compiled: after.compiled - before.compiled };
}

/** Repeats a figure until the JIT has next to nothing left to do for it: on a busy machine that takes many times the seconds of an idle one. */
export async function warmUp(server, postgres, figure, options) {
  for (let run = 0; run < 10; run++) {
    const { compiled } = await measure(server, postgres, figure, options);
    if (compiled < 30) return;
  }
  console.error(`${figure.name} on ${server.name}: the JIT is still at work after 10 runs; its figures are too high`);
}

async function snapshot(server, postgres) {
  const { allocated, compiled } = await server.managed();
  return { allocated, compiled, cpu: cpu(server.pid), database: cpuOfDatabase(postgres.pid, server.kind.database) };
}

// With a path, each token has been seen once before: that is the common request, and a token lives for many of them.
async function writeSessions(url, users, path) {
  const lines = [];
  const worker = async () => {
    while (lines.length < sessionsPerRun) {
      const { access, refresh } = await login(url, `u${1 + Math.floor(Math.random() * users)}n${serial++}`);
      if (path) await request(url, 'GET', path, { authorization: `Bearer ${access}` });
      lines.push(`${access} ${refresh}`);
    }
  };
  await Promise.all(Array.from({ length: 32 }, worker));
  writeFileSync(sessionsFile, lines.join('\n') + '\n', { mode: 0o600 });
}

// Codes are used once, as real ones: no two runs may share any.
export const takeSerial = () => (serial += 1e7) - 1e7;
export const takeNewUsers = () => (nextNewUser += 1e7) - 1e7;
