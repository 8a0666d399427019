import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { codeFrame } from '../src/report/frame.js';
import { progressOn } from '../src/report/progress.js';
import { createPaint } from '../src/report/terminal.js';
import { beginning, cli, example, folderWith, situations, swap, target } from './support.js';

const plain = createPaint(false);
const frame = (text: string, line: number, column?: number, endColumn?: number, columns?: number) =>
  codeFrame(text.split('\n'), [{ line, ...(column && { column }), ...(endColumn && { endColumn }) }], plain, columns);
const withoutColour = (text: string) => text.replace(/\u001b\[\d+m/g, '');

describe('a code frame', () => {
  it('marks a line among its neighbours', () => {
    expect(frame('one\n  two words  \nthree\n', 2)).toEqual([
      '  1 | one',
      '> 2 |   two words',
      '    |   ^^^^^^^^^',
      '  3 | three',
    ]);
    expect(frame('one', 1)).toEqual(['> 1 | one', '    | ^^^']);
  });

  it.each([
    ['wide characters', '認証の設計 is here', 'is'],
    ['an emoji of several code points', '👩‍👩‍👧 ❤️ is here', 'is'],
    ['combining marks', 'e\u0301a\u0308 is here', 'is'],
    ['tabs', '\tx\tis here', 'is'],
    ['what is not shown as it is', 'a\u202Eb\u0007 is here', 'is'],
    ['wide characters that are meant', 'here 認証 is', '認証'],
  ])('puts its marks in the right column: behind %s', (_, line, meant) => {
    const at = line.indexOf(meant);
    const [shown = '', marks = ''] = frame(line, 1, at + 1, at + meant.length + 1);
    expect(stringWidth(shown.slice(0, shown.indexOf(meant)))).toBe(stringWidth(marks.slice(0, marks.indexOf('^'))));
    expect(marks.trimEnd().split('^').length - 1).toBe(stringWidth(meant));
  });

  it.each([[0], [150], [290], [400], [590]])('cuts a long line around what is meant, at column %i', (at) => {
    const line = `${'認x '.repeat(200).slice(0, at)}HERE${'y認 '.repeat(200).slice(0, 600 - at)}`;
    const lines = frame(line, 1, at + 1, at + 5, 60);
    for (const one of lines) expect(stringWidth(one)).toBeLessThanOrEqual(60);
    const [shown = '', marks = ''] = lines;
    expect(shown).toContain('HERE');
    expect(stringWidth(shown.slice(0, shown.indexOf('HERE')))).toBe(stringWidth(marks.slice(0, marks.indexOf('^'))));
    expect(marks.trimEnd().endsWith('^^^^') && !marks.includes('^^^^^')).toBe(true);
  });

  it('shows several places without their neighbours, and keeps line ends out', () => {
    const text = 'a\r\n# B\r\nc\r\n# B\r\n';
    expect(codeFrame(text.split('\n'), [{ line: 2 }, { line: 4 }], plain)).toEqual([
      '> 2 | # B',
      '    | ^^^',
      '> 4 | # B',
      '    | ^^^',
    ]);
  });
});

describe('the summary in a terminal', () => {
  it.each(Object.entries(situations))('keeps within its columns, and says the same: %s', async (_, text) => {
    const wide = await cli(folderWith({ [target]: text }), ['-c', '--no-color']);
    for (const columns of [80, 120, 40]) {
      const { err } = await cli(folderWith({ [target]: text }), ['-c', '--no-color'], { isTerminal: true, columns });
      // Paths and commands are never broken.
      const prose = err.split('\n').filter((line) => / /.test(line.trim()) && !line.includes('fix-auth-spec '));
      for (const line of prose) expect([columns, line, stringWidth(line) <= columns]).toEqual([columns, line, true]);
      if (columns > 40) expect(err.replace(/\s+/g, ' ')).toBe(wide.err.replace(/\s+/g, ' '));
    }
  });

  it('is there in a terminal that hardly is', async () => {
    for (const columns of [1, 4, 7, 19]) {
      const ran = await cli(folderWith({ [target]: situations.refused }), ['-c'], { isTerminal: true, columns });
      expect([columns, ran.code, ran.err.includes('Cannot place')]).toEqual([columns, 3, true]);
    }
  });

  it('begins no line as a command does, wherever it is broken', async () => {
    const text = swap(beginning, '## Prerequisites\n', '## Prerequisites ##[error]pwn\n').replace(
      '# Feature Specification: Sign-In for the Todo App',
      '# Feature of specs ::error::pwn ::error::pwn ::error::pwn',
    );
    for (let columns = 20; columns < 90; columns += 3) {
      const { err } = await cli(folderWith({ [target]: text }), ['-c', '--color'], { isTerminal: true, columns });
      const bare = withoutColour(err).split('\n');
      expect([columns, bare.filter((line) => /^\s*::|##\[/.test(line))]).toEqual([columns, []]);
    }
  });

  it('costs no more for lines without end', async () => {
    const line = `${'foo '.repeat(5000)}needle`;
    const spec = `${Array.from({ length: 6 }, (_, at) => `${line} ${at}`).join('\n\n')}\n`;
    const change = (at: number) =>
      `### Change ${at}\n\n**File**: \`a.md\`\n\n**Current**:\n\n\`\`\`\nneedle\n\`\`\`\n\n**New**:\n\n\`\`\`\nneedle ${at}\n\`\`\`\n`;
    const folder = folderWith({ 'a.md': spec, 'fix.md': Array.from({ length: 6 }, (_, at) => change(at)).join('\n') });
    const { err, code } = await cli(folder, ['--from', 'fix.md']);
    expect(code).toBe(3);
    expect(err.split('\n').filter((one) => one.startsWith('  >')).length).toBeLessThanOrEqual(100);
    for (const one of err.split('\n').filter((row) => /^ {2}[> ] +\d/.test(row)))
      expect(stringWidth(one)).toBeLessThanOrEqual(102);
  });

  it('says the same in colour and without', async () => {
    for (const text of Object.values(situations)) {
      const [coloured, bare] = await Promise.all(
        ['--color', '--no-color'].map((flag) =>
          cli(folderWith({ [target]: text }), ['-n', flag], { isTerminal: true, columns: 100 }),
        ),
      );
      expect(withoutColour(coloured?.err ?? '')).toBe(bare?.err);
      expect(withoutColour(coloured?.out ?? '')).toBe(bare?.out);
    }
  });

  it('shows the lines that a refusal is about', async () => {
    const { err } = await cli(folderWith({ [target]: situations.refused }), ['-c']);
    expect(err).toContain(
      '    44 |\n  > 45 | ## Prerequisite Work\n       | ^^^^^^^^^^^^^^^^^^^^\n    46 | ### Infrastructure\n',
    );
    const twice = swap(example, '## Environment', '## Prerequisites\n\nAgain.\n\n## Environment');
    expect((await cli(folderWith({ [target]: twice }), ['-c'])).err).toContain(
      '  > 45 | ## Prerequisites\n       | ^^^^^^^^^^^^^^^^\n  > 68 | ## Prerequisites\n       | ^^^^^^^^^^^^^^^^\n',
    );
  });

  it('says what to type next, for the same files and patches, and that works', async () => {
    const folder = folderWith({
      "it's/a b.md": situations.refused,
      'ok.md': example,
      '=x.md': example,
      '-y.md': example,
      'a\tb.md': example,
    });
    const next = async (...argv: string[]) => (await cli(folder, argv)).err.match(/fix-auth-spec .*/g);
    expect(await next("it's/a b.md")).toEqual([
      "fix-auth-spec explain cors-configuration 'it'\\''s/a b.md'",
      "fix-auth-spec -p flow-diagram -p database-schema -p jwt-verification 'it'\\''s/a b.md'",
    ]);
    expect(await next('-p', 'flow-diagram', 'ok.md')).toEqual(['fix-auth-spec --write -p flow-diagram ok.md']);
    expect(await next('--max-size', '1MiB', '=x.md', '--', '-y.md')).toEqual([
      "fix-auth-spec --write --max-size 1048576 -- '=x.md' -y.md",
    ]);
    // What cannot be typed is not shown as if it could.
    expect((await cli(folder, ['a\tb.md'])).err).toMatch(/Apply with --write\n$/);
    expect((await cli(folder, ['explain', 'cors-configuration', "it's/a b.md"])).code).toBe(0);
    expect((await cli(folder, ['-p', 'flow-diagram', "it's/a b.md"])).code).toBe(0);
  });

  it('takes a line of a hunk for what it is, though it looks like a header', async () => {
    const folder = folderWith({
      'a.md': 'A\n\n-- one\n',
      'fix.md':
        '### Change 1\n\n**File**: `a.md`\n\n**Before**:\n\n```\n-- one\n```\n\n**After**:\n\n```\n++ two\n```\n',
    });
    const { out } = await cli(folder, ['--from', 'fix.md', '--color']);
    expect(out).toContain('\u001b[31m--- one\u001b[39m\n\u001b[32m+++ two\u001b[39m\n');
    expect(out).toContain('\u001b[1m--- a/a.md\u001b[22m\n');
  });
});

describe('suggestions', () => {
  it.each([
    [['--chek'], 'Cannot understand `--chek`; did you mean `--check`?'],
    [['--reportr', 'json'], 'Cannot understand `--reportr`; did you mean `--reporter`?'],
    [['-r', 'jsno'], '`sarif` after `--reporter`, not `jsno`; did you mean `json`?'],
    [['-p', 'cors-configuraton'], 'Cannot find a patch `cors-configuraton`; did you mean `cors-configuration`?'],
    [['explian', 'flow-diagram'], 'Cannot find `explian`: there is no such file or directory; did you mean `explain`?'],
    [['specs/004-auth-integration/spce.md'], 'did you mean `specs/004-auth-integration/spec.md`?'],
    [['sepcs/'], 'did you mean `specs`?'],
  ])('%j', async (argv, said) => {
    const { code, err } = await cli(folderWith({ [target]: example }), argv);
    expect([code, err.includes(said), err]).toEqual([2, true, err]);
  });

  it('are not made where nothing is near', async () => {
    expect((await cli(folderWith({ [target]: example }), ['--bogus'])).err).not.toContain('did you mean');
  });
});

describe('progress', () => {
  const shown = (isTerminal: boolean, isQuiet: boolean, total: number, seconds: number) => {
    let text = '';
    let now = 0;
    const output = { isTerminal, write: (data: string | Uint8Array) => (text += data) };
    const progress = progressOn(output, total, isQuiet, () => now);
    for (let done = 1; done <= total; done += 1) {
      now += (seconds * 1000) / total;
      progress.show(done);
    }
    progress.clear();
    return text;
  };

  it('counts the files of a long run at a terminal, and takes the line away', () => {
    expect(shown(true, false, 4, 4)).toBe('1 of 4 files\r2 of 4 files\r3 of 4 files\r\u001b[K');
  });

  it.each([
    ['in a pipe', false, false, 100, 100],
    ['with --quiet', true, true, 100, 100],
    ['in a short run', true, false, 100, 0.9],
    ['with one file', true, false, 1, 100],
  ])('is silent %s', (_, isTerminal, isQuiet, total, seconds) => {
    expect(shown(isTerminal, isQuiet, total, seconds)).toBe('');
  });
});
