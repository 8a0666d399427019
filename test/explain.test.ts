import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { section } from '../src/anchor.js';
import type { Patch } from '../src/patch.js';
import { templateOf } from '../src/template.js';
import { cli, example, folderWith, target } from './support.js';

const explain = async (text: string, id: string, patches?: readonly Patch[]) =>
  (await cli(folderWith({ [target]: text }), ['explain', id], patches ? { patches } : {})).out;

/** A patch on a heading, as somebody could write it. */
const patchOn = (...path: [string, ...string[]]): Patch => ({
  id: 'note',
  title: 'Add a note',
  why: 'Nobody knew.',
  change: { kind: 'append', anchors: [section(...path)], template: templateOf('#### Note\n\nText.\n') },
  checks: [],
});

const twice = '# A\n\n## One\n\n### Setup\n\nx\n\n## Two\n\n### Setup\n\ny\n';

describe('explain', () => {
  it('says what a patch is for, looks for and finds, candidate by candidate', async () => {
    expect(await explain(example, 'jwt-verification')).toBe(
      [
        'jwt-verification: Add the Backend JWT Verification section',
        '  because: The backend has to verify the tokens of Better Auth and never creates one; nothing shows how.',
        '  adds a section behind “Database Schema”, else “Better Auth Installation”, else “Prerequisites” (line 67 in the unedited file)',
        '  answers for one claim',
        '',
        `${target}: pending`,
        '  - the result itself: no heading “Backend JWT Verification (Feature 002 Reference)”, so it is not there yet',
        '  - “Database Schema”: not there',
        '  - “Better Auth Installation”: line 63, by its exact text; this decides',
        '  = goes after line 66, behind “Prerequisites”',
        '  - line 67, as the fix spec also says: agrees with the place found by heading',
        '',
      ].join('\n'),
    );
  });

  it('gives the anchors to write where one is ambiguous, and those are right', async () => {
    const said = await explain(twice, 'note', [patchOn('Setup')]);
    expect(said).toContain(
      '  ? to mean one of them, write as the anchor of the patch:\n      line 5: section("One", "Setup")\n      line 11: section("Two", "Setup")\n',
    );
    expect(await explain(twice, 'note', [patchOn('Two', 'Setup')])).toContain(
      '= goes after line 13, the end of “Setup”',
    );
    const json = JSON.parse(
      (await cli(folderWith({ [target]: twice }), ['-r', 'json'], { patches: [patchOn('Setup')] })).out,
    );
    expect(json.files[0].patches[0].candidates.map(({ selector }: { selector: string }) => selector)).toEqual([
      'section("One", "Setup")',
      'section("Two", "Setup")',
    ]);
  });

  it('says when nothing could tell the places apart, or only some of them', async () => {
    const same = twice.replace('## Two', '## One');
    expect(await explain(same, 'note', [patchOn('Setup')])).toContain(
      '  ? nothing that could be written tells one of them from the others; rename a heading\n',
    );
    const partly = `${twice}\n### Setup\n\nz\n`;
    expect(await explain(partly, 'note', [patchOn('Setup')])).toContain(
      '      line 5: section("One", "Setup")\n      line 11: nothing tells it from the others\n      line 15: nothing tells it from the others\n',
    );
  });

  it('gives the words to write in a fix spec, and those are understood', async () => {
    const fix = (where: string) =>
      `### Change 1\n\n**File**: \`a.md\`\n${where}\n**Before**:\n\n\`\`\`\nThe port is 80.\n\`\`\`\n\n**After**:\n\n\`\`\`\nThe port is 8000.\n\`\`\`\n`;
    const spec = '# A\n\n## One\n\nThe port is 80.\n\n## Two\n\nThe port is 80.\n\nMore.\n\nMore.\n\nThe port is 80.\n';
    const run = async (where: string) => {
      const folder = folderWith({ 'fix.md': fix(where), 'a.md': spec });
      return JSON.parse((await cli(folder, ['--from', 'fix.md', '-r', 'json'])).out).files[0].patches[0];
    };
    const { state, candidates } = await run('');
    expect([state, candidates.map(({ selector }: { selector: string }) => selector)]).toEqual([
      'ambiguous',
      ['in the “One” section', 'line 9', 'line 15'],
    ]);
    for (const { selector, line } of candidates)
      expect(await run(`**Location**: ${selector}\n`)).toMatchObject({ state: 'pending', start: { line } });
  });
});

