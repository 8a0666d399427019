// The writer under kills, races, full disks and power cuts: `npm run torture [-- --quick] [-- campaign[=count]…]`, on
// what `npm run build` made. Prints a line per campaign; exit 1 when a byte was lost. Linux; some campaigns want root.
import { execFileSync, fork, spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readSource } from '../dist/src/file.js';
import { writeSource } from '../dist/src/write.js';

const self = fileURLToPath(import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'bin/fix-auth-spec.cjs');
const example = readFileSync(join(root, 'examples/todo-app/specs/004-auth-integration/spec.md'), 'utf8');
const versionOf = (letter, size) => `${`${letter.repeat(79)}\n`.repeat(Math.ceil(size / 80))}`;

/** What the processes do that a campaign starts. */
const PARTS = {
  /** Writes one version over the other until it is killed. */
  writer(path, size) {
    const versions = ['A', 'B'].map((letter) => versionOf(letter, Number(size)));
    process.stdout.write('ready');
    for (let at = 0; ; at += 1) writeSource(path, readSource(path), versions[at % 2]);
  },
  /** The same in place, as most tools do it. */
  inPlace(path, size) {
    const versions = ['A', 'B'].map((letter) => versionOf(letter, Number(size)));
    process.stdout.write('ready');
    for (let at = 0; ; at += 1) writeFileSync(path, versions[at % 2]);
  },
  /** Appends a line each time it is released, and tells what came of it. */
  racer(path, name) {
    process.on('message', ({ round, at }) => {
      while (Date.now() < at);
      process.send(append(path, `${name} ${round}`));
    });
    process.send('ready');
  },
  /** Appends lines until it is killed; notes each one that was written. */
  appender(path, name, log) {
    process.stdout.write('ready');
    for (let at = 0; ; at += 1) {
      const line = `${name}-${process.pid}-${at}`;
      if (append(path, line) === 'written') appendFileSync(log, `${line}\n`);
    }
  },
  /** An editor that knows nothing of us. */
  editor(path, name, count) {
    process.stdout.write('ready');
    for (let at = 0; at < Number(count); at += 1) {
      appendFileSync(path, `${name} ${at}\n`);
      pause(2 * Math.random());
    }
  },
  /** One write. */
  once(path, text) {
    writeSource(path, readSource(path), readFileSync(text, 'utf8'));
  },
};

function append(path, line) {
  try {
    const source = readSource(path);
    writeSource(path, source, `${source.text}${line}\n`);
    return 'written';
  } catch (error) {
    return error.problem?.code ?? `not foreseen: ${error.stack}`;
  }
}

