import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readFixSpec } from '../src/fix-spec/fix-spec.js';
import { readInstructions } from '../src/fix-spec/instructions.js';
import { readLabel } from '../src/fix-spec/labels.js';
import { recoverMojibake } from '../src/fix-spec/mojibake.js';
import { readPieces } from '../src/fix-spec/pieces.js';
import { block, carryOut, change, edited } from './fix-spec-support.js';
import { cli, example, finished, folderWith, root, shared, skipWithout, target } from './support.js';

const received = readFileSync(join(root, 'test/fixtures/005-fix-auth-flow.as-received.md'), 'utf8');
const recovered = recoverMojibake(received, [example]);
// The one character that no document tells: the crosses of the list and of the wrong arrow.
const restored = recovered?.text.replaceAll('\uFFFD', '❌') ?? '';

describe('spec 005', () => {
  const at = join(target);

  it.each([
    ['as received, in the wrong encoding', received],
    ['as it was meant', restored],
  ])('%s, is the program that the four patches are', async (_, fixSpec) => {
    const { code, files, states } = await carryOut({ [at]: example }, fixSpec);
    expect({ code, states }).toEqual({
      code: 0,
      states: ['change-1 pending', 'change-2 pending', 'change-3 pending', 'change-4 pending'],
    });
    expect(files[at]).toBe(finished);
    const again = await carryOut({ [at]: finished }, fixSpec);
    expect(again.states.map((state) => state.split(' ')[1])).toEqual(['applied', 'applied', 'applied', 'applied']);
  });

  it.each(['\r\n', '\uFEFF'])('goes to a document with %j as well', async (what) => {
    const as = (text: string) => (what === '\r\n' ? text.replaceAll('\n', '\r\n') : what + text);
    const { code, files } = await carryOut({ [at]: as(example) }, received);
    expect(code).toBe(0);
    expect(files[at]).toBe(as(finished));
  });

  it('says what was mended in it', async () => {
    const { messages } = await carryOut({ [at]: example }, received);
    expect(messages).toEqual([
      '`change-2` was read from a block with damaged fences: the fence on line 182 has no partner and is left out',
      '`change-3` was read from a block with damaged fences: the fence on line 328 is given the length of its partner',
      '`change-4` was read from a block with damaged fences: the fence on line 429 is given the length of its partner',
    ]);
  });

  it('is refused where a damaged character of a new text could be several', async () => {
    const lost = example.replaceAll('┐', '+').replaceAll('←', '<');
    const { code, states, messages } = await carryOut({ [at]: lost }, received);
    expect({ code, first: states[0] }).toEqual({ code: 3, first: 'change-1 missing' });
    expect(messages.join()).toContain('a character of it could be several');
  });

  const before = join(shared, 'mission/004-auth-integration.before.md');
  it.skipIf(skipWithout(before))('gives the same bytes on the real spec 004 as the four patches', async () => {
    const text = readFileSync(before, 'utf8');
    const folder = folderWith({ [at]: text });
    await cli(folder, ['--write']);
    const patched = readFileSync(join(folder, at), 'utf8');
    expect(patched).not.toBe(text);
    expect(readFileSync(join(shared, 'mission/005-fix-auth-flow.md'), 'utf8')).toBe(restored);
    for (const fixSpec of [received, restored]) {
      expect((await carryOut({ [at]: text }, fixSpec)).files[at]).toBe(patched);
    }
  });
});