describe('a selector for a fix spec', () => {
  const quoted = (text: string, by: string) =>
    `**Current**:\n\n\`\`\`\n${text}\n\`\`\`\n\n**New**:\n\n\`\`\`\n${by}\n\`\`\`\n`;
  const candidatesIn = async (folder: string) => {
    const { out } = await cli(folder, ['--from', 'fix.md', '-p', 'change-2', '-r', 'json']);
    const [{ state, start, candidates }] = JSON.parse(out).files[0].patches;
    return { state, line: start?.line, candidates };
  };

  it('counts lines as the unedited file did, also where another change has moved them', async () => {
    const fill = (count: number) => 'filler\n\n'.repeat(count);
    const text = `# A\n\nintro text\n\nsame words\n\n${fill(10)}same words\n\n${fill(6)}same words\n`;
    const longer = `intro text\n\n${Array.from({ length: 9 }, (_, at) => `more ${at}`).join('\n\n')}`;
    const fix = (where: string) =>
      `**File**: \`a.md\`\n\n### Change 1\n\n${quoted('intro text', longer)}\n### Change 2\n\n${where}${quoted('same words', 'other words')}`;
    const folder = folderWith({ 'a.md': text, 'fix.md': fix('') });
    await cli(folder, ['--from', 'fix.md', '-p', 'change-1', '-w']);
    const { state, candidates } = await candidatesIn(folder);
    expect([state, candidates.length]).toEqual(['ambiguous', 3]);
    for (const { selector, line } of candidates) {
      const again = folderWith({
        'a.md': readFileSync(join(folder, 'a.md')),
        'fix.md': fix(`**Location**: ${selector}\n\n`),
      });
      expect([selector, await candidatesIn(again)]).toMatchObject([selector, { state: 'pending', line }]);
    }
  });

  it('names no heading that would be understood otherwise', async () => {
    for (const name of ['Use “x”', 'x ”section y', 'and “b” section', 'Plain']) {
      const spec = `# A\n\n## ${name}\n\nsame words\n\n## Other\n\nsame words\n`;
      const fix = (where: string) =>
        `**File**: \`a.md\`\n\n### Change 1\n\n${quoted('# A', '# B')}\n### Change 2\n\n${where}${quoted('same words', 'other words')}`;
      const { candidates } = await candidatesIn(folderWith({ 'a.md': spec, 'fix.md': fix('') }));
      for (const { selector, line } of candidates) {
        const again = folderWith({ 'a.md': spec, 'fix.md': fix(`**Location**: ${selector}\n\n`) });
        expect([selector, await candidatesIn(again)]).toMatchObject([selector, { state: 'pending', line }]);
      }
    }
  });
});

describe('what a fix spec says to people', () => {
  const fix = [
    '# Fix',
    '',
    '### Change 1: The port',
    '',
    '**File**: `a.md`',
    '**Why**: The service moved',
    'in May.',
    '',
    '**Before**:',
    '',
    '```',
    'The port is 80.',
    '- [ ] no item of a checklist',
    '**Why**: no reason',
    '```',
    '',
    '**After**:',
    '',
    '```',
    'The port is 8000.',
    '```',
    '',
    '### Change 2',
    '',
    '**File**: `a.md`',
    '',
    '**Before**: `x` **After**: `y`',
    '',
    '## Checklist',
    '',
    '- [ ] The `port` is right',
    '- [x] Somebody has seen this',
    '  - [ ] @octocat agrees',
    '',
  ].join('\n');
  const folder = () =>
    folderWith({ 'fix.md': fix, 'a.md': 'The port is 80.\n- [ ] no item of a checklist\n**Why**: no reason\n' });

  it('is told by explain and shown to who reviews: why, and what is left to confirm', async () => {
    expect((await cli(folder(), ['explain', 'change-1', '--from', 'fix.md'])).out).toContain(
      '  because: The service moved in May.\n',
    );
    const { out } = await cli(folder(), ['--from', 'fix.md', '-p', 'change-1', '-r', 'markdown']);
    expect(out.split('**Peer review: for people to confirm**')[1]).toBe(
      '\n\n- [ ] The `port` is right\n- [ ] @<!-- -->octocat agrees\n',
    );
    const page = (await cli(folder(), ['--from', 'fix.md', '-p', 'change-1', '-r', 'html'])).out;
    expect(page).toContain('The service moved in May.');
    expect(page.match(/aria-label="not confirmed"/g)).toHaveLength(2);
  });
});
