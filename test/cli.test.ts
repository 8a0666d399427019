import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { authSpec } from '../patches/index.js';
import {
  beginning,
  cli,
  example,
  finished,
  folderWith,
  ids,
  mustPatch,
  registry,
  root,
  skipOnWindows,
  swap,
  target,
} from './support.js';

const everyId = authSpec.patches.map(({ id }) => id);
const finishedByAll = mustPatch(example, ...everyId);
const project = () => folderWith({ [target]: example });
const read = (folder: string, path = target) => readFileSync(join(folder, path), 'utf8');
const drifted = swap(finished, 'Safe to ignore for now', 'Ignore it');
const refused = swap(example, '## Prerequisites\n', '## Preconditions\n');
const json = (out: string) =>
  JSON.parse(out) as {
    exitCode: number;
    files: {
      path: string;
      changed: boolean;
      written: boolean;
      diff: string;
      patches: { id: string; state: string }[];
      checks: { holds: boolean }[];
    }[];
    error?: string;
  };

describe('preview, the default', () => {
  it('prints the diff on standard output and the summary on standard error, and writes nothing', async () => {
    const folder = project();
    const { code, out, err } = await cli(folder, []);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^--- a\/specs\/004-auth-integration\/spec\.md\n\+\+\+ b\/specs\/004-auth-integration\/spec\.md\n@@ -11,25 \+11,23 @@\n/,
    );
    expect(err).toMatch(
      /pending {3}flow-diagram[\s\S]*all 9 hold[\s\S]*4 changes pending, nothing written\. Apply with fix-auth-spec --write\n$/,
    );
    expect(read(folder)).toBe(example);
    expect(await cli(folder, ['--dry-run'])).toEqual({ code, out, err });
    expect(await cli(folder, ['-n', target])).toEqual({
      code,
      out,
      err: err.replace('--write\n', `--write ${target}\n`),
    });
  });

  it.each([
    ['at the root', '.'],
    ['below it', 'frontend/src'],
  ])('gives a diff that git applies, run %s', async (_, where) => {
    const folder = project();
    mkdirSync(join(folder, 'frontend/src'), { recursive: true });
    const git = (cwd: string, ...args: string[]) =>
      execFileSync('git', args, { cwd, env: { ...process.env, HOME: folder, GIT_CONFIG_NOSYSTEM: '1' } });
    git(folder, 'init', '-q');
    const { out, err } = await cli(join(folder, where), []);
    const place = where === '.' ? '' : '../..';
    if (place !== '') expect(err).toContain(`run git apply in ${place}\n`);
    writeFileSync(join(folder, 'p.diff'), out);
    git(join(folder, where, place), 'apply', '--whitespace=nowarn', join(folder, 'p.diff'));
    expect(read(folder)).toBe(finished);
  });
});

describe('--write', () => {
  it('applies, shows what it wrote, and the second time does not touch the file', async () => {
    const folder = project();
    const preview = await cli(folder, []);
    const first = await cli(folder, ['--write']);
    expect([first.code, first.out]).toEqual([0, preview.out]);
    expect(first.err).toMatch(/Wrote 4 changes to specs\/004-auth-integration\/spec\.md\.\n$/);
    expect(read(folder)).toBe(finished);
    utimesSync(join(folder, target), 1, 1);
    const second = await cli(folder, ['-w']);
    expect([second.code, second.out]).toEqual([0, '']);
    expect(second.err).toMatch(/Nothing to do\.\n$/);
    expect(statSync(join(folder, target)).mtimeMs).toBe(1000);
    expect(readdirSync(join(folder, 'specs/004-auth-integration'))).toEqual(['spec.md']);
  });

  it('is all or nothing per file, and goes on with the others', async () => {
    const folder = folderWith({ 'a.md': refused, 'b.md': example, 'c.md': Buffer.from([0xff]) });
    const { code, err } = await cli(folder, ['-w', 'a.md', 'b.md', 'c.md']);
    expect(code).toBe(4);
    expect([read(folder, 'a.md'), read(folder, 'b.md')]).toEqual([refused, finished]);
    expect(err).toContain('2 files refused and left as they were.\nWrote 4 changes to b.md.\n');
    expect((await cli(folder, ['-w', 'a.md', 'b.md'])).code).toBe(3);
  });

  it('does the missing half of a spec half fixed by hand', async () => {
    const half = swap(mustPatch(example, 'flow-diagram', 'database-schema'), 'Safe to ignore for now', 'Ignore it');
    const folder = folderWith({ [target]: half });
    const { code, err } = await cli(folder, ['-w']);
    expect(code).toBe(0);
    expect(err).toMatch(
      /applied {3}flow-diagram.*\n {2}drifted {3}database-schema.*\n {2}pending {3}jwt-verification.*\n {2}pending {3}cors-configuration/,
    );
    expect(err).toContain('note `database-schema` differs from its template');
    expect(read(folder)).toBe(drifted);
  });
});