describe('a label', () => {
  it.each([
    ['**Current**:', 'current'],
    ['**Current (INCORRECT)**:', 'current'],
    ['**Current text** (lines 71-72):', 'current'],
    ['**Current code:**', 'current'],
    ['- **Before:**', 'current'],
    ['**Old** (first row, line 3):', 'current'],
    ['**Find**:', 'current'],
    ['**Remove** the following text (inclusive):', 'current'],
    ['**変更前:**', 'current'],
    ['Before:', 'current'],
    ['**Replace with**:', 'new'],
    ['**Replace With (CORRECT)**:', 'new'],
    ['**After**:', 'new'],
    ['**New text**:', 'new'],
    ['**Proposed** (Task 2):', 'new'],
    ['**Should be**:', 'new'],
    ['**変更後**:', 'new'],
    ['**Add New Section**:', 'insert'],
    ['**Add this section**:', 'insert'],
    ['**Text to insert**:', 'insert'],
    ['**Add** a new point 9:', 'insert'],
    ['**New Content**:', 'insert'],
    ['**File**: `a.md`  ', 'file'],
    ['**Target**: a.md', 'file'],
    ['**Location**: Lines 8-33', 'location'],
    ['**Insertion point**: after X', 'location'],
    ['**Line**: 456', 'location'],
    ['**Option A**:', 'option'],
    ['**Line 169**: Change `a` to `b`', 'prose'],
    ['**Also update** the comment', 'prose'],
    ['**Current column type**: `ENUM`', 'prose'],
    ['**Purpose**: stores users', undefined],
    ['**Change Type**: update', undefined],
    ['**Key Changes**:', undefined],
    ['**Before** you start, read this.', undefined],
    ['**After** the release, tell them.', undefined],
    ['Before you start:', undefined],
    ['plain text', undefined],
  ])('%s is %s', (line, role) => {
    const label = readLabel(line);
    expect(label?.isOpen ? undefined : label?.role).toBe(
      line.includes('following') || line.includes('point 9') ? role : role,
    );
  });
});

describe('a block', () => {
  const blocksIn = (text: string) => readPieces(text).flatMap((piece) => (piece.kind === 'block' ? [piece] : []));

  it.each([
    ['whole', '```md\na\n```', ['a'], []],
    ['longer than what it quotes', '````md\n```js\na\n```\n````', ['```js\na\n```'], []],
    [
      'no longer than what it quotes',
      '```md\nx\n\n```js\na\n```\n\ny\n```\n',
      ['x\n\n```js\na\n```\n\ny'],
      ['nested fence 6'],
    ],
    [
      'around a block without a language',
      '```md\nSay:\n```\na\n```\n\ny\n```\n',
      ['Say:\n```\na\n```\n\ny'],
      ['nested fence 3'],
    ],
    [
      'around an indented block',
      '```md\n1. x\n\n   ```js\n   a\n   ```\n```\n',
      ['1. x\n\n   ```js\n   a\n   ```'],
      ['nested fence 6'],
    ],
    [
      'closed too early by a formatter',
      '````md\nx\n\n```js\na\n```\n````\n\ny\n\n```js\nb\n```\n\n````\n\n---\n\n### Change 2: z\n\n**File**: `a.md`\n',
      ['x\n\n```js\na\n```\n\ny\n\n```js\nb\n```\n'],
      ['stray fence 7'],
    ],
    [
      'with an inner block closed by a longer fence',
      '```md\nx\n\n```js\na\n````\n\ny\n\n````\n\n### Change 2: z\n\n**File**: `a.md`\n',
      ['x\n\n```js\na\n```\n\ny\n'],
      ['unequal fence 6'],
    ],
    ['in a list', '1. x\n\n   ```md\n   a\n     b\n   ```\n', ['a\n  b'], []],
    ['of code, where fences are text', '```py\n"""\n~~~\n"""\n```', ['"""\n~~~\n"""'], []],
  ])('%s is read whole', (_, text, contents, repairs) => {
    const blocks = blocksIn(text);
    expect(blocks.map((one) => one.text)).toEqual(contents);
    expect(blocks.flatMap((one) => one.repairs.map(({ kind, line }) => `${kind} ${line}`))).toEqual(repairs);
    expect(blocks.some(({ isBroken }) => isBroken)).toBe(false);
  });

  it('that is never closed makes its change unreadable', async () => {
    const text = '# A\n\nold\n';
    const fixSpec = '**Current**:\n\n```md\nold\n```\n\n**New**:\n\n```md\nnew\n\n```js\nx\n\n### Other\n';
    expect(await edited(text, `### Change 1: x\n\n${fixSpec}`)).toContain('fences cannot be paired');
  });
});

