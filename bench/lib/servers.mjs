// What the benchmark starts: PostgreSQL, WeChat's stand-in, the API as published, an earlier release of it, and the floor. All on loopback.
import { chownSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import net from 'node:net';
import { basename, join } from 'node:path';
import { asPostgres, run, start, stop, tailOf } from './processes.mjs';

export const appId = 'wx0123456789abcdef';
const bench = join(import.meta.dirname, '..');
const published = join(bench, '../artifacts/bench/bin');
const dllOf = name => join(published, name, `${name}.dll`);
const ownDll = dllOf('WxAuth.Api');
const probe = dllOf('WxAuth.Bench.Probe');
const folder = process.env.BENCH_FOLDER;

const agent = new http.Agent({ keepAlive: true, maxSockets: 32 });

/** A private cluster with PostgreSQL's own defaults, so with fsync and synchronous_commit; only more connections for three servers at once. */
export async function startPostgres() {
  const bin = postgresBin();
  const home = join(folder, 'postgres');
  mkdirSync(home, { mode: 0o700 });
  const password = randomBytes(16).toString('hex');
  writeFileSync(join(home, 'password'), password, { mode: 0o600 });
  if (asPostgres.length > 0) {
    const id = flag => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
    for (const path of [home, join(home, 'password')]) chownSync(path, id('-u'), id('-g'));
  }
  const data = join(home, 'data');
  await run(join(bin, 'initdb'), ['-D', data, '-U', 'wxauth', '--auth=scram-sha-256', '--pwfile', join(home, 'password'), '-E', 'UTF8', '--locale=C.UTF-8'],
    { privileges: asPostgres });
  const port = await freePort();
  const child = start(join(bin, 'postgres'),
    ['-D', data, '-p', `${port}`, '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'max_connections=250'],
    { privileges: asPostgres, log: join(folder, 'postgres.log'), stopSignal: 'SIGINT' });
  const env = { PGHOST: '127.0.0.1', PGPORT: `${port}`, PGUSER: 'wxauth', PGPASSWORD: password };
  const psql = (database, args, input) =>
    run(join(bin, 'psql'), ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', database, ...args], { env, input });
  await until(child, 30_000, () => psql('postgres', ['-c', 'SELECT 1']));
  return {
    pid: child.pid,
    psql,
    ask: async (database, sql) => (await psql(database, ['-At', '-c', sql])).trim(),
    connectionString: database => `Host=127.0.0.1;Port=${port};Database=${database};Username=wxauth;Password=${password}`,
  };
}

export async function startWeChat() {
  const port = await freePort();
  const child = start('dotnet', [dllOf('WxAuth.Bench.WeChat'), `${port}`], { log: join(folder, 'wechat.log') });
  const url = `http://127.0.0.1:${port}`;
  await until(child, 10_000, () => request(url, 'GET', '/sns/jscode2session?js_code=u1'));
  return { pid: child.pid, url };
}

/** The floor: name, database, and how to start it. `probed`: with the allocation counter in it. */
export const floor = {
  name: 'floor',
  database: 'floor',
  async prepare(postgres) {
    await postgres.psql('postgres', ['-c', 'CREATE DATABASE floor']);
    await this.seed(postgres, 1, 0);
  },
  seed: (postgres, from, to) => seed(postgres, 'floor', 'floor.sql', from, to),
  tidy: () => {},
  start: (postgres, weChat, probed) =>
    launch(floor, probed, port => [
      [dllOf('WxAuth.Bench.Floor'), `${port}`, weChat.url], { BENCH_DATABASE: postgres.connectionString('floor') }]),
};

/** The API as an operator runs it: published, Production, configured through the environment alone. */
const release = (name, dll, database) => ({
  name,
  database,
  isRelease: true,
  async prepare(postgres) {
    await postgres.psql('postgres', ['-c', `CREATE DATABASE ${database}`]);
    await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=wxauth-bench',
      '-keyout', join(folder, `${name}.key.pem`), '-out', join(folder, `${name}.certificate.pem`)]);
    await run('dotnet', [dll, 'migrate'],
      { env: { ASPNETCORE_ENVIRONMENT: 'Production', ConnectionStrings__WxAuth: postgres.connectionString(database) } });
  },
  async seed(postgres, from, to) {
    await this.tidy(postgres);
    await seed(postgres, database, 'seed.sql', from, to);
    this.seededAt = await postgres.ask(database, 'SELECT now()');
  },
  /** Takes the sessions of the benchmark's own logins away: nobody logs in ten times a minute, and beyond a number of sessions each login ends another. */
  async tidy(postgres) {
    if (this.seededAt) await postgres.psql(database, ['-c', `DELETE FROM sessions WHERE created_at >= '${this.seededAt}'`, '-c', 'VACUUM ANALYZE sessions']);
  },
  /** Makes the last login of every so manyth user one of yesterday. */
  async setBack(postgres, users, every) {
    await postgres.psql(database, ['-c', `UPDATE users SET last_login_at = now() - interval '1 day'
      WHERE id IN (SELECT user_id FROM generate_series(${every}, ${users}, ${every}) AS i JOIN wechat_identities ON open_id = 'o' || lpad(i::text, 27, '0'))`,
    '-c', 'VACUUM ANALYZE users']);
  },
  /** After the first login of user 1: the seeded identities must have the session_keys that WeChat's stand-in gives, or logins would write what they need not. */
  async check(postgres) {
    const kept = await postgres.ask(database, `SELECT session_key_sealed = sha256('sealed') FROM wechat_identities WHERE open_id = 'o' || lpad('1', 27, '0')`);
    if (kept !== 't') throw new Error(`${name}: a returning user's login has written a session_key; seed.sql does not make the tag that SessionKeyVault makes`);
  },
  start(postgres, weChat, probed) {
    return launch(this, probed, port => [[dll], {
      ASPNETCORE_ENVIRONMENT: 'Production',
      ASPNETCORE_URLS: `http://127.0.0.1:${port}`,
      ...(probed && { ASPNETCORE_HOSTINGSTARTUPASSEMBLIES: 'WxAuth.Bench.Probe' }),
      ConnectionStrings__WxAuth: postgres.connectionString(database),
      WeChat__BaseUrl: weChat.url,
      WeChat__Apps__0__AppId: appId,
      WeChat__Apps__0__AppSecret: '0123456789abcdef0123456789abcdef',
      Jwt__Issuer: `http://127.0.0.1:${port}`,
      DataProtection__CertificatePath: join(folder, `${name}.certificate.pem`),
      DataProtection__CertificateKeyPath: join(folder, `${name}.key.pem`),
      // High instead of off: wrk sends a day's requests of a session in a minute, and the limiter's own cost belongs to the figures.
      RateLimits__RequestsPerMinutePerSession: '1000000',
      Shutdown__Delay: '00:00:00',
    }]);
  },
});

// Without the API the floor measures itself: that shows what the machine and the benchmark are worth.
export const api = existsSync(ownDll) ? release('api', ownDll, 'wxauth') : undefined;

/** The release that today's is compared with, published by run.sh where BENCH_BASE names a commit. */
export const before = process.env.BENCH_BEFORE ? release('before', join(process.env.BENCH_BEFORE, 'WxAuth.Api.dll'), 'wxauth_before') : undefined;

let launched = 0;

async function launch(kind, probed, describe) {
  const port = await freePort();
  const [command, env] = describe(port);
  const socket = join(folder, `${kind.name}-${++launched}.socket`);
  const startedAt = performance.now();
  const child = start('dotnet', command, {
    env: { ...env, ...(probed && { DOTNET_STARTUP_HOOKS: probe, BENCH_PROBE_SOCKET: socket }) },
    log: join(folder, `${kind.name}.log`),
  });
  const url = `http://127.0.0.1:${port}`;
  await until(child, 30_000, () => login(url, 'u1n0'));
  return {
    kind, name: kind.name, url, pid: child.pid, log: child.log,
    startMs: performance.now() - startedAt,
    stop: () => stop(child),
    managed: () => readProbe(socket),
  };
}

/** One login; returns the session's tokens, throws on any refusal. */
export async function login(url, code) {
  const answer = JSON.parse(await request(url, 'POST', '/api/auth/login', {}, JSON.stringify({ code })));
  return { access: answer.accessToken, refresh: answer.refreshToken };
}

/** Sends one request; returns the answer's body, throws on any refusal. */
export function request(url, method, path, headers = {}, body = undefined, via = agent) {
  return new Promise((resolve, reject) => {
    const all = body ? { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } : headers;
    http.request(url + path, { method, agent: via, headers: all }, response => {
      let text = '';
      response.on('data', data => (text += data)).on('error', reject)
        .on('end', () => (response.statusCode < 300 ? resolve(text) : reject(new Error(`${method} ${path} answered ${response.statusCode}: ${text}`))));
    }).on('error', reject).end(body);
  });
}

/** Tries until it works, every 5 ms; gives up when the server ends or the time is over. */
async function until(child, limitMs, attempt) {
  const deadline = performance.now() + limitMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (child.exitCode !== null || child.signalCode !== null || performance.now() > deadline) {
        throw new Error(`${basename(child.log)} does not answer: ${error.message}\n${tailOf(child.log)}`);
      }
      await new Promise(resolve => setTimeout(resolve, 5));
    }
  }
}

async function seed(postgres, database, file, from, to) {
  await postgres.psql(database, ['-v', `from=${from}`, '-v', `to=${to}`, '-v', `app_id=${appId}`, '-f', join(bench, file)]);
  await postgres.psql(database, ['-c', 'VACUUM ANALYZE', '-c', 'CHECKPOINT']);
}

function readProbe(socket) {
  return new Promise((resolve, reject) => {
    let text = '';
    net.connect(socket).on('data', data => (text += data)).on('error', reject).on('close', () => {
      const [allocated, heap, collections, compiled, waits] = text.split(' ').map(Number);
      resolve({ allocated, heap: heap / 2 ** 20, collections, compiled, waits });
    });
  });
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().on('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function postgresBin() {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)).map(version => join(debian, version, 'bin')) : [];
  const bin = [...versions, ...process.env.PATH.split(':')].find(path => existsSync(join(path, 'initdb')));
  if (!bin) throw new Error('initdb is not installed: apt-get install postgresql');
  return bin;
}

export const postgresVersion = () => execFileSync(join(postgresBin(), 'postgres'), ['--version'], { encoding: 'utf8' }).trim();
