// Started by run.sh. Modes: table (default), growth, soak, storm.
import { figures, measure, mixed, warmUp } from './lib/load.mjs';
import { resources, stopAll } from './lib/processes.mjs';
import { heading, median, percentile, print, save, show, table } from './lib/report.mjs';
import { api, before, floor, startPostgres, startWeChat } from './lib/servers.mjs';
import { faultsOf, storm } from './lib/storm.mjs';

const number = (name, otherwise) => Number(process.env[name] ?? otherwise);
const mode = process.argv[2] ?? 'table';
const seconds = number('BENCH_SECONDS', 5);
const rounds = number('BENCH_ROUNDS', 3);
const connections = number('BENCH_CONNECTIONS', 32);
const many = 256;
const limitMinutes = number('BENCH_LIMIT_MINUTES', { table: 45, growth: 120, soak: 20, storm: 20 }[mode]);
const kinds = { table: [api, before, floor], growth: [api, before, floor], soak: [api], storm: [api, before] }[mode].filter(Boolean);

const progress = text => console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);

let ending = false;
async function end(code, reason) {
  if (ending) return;
  ending = true;
  if (reason) console.error(reason);
  await stopAll();
  process.exit(code);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(130, `${signal}: stopping`));
setTimeout(() => end(1, `not done after ${limitMinutes} minutes: stopping`), limitMinutes * 60_000).unref();

async function prepare(users) {
  if (kinds.length === 0) throw new Error(`${mode} measures the API, and it was not published`);
  const postgres = await startPostgres();
  const weChat = await startWeChat();
  for (const kind of kinds) {
    progress(`${kind.name}: ${users} users`);
    await kind.prepare(postgres);
    await kind.seed(postgres, 1, users);
  }
  return { postgres, weChat };
}

const measured = kind => figures.filter(figure => kind.isRelease || figure.floor);

/** Rounds of all figures, the servers in turn; returns results[server name][figure name] = one entry a round. */
async function measureRounds(servers, postgres, options) {
  const results = Object.fromEntries(servers.map(server => [server.name, {}]));
  const eachInTurn = async action => {
    for (const figure of figures) {
      for (const server of servers.filter(server => measured(server.kind).includes(figure))) await action(server, figure);
    }
  };
  progress('warming up');
  await eachInTurn((server, figure) => warmUp(server, postgres, figure, options));
  for (let round = 1; round <= rounds; round++) {
    for (const { kind } of servers) await kind.tidy(postgres);
    progress(`round ${round} of ${rounds}`);
    await eachInTurn(async (server, figure) =>
      (results[server.name][figure.name] ??= []).push(await measure(server, postgres, figure, options)));
    servers = servers.toReversed(); // nobody is always the first after the pause
  }
  return results;
}

const middle = (results, key) => median(results.map(result => result[key]));

/** The median of the rounds' ratios: both sides of each were measured within seconds. */
const ratio = (results, base) => median(results.map((result, round) => result.sum / base[round].sum));

const titleOf = (figure, name) => (name === 'api' ? figure.name : `${figure.name} (${name})`);

function rowOf(results, { name }, figure) {
  const all = results[name][figure.name];
  const against = results[figure.own ? name : 'floor']?.[figure.against];
  const earlier = name === 'api' && results.before?.[figure.name];
  return [titleOf(figure, name), ...['rate', 'p50', 'p99', 'cpu', 'database', 'sum'].map(key => show(middle(all, key))), show(middle(all, 'allocated') / 1024),
    show(against && ratio(all, against)), show(earlier ? ratio(all, earlier) : undefined), (name === 'api' && figure.target) || ''];
}

async function startAll({ postgres, weChat }) {
  const servers = [];
  for (const kind of kinds) {
    servers.push(await kind.start(postgres, weChat, true));
    await kind.check?.(postgres);
  }
  return servers;
}