describe('a quoted text', () => {
  const doc =
    '# A\n\nOne line of text\nthat goes on here.\n\n- item **one**\n- item two\n\n| a | b |\n| - | - |\n| 1 | 2 |\n';

  it.each([
    ['word for word', '- item two', '- item 2', doc.replace('- item two', '- item 2')],
    ['as part of a line', 'item two', 'item 2', doc.replace('item two', 'item 2')],
    ['across lines', 'of text\nthat goes', 'of words\nthat go', doc.replace('of text\nthat goes', 'of words\nthat go')],
    ['with other spaces', '|  1  |  2  |', '| 1 | 3 |', doc.replace('| 1 | 2 |', '| 1 | 3 |')],
    [
      'with other line breaks',
      'One line of text that\ngoes on here.',
      'Short.',
      doc.replace('One line of text\nthat goes on here.', 'Short.'),
    ],
    [
      'with other markup',
      'One `line` of text that *goes* on here.',
      'Short.',
      doc.replace('One line of text\nthat goes on here.', 'Short.'),
    ],
  ])('is found %s', async (_, current, wanted, expected) => {
    const done = await edited(doc, change(current, wanted));
    expect(done).toBe(expected);
    expect(await edited(done, change(current, wanted))).toBe(expected);
  });

  it('is read in the lines and the indentation of its document', async () => {
    const text = '# A\r\n\r\n- x\r\n\r\n    if (a) {\r\n      b();\r\n    }\r\n';
    expect(await edited(text, change('if (a) {\n  b();\n}', 'if (c) {\n  d();\n}'))).toBe(
      '# A\r\n\r\n- x\r\n\r\n    if (c) {\r\n      d();\r\n    }\r\n',
    );
  });

  it('is not part of a longer word', async () => {
    expect(await edited('# A\n\nreplayed\n', change('play', 'work'))).toMatch(/^\[3\].*neither the text/);
  });

  it('that only part of is there is told line by line', async () => {
    const said = await edited(
      '# A\n\nfirst line here\n\nsecond line here\n',
      change('first line here\nthird line here', 'x'),
    );
    expect(said).toContain('only some of the lines it quotes stand there (line 3)');
  });

  it('with something left out is not whole', async () => {
    const said = await edited(
      '# A\n\nfirst line here\nmiddle line\nlast line here\n',
      change('first line here\n...\nlast line here', 'x'),
    );
    expect(said).toMatch(/^\[3\]/);
  });

  it('that is half replaced is told as such', async () => {
    const changes = change('first line here\nsecond line here', 'primary line here\nsecondary line here');
    const { code, states } = await carryOut(
      { 'a.md': '# A\n\nprimary line here\nsecond line here\n' },
      `**File**: \`a.md\`\n\n${changes}`,
    );
    expect({ code, states }).toEqual({ code: 3, states: ['change-1 drifted'] });
  });

  it('of a file that is no Markdown is taken word for word alone', async () => {
    const fixSpec = (current: string) => `**File**: \`a.ts\`\n\n${change(current, 'const b = 2;')}`;
    const text = '// # A\nconst a = 1;\n';
    expect((await carryOut({ 'a.ts': text }, fixSpec('const a = 1;'))).files['a.ts']).toBe('// # A\nconst b = 2;\n');
    expect((await carryOut({ 'a.ts': text }, fixSpec('const  a = 1;'))).code).toBe(3);
  });

  describe('that stands several times', () => {
    const twice = '# A\n\n## One\n\nsame words\n\n## Two\n\nsame words\n';

    it('is refused', async () => {
      expect(await edited(twice, change('same words', 'other words'))).toContain(
        'stands 2 times, on line 5 and line 9',
      );
    });

    it.each([
      ['its line', '**Location**: line 9\n\n'],
      ['a line that is nearly right', '**Location**: line 10\n\n'],
      ['its section', '**Location**: in the "Two" section\n\n'],
      ['both', '**Location**: line 9, in `## Two`\n\n'],
    ])('is settled by %s', async (_, location) => {
      const expected = '# A\n\n## One\n\nsame words\n\n## Two\n\nother words\n';
      expect(await edited(twice, change('same words', 'other words', location))).toBe(expected);
      expect(await edited(expected, change('same words', 'other words', location))).toBe(expected);
    });

    it.each([
      ['a line far from both', '**Location**: line 40\n\n'],
      ['a line between both', '**Location**: ~line 7\n\n'],
      ['a line and a section that disagree', '**Location**: line 9, in the "One" section\n\n'],
    ])('is refused with %s', async (_, location) => {
      expect(await edited(twice, change('same words', 'other words', location))).toMatch(/^\[3\]/);
    });

    it('is told apart by lines of the unedited file, also when earlier changes have moved it', async () => {
      const long = 'new first\n\nnew second\n\nnew third\n\nnew fourth';
      const fixSpec = [
        '**File**: `a.md`\n',
        change('start here', long, '**Location**: line 3\n\n'),
        change('same words', 'other words', '**Location**: line 11\n\n').replace('Change 1', 'Change 2'),
      ].join('\n');
      // Six lines further down stands the first of the two where the second was.
      const text = '# A\n\nstart here\n\nsame words\n\nx\n\ny\n\nsame words\n';
      const expected = text.replace('start here', long).replace(/same words\n$/, 'other words\n');
      expect((await carryOut({ 'a.md': text }, fixSpec)).files['a.md']).toBe(expected);
      const first = await carryOut({ 'a.md': text }, fixSpec, '-p', 'change-1');
      expect((await carryOut({ 'a.md': first.files['a.md'] ?? '' }, fixSpec)).files['a.md']).toBe(expected);
      expect((await carryOut({ 'a.md': expected }, fixSpec)).states).toEqual(['change-1 applied', 'change-2 applied']);
    });
  });

  it('beside what it becomes is left to a person', async () => {
    expect(
      await edited('# A\n\nold words here\n\nnew words here\n', change('old words here', 'new words here')),
    ).toMatch(/^\[3\]/);
  });

  it('that the new text contains is replaced once', async () => {
    const changes = change('| 1 | 2 |', '| 1 | 2 |\n| 3 | 4 |');
    const done = await edited(doc, changes);
    expect(done).toBe(`${doc}| 3 | 4 |\n`);
    expect(await edited(done, changes)).toBe(done);
  });

  it.each([
    ['a row', '| 1 | 2 |', doc.replace('| 1 | 2 |\n', '')],
    ['an item', '- item two', doc.replace('- item two\n', '')],
    [
      'a paragraph, with one of the empty lines around it',
      'One line of text\nthat goes on here.',
      doc.replace('One line of text\nthat goes on here.\n\n', ''),
    ],
  ])('that is to go takes its line with it: %s', async (_, current, expected) => {
    const changes = `### Change 1: x\n\n**Remove**:\n\n${block(current)}\n`;
    const done = await edited(doc, changes);
    expect(done).toBe(expected);
    expect(await edited(done, changes)).toBe(expected);
  });

  it('whose new text would swallow what follows is refused', async () => {
    const said = await edited('# A\n\nold words\n\n## B\n\ntext\n', change('old words', '<!-- left open'));
    expect(said).toContain('Markdown would read the text around line 3 differently');
  });
});

