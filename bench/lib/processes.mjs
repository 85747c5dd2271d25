// Child processes that cannot outlive the benchmark, and what /proc says about them.
import { execFileSync, spawn } from 'node:child_process';
import { openSync, closeSync, readFileSync, readdirSync } from 'node:fs';

const running = new Set();
const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** The arguments of setpriv that make PostgreSQL, which refuses to run as root, run as its package's user. */
export const asPostgres = process.getuid() === 0 ? ['--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];

/** Starts a server. The kernel kills it when this process dies, however it dies. */
export function start(command, args, { env = {}, log, privileges = [], stopSignal = 'SIGTERM' } = {}) {
  const output = log ? openSync(log, 'a') : 'ignore';
  const child = spawn('setpriv', [...privileges, '--pdeathsig=KILL', command, ...args],
    { stdio: ['ignore', output, output], env: { ...process.env, ...env } });
  if (log) closeSync(output);
  child.log = log;
  child.stopSignal = stopSignal;
  child.ended = new Promise(resolve => child.once('close', resolve).once('error', resolve));
  child.ended.then(() => running.delete(child));
  running.add(child);
  return child;
}

/** Asks a server to end, and insists after 15 seconds. */
export async function stop(child) {
  if (!running.has(child)) return;
  child.kill(child.stopSignal);
  const insist = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await child.ended;
  clearTimeout(insist);
}

/** Ends everything, what was started last first: no server is left without its database. */
export async function stopAll() {
  for (const child of [...running].reverse()) await stop(child);
}

/** Runs a program to its end and returns what it printed; throws with its words if it fails. */
export async function run(command, args, { env = {}, input, privileges = [] } = {}) {
  const child = spawn('setpriv', [...privileges, '--pdeathsig=KILL', command, ...args], { env: { ...process.env, ...env } });
  child.stopSignal = 'SIGTERM';
  child.ended = new Promise(resolve => child.once('close', resolve).once('error', resolve));
  running.add(child);
  let output = '', errors = '';
  child.stdout.on('data', data => (output += data));
  child.stderr.on('data', data => (errors += data));
  child.stdin.end(input);
  const code = await child.ended;
  running.delete(child);
  if (code !== 0) throw new Error(`${command} ${args[0]} ended with ${code}:\n${(errors || output).slice(-2000)}`);
  return output;
}

export function tailOf(log) {
  return log ? readFileSync(log, 'utf8').slice(-3000) : '';
}

// The name in parentheses may hold blanks; what follows it is numbered from 3 (proc(5)).
function stat(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { parent: Number(fields[1]), own: Number(fields[11]) + Number(fields[12]) };
}

/** CPU that a process has used, in ms. */
export const cpu = pid => (stat(pid).own * 1000) / ticksPerSecond;

/**
 * CPU that PostgreSQL's processes have used, in ms, by process: those that belong to no database (the WAL writer, the checkpointer, ...) and those of
 * the given one. What the other servers' connections and the vacuum of their tables do at the same time is not this one's.
 */
export function cpuOfDatabase(postmaster, database) {
  const used = new Map([[postmaster, cpu(postmaster)]]);
  for (const name of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    const pid = Number(name);
    try {
      if (stat(pid).parent !== postmaster) continue;
      const [, of] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').match(/^postgres: (?:autovacuum worker|wxauth) (\S+)/) ?? [];
      if (of === undefined || of === database) used.set(pid, cpu(pid));
    } catch (error) {
      if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error; // it ended since the directory was read
    }
  }
  return used;
}

/** What was used between two readings of cpuOfDatabase; a process that is new has used all of it since the first. */
export const usedBetween = (before, after) => sum([...after].map(([pid, used]) => used - (before.get(pid) ?? 0)));

/** Resident memory now and at its highest, in MB, and what else could leak. */
export function resources(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const value = name => Number(status.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))[1]);
  return { rss: value('VmRSS') / 1024, peak: value('VmHWM') / 1024, threads: value('Threads'), files: readdirSync(`/proc/${pid}/fd`).length };
}

const sum = numbers => numbers.reduce((total, number) => total + number, 0);
