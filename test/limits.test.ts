import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from '../src/blocks.js';
import { DeadlineError, within } from '../src/deadline.js';
import { MAX_NESTING, NestingError, refuseDeepNesting } from '../src/nesting.js';
import { patchText } from '../src/run.js';
import { gitApply } from './git.js';
import { cli, example, finished, folderWith, mustPatch, patchesOf, root, skipOnWindows, target } from './support.js';

const bin = join(root, 'bin/fix-auth-spec.cjs');
const lineRefused = (text: string): number | undefined => {
  try {
    refuseDeepNesting(text);
    return undefined;
  } catch (error) {
    if (error instanceof NestingError) return error.line;
    throw error;
  }
};

describe('nesting', () => {
  const markers: [string, string][] = [
    ['quotes', '>'],
    ['quotes with spaces', '> '],
    ['bullets', '- '],
    ['stars and tabs', '*\t'],
    ['numbers', '12. '],
    ['numbers with parentheses', '1) '],
    ['quotes and bullets', '> - '],
  ];
  it.each(markers)('of %s is read up to the limit and refused beyond it, by its line', (_, marker) => {
    const each = marker === '> - ' ? 2 : 1;
    const deepest = marker.repeat(MAX_NESTING / each);
    expect(lineRefused(`# A\r\n\r\n${deepest}a\r\n`)).toBe(undefined);
    expect(() => parse(`${deepest}a`)).not.toThrow();
    expect(lineRefused(`# A\r\n\r\n${deepest}${marker}a\r\n`)).toBe(3);
    expect(() => parse(`${deepest}${marker}a`)).toThrow(NestingError);
  });

  it('is only what opens blocks: not thematic breaks, code, or text', () => {
    const rows = ['- '.repeat(500), '* '.repeat(500), '-'.repeat(500), '+-'.repeat(500), '1.2.3.'.repeat(100)];
    for (const row of rows) expect(lineRefused(row)).toBe(undefined);
    const deep = '> '.repeat(500);
    expect(lineRefused(`\`\`\`\n${deep}\n\`\`\`\n`)).toBe(undefined);
    expect(lineRefused(`~~~~\n~~~\n${deep}\n~~~~\n`)).toBe(undefined);
    expect(lineRefused(`\`\`\`\n\`\`\`\n${deep}\n`)).toBe(3);
    // No code, whatever it looks like.
    expect(lineRefused(`\`\`\` a\`b\n${deep}\n`)).toBe(2);
    expect(lineRefused(`<!--\n\`\`\`\n-->\n\n${'> '.repeat(1100)}\n`)).toBe(5);
    expect(lineRefused(`a ${deep}`)).toBe(undefined);
    expect(lineRefused('- '.repeat(500).concat('a'))).toBe(1);
  });
});