describe('a text that comes in', () => {
  const doc =
    '# A\n\n## One\n\nFirst words.\n\n- item one\n- item two\n\n## Two\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\nLast words.\n';
  const insert = (location: string, text: string) =>
    `### Change 1: x\n\n**Location**: ${location}\n\n**Add**:\n\n${block(text, '````')}\n`;

  it.each([
    ['after the "One" section', 'New words.', doc.replace('- item two\n', '- item two\n\nNew words.\n')],
    ['after the "One" section, before "Two"', 'New words.', doc.replace('- item two\n', '- item two\n\nNew words.\n')],
    ['before the `## Two` section', 'New words.', doc.replace('- item two\n', '- item two\n\nNew words.\n')],
    ['after "First words."', 'New words.', doc.replace('First words.\n', 'First words.\n\nNew words.\n')],
    ['after "First wo..." (line 5)', 'New words.', '[3]'],
    ['after `- item one`', '- item 1.5', doc.replace('- item one\n', '- item one\n- item 1.5\n')],
    ['after the "item two" item', '- item three', doc.replace('- item two\n', '- item two\n- item three\n')],
    ['after the row `| 1 | 2 |`', '| 3 | 4 |', doc.replace('| 1 | 2 |\n', '| 1 | 2 |\n| 3 | 4 |\n')],
    ['after line 14 (the row "1 | 2")', '| 3 | 4 |', doc.replace('| 1 | 2 |\n', '| 1 | 2 |\n| 3 | 4 |\n')],
    ['after "Better One"', 'New words.', '[3]'],
    ['after line 5', 'New words.', '[3]'],
    ['after "First words.", before "Last words."', 'New words.', '[3]'],
    ['after "item one"', 'New words.', '[3]'],
    ['after the "One" section', '## New\n\ntext', doc.replace('- item two\n', '- item two\n\n## New\n\ntext\n')],
    ['after the "One" section', '### Deep\n\ntext', doc.replace('- item two\n', '- item two\n\n### Deep\n\ntext\n')],
  ])('%s: %s', async (location, text, expected) => {
    const done = await edited(doc, insert(location, text));
    if (expected === '[3]') expect(done).toMatch(/^\[3\]/);
    else {
      expect(done).toBe(expected);
      expect(await edited(done, insert(location, text))).toBe(expected);
    }
  });

  it('as a section that is there in other words is left to a person', async () => {
    const said = await edited(
      '# A\n\n## One\n\ntext\n\n## New\n\nother\n',
      insert('after the "One" section', '## New\n\ntext'),
    );
    expect(said).toContain('stands there in other words');
  });

  it('beside what only an earlier change brings is placed there', async () => {
    const changes =
      change('First words.', 'First words.\n\nMiddle words are here.') +
      insert('after "Middle words are here."', 'New words.').replace('Change 1', 'Change 2');
    const expected = doc.replace('First words.\n', 'First words.\n\nMiddle words are here.\n\nNew words.\n');
    expect(await edited(doc, changes)).toBe(expected);
    expect(await edited(expected, changes)).toBe(expected);
    expect(await edited(doc, changes, '-p', 'change-2')).toContain('what it should stand beside is not there');
  });
});

