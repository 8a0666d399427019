// What whole runs cost: `npm run bench [-- --quick] [-- --only TEXT] [-- --spec PATH]`, on what `npm run build` made. Every
// command runs in turn with all others and is compared with the bare `node -e 0` of the same round. Prints a table; how
// fast anything is decides nothing. `--only` takes the rows whose name contains TEXT, `--spec` another spec than the example.
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, cpus, devNull, loadavg, release, tmpdir, type } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { diffLines } from 'diff';
import { grown } from './bench/documents.mjs';
import { installPeers, peerRows } from './bench/peers.mjs';

const { values: chosen } = parseArgs({
  options: { quick: { type: 'boolean' }, only: { type: 'string', default: '' }, spec: { type: 'string' } },
});
const ROUNDS = 11;
const WARM_UPS = 2;
const LIMIT = chosen.quick ? 60 : 300;
const KB = 1000;
const MB = 1000 * KB;
const SIZE = 25 * KB;

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'bin/fix-auth-spec.cjs');
const runner = join(root, 'test/bench/measure.py');
const hasPython = spawnSync('python3', ['-c', 'import os, resource; os.posix_spawnp']).status === 0;
const work = mkdtempSync(join(tmpdir(), 'fix-auth-spec-bench-'));
const folder = join(work, 'run');
const output = join(work, 'output');
// Other tools are not to ask for a newer version, nor to tell anybody that they ran.
const env = { ...process.env, DO_NOT_TRACK: '1', XDG_CONFIG_HOME: join(work, 'config') };
// To read certificates takes Node.js 20 three times as long as to start: it would make all others look as slow as itself.
for (const name of ['NODE_EXTRA_CA_CERTS', 'NODE_OPTIONS']) delete env[name];

const bare = { name: 'node -e 0', command: [process.execPath, '-e', '0'] };
const texts = baseTexts();

try {
  const rows = [bare, ...chosenRows()].map((row) => ({ ...row, rounds: roundsOf(row), runs: [], exits: new Set() }));
  const begun = `load ${loadavg()[0].toFixed(1)}, ${new Date().toISOString().slice(0, 10)}`;
  const [{ rounds }] = rows;
  for (let round = -WARM_UPS; round < rounds; round += 1) {
    process.stderr.write(round < 0 ? 'warming up\n' : `round ${round + 1} of ${rounds}\n`);
    for (const row of rows) if (round < 0 ? row.rounds === rounds : round < row.rounds) runOnce(row, round);
  }
  const machine = `Node.js ${process.versions.node}, ${type()} ${release()} ${arch()}, ${cpus().length} × ${cpus()[0].model}`;
  process.stdout.write(
    `${machine}; ${rounds} rounds after ${WARM_UPS} warm-ups; ${begun}; ${chosen.spec ?? 'the example'}, grown`,
  );
  process.stdout.write(`${hasPython ? '' : '; no python3, so neither cpu nor memory'}\n\n${table(rows)}`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** The spec that all documents begin with, and what has to come of it: for the example, what the snapshots show. */
function baseTexts() {
  if (chosen.spec === undefined)
    return ['examples/todo-app/specs/004-auth-integration/spec.md', 'snapshots/finished.md'].map((path) =>
      readFileSync(join(root, path), 'utf8'),
    );
  const text = readFileSync(chosen.spec, 'utf8');
  const options = { input: text, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] };
  return [text, execFileSync(process.execPath, [bin, '--write', '-'], options)];
}

/**
 * A row is a command and the `files` that lie in an otherwise empty folder when it begins there. It has to end with `code`,
 * 0 if none is named; `expected` is what one of the files then says, or says after a `command` that does what this one tries.
 */
function chosenRows() {
  const isChosen = ({ name }) => name.includes(chosen.only);
  const peers = peerRows(...grown(texts, SIZE)).filter(isChosen);
  if (peers.length > 0) installPeers();
  return [...ourRows().filter(isChosen), ...peers];
}

function ourRows() {
  const [spec, finished] = grown(texts, SIZE);
  const row = (line, rest = {}) => ({
    name: ['fix-auth-spec', line, ...(rest.of ? [`(${rest.of})`] : [])].join(' '),
    command: [process.execPath, bin, ...line.split(' ')],
    files: { 'spec.md': spec },
    ...rest,
  });
  return [
    row('--help'),
    row('--version'),
    row('--dry-run spec.md', { of: sizeOf(spec), count: 1 }),
    row('--check spec.md', { code: 1 }),
    row('--write spec.md', { expected: { path: 'spec.md', text: finished } }),
    row('-', { of: 'standard input', stdin: 'spec.md' }),
    ...[
      [100 * KB, ROUNDS],
      [MB, 3],
      [10 * MB, 2],
    ].map(([size, rounds]) => {
      const [text] = grown(texts, size);
      return row('--dry-run spec.md', { of: sizeOf(text), files: { 'spec.md': text }, rounds });
    }),
    ...[
      [10, ROUNDS],
      [100, 3],
      [1000, 1],
    ].map(([count, rounds]) => {
      const files = Array.from({ length: count }, (_, at) => [`${at}.md`, grown(texts, SIZE, 100 * at + 1)[0]]);
      return row('--dry-run *.md', { of: `${count} files`, files: Object.fromEntries(files), count, rounds });
    }),
  ];
}

function sizeOf(text) {
  const bytes = Buffer.byteLength(text);
  return bytes < MB ? `${Math.round(bytes / KB)} KB` : `${Math.round(bytes / MB)} MB`;
}

function roundsOf({ rounds = ROUNDS }) {
  return chosen.quick ? Math.ceil(rounds / 5) : rounds;
}

/** Runs a row and notes what it took; once over the limit it is left out of the rounds that follow. */
function runOnce(row, round) {
  if (row.isTooSlow) return;
  const run = measured(row, row.command);
  row.isTooSlow = run.wall >= LIMIT;
  if (!row.isTooSlow && run.code !== (row.code ?? 0) && !row.exits.has(run.code)) {
    row.exits.add(run.code);
    process.stderr.write(`${row.name} ends with ${run.code}:\n${readFileSync(output, 'utf8').slice(-1000)}\n`);
  }
  if (round >= 0) row.runs.push(run);
}

/** Seconds of a command and, where there is Python, what it took with all that it started. */
function measured({ files = {}, stdin }, command) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const input = openSync(stdin ? join(folder, stdin) : devNull, 'r');
  const printed = openSync(output, 'w');
  try {
    const options = { cwd: folder, env, stdio: [input, printed, printed, 'pipe'] };
    return hasPython ? byPython(command, options) : byNode(command, options);
  } finally {
    closeSync(input);
    closeSync(printed);
  }
}