describe('--check', () => {
  it('is 1 while something is pending, 0 after, and judges the text as it stands', async () => {
    const folder = project();
    const before = await cli(folder, ['-c', '-r', 'json']);
    expect(before.code).toBe(1);
    expect(json(before.out).files[0]?.checks.map(({ holds }) => holds)).toEqual(Array(9).fill(false));
    await cli(folder, ['-w']);
    const after = await cli(folder, ['--check']);
    expect([after.code, after.out]).toEqual([0, '']);
    expect(after.err).toContain('Claims on the text as it stands: all 9 hold');
  });

  it('is 3 where --write would be', async () => {
    const folder = folderWith({ [target]: refused });
    expect([(await cli(folder, ['-c'])).code, (await cli(folder, [])).code, (await cli(folder, ['-w'])).code]).toEqual([
      3, 3, 3,
    ]);
    expect(read(folder)).toBe(refused);
  });
});

describe('selection', () => {
  it('-p narrows patches and their claims', async () => {
    const { out } = await cli(project(), ['-p', 'cors-configuration', '--patch', 'flow-diagram', '-r', 'json']);
    const [file] = json(out).files;
    expect(file?.patches.map(({ id }) => id)).toEqual(['flow-diagram', 'cors-configuration']);
    expect(file?.checks).toHaveLength(4);
    expect((await cli(folderWith({ [target]: refused }), ['-p', 'flow-diagram'])).code).toBe(0);
  });

  it('--overwrite brings a drifted section back, and nothing else', async () => {
    const folder = folderWith({ [target]: drifted });
    expect((await cli(folder, ['-w'])).out).toBe('');
    const { code, out, err } = await cli(folder, ['-w', '--overwrite', 'database-schema']);
    expect([code, read(folder)]).toEqual([0, finished]);
    expect(out).toContain('-- Ignore it\n+-- Safe to ignore for now\n');
    expect(err).toContain('brought back to it');
    expect((await cli(folder, ['-w', '--overwrite', 'database-schema'])).out).toBe('');
  });

  it('--overwrite brings back a drawing of a third kind', async () => {
    const folder = folderWith({ [target]: swap(example, 'Create JWT & Session', 'Ask for a token') });
    expect((await cli(folder, [])).code).toBe(3);
    expect((await cli(folder, ['-w', '--overwrite', 'flow-diagram'])).code).toBe(0);
    expect(read(folder)).toBe(finished);
  });
});