describe('what a person must decide', () => {
  const text = '# A\n\nold words\n\nmore words\n';

  it.each([
    [
      'prose alone',
      '### Change 1: x\n\n**Location**: line 3\n\nChange old to new.\n\n### Change 2: y\n\n**Current**:\n\n```\nmore words\n```\n\n**New**:\n\n```\nless words\n```\n',
      'in words alone',
    ],
    [
      'two options',
      '### Change 1: x\n\n**Current**:\n\n```\nold words\n```\n\n**New**:\n\n```\na\n```\n\n**New**:\n\n```\nb\n```\n',
      'several texts are offered',
    ],
    [
      'no new text',
      '### Change 1: x\n\n**Current**:\n\n```\nold words\n```\n\n### Change 2: y\n\n**Current**:\n\n```\nmore words\n```\n\n**New**:\n\n```\nless\n```\n',
      'not what it should become',
    ],
    [
      'new text without a place',
      '### Change 1: x\n\n**New**:\n\n```\na\n```\n\n### Change 2: y\n\n**Current**:\n\n```\nmore words\n```\n\n**New**:\n\n```\nless\n```\n',
      'neither what that replaces nor',
    ],
    [
      'a change beside what is read',
      `${change('old words', 'new words')}**Also update** the title.\n`,
      'in words alone',
    ],
  ])('%s keeps the file from being written', async (_, changes, said) => {
    expect(await edited(text, changes)).toContain(said);
  });

  it('can be left out with -p', async () => {
    const changes = `### Change 1: x\n\n**Location**: line 3\n\nReword it.\n\n${change('more words', 'less words').replace('Change 1', 'Change 2')}`;
    expect(await edited(text, changes)).toMatch(/^\[3\]/);
    expect(await edited(text, changes, '-p', 'change-2')).toBe('# A\n\nold words\n\nless words\n');
  });

  it('is not asked where nothing has to change', async () => {
    const changes = `${change('old words', 'new words')}### Change 2: y\n\n**Location**: line 5\n\n**Current**:\n\n\`\`\`\nmore words\n\`\`\`\n\n**Action**: No change needed.\n`;
    expect(await edited(text, changes)).toBe('# A\n\nnew words\n\nmore words\n');
  });
});