function pause(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

let losses = 0;
const say = (name, figures) => process.stdout.write(`${name.padEnd(18)} ${figures}\n`);

/** Notes a loss; the first few are told. */
function lost(name, what) {
  losses += 1;
  if (losses <= 20) process.stdout.write(`LOSS in ${name}: ${what}\n`);
}

const besides = (path) => readdirSync(dirname(path)).filter((name) => name.includes('.fix-auth-spec.'));
const between = (least, most) => least + Math.random() * (most - least);
const hasEnded = ({ exitCode, signalCode }) => exitCode !== null || signalCode !== null;
const gone = (child) => new Promise((done) => (hasEnded(child) ? done() : child.once('exit', () => done())));
const folder = () => mkdtempSync(join(tmpdir(), 'fix-auth-spec-torture-'));
const start = (...argv) =>
  new Promise((done, fail) => {
    const child = spawn(process.execPath, [self, 'part', ...argv.map(String)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.once('error', fail);
    child.stdout.once('data', () => done(child));
  });

async function killed(part, path, size) {
  const child = await start(part, path, size);
  await sleep(between(1, 30));
  child.kill('SIGKILL');
  await gone(child);
  return readFileSync(path, 'utf8');
}

async function kills(name, count, size) {
  const path = join(folder(), 'spec.md');
  const versions = ['A', 'B'].map((letter) => versionOf(letter, size));
  writeFileSync(path, versions[1]);
  const found = { A: 0, B: 0, damaged: 0, leftovers: 0 };
  for (let at = 0; at < count; at += 1) {
    const text = await killed('writer', path, size);
    const which = ['A', 'B'][versions.indexOf(text)];
    if (which) found[which] += 1;
    else {
      found.damaged += 1;
      lost(name, `${text.length} of ${versions[0].length} characters after kill ${at}`);
    }
    found.leftovers += besides(path).length;
    const healed = `${versions[0]}${at}\n`;
    try {
      writeSource(path, readSource(path), healed);
    } catch (error) {
      lost(name, `no write after kill ${at}: ${error.message}`);
    }
    if (readFileSync(path, 'utf8') !== healed) lost(name, `the write after kill ${at} is not there`);
    if (besides(path).length > 0) lost(name, `${besides(path)} stays after kill ${at}`);
    writeFileSync(path, versions[1]);
  }
  say(
    name,
    `${count} kills: ${found.damaged} damaged; ${found.A} A, ${found.B} B, ${found.leftovers} leftovers healed`,
  );
  rmSync(dirname(path), { recursive: true });
}

async function inPlace(name, count, size) {
  const path = join(folder(), 'spec.md');
  const versions = ['A', 'B'].map((letter) => versionOf(letter, size));
  writeFileSync(path, versions[0]);
  let damaged = 0;
  for (let at = 0; at < count; at += 1) {
    if (!versions.includes(await killed('inPlace', path, size))) damaged += 1;
    writeFileSync(path, versions[0]);
  }
  say(name, `${count} kills of fs.writeFile: ${damaged} damaged (for comparison)`);
  rmSync(dirname(path), { recursive: true });
}

const runCommand = (path) => spawnSync(process.execPath, [bin, '--write', '--quiet', path], { encoding: 'utf8' });

async function commandKills(name, count) {
  const path = join(folder(), 'spec.md');
  writeFileSync(path, example);
  const began = performance.now();
  if (runCommand(path).status !== 0) lost(name, 'the command does not run');
  const usual = performance.now() - began;
  const finished = readFileSync(path, 'utf8');
  const found = { old: 0, new: 0, leftovers: 0, inTime: 0 };
  for (let at = 0; at < count; at += 1) {
    writeFileSync(path, example);
    const child = spawn(process.execPath, [bin, '--write', '--quiet', path], { stdio: 'ignore' });
    // Every other kill falls into the writing itself, which is short.
    if (at % 2 === 0) await sleep(between(0, usual));
    else {
      while (!hasEnded(child) && besides(path).length === 0) await sleep(0);
      const end = performance.now() + between(0, 12);
      while (performance.now() < end);
    }
    child.kill('SIGKILL');
    await gone(child);
    if (child.signalCode === null) found.inTime += 1;
    const text = readFileSync(path, 'utf8');
    if (text === example) found.old += 1;
    else if (text === finished) found.new += 1;
    else lost(name, `${text.length} characters after kill ${at}`);
    found.leftovers += besides(path).length;
    const next = runCommand(path);
    if (next.status !== 0) lost(name, `the run after kill ${at} ends with ${next.status}: ${next.stderr}`);
    if (readFileSync(path, 'utf8') !== finished) lost(name, `the run after kill ${at} does not finish the text`);
    // Nothing is written when the killed run had finished, so nothing is cleared away either.
    if (besides(path).length > 0) lost(name, `${besides(path)} stays after kill ${at}`);
  }
  say(
    name,
    `${count} kills in 0-${Math.round(usual)} ms: ${found.old} old, ${found.new} new, ${found.inTime} too late, ${found.leftovers} leftovers healed`,
  );
  rmSync(dirname(path), { recursive: true });
}

async function races(name, count, processes) {
  const path = join(folder(), 'spec.md');
  writeFileSync(path, 'begin\n');
  const racers = Array.from({ length: processes }, (_, at) => fork(self, ['part', 'racer', path, `racer-${at}`]));
  const answers = () => Promise.all(racers.map((racer) => new Promise((done) => racer.once('message', done))));
  await answers();
  const found = {};
  let wins = 0;
  for (let round = 0; round < count; round += 1) {
    const before = readFileSync(path, 'utf8').split('\n').length;
    const answered = answers();
    for (const racer of racers) racer.send({ round, at: Date.now() + 5 });
    const results = await answered;
    for (const result of results) found[result] = (found[result] ?? 0) + 1;
    const written = results.filter((result) => result === 'written').length;
    const added = readFileSync(path, 'utf8').split('\n').length - before;
    wins += written;
    if (added !== written) lost(name, `round ${round}: ${written} written, ${added} there`);
    if (written === 0) lost(name, `round ${round}: nobody wins (${results})`);
    const others = results.filter((result) => !['written', 'locked', 'changed'].includes(result));
    if (others.length > 0) lost(name, `round ${round}: ${others}`);
    if (besides(path).length > 0) lost(name, `round ${round} leaves ${besides(path)}`);
    if (round % 50 === 49) writeFileSync(path, 'begin\n');
  }
  for (const racer of racers) racer.kill('SIGKILL');
  await Promise.all(racers.map(gone));
  say(name, `${count} rounds: ${wins} lines written and there; ${JSON.stringify(found)}`);
  rmSync(dirname(path), { recursive: true });
}

async function racesBetweenKills(name, count) {
  const path = join(folder(), 'spec.md');
  writeFileSync(path, 'begin\n');
  const logs = [0, 1, 2].map((at) => `${path}.log${at}`);
  for (const log of logs) writeFileSync(log, '');
  const launch = (at) => start('appender', path, `appender-${at}`, logs[at]);
  const appenders = await Promise.all(logs.map((_, at) => launch(at)));
  for (let at = 0; at < count; at += 1) {
    await sleep(between(5, 60));
    const which = at % 3;
    appenders[which].kill('SIGKILL');
    await gone(appenders[which]);
    appenders[which] = await launch(which);
  }
  for (const appender of appenders) appender.kill('SIGKILL');
  await Promise.all(appenders.map(gone));
  const left = besides(path).length;
  if (append(path, 'end') !== 'written') lost(name, 'no write after the kills');
  if (besides(path).length > 0) lost(name, `${besides(path)} stays`);
  const lines = readFileSync(path, 'utf8').split('\n').slice(1, -2);
  const noted = logs.flatMap((log) => readFileSync(log, 'utf8').split('\n').slice(0, -1));
  const there = new Set(lines);
  for (const line of noted) if (!there.has(line)) lost(name, `${line} was written and is gone`);
  const unnoted = lines.length - noted.length;
  if (there.size !== lines.length) lost(name, 'a line stands there twice');
  if (unnoted > count + 3) lost(name, `${unnoted} lines nobody noted`);
  say(
    name,
    `${count} kills of 3 processes: ${noted.length} lines written and there, ${unnoted} by runs killed before they said so, ${left} leftovers healed`,
  );
  rmSync(dirname(path), { recursive: true });
}

async function foreignEditor(name, count) {
  const path = join(folder(), 'spec.md');
  writeFileSync(path, 'begin\n');
  const editor = await start('editor', path, 'editor', count);
  const found = {};
  for (let at = 0; !hasEnded(editor); at += 1) {
    const result = append(path, `ours ${at}`);
    found[result] = (found[result] ?? 0) + 1;
    await sleep(0);
  }
  const text = readFileSync(path, 'utf8').split('\n');
  const edits = text.filter((line) => line.startsWith('editor ')).length;
  const ours = text.filter((line) => line.startsWith('ours ')).length;
  say(
    name,
    `${count} lines appended in place during ${JSON.stringify(found)}: ${count - edits} of theirs lost, ${(found.written ?? 0) - ours} of ours (the window between compare and rename; information)`,
  );
  rmSync(dirname(path), { recursive: true });
}

/** The file must be as it was and nothing beside it. */
function expectUntouched(name, path, text) {
  if (readFileSync(path, 'utf8') !== text) lost(name, 'the old bytes are gone');
  if (besides(path).length > 0) lost(name, `${besides(path)} stays`);
}

function limited(name) {
  const path = join(folder(), 'spec.md');
  const old = versionOf('A', 30_000);
  writeFileSync(path, old);
  writeFileSync(`${path}.new`, versionOf('B', 160_000));
  const command = [process.execPath, self, 'part', 'once', path, `${path}.new`];
  const { status, stderr } = spawnSync('bash', ['-c', 'ulimit -f 64; exec "$@"', 'bash', ...command], {
    encoding: 'utf8',
  });
  if (status === 0) lost(name, 'no error');
  expectUntouched(name, path, old);
  say(name, `160 KB over 30 KB: ${/FileError: (.*)|Error: (.*)/.exec(stderr)?.[0] ?? stderr}`);
  rmSync(dirname(path), { recursive: true });
}

/** Runs `action` in a new mounted folder; says why when none can be mounted. */
function mounted(name, options, action) {
  const place = folder();
  const { status, stderr, error } = spawnSync('mount', [...options, place], { encoding: 'utf8' });
  if (status !== 0) say(name, `skipped: cannot mount (${(error?.message ?? stderr).trim()})`);
  else {
    try {
      action(place);
    } finally {
      execFileSync('umount', [place]);
    }
  }
  rmSync(place, { recursive: true });
}

function fullDisk(name) {
  mounted(name, ['-t', 'tmpfs', '-o', 'size=512k', 'none'], (place) => {
    const path = join(place, 'spec.md');
    writeFileSync(path, example);
    const filler = join(place, 'filler');
    const codes = {};
    for (const pages of [0, 1, 2, 3, 4, 5]) {
      writeFileSync(filler, '');
      for (let size = 0, isFull = false; !isFull; size += PAGE) {
        try {
          appendFileSync(filler, Buffer.alloc(PAGE));
        } catch {
          isFull = true;
          truncateSync(filler, size - pages * PAGE);
        }
      }
      const { status, stderr } = runCommand(path);
      codes[status] = (codes[status] ?? 0) + 1;
      if (status !== 4) lost(name, `exit ${status} with ${pages} pages free: ${stderr}`);
      if (!stderr.includes('no space left on the device')) lost(name, `says ${stderr}`);
      expectUntouched(name, path, example);
    }
    rmSync(filler);
    if (runCommand(path).status !== 0) lost(name, 'no write when there is room again');
    say(
      name,
      `tmpfs of 512 KB with 0-5 pages free: exits ${JSON.stringify(codes)}, old bytes; exit 0 once there is room`,
    );
  });
}

function readOnlyDisk(name) {
  mounted(name, ['-t', 'tmpfs', '-o', 'size=512k', 'none'], (place) => {
    const path = join(place, 'spec.md');
    writeFileSync(path, example);
    execFileSync('mount', ['-o', 'remount,ro', place]);
    const { status, stderr } = runCommand(path);
    if (status !== 4) lost(name, `exit ${status}: ${stderr}`);
    expectUntouched(name, path, example);
    say(name, `exit ${status}, old bytes: ${stderr.trim().split('\n')[0].replace(place, '')}`);
  });
}

function powerCut(name, count) {
  const work = folder();
  const image = join(work, 'image');
  execFileSync('truncate', ['-s', '16M', image]);
  const made = spawnSync('mkfs.ext4', ['-q', '-F', image], { encoding: 'utf8' });
  if (made.status !== 0) say(name, `skipped: no mkfs.ext4 (${(made.error?.message ?? made.stderr).trim()})`);
  else {
    const found = { new: 0, control: 0 };
    /** What stands in the file after `change` and a power cut right behind it. */
    const cut = (change) => {
      let text = '';
      mounted(name, ['-o', 'loop', image], (place) => {
        const path = join(place, 'spec.md');
        writeFileSync(path, example);
        execFileSync('sync', ['-f', path]);
        change(path);
        copyFileSync(image, `${image}.cut`);
      });
      mounted(name, ['-o', 'loop', `${image}.cut`], (place) => {
        text = readFileSync(join(place, 'spec.md'), 'utf8');
        if (besides(join(place, 'spec.md')).length > 0) text += 'leftover';
      });
      return text;
    };
    const text = versionOf('N', 28_000);
    for (let at = 0; at < count; at += 1) {
      if (cut((path) => writeSource(path, readSource(path), text)) === text) found.new += 1;
      else lost(name, `cut ${at}: not the new bytes`);
      const plain = cut((path) => {
        writeFileSync(`${path}.tmp`, text);
        execFileSync('mv', [`${path}.tmp`, path]);
      });
      if (plain !== text) found.control += 1;
    }
    say(
      name,
      `${count} cuts right after success: ${found.new} new; without fsync ${found.control} of ${count} are not`,
    );
  }
  rmSync(work, { recursive: true });
}

const PAGE = 4096;
const SMALL = 28 * 1024;
const LARGE = 2 * 1024 * 1024;

/** Name, count, count with --quick, what is done. */
const CAMPAIGNS = [
  ['kills', 500, 40, (name, count) => kills(name, count, SMALL)],
  ['kills-large', 500, 20, (name, count) => kills(name, count, LARGE)],
  ['command-kills', 200, 10, commandKills],
  ['races-2', 300, 20, (name, count) => races(name, count, 2)],
  ['races-4', 300, 20, (name, count) => races(name, count, 4)],
  ['races-and-kills', 150, 15, racesBetweenKills],
  ['foreign-editor', 2000, 200, foreignEditor],
  ['file-size-limit', 1, 1, limited],
  ['full-disk', 1, 1, fullDisk],
  ['read-only-disk', 1, 1, readOnlyDisk],
  ['power-cut', 18, 3, powerCut],
  ['in-place', 200, 20, (name, count) => inPlace(name, count, SMALL)],
  ['in-place-large', 200, 10, (name, count) => inPlace(name, count, LARGE)],
];

if (process.argv[2] === 'part') {
  const [part, ...rest] = process.argv.slice(3);
  PARTS[part](...rest);
} else {
  // Until the last line is reached.
  process.exitCode = 1;
  const isQuick = process.argv.includes('--quick');
  const chosen = new Map(
    process.argv
      .slice(2)
      .filter((word) => !word.startsWith('--'))
      .map((word) => word.split('=')),
  );
  for (const name of chosen.keys())
    if (!CAMPAIGNS.some(([known]) => known === name)) throw new Error(`Expected a campaign, found \`${name}\``);
  for (const [name, full, quick, campaign] of CAMPAIGNS) {
    if (chosen.size > 0 && !chosen.has(name)) continue;
    const began = performance.now();
    await campaign(name, Number(chosen.get(name) ?? (isQuick ? quick : full)));
    process.stdout.write(`${' '.repeat(19)}${((performance.now() - began) / 1000).toFixed(1)} s\n`);
  }
  process.stdout.write(losses === 0 ? 'nothing lost\n' : `${losses} LOST\n`);
  process.exitCode = losses === 0 ? 0 : 1;
}