async function measureStart(world) {
  const starts = Object.fromEntries(kinds.map(kind => [kind.name, []]));
  for (let i = 0; i < number('BENCH_STARTS', 5); i++) {
    for (const kind of kinds) {
      const server = await kind.start(world.postgres, world.weChat, false);
      starts[kind.name].push({ ms: server.startMs, rss: resources(server.pid).rss });
      await server.stop();
    }
  }
  return kinds.map(({ name }) => [name, show(middle(starts[name], 'ms')),
    show(name === 'api' && before ? median(starts.api.map(({ ms }, i) => ms / starts.before[i].ms)) : undefined), show(middle(starts[name], 'rss'))]);
}

async function tableMode() {
  const users = number('BENCH_USERS', 10_000);
  const world = await prepare(users);
  heading(`Benchmark: ${users.toLocaleString('en-US')} users, ${connections} connections, median of ${rounds} rounds of ${seconds} s`);
  progress('start-up');
  const starts = await measureStart(world);

  const servers = await startAll(world);
  const options = { users, seconds, connections };
  const results = await measureRounds(servers, world.postgres, options);
  table(['', 'requests/s', 'p50 ms', 'p99 ms', 'CPU ms', 'database CPU ms', 'sum ms', 'allocated KiB', 'sum / floor', 'sum / before', 'target'],
    servers.flatMap(server => measured(server.kind).map(figure => rowOf(results, server, figure))));
  print('CPU, database CPU, their sum and allocations are per request. The ratios are of the sums (on the floor a refresh and every login of a user who exists are '
    + 'compared with its login of a returning user; authorized: with the same endpoint anonymous).');

  const full = await Promise.all(servers.map(async server => ({ ...resources(server.pid), ...(await server.managed()) })));
  table(['', 'start to first login ms', 'start / before', 'resident then MB', 'resident after load MB', 'peak MB', 'heap MB', 'threads'],
    starts.map((row, i) => [...row, show(full[i].rss), show(full[i].peak), show(full[i].heap), full[i].threads]));

  progress(`${many} connections`);
  await kinds[0].tidy(world.postgres);
  const rows = [];
  for (const figure of measured(kinds[0])) {
    const result = await measure(servers[0], world.postgres, figure, { ...options, connections: many });
    const few = results[servers[0].name][figure.name];
    rows.push([figure.name, show(result.rate), show(result.p50), show(result.p99), show(result.cpu), show(result.rate / middle(few, 'rate')), show(result.cpu / middle(few, 'cpu'))]);
  }
  table([`${servers[0].name}, ${many} connections`, 'requests/s', 'p50 ms', 'p99 ms', 'CPU ms', `requests/s, against ${connections}`, `CPU, against ${connections}`], rows);
}

async function growthMode() {
  const sizes = (process.env.BENCH_SIZES ?? '10000 1000000').split(' ').map(Number);
  const world = await prepare(sizes[0]);
  heading(`Growth: ${sizes.map(size => size.toLocaleString('en-US')).join(' to ')} users, ${connections} connections, median of ${rounds} rounds of ${seconds} s`);
  const servers = await startAll(world);
  const steps = [];
  for (const [i, users] of sizes.entries()) {
    if (i > 0) {
      for (const kind of kinds) {
        progress(`${kind.name}: growing to ${users} users`);
        await kind.seed(world.postgres, sizes[i - 1] + 1, users);
      }
    }
    steps.push(await measureRounds(servers, world.postgres, { users, seconds, connections }));
  }
  const keys = { rate: 'requests/s', p50: 'p50 ms', p99: 'p99 ms', cpu: 'CPU ms', database: 'database CPU ms', sum: 'sum ms' };
  table(['', 'what', ...sizes.map(size => size.toLocaleString('en-US')), 'last / first'],
    servers.flatMap(server => measured(server.kind).flatMap(figure => Object.entries(keys).map(([key, title]) => {
      const values = steps.map(step => middle(step[server.name][figure.name], key));
      return [titleOf(figure, server.name), title, ...values.map(show), show(values.at(-1) / values[0])];
    }))));
}

