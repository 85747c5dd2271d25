// The Markdown that the benchmark prints and keeps under artifacts/bench.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { postgresVersion } from './servers.mjs';

const say = (command, ...args) => execFileSync(command, args, { encoding: 'utf8' }).trim();
const base = process.env.BENCH_BASE;
const startedAt = new Date();
const parts = [];

export const median = numbers => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** The number that so many per cent are not above. */
export const percentile = (numbers, percent) => numbers.toSorted((a, b) => a - b)[Math.max(0, Math.ceil((numbers.length * percent) / 100) - 1)];

/** A number with about three digits that mean something; a dash for what was not measured. */
export function show(number) {
  if (number === undefined || Number.isNaN(number)) return '-';
  if (number >= 100) return Math.round(number).toLocaleString('en-US');
  return number >= 10 ? number.toFixed(1) : number >= 1 ? number.toFixed(2) : number.toFixed(3);
}

export function print(text) {
  parts.push(text);
  console.log(text);
}

export function table(headers, rows) {
  const line = cells => `| ${cells.join(' | ')} |`;
  print(['', line(headers), line(headers.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line), ''].join('\n'));
}

export function heading(title) {
  const disk = say('df', '--output=fstype', process.env.BENCH_FOLDER).split('\n')[1].trim();
  print(`# ${title}\n\n${startedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC, commit ${commit()}${base ? ` (before: ${base})` : ''}; ${cpus().length} x ${cpus()[0].model}, `
    + `${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${say('uname', '-r')}, ${disk}; .NET ${runtime()}, ${postgresVersion()} (default durability), ${wrkVersion()}; `
    + `load average before: ${process.env.BENCH_LOAD} (above 1 other work shares the cores, and every figure is too high).`);
}

export function save(mode) {
  const folder = join(import.meta.dirname, '../../artifacts/bench');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${mode}-${startedAt.toISOString().slice(0, 19).replaceAll(':', '')}.md`);
  writeFileSync(file, parts.join('\n') + '\n');
  console.error(`Kept as ${file}`);
}

function commit() {
  try {
    return say('git', '-C', import.meta.dirname, 'describe', '--always', '--dirty');
  } catch {
    return 'unknown'; // a source archive has no history
  }
}

const runtime = () => say('dotnet', '--list-runtimes').split('\n').findLast(line => line.startsWith('Microsoft.AspNetCore.App')).split(' ')[1];

function wrkVersion() {
  // wrk prints its version with its usage, and then fails.
  const words = execFileSync('sh', ['-c', 'wrk -v 2>&1 || true'], { encoding: 'utf8' });
  return words.split('\n')[0].split(' ').slice(0, 2).join(' ').replace(/^wrk \S*?(\d)/, 'wrk $1');
}