describe('the file of a change', () => {
  const pair = (file: string) =>
    `### Change 1: x\n\n${file}**Current**:\n\n\`\`\`\nold words here\n\`\`\`\n\n**New**:\n\n\`\`\`\nnew words here\n\`\`\`\n`;
  const old = '# A\n\nold words here\n';
  const done = '# A\n\nnew words here\n';

  it.each([
    ['as code', '**File**: `docs/a.md`\n\n'],
    ['as a link', '**File**: [a](docs/a.md)\n\n'],
    ['bare', '**File**: docs/a.md\n\n'],
    ['by its name alone', '**File**: `a.md`\n\n'],
    ['in words that quote it', 'It stands in `docs/a.md` and in `docs/b.md`.\n\n'],
  ])('is named %s', async (_, file) => {
    const { code, files } = await carryOut({ 'docs/a.md': old, 'docs/b.md': '# B\n' }, pair(file));
    expect({ code, text: files['docs/a.md'] }).toEqual({ code: 0, text: done });
  });

  it('is named in the label or in a heading above', async () => {
    const inLabel = pair('').replace('**Current**:', '**Current** (in `docs/a.md`):');
    const above = `## Phase 1 — \`docs/a.md\`\n\n${pair('')}`;
    for (const fixSpec of [inLabel, above])
      expect((await carryOut({ 'docs/a.md': old }, fixSpec)).files['docs/a.md']).toBe(done);
  });

  it.each([
    ['outside', '**File**: `../a.md`\n\n', 'lies outside the working directory'],
    ['at an absolute path', '**File**: `/etc/a.md`\n\n', 'lies outside the working directory'],
    ['absent', '**File**: `docs/c.md`\n\n', 'its file does not exist'],
    ['one of several of that name', '**File**: `same.md`\n\n', 'several files have the name'],
    ['not named', '**Location**: line 3\n\n', 'its file is not named'],
  ])('that is %s is refused, and others go on', async (_, file, said) => {
    const both = `${pair(file)}\n${pair('**File**: `docs/a.md`\n\n').replace('Change 1', 'Change 2')}`;
    const { code, files, messages } = await carryOut({ 'docs/a.md': old, 'x/same.md': old, 'y/same.md': old }, both);
    expect({ code, text: files['docs/a.md'], same: files['x/same.md'] }).toEqual({ code: 3, text: done, same: old });
    expect(messages.join()).toContain(said);
  });

  it('can be named or narrowed behind --from', async () => {
    expect(
      (await carryOut({ 'docs/a.md': old }, pair('**Location**: line 3\n\n'), 'docs/a.md')).files['docs/a.md'],
    ).toBe(done);
    const both = `${pair('**File**: `b.md`\n\n')}\n${pair('**File**: `docs/a.md`\n\n').replace('Change 1', 'Change 2')}`;
    const { states, files } = await carryOut({ 'docs/a.md': old, 'b.md': old }, both, 'docs/a.md');
    expect(states).toEqual(['change-2 pending']);
    expect(files).toEqual({ 'docs/a.md': done, 'b.md': old });
  });
});