async function soakMode() {
  const users = number('BENCH_USERS', 10_000);
  const minutes = number('BENCH_MINUTES', 10);
  const world = await prepare(users);
  const [server] = await startAll(world);
  const options = { users, connections, lenient: true };
  await warmUp(server, world.postgres, mixed(0), { ...options, seconds });
  const most = await measure(server, world.postgres, mixed(0), { ...options, seconds: 2 * seconds });
  const rate = Math.round(most.rate / 2);
  heading(`Soak: ${minutes} minutes of ${server.name} at ${rate} requests/s (half of ${show(most.rate)}), 1 login : 4 refreshes : 15 GET /api/users/me`);

  const load = measure(server, world.postgres, mixed(rate), { ...options, seconds: minutes * 60 });
  const startedAt = performance.now();
  const rows = [];
  for (let due = 0; due <= minutes; due++) {
    // The first reading waits until the connections are made, the last one comes before they are closed.
    const at = Math.min(Math.max(due * 60, 10), minutes * 60 - 5) * 1000;
    await Promise.race([load, new Promise(resolve => setTimeout(resolve, startedAt + at - performance.now()))]);
    const { rss, threads, files } = resources(server.pid);
    const { heap, collections } = await server.managed();
    const backends = await world.postgres.ask('postgres', "SELECT count(*) FROM pg_stat_activity WHERE datname = 'wxauth'");
    rows.push([show((performance.now() - startedAt) / 60_000), show(rss), show(heap), collections, threads, files, backends]);
  }
  const result = await load;
  table(['minute', 'resident MB', 'heap MB', 'collections', 'threads', 'open files', 'database connections'], rows);
  print(`${result.requests.toLocaleString('en-US')} requests (${show(result.rate)}/s), ${result.refused} refused, ${result.broken} broken; `
    + `p50 ${show(result.p50)} ms, p99 ${show(result.p99)} ms; CPU ${show(result.cpu)} ms, database CPU ${show(result.database)} ms a request.`);
  if (result.refused + result.broken > 0) throw new Error('the soak had failed requests');
}

async function stormMode() {
  const users = number('BENCH_USERS', 10_000);
  const size = number('BENCH_STORM', 200);
  const rate = number('BENCH_RATE', 50);
  process.env.BENCH_PROBE_WAITS = '1';
  const world = await prepare(users);
  heading(`Storm: ${size} first logins of one openid at once, beside ${rate} other logins a second; ${rounds} storms, ${seconds} s each, and as long without one`);
  const servers = await startAll(world);
  const rows = [];
  let faults = [];
  for (const server of servers) {
    progress(server.name);
    const [returning] = figures.filter(figure => figure.name.startsWith('login'));
    await warmUp(server, world.postgres, returning, { users, seconds, connections });
    const found = await storm(server, world.postgres, { users, rate, size, seconds, rounds });
    const timesOf = took => [took.length, ...[50, 99, 100].map(percent => show(percentile(took, percent)))];
    rows.push(
      [`${server.name}: others, no storm`, ...timesOf(found.calm), found.calmWaits, ''],
      [`${server.name}: others, beside a storm`, ...timesOf(found.beside), found.waits, ''],
      [`${server.name}: the storms' own`, ...timesOf(found.storm), '', found.users]);
    const theirs = faultsOf(found).map(fault => `${server.name}: ${fault}`);
    if (server.kind === api) faults = theirs;
    for (const fault of theirs) progress(fault);
  }
  table(['', 'logins', 'p50 ms', 'p99 ms', 'longest ms', 'waits for a connection', 'users made a storm'], rows);
  return faults;
}

const modes = { table: tableMode, growth: growthMode, soak: soakMode, storm: stormMode };
try {
  const faults = (await modes[mode]()) ?? [];
  for (const fault of faults) print(fault);
  save(mode);
  await end(faults.length > 0 ? 1 : 0);
} catch (error) {
  await end(1, error.stack);
}