describe('a deadline', () => {
  it('ends a loop, the parser and a regular expression, and passes results and errors on', () => {
    expect(within(1000, () => within(1000, () => 1) + 1)).toBe(2);
    expect(() => within(1000, () => JSON.parse('{'))).toThrow(SyntaxError);
    expect(() =>
      within(50, () => {
        for (;;);
      }),
    ).toThrow(DeadlineError);
    expect(() => within(50, () => /^(a+)+$/.test(`${'a'.repeat(50)}b`))).toThrow(DeadlineError);
    expect(() => within(50, () => parse('*a_ '.repeat(20_000)))).toThrow(DeadlineError);
    expect(within(1000, () => 'still well')).toBe('still well');
  });

  const hostile: [string, string][] = [
    ['emphasis', '*a_ '.repeat(2000)],
    ['images', `${'!['.repeat(2700)}x${'](y)'.repeat(700)}`],
    ['underlines', 'a\n-\n'.repeat(2000)],
    ['lazy lines', `- a\n${'b\n'.repeat(4000)}`],
    ['instructions', 'a <?'.repeat(2000)],
    ['brackets', '[a](<b'.repeat(1300)],
    ['strikethrough', '~a~~b'.repeat(1600)],
    ['lists by indentation', Array.from({ length: 120 }, (_, depth) => `${' '.repeat(depth * 2)}- a`).join('\n')],
  ];
  it.each(hostile)('is met by 8 KB of %s on a spec, whole or refused', (_, text) => {
    const { exitCode, changed } = patchText(`${example}\n${text}\n`, 'spec.md', {
      mode: 'write',
      patches: patchesOf(),
      overwrite: new Set(),
      context: 3,
    });
    expect([
      [0, true],
      [4, false],
    ]).toContainEqual([exitCode, changed]);
  });

  it('refuses a text that is not read in time', () => {
    const result = patchText('*a_ '.repeat(20_000), 'spec.md', {
      mode: 'write',
      patches: patchesOf(),
      overwrite: new Set(),
      context: 3,
      deadline: 200,
    });
    expect(result).toMatchObject({ exitCode: 4, changed: false, diff: '', patches: [] });
    expect(result.messages).toEqual([
      {
        level: 'error',
        code: 'deadline',
        text: 'Cannot use `spec.md`: its Markdown takes longer to read than a file of its size is given: not done after 0.2 s',
      },
    ]);
  });

  it.skipIf(skipOnWindows('signals'))('gives way to Ctrl-C', async () => {
    const folder = folderWith({ 'small.md': '*a_ '.repeat(20_000), 'large.md': '*a_ '.repeat(50_000) });
    const interrupted = ['small.md', 'large.md'].map(async (name) => {
      const child = spawn(process.execPath, [bin, '-w', name], { cwd: folder });
      let said = '';
      child.stderr.on('data', (chunk) => {
        said += String(chunk);
      });
      // Long after the start, and long before the deadline.
      setTimeout(() => child.kill('SIGINT'), 4000);
      expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(130);
      expect(said).toBe('');
    });
    await Promise.all(interrupted);
  });
});

describe('a large text', () => {
  const appendix = (lines: string) => `${example}\n## Appendix\n\n${lines}`;

  it('is patched like any other, on a heap of its own', () => {
    const large = appendix(`${'Words, again and again. '.repeat(50)}\n\n`.repeat(100));
    const folder = folderWith({ [target]: large });
    const { status, stdout } = spawnSync(process.execPath, [bin, '-w', '-q', '-p', 'flow-diagram'], { cwd: folder });
    expect(status).toBe(0);
    const done = mustPatch(large, 'flow-diagram');
    expect(readFileSync(join(folder, target), 'utf8') === done).toBe(true);
    expect(gitApply(target, large, stdout.toString()) === done).toBe(true);
  });

  it.each([
    ['paragraphs', 'Words and `code`, [a link](u) and *more*.\n\n'],
    ['lists between paragraphs', '**Words**:\n\n- a `list`\n- b\n\nand more\n\n'],
    ['tables', '| a | b |\n| - | - |\n| c | d |\n\n'],
    ['details', '<details>\n<summary>a</summary>\n\nwords\n\n</details>\n\n'],
  ])('of %s without a heading is read, all of it, in the time that its size is given', (_, part) => {
    const text = appendix(`${part.repeat(300_000 / part.length)}> # Quoted ${part}`);
    const settings = { patches: patchesOf(), overwrite: new Set<string>(), context: 3 };
    // What is quadratic ends with 4, by the deadline.
    expect(patchText(text, 'spec.md', { mode: 'write', ...settings }).exitCode).toBe(0);
  });

  it('that needs more memory than there is is refused, and the next file is still read', () => {
    // One list, all of which is read for a heading in it.
    const large = appendix(`${'- Words and `code`, [a link](u) and *more*.\n'.repeat(8000)}- # Listed\n`);
    const folder = folderWith({ 'a.md': large, 'b.md': finished });
    const run = spawnSync(process.execPath, ['--max-old-space-size=64', bin, '-w', '-q', 'a.md', 'b.md'], {
      cwd: folder,
    });
    expect([run.status, run.stderr.toString()]).toEqual([
      4,
      'a.md: error Cannot use `a.md`: its Markdown takes more memory to read than there is\n',
    ]);
    expect(readFileSync(join(folder, 'a.md'), 'utf8') === large).toBe(true);
  });
});