describe('an OpenSpec delta', () => {
  const path = 'openspec/specs/cli/spec.md';
  const part = (name: string, text: string, scenario = 'Works') =>
    `### Requirement: ${name}\n${text}\n\n#### Scenario: ${scenario}\n- **WHEN** run\n- **THEN** done\n`;
  const spec = `# cli\n\n## Purpose\nA tool.\n\n## Requirements\n${part('One', 'It SHALL a.')}\n${part('Two', 'It SHALL b.')}`;

  it('adds, replaces, removes and renames', async () => {
    const delta = `## ADDED Requirements\n\n${part('Three', 'It SHALL c.')}\n## MODIFIED Requirements\n\n${part('Uno', 'It SHALL d.')}\n## REMOVED Requirements\n\n### Requirement: Two\n**Reason**: gone.\n\n## RENAMED Requirements\n- FROM: \`### Requirement: One\`\n- TO: \`### Requirement: Uno\`\n`;
    const expected = `# cli\n\n## Purpose\nA tool.\n\n## Requirements\n${part('Uno', 'It SHALL d.')}\n${part('Three', 'It SHALL c.')}`;
    const { code, files, messages } = await carryOut(
      { [path]: spec, 'openspec/specs/other/spec.md': '# other\n' },
      delta,
    );
    expect({ code, messages }).toEqual({ code: 0, messages: [] });
    expect(files[path]).toBe(expected);
  });

  it('that repeats some scenarios and lacks others is left to a person', async () => {
    const stale = `## MODIFIED Requirements\n\n${part('One', 'It SHALL e.')}`;
    const grown = spec.replace(
      '\n### Requirement: Two',
      '\n#### Scenario: Later\n- **WHEN** late\n\n### Requirement: Two',
    );
    const { code, files, messages } = await carryOut({ [path]: grown }, stale);
    expect({ code, text: files[path] }).toEqual({ code: 3, text: grown });
    expect(messages.join()).toContain('has parts that the new text leaves out: “Scenario: Later”');
    const over = await carryOut({ [path]: grown }, stale, '--overwrite', 'change-1');
    expect(over.files[path]).toBe(spec.replace('It SHALL a.', 'It SHALL e.'));
  });

  it('goes to the spec of its own path', async () => {
    const own = 'openspec/changes/more/specs/cli/spec.md';
    const folder = folderWith({
      [path]: spec,
      'openspec/specs/other/spec.md': spec,
      [own]: `## ADDED Requirements\n\n${part('Three', 'c')}`,
    });
    const { code } = await cli(folder, ['--from', own, '--write']);
    expect(code).toBe(0);
    expect(readFileSync(join(folder, path), 'utf8')).toContain('Requirement: Three');
    expect(readFileSync(join(folder, 'openspec/specs/other/spec.md'), 'utf8')).toBe(spec);
  });
});