function byPython(command, options) {
  const result = spawnSync('python3', ['-I', '-S', runner, String(LIMIT), ...command], options);
  if (result.status !== 0) throw new Error(`Cannot run \`${command.join(' ')}\`: ${readFileSync(output, 'utf8')}`);
  return JSON.parse(String(result.output[3]));
}

function byNode([name, ...argv], options) {
  const began = performance.now();
  const { status, error } = spawnSync(name, argv, { ...options, timeout: 1000 * LIMIT, killSignal: 'SIGKILL' });
  if (error && error.code !== 'ETIMEDOUT') throw error;
  return { wall: (performance.now() - began) / 1000, code: status };
}

function table([bare, ...rows]) {
  const heads = ['command', 'wall', 'ms', 'cpu', 'MiB', 'rounds', 'other lines changed', ''];
  const lines = [bare, ...rows].map((row) => {
    const ratioTo = (key) => median(row.runs.map((run, at) => run[key] / bare.runs[at][key])).toFixed(2);
    const cells = row.isTooSlow
      ? [`> ${LIMIT} s`, '', '', '']
      : [ratioTo('wall'), milliseconds(row), hasPython ? ratioTo('cpu') : '', hasPython ? memory(row) : ''];
    return [`\`${row.name}\``, ...cells, row.runs.length, otherLines(row), remarks(row, rows, bare)];
  });
  return [heads, heads.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

function milliseconds({ runs }) {
  return Math.round(1000 * median(runs.map(({ wall }) => wall)));
}

function memory({ runs }) {
  const inMiB = (key) => Math.round(median(runs.map((run) => run[key])) / 1024 ** 2);
  return inMiB('memory') > inMiB('leastMemory') ? inMiB('memory') : `< ${inMiB('leastMemory')}`;
}

/** Lines by which the text that a command leaves differs from the one it should, both ways. */
function otherLines(row) {
  if (!row.expected || row.isTooSlow) return '';
  measured(row, row.expected.command ?? row.command);
  const text = readFileSync(join(folder, row.expected.path), 'utf8');
  return diffLines(row.expected.text, text)
    .filter(({ added, removed }) => added || removed)
    .reduce((sum, { count }) => sum + count, 0);
}

function remarks(row, rows, bare) {
  const one = rows.find(({ count }) => count === 1);
  const further = row.runs.map(({ wall }, at) => (wall - one?.runs[at].wall) / (row.count - 1) / bare.runs[at].wall);
  return [
    ...[...row.exits].map((code) => `exit ${code} instead of ${row.code ?? 0}`),
    ...(row.count > 1 && one && !row.isTooSlow ? [`each further file ${median(further).toFixed(2)}`] : []),
  ].join('; ');
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
}