describe('--max-size', () => {
  it('refuses what is larger by a byte, unread, in files and standard input', async () => {
    const size = Buffer.byteLength(finished);
    const folder = folderWith({ 'spec.md': finished });
    const small = ['--max-size', String(size - 1)];
    const said = (name: string) =>
      `${name}: error Cannot use \`${name}\`: it has more than ${size - 1} bytes; allow them with \`--max-size\`\n`;
    expect(await cli(folder, ['-c', 'spec.md', '-q', '--max-size', String(size)])).toMatchObject({ code: 0, err: '' });
    expect(await cli(folder, ['-c', 'spec.md', '-q', ...small])).toMatchObject({ code: 4, err: said('spec.md') });
    expect(await cli(folder, ['-c', '-', '-q', ...small], { stdin: finished })).toMatchObject({
      code: 4,
      err: said('stdin'),
    });
  });

  it('does not wait for the end of an endless input', () => {
    const { status } = spawnSync('bash', ['-c', 'yes | "$1" "$2" - -q --max-size 1MiB', 'bash', process.execPath, bin]);
    expect(status).toBe(4);
  });

  it.each([
    ['30000', 0],
    ['30000b', 0],
    ['100k', 0],
    ['1MiB', 0],
    ['1kb', 4],
    ['0', 2],
    ['-1', 2],
    ['1.5MiB', 2],
    ['1G', 2],
    ['257MiB', 2],
    ['lots', 2],
    ['', 2],
  ])('reads %j as a size (exit %i)', async (size, code) => {
    expect((await cli(folderWith({ 'spec.md': example }), ['spec.md', `--max-size=${size}`])).code).toBe(code);
  });
});

describe.skipIf(skipOnWindows('symbolic links'))('--follow-symlinks', () => {
  const linked = () => {
    const folder = folderWith({ 'real/spec.md': example });
    symlinkSync('real/spec.md', join(folder, 'link.md'));
    symlinkSync('real/spec.md', join(folder, 'other.md'));
    mkdirSync(join(folder, 'specs'));
    symlinkSync('../real', join(folder, 'specs/004-auth-integration'));
    return folder;
  };

  it('patches the file that a link leads to, once; the link stays', async () => {
    const folder = linked();
    const { code, out } = await cli(folder, ['-w', 'link.md', 'other.md', '--follow-symlinks']);
    expect(code).toBe(0);
    expect(gitApply('real/spec.md', example, out)).toBe(finished);
    expect(readFileSync(join(folder, 'real/spec.md'), 'utf8')).toBe(finished);
    expect(lstatSync(join(folder, 'link.md')).isSymbolicLink()).toBe(true);
  });

  it('says what is the matter with a link that leads nowhere', async () => {
    const folder = folderWith();
    symlinkSync('none.md', join(folder, 'link.md'));
    expect(await cli(folder, ['link.md', '-q', '--follow-symlinks'])).toMatchObject({
      code: 4,
      err: 'link.md: error Cannot use `link.md`: it is a symbolic link that leads nowhere (`none.md`)\n',
    });
  });

  it('is needed for a linked directory too, named or found', async () => {
    const folder = linked();
    const said =
      'specs/004-auth-integration/spec.md: error Cannot use `specs/004-auth-integration/spec.md`: it lies behind a symbolic link (`specs/004-auth-integration`); name the file by its own path, or use `--follow-symlinks`\n';
    for (const specs of [[], [target], ['specs/004-auth-integration']])
      expect(await cli(folder, ['-w', '-q', ...specs])).toMatchObject({ code: 4, err: said });
    expect(readFileSync(join(folder, 'real/spec.md'), 'utf8')).toBe(example);
    expect((await cli(folder, ['-w', '--follow-symlinks'])).code).toBe(0);
    expect(readFileSync(join(folder, 'real/spec.md'), 'utf8')).toBe(finished);
  });

  it('is needed for a directory by whatever name, and for one of another repository', async () => {
    const folder = folderWith({
      'work/.git/HEAD': '',
      'other/.git/HEAD': '',
      'other/a.md': '',
      'out/.git/HEAD': '',
      'out/spec.md': example,
    });
    symlinkSync('../out', join(folder, 'work/..evil'));
    symlinkSync('../out', join(folder, 'other/evil'));
    for (const spec of ['..evil/spec.md', '../other/evil/spec.md']) {
      expect(await cli(join(folder, 'work'), ['-w', '-q', spec])).toMatchObject({
        code: 4,
        err: expect.stringContaining(`it lies behind a symbolic link (\`${spec.replace('/spec.md', '')}\`)`),
      });
    }
    expect(readFileSync(join(folder, 'out/spec.md'), 'utf8')).toBe(example);
  });

  it('is not needed where the repository itself lies behind a link', async () => {
    const folder = folderWith({ 'real/.git/HEAD': '', [`real/${target}`]: example });
    symlinkSync('real', join(folder, 'link'));
    expect((await cli(join(folder, 'link'), ['-w', '-q'])).code).toBe(0);
    expect(readFileSync(join(folder, 'real', target), 'utf8')).toBe(finished);
  });
});