describe('--from', () => {
  const folder = () =>
    folderWith({
      'a.md': '# A\n\nold words here\n',
      'fix.md': `**File**: \`a.md\`\n\n${change('old words here', 'new words here')}`,
    });

  it('previews, checks and writes like the built-in patches', async () => {
    const at = folder();
    const preview = await cli(at, ['--from', 'fix.md']);
    expect({ code: preview.code, out: preview.out }).toEqual({
      code: 0,
      out: '--- a/a.md\n+++ b/a.md\n@@ -1,3 +1,3 @@\n # A\n \n-old words here\n+new words here\n',
    });
    expect((await cli(at, ['--from', 'fix.md', '--check'])).code).toBe(1);
    expect((await cli(at, ['--from', 'fix.md', '--write'])).code).toBe(0);
    const after = await cli(at, ['--from', 'fix.md', '--check']);
    expect(after.code).toBe(0);
    expect(after.err).toBe('a.md\n  applied   change-1  is there (line 3)\n\nNothing to do.\n');
  });

  it('lists and explains', async () => {
    const at = folder();
    expect((await cli(at, ['list', '--from', 'fix.md'])).out).toBe(
      'change-1: Change 1: one\n  replaces one line: “old words here” by one line: “new words here”\n  from line 7 of the fix spec\n  in a.md\n',
    );
    expect((await cli(at, ['explain', 'change-1', '--from', 'fix.md'])).out).toBe(
      'change-1: Change 1: one\n  replaces one line: “old words here” by one line: “new words here”\n  from line 7 of the fix spec\n\n' +
        'a.md: pending\n  - the text as it should be: does not stand there as a whole\n  - the text as it stands: line 3, word for word\n  = replaces line 3\n',
    );
    const { files } = JSON.parse((await cli(at, ['--from', 'fix.md', '-r', 'json'])).out);
    expect(files[0].patches[0]).toMatchObject({
      id: 'change-1',
      located: 'word for word',
      origin: { line: 7, repairs: [] },
    });
  });

  it.each([
    [['--from', 'none.md'], 2, 'there is no such file'],
    [['--from', 'a.md'], 2, 'Cannot find a change in `a.md`'],
    [['--from', 'fix.md', '-p', 'change-9'], 2, 'Cannot find a patch `change-9`'],
    [['--from', 'fix.md', '-'], 2, 'Expected no `-` beside `--from`'],
    [['--from', 'fix.md', 'none.md'], 2, 'there is no such file or directory'],
    [['--from', 'fix.md', '-r', 'json=fix.md'], 2, 'it is one of the files of this run'],
    [['--from', '.'], 4, 'it is not a regular file'],
  ])('%j is exit %i', async (argv, code, said) => {
    const ran = await cli(folder(), argv);
    expect(ran.code).toBe(code);
    expect(ran.err).toContain(said);
  });
});

describe('real fix specs', () => {
  const corpus = join(shared, 'corpus/fix-specs');
  const isAbsent = skipWithout(corpus);
  const names = isAbsent ? [] : readdirSync(corpus);
  const textsIn = (folder: string): Record<string, string> =>
    Object.fromEntries(
      readdirSync(folder, { recursive: true, withFileTypes: true, encoding: 'utf8' })
        .filter((entry) => entry.isFile())
        .map((entry) => {
          const path = join(entry.parentPath, entry.name);
          return [path.slice(folder.length + 1), readFileSync(path, 'utf8')];
        }),
    );

  it.skipIf(isAbsent)(
    'are carried out as their repositories did, or refused; a second run changes nothing',
    { timeout: 240_000 },
    async () => {
      let equal = 0;
      for (const name of names) {
        const before = textsIn(join(corpus, name, 'before'));
        const after = textsIn(join(corpus, name, 'after'));
        const fixSpec = readFileSync(join(corpus, name, 'fix-spec.md'), 'utf8');
        const first = await carryOut(before, fixSpec);
        for (const [path, text] of Object.entries(before)) {
          const now = first.files[path];
          if (now === after[path] && now !== text) equal += 1;
        }
        const second = await carryOut(first.files as Record<string, string>, fixSpec);
        expect(second.files).toEqual(first.files);
        expect([0, 2, 3]).toContain(first.code);
        if (first.code === 0) expect(second.states.filter((state) => !state.endsWith(' applied'))).toEqual([]);
      }
      expect(equal).toBeGreaterThanOrEqual(25);
    },
  );

  it.skipIf(isAbsent)('are the only documents in which changes are found', () => {
    const specs = join(shared, 'corpus/specs');
    const found = readdirSync(specs).filter(
      (name) => readInstructions(readFileSync(join(specs, name), 'utf8')).length > 0,
    );
    // It is a fix spec itself, kept among the specs of its repository.
    expect(found.map((name) => name.slice(0, 3))).toEqual(['077']);
    for (const name of names) readFixSpec(readFileSync(join(corpus, name, 'fix-spec.md'), 'utf8'));
  });
});