describe('standard input', () => {
  it('is a filter with --write, and shows the diff without', async () => {
    const folder = folderWith();
    const write = await cli(folder, ['-', '--write'], { stdin: example });
    expect([write.code, write.out]).toEqual([0, finished]);
    const preview = await cli(folder, ['-', '--stdin-filepath', 'docs/x.md'], { stdin: example });
    expect(preview.out).toMatch(/^--- a\/docs\/x\.md\n/);
    expect((await cli(folder, ['-c', '-'], { stdin: example })).code).toBe(1);
  });

  it.each([
    ['refused', refused, 3],
    ['finished', finished, 0],
    ['unreadable', Buffer.from([0x61, 0xff]), 4],
  ])('is given back as it was when %s', async (_, stdin, exit) => {
    const { code, out } = await cli(folderWith(), ['-w', '-'], { stdin });
    expect([code, out]).toEqual([exit, stdin.toString('utf8')]);
  });
});

describe('usage', () => {
  const wrong: [argv: string[], said: RegExp][] = [
    [['--dry-run', '--write'], /^error Expected one mode, not `--dry-run` and `--write`\n$/],
    [['-nc'], /Expected one mode, not `--dry-run` and `--check`/],
    [['--bogus'], /^error Cannot understand `--bogus`; see `fix-auth-spec --help`\n$/],
    [['-x'], /Cannot understand `-x`/],
    [['--read-standard-input'], /Cannot understand `--read-standard-input`/],
    [['-p'], /Expected a value after `-p`/],
    [['-p', 'flow'], /Cannot find a patch `flow`; the patches are flow-diagram, /],
    [['-p', 'flow-diagramm'], /did you mean `flow-diagram`\?/],
    [['--overwrite', 'x'], /Cannot find a patch `x`/],
    [
      ['-p', 'flow-diagram', '--overwrite', 'cors-configuration'],
      /Cannot overwrite `cors-configuration`: `-p` leaves it out/,
    ],
    [['-U', 'x'], /Expected a whole number after `--context`, not `x`/],
    [['-U=-1'], /Expected a whole number after `--context`, not `-1`/],
    [
      ['-r', 'yaml'],
      /Expected `text`, `json`, `markdown`, `html`, `github` or `sarif` after `--reporter`, not `yaml`\n$/,
    ],
    [['-r', 'json='], /Expected a file name behind `json=`/],
    [['--write=yes'], /Expected `--write` without a value/],
    [['-', 'a.md'], /Expected `-` alone, not beside other specs/],
    [['--stdin-filepath', 'x'], /Expected `-` beside `--stdin-filepath`/],
    [['-', '-w', '-r', 'json'], /standard output carries the document/],
    [['none.md'], /Cannot find `none\.md`: there is no such file or directory/],
    [['*.rst'], /no file matches this pattern/],
    [[''], /Expected a path, not an empty word/],
    [['explain'], /Expected the id of a patch after `explain`/],
    [['explain', 'x'], /Cannot find a patch `x`/],
    [['list', 'x'], /Expected nothing after `list`, not `x`/],
    [
      ['-r', `json=${target}`],
      /Cannot write the json report to `specs\/004-auth-integration\/spec\.md`: it is one of the files of this run/,
    ],
  ];
  it.each(wrong)('%j is exit 2, says why, and writes nothing', async (argv, said) => {
    const folder = project();
    const { code, out, err } = await cli(folder, argv, { stdin: example });
    expect([code, out.startsWith('---')]).toEqual([2, false]);
    expect(err).toMatch(said);
    expect(read(folder)).toBe(example);
  });

  it('nothing found is exit 2 with where it looked', async () => {
    const { code, err } = await cli(folderWith({ 'x.md': '' }), []);
    expect(code).toBe(2);
    expect(err).toMatch(
      /^error Cannot find `specs\/004-auth-integration\/spec\.md`: looked in the working directory, then below it; name the spec, as in `fix-auth-spec path\/to\/spec\.md`\n$/,
    );
  });

  it.each([
    ['--bogus', '-r', 'json'],
    ['-qr', 'json', 'none.md'],
    ['--reporter=json', '-p'],
    ['-rjson', '-U', 'x'],
  ])('is one JSON document too: %j %j %j', async (...argv) => {
    const { code, out } = await cli(folderWith(), argv);
    expect(code).toBe(2);
    expect(json(out)).toMatchObject({ schemaVersion: 1, exitCode: 2, files: [], error: expect.any(String) });
  });

  it('takes flags after paths, attached values, and everything behind --', async () => {
    const folder = folderWith({ '-rf.md': example, list: example, 'a b.md': example });
    expect((await cli(folder, ['-pcors-configuration', '--', '-rf.md', 'list'])).out.match(/^--- a\/.*$/gm)).toEqual([
      '--- a/-rf.md',
      '--- a/list',
    ]);
    expect((await cli(folder, ['-qcpcors-configuration', 'a b.md'])).code).toBe(1);
    expect((await cli(folder, ['a b.md', '-U0'])).out).toMatch(
      /^--- a\/a b\.md\t\n\+\+\+ b\/a b\.md\t\n@@ -14,6 \+14,8 @@\n-/,
    );
  });
});