describe.skipIf(skipOnWindows('symbolic links'))('a report', () => {
  const project = () => {
    const folder = folderWith({ 'work/.git/HEAD': '', 'work/spec.md': example, 'out/victim': 'precious' });
    return { folder: join(folder, 'work'), victim: join(folder, 'out/victim') };
  };
  const spec = (folder: string) => readFileSync(join(folder, 'spec.md'), 'utf8');

  it('is never written over a spec, by a link or another name of it', async () => {
    const { folder } = project();
    symlinkSync('spec.md', join(folder, 'link.json'));
    linkSync(join(folder, 'spec.md'), join(folder, 'hard.json'));
    for (const file of ['spec.md', './spec.md', 'link.json', 'hard.json']) {
      const { code, err } = await cli(folder, ['-c', '-r', `json=${file}`, 'spec.md']);
      expect([code, err]).toEqual([
        2,
        `error Cannot write the json report to \`${file}\`: it is one of the files of this run\n`,
      ]);
    }
    expect(spec(folder)).toBe(example);
  });

  it('is written through no link, to no pipe, and to no file of several names', async () => {
    const { folder, victim } = project();
    symlinkSync('../out/victim', join(folder, 'link.txt'));
    symlinkSync('../out', join(folder, 'reports'));
    linkSync(victim, join(folder, 'hard.txt'));
    spawnSync('mkfifo', [join(folder, 'pipe.txt')]);
    // Below /dev, but none of the outputs.
    if (existsSync('/dev/shm')) symlinkSync(victim, join('/dev/shm', `fix-auth-spec-${process.pid}`));
    const device = `/dev/shm/fix-auth-spec-${process.pid}`;
    for (const file of [device, 'link.txt', 'reports/victim', 'reports/new', 'hard.txt', 'pipe.txt', 'none/new']) {
      const { code, err } = await cli(folder, ['-q', '-r', `text=${file}`, 'spec.md']);
      expect([code, err]).toEqual([
        4,
        expect.stringMatching(/^error Cannot write the text report to `.*`: (?:it|no) /),
      ]);
    }
    rmSync(device, { force: true });
    expect([readFileSync(victim, 'utf8'), readdirSync(join(victim, '..'))]).toEqual(['precious', ['victim']]);
  });

  it('replaces an older and longer one, and may go to a device', async () => {
    const { folder } = project();
    writeFileSync(join(folder, 'report.json'), 'x'.repeat(1_000_000));
    expect((await cli(folder, ['-q', '-r', 'json=report.json', '-r', 'text=/dev/null', 'spec.md'])).code).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')).exitCode).toBe(0);
  });
});

describe('a path that leads nowhere', () => {
  it.each(['spec.md/x.md', `${'a'.repeat(300)}.md`, 'a\0b', 'none/*.md'])(
    'is wrong usage, not a bug: %j',
    async (path) => {
      expect((await cli(folderWith({ 'spec.md': example }), ['-w', path])).code).toBe(2);
    },
  );

  it.skipIf(skipOnWindows('directories that can be removed while in use'))('may be the working directory', () => {
    const folder = folderWith({ 'gone/a.md': '' });
    const { status, stdout } = spawnSync('bash', ['-c', 'rm -r "$PWD"; "$@" -r json', 'bash', process.execPath, bin], {
      cwd: join(folder, 'gone'),
    });
    expect([status, JSON.parse(stdout.toString()).error]).toEqual([
      4,
      'Cannot use the working directory: it does not exist',
    ]);
  });

  it.skipIf(skipOnWindows('redirections of a directory'))('may be standard input', () => {
    const { status, stderr } = spawnSync('bash', ['-c', '"$@" - < /', 'bash', process.execPath, bin]);
    expect([status, stderr.toString()]).toEqual([4, 'error Cannot read standard input: it is a directory\n']);
  });
});