describe('output', () => {
  it('is coloured only where it should be: flag, then NO_COLOR, then FORCE_COLOR, then the terminal', async () => {
    const isColoured = async (argv: string[], env: Record<string, string>, isTerminal: boolean) =>
      (await cli(folderWith({ [target]: beginning }), argv, { env, isTerminal })).out.includes('\u001b[');
    const cases: [string[], Record<string, string>, boolean, boolean][] = [
      [[], {}, false, false],
      [[], {}, true, true],
      [[], { TERM: 'dumb' }, true, false],
      [[], { FORCE_COLOR: '1' }, false, true],
      [[], { FORCE_COLOR: '0' }, true, false],
      [[], { NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
      [['--color'], { NO_COLOR: '1' }, false, true],
      [['--no-color'], { FORCE_COLOR: '1' }, true, false],
    ];
    for (const [argv, env, isTerminal, expected] of cases)
      expect([argv, env, await isColoured(argv, env, isTerminal)]).toEqual([argv, env, expected]);
  });

  it('is raw where it is a patch, whatever the file holds', async () => {
    const folder = folderWith({ [target]: `\u001b[2J\u202E\n${example}`.replaceAll('\n', '\r\n') });
    const { out } = await cli(folder, ['-U', '20']);
    expect(out).toContain(' \u001b[2J\u202E\r\n');
  });

  it('goes to files, several reports at once', async () => {
    const folder = project();
    const { code, out } = await cli(folder, ['-r', 'json=report.json', '-r', 'text=report.txt']);
    expect([code, out.startsWith('---')]).toEqual([0, true]);
    expect(json(read(folder, 'report.json')).files[0]?.diff).toBe(out);
    expect(read(folder, 'report.txt')).toMatch(/all 9 hold[\s\S]*--- a\//);
    const lost = await cli(folder, ['-r', 'json', '-r', 'json=no/where.json']);
    expect([lost.code, json(lost.out).exitCode]).toEqual([4, 4]);
  });

  it('of --quiet is the payload and what went wrong', async () => {
    expect((await cli(project(), ['-q'])).err).toBe('');
    expect((await cli(project(), ['-q', '-w'])).out).toMatch(/^--- a/);
    expect((await cli(folderWith({ [target]: refused }), ['-q'])).err).toMatch(
      /^specs\/004-auth-integration\/spec\.md: error Cannot place `cors-configuration`: there is no heading “Prerequisites”/,
    );
  });

  it('of json has states, places, claims and the diff', async () => {
    const { out } = await cli(project(), ['-r', 'json', '-w']);
    const report = json(out);
    expect(report).toMatchObject({
      schemaVersion: 1,
      tool: { name: 'fix-auth-spec' },
      mode: 'write',
      exitCode: 0,
      files: [
        {
          path: target,
          changed: true,
          written: true,
          messages: [],
          patches: [
            {
              id: ids[0],
              state: 'pending',
              start: { line: 8, column: 1 },
              end: { line: 33, column: 4 },
              candidates: [],
            },
            {},
            {},
            {},
          ],
        },
      ],
    });
  });
});

describe('list, explain, help and version', () => {
  it('list names every patch and where it goes', async () => {
    const { code, out } = await cli(folderWith(), ['list']);
    expect(code).toBe(0);
    for (const id of ids) expect(out).toContain(`${id}: `);
    expect(
      JSON.parse((await cli(folderWith(), ['list', '-r', 'json'])).out).patches.map(({ id }: { id: string }) => id),
    ).toEqual(ids);
  });

  it('explain says what was looked for, found, and that the heading beats the line', async () => {
    const { code, out } = await cli(project(), ['explain', 'cors-configuration']);
    expect(code).toBe(0);
    expect(out).toContain('“Prerequisites”: line 45, by its exact text; this decides');
    expect(out).toContain(
      'line 50, as the fix spec also says: lies inside “Prerequisites” (lines 45-66); the heading wins',
    );
    expect((await cli(project(), ['explain', 'database-schema'])).out).toContain(
      'line 67, as the fix spec also says: agrees with the place found by heading',
    );
  });

  it('explain is exit 0 where the patch would be refused, and 2 where there is no spec', async () => {
    const { code, out } = await cli(folderWith({ [target]: refused }), ['explain', 'cors-configuration']);
    expect(code).toBe(0);
    expect(out).toContain('missing\n  - the result itself: no heading “Backend CORS Configuration (Required)”');
    expect((await cli(folderWith(), ['explain', 'cors-configuration'])).code).toBe(2);
    const unreadable = await cli(folderWith({ 'a.md': Buffer.from([0xff]) }), [
      'explain',
      'cors-configuration',
      'a.md',
    ]);
    expect([unreadable.code, unreadable.err]).toEqual([
      4,
      'a.md: error Cannot use `a.md`: byte 0 is not valid UTF-8; save it as UTF-8\n',
    ]);
    expect(
      json((await cli(project(), ['-r', 'json', 'explain', 'cors-configuration'])).out).files[0]?.patches,
    ).toMatchObject([{ id: 'cors-configuration', state: 'pending' }]);
  });

  it('help names every flag there is, and version the package', async () => {
    const { out } = await cli(folderWith(), ['--help']);
    for (const flag of [
      '--dry-run',
      '--check',
      '--write',
      '--patch',
      '--overwrite',
      '--reporter',
      '--context',
      '--color',
      '--quiet',
      '--follow-symlinks',
      '--max-size',
      '--stdin-filepath',
    ])
      expect(out).toContain(flag);
    expect((await cli(folderWith(), ['--version'])).out).toBe(
      `${JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version}\n`,
    );
  });
});

// The same as a child process: what only a real process can show. The package is built before the tests.
describe('the command', () => {
  const bin = join(root, 'bin/fix-auth-spec.cjs');
  const run = (cwd: string, argv: string[], input: string | Buffer = '') =>
    spawnSync(process.execPath, [bin, ...argv], { cwd, input });

  it('does in a process what it does in this one', async () => {
    const folder = project();
    const here = await cli(folder, [], registry);
    const there = run(folder, []);
    expect([there.status, there.stdout.toString(), there.stderr.toString()]).toEqual([here.code, here.out, here.err]);
    expect(run(folder, ['-w']).status).toBe(0);
    expect(read(folder)).toBe(finishedByAll);
  });

  it('collects standard input as bytes', () => {
    const text = swap(example, '## Overview', `## Overview\n\nx${'é'.repeat(200_000)}`);
    const { status, stdout } = run(folderWith(), ['-', '-w'], text);
    expect(status).toBe(0);
    expect(stdout.toString()).toBe(mustPatch(text, ...everyId));
  });

  it.skipIf(skipOnWindows('pipes and devices'))(
    'is 141 when the reader of its output goes away, 4 when the device is full',
    () => {
      const item = '- [ ] The Better Auth migration has run';
      const folder = folderWith({ [target]: swap(example, item, `${item}${' x'.repeat(40_000)}`) });
      const shell = (command: string, cwd = folder) =>
        spawnSync('bash', ['-c', `set -o pipefail; ${command}`, 'bash', process.execPath, bin], { cwd });
      const gone = shell('"$1" "$2" -q | true');
      expect([gone.status, gone.stderr.toString()]).toEqual([141, '']);
      if (process.platform !== 'linux') return;
      const full = shell('"$1" "$2" -q > /dev/full');
      expect([full.status, full.stderr.toString()]).toEqual([4, 'error Cannot write to standard output: ENOSPC\n']);
      expect(shell('"$1" "$2" -c 2> /dev/full', project()).status).toBe(4);
      expect(shell('"$1" "$2" -c 2>&1 > /dev/null | true', project()).status).toBe(1);
    },
  );

  it('lets of several runs at once exactly one write, and the text is right', async () => {
    const folder = project();
    const { spawn } = await import('node:child_process');
    const codes = await Promise.all(
      Array.from(
        { length: 4 },
        () =>
          new Promise<number | null>((resolve) =>
            spawn(process.execPath, [bin, '-w', '-q'], { cwd: folder, stdio: 'ignore' }).on('exit', resolve),
          ),
      ),
    );
    // A run that starts late finds the work done, which is exit 0 as well.
    expect(codes.filter((code) => code !== 0 && code !== 4)).toEqual([]);
    expect(codes).toContain(0);
    expect(read(folder)).toBe(finishedByAll);
    expect(readdirSync(join(folder, 'specs/004-auth-integration'))).toEqual(['spec.md']);
  });

  it.skipIf(skipOnWindows('symbolic links'))('refuses a link, in every mode', () => {
    const folder = folderWith({ 'real.md': example });
    symlinkSync('real.md', join(folder, 'link.md'));
    for (const mode of ['-n', '-c', '-w']) {
      const { status, stderr } = run(folder, [mode, 'link.md']);
      expect([status, stderr.toString()]).toEqual([
        4,
        expect.stringContaining('Cannot use `link.md`: it is a symbolic link; name the file it points to (`real.md`)'),
      ]);
    }
  });

  it('is a bug with its own code when something unforeseen happens', () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `
      import { main } from ${JSON.stringify(new URL('../dist/src/cli.js', import.meta.url).href)};
      const sink = { isTerminal: false, write: (data) => process.stderr.write(data) };
      process.exitCode = await main(['-'], async () => ({ builtIn: () => ({ target: 'x', patches: [] }) }), { cwd: '.', env: {}, stdin: () => { throw new TypeError('unforeseen') }, stdout: sink, stderr: sink });
    `,
      ],
      { cwd: root },
    );
    expect([status, stderr.toString().split('\n')[0]]).toEqual([
      70,
      'error This is a bug in fix-auth-spec: unforeseen',
    ]);
  });

  it('is a bug, never “something is pending”, when it cannot even be loaded', () => {
    const folder = folderWith({ 'bin/fix-auth-spec.cjs': readFileSync(bin), 'package.json': '{ "type": "module" }' });
    const { status, stderr } = spawnSync(process.execPath, ['bin/fix-auth-spec.cjs', '-c'], { cwd: folder });
    expect([status, stderr.toString()]).toEqual([
      70,
      expect.stringMatching(/^error This is a bug in fix-auth-spec: Error.*Cannot find module/),
    ]);
  });

  it('refuses nesting that would exhaust the parser', () => {
    const folder = folderWith({ 'deep.md': '>'.repeat(12_000) });
    appendFileSync(join(folder, 'deep.md'), '\n');
    expect(run(folder, ['deep.md', '-q']).status).toBe(4);
  });
});
