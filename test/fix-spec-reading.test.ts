import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { carryOut, edited } from './fix-spec-support.js';
import { cli, folderWith, skipOnWindows } from './support.js';

const text = '# A\n\nfoo words here\n\nbaz words here\n';
const md = (content: string, info = 'markdown') => `\`\`\`${info}\n${content}\n\`\`\``;
const pair = `**Current**:\n\n${md('foo words here')}\n\n**Replace with**:\n\n${md('bar words here')}\n`;

// What an author may have meant otherwise, or not at all: a wrong edit is worse than none.
describe('a doubt in the fix spec keeps the file as it is', () => {
  it.each([
    [
      'a new text in words',
      `**Current**: \`foo words\`\n\n**Replace with**: the new wording.\n\nTo check, run:\n\n${md('npm run x')}`,
    ],
    [
      'a new text in code and words',
      `**Current**: \`foo words\`\n\n**New**: \`bar\` (or \`baz\` elsewhere)\n\n${md('ls')}`,
    ],
    [
      'a quotation between a label and a block',
      `**Location**: after "foo words here"\n\n**Add**:\n\n> bar\n\nVerify:\n\n${md('grep bar')}`,
    ],
    [
      'a list between a label and a block',
      `**Current**: \`foo words\`\n\n**Replace with**:\n\n1. First install:\n\n${md('npm i')}\n`,
    ],
    [
      'labels that are prose',
      `**Before** you start, note the form:\n\n${md('foo words here')}\n\n**After** the release it is:\n\n${md('bar')}`,
    ],
    [
      'options by heading',
      `#### Option A: short\n\n${pair}\n#### Option B: long\n\n${pair.replace('bar', 'long bar')}`,
    ],
    ['options by label', `${pair}\n**Alternative**:\n\n${md('qux words here')}`],
    [
      'an option for each text',
      `**Option A - first**:\n\n${pair}\n**Option B - second**:\n\n${pair.replaceAll('foo', 'baz')}`,
    ],
    ['a second text', `${pair}\nand below it:\n\n${md('qux words here')}`],
    ['either of two texts', `${pair}\nor:\n\n${md('qux words here')}`],
    ['several lines', `**Location**: lines 3, 5 and 9\n\n${pair}`],
    ['all occurrences', `**Location**: line 3 (all occurrences)\n\n${pair}`],
    ['a new text that leaves something out', pair.replace('bar words here', 'bar words here\n...')],
    ['code that stays as it is', pair.replace('bar words here', 'bar\n// ... existing code ...\nend')],
    ['a rest in brackets', pair.replace('bar words here', 'bar\n[rest of the file]')],
    ['a diff', `**Current**:\n\n${md('foo words here')}\n\n**New**:\n\n${md('-foo\n+bar', 'diff')}`],
    ['a ban', `Do not apply this:\n\n${pair}`],
    [
      'an opening fence that is missing',
      `**Current**:\n\n${md('foo words here')}\n\n**New**:\n\n- bar\n\n    \`\`\`go\n    if x {\n    }\n    \`\`\`\n\n\`\`\`\n\n### Change 2: y\n\n${pair.replaceAll('foo', 'baz')}`,
    ],
    [
      'a closing fence that is missing',
      `${pair.replace('bar words here\n```', 'bar words here\n')}\n### Change 2: y\n\n${pair.replaceAll('foo', 'baz')}`,
    ],
  ])('%s', async (_, changes) => {
    const said = await edited(text, `### Change 1: x\n\n${changes}`);
    expect(said).toMatch(/^\[(?:2|3)\]/);
  });

  it.each([
    ['two files', '**Files**: `a.md`, `b.md`'],
    ['two files in words', '**File**: `a.md` and `b.md`'],
    ['two files in a list', '**Files**:\n\n- `a.md`\n- `b.md`'],
    ['a pattern', '**File**: `*.md`'],
    ['words', '**File**: the a.md of the docs'],
    ['the fix spec itself', '**File**: `fix.md`'],
    ['a hook of git', '**File**: `.git/a.md`'],
  ])('%s', async (_, file) => {
    const files = { 'a.md': text, 'b.md': text, '.git/a.md': text };
    const { code, files: after } = await carryOut(
      files,
      `# Fix\n\n### Change 1: see \`a.md\`, too\n\n${file}\n\n${pair}`,
    );
    expect({ code, after }).toEqual({ code: 3, after: files });
  });
});

describe('an order in words', () => {
  it.each([
    ['under a numbered heading', '### Change 2: Limits\n\nChange the word “baz” to “qux”.\n'],
    ['behind a bold word', '### More\n\n**Remove** the second paragraph.\n'],
    ['behind a bold word, for a person', '### More\n\n**Update** the title as well.\n'],
  ])('%s keeps the file from being written', async (_, more) => {
    expect(await edited(text, `### Change 1: x\n\n${pair}\n${more}`)).toContain('it is told in words alone');
  });

  it('that something else stays is no reason to leave a change out', async () => {
    const changes = `### Change 1: x\n\nNo changes are needed in the title.\n\n**Current**:\n\n${md('foo words here')}\n`;
    expect(await edited(text, `${changes}\n### Change 2: y\n\n${pair.replaceAll('foo', 'baz')}`)).toContain(
      'not what it should become',
    );
  });
});

describe('a place beside a heading', () => {
  const doc = '# A\n\n## Setup\n\nOld.\n\n### Sub\n\ntext\n\n## End\n\nlast\n';
  const under = doc.replace('## Setup\n', '## Setup\n\nNew.\n');
  const behind = doc.replace('text\n', 'text\n\nNew.\n');
  it.each([
    ['after the heading "## Setup"', under],
    ['after the `## Setup` heading', under],
    ['immediately after `## Setup`', under],
    ['directly under the heading "Setup"', under],
    ['after the "Setup" section', behind],
    ['at the end of the "Setup" section', behind],
    ['at the end of section ‘Setup’', behind],
  ])('%s', async (location, expected) => {
    const changes = `### Change 1: x\n\n**Location**: ${location}\n\n**Add**:\n\n${md('New.')}\n`;
    expect(await edited(doc, changes)).toBe(expected);
    expect(await edited(expected, changes)).toBe(expected);
  });
});

describe('what is no instruction', () => {
  it.each([
    ['is commented out', `<!--\n### Change 2: y\n\n${pair.replaceAll('foo', 'baz')}\n-->\n`],
    ['was rejected', `### Rejected: Change 2\n\n${pair.replaceAll('foo', 'baz')}`],
  ])('%s', async (_, more) => {
    expect(await edited(text, `### Change 1: x\n\n${pair}\n${more}`)).toBe(text.replace('foo', 'bar'));
  });
});

describe('a file is taken as it is written', () => {
  it.each(['app/[id]/page.md', 'my docs/a.md', '.env', 'Dockerfile'])('%s', async (path) => {
    const files = { [path]: text, 'a.md': text };
    const { code, files: after } = await carryOut(
      files,
      `### Change 1: like \`a.md\`\n\n**File**: \`${path}\`\n\n${pair}`,
    );
    expect({ code, after }).toEqual({ code: 0, after: { ...files, [path]: text.replace('foo', 'bar') } });
  });

  it.each([
    ['a copy in `vendor`', 'docs/a.md', 'vendor/lib/docs/a.md'],
    ['a cache', 'docs/a.md', '.cache/old/docs/a.md'],
  ])('%s is another file', async (_, written, path) => {
    const { code, files } = await carryOut({ [path]: text }, `### Change 1: x\n\n**File**: \`${written}\`\n\n${pair}`);
    expect({ code, files }).toEqual({ code: 3, files: { [path]: text } });
  });

  it('so is one of another letter case', async () => {
    const files = { 'README.md': '# R\n', 'sub/readme.md': text };
    const { code } = await carryOut(files, `### Change 1: x\n\n**File**: \`readme.md\`\n\n${pair}`);
    expect(code).toBe(3);
  });

  it.skipIf(skipOnWindows('symbolic links'))('so is one behind a link, also when links are followed', async () => {
    const outside = folderWith({ 'a.md': text });
    const folder = folderWith({ 'fix.md': `### Change 1: x\n\n**File**: \`link.md\`\n\n${pair}` });
    symlinkSync(join(outside, 'a.md'), join(folder, 'link.md'));
    for (const argv of [['--write'], ['--write', '--follow-symlinks']])
      expect((await cli(folder, ['--from', 'fix.md', ...argv])).code).toBe(3);
    expect(readFileSync(join(outside, 'a.md'), 'utf8')).toBe(text);
  });
});

describe('changes of one fix spec', () => {
  const inserts = ['one', 'two', 'three'].map(
    (name, at) =>
      `### Change ${at + 1}: ${name}\n\n**Location**: after "foo words here"\n\n**Add**:\n\n${md(`New ${name}.`)}\n`,
  );
  const expected = text.replace('here\n\nbaz', 'here\n\nNew one.\n\nNew two.\n\nNew three.\n\nbaz');

  it.each([
    ['1', '2', '3'],
    ['3', '2', '1'],
    ['2', '3', '1'],
    ['2', '1', '3'],
  ])('at one place come in their order, applied as %s, %s, %s', async (...order) => {
    let now = text;
    for (const at of order) now = await edited(now, inserts.join('\n'), '-p', `change-${at}`);
    expect(now).toBe(expected);
    expect(await edited(text, inserts.join('\n'))).toBe(expected);
  });

  it('that say the same twice are left to a person', async () => {
    expect(await edited(text, `${inserts[0]}\n${inserts[0]?.replace('Change 1', 'Change 2')}`)).toContain(
      'both change line 3',
    );
  });

  it('that move lines are counted back, also where only one is asked for', async () => {
    const doc = `intro words\n\n${'x\n\n'.repeat(3)}timeout: 30\n\n${'y\n\n'.repeat(4)}timeout: 30\n`;
    const long = Array.from({ length: 6 }, (_, at) => `intro ${at}`).join('\n\n');
    const changes = [
      `### Change 1: x\n\n**Current**:\n\n${md('intro words')}\n\n**New**:\n\n${md(long)}\n`,
      `### Change 2: y\n\n**Location**: line 19\n\n**Current**:\n\n${md('timeout: 30')}\n\n**New**:\n\n${md('timeout: 60')}\n`,
    ].join('\n');
    const whole = await edited(doc, changes);
    expect(whole).toMatch(/timeout: 30\n[\s\S]*timeout: 60\n$/);
    const first = await edited(doc, changes, '-p', 'change-1');
    expect(await edited(first, changes, '-p', 'change-2')).toBe(whole);
  });

  it('are explained as what they are among the others', async () => {
    const chained = [
      `### Change 1: x\n\n**Current**:\n\n${md('foo words here')}\n\n**New**:\n\n${md('foo words here\n\nMiddle words are here.')}\n`,
      `### Change 2: y\n\n**Location**: after "Middle words are here."\n\n**Add**:\n\n${md('New words that are long enough.')}\n`,
    ].join('\n');
    const folder = folderWith({ 'a.md': text, 'fix.md': `**File**: \`a.md\`\n\n${chained}` });
    const { out } = await cli(folder, ['explain', 'change-2', '--from', 'fix.md']);
    expect(out).toContain('a.md: pending\n  - in the document itself it has no place, but in what `change-1` brings');
    expect(out).not.toContain('change-1:');
  });

  it('to a file that the command line leaves out are told', async () => {
    const folder = folderWith({
      'a.md': text,
      'b.md': text,
      'fix.md': `### Change 1: x\n\n**File**: \`a.md\`\n\n${pair}`,
    });
    const { code, err } = await cli(folder, ['--from', 'fix.md', 'b.md']);
    expect({ code, err }).toEqual({ code: 2, err: 'error Cannot find a change in `fix.md` to `b.md`\n' });
  });

  it('and of a delta in the same document are all carried out', async () => {
    const spec = '# cli\n\n## Requirements\n\n### Requirement: One\nIt SHALL a.\n';
    const fixSpec = `## ADDED Requirements\n\n### Requirement: Two\nIt SHALL b.\n\n## Docs\n\n### Change 1: x\n\n**File**: \`a.md\`\n\n${pair}`;
    const { code, files } = await carryOut({ 'openspec/specs/cli/spec.md': spec, 'a.md': text }, fixSpec);
    expect(code).toBe(0);
    expect(files['a.md']).toContain('bar words here');
    expect(files['openspec/specs/cli/spec.md']).toBe(`${spec}\n### Requirement: Two\nIt SHALL b.\n`);
  });
});

describe('a large or hostile fix spec', () => {
  const many = 40_000;
  it.each([
    ['fences that open', '```md\n'.repeat(many)],
    ['fences that close', `**Current**:\n\n\`\`\`md\n${'```\n\n'.repeat(many)}`],
    ['inner fences', `**Current**:\n\n\`\`\`md\n${'```js\n'.repeat(many)}\`\`\`\n`],
    ['labels', '**File**: `a.md`\n\n**Current**:\n'.repeat(many)],
    ['headings', '# x\n'.repeat(many)],
    ['lines', `## Change 1\n\n**File**: \`a.md\`\n\n${'see `b.md`\n'.repeat(many)}`],
    ['places', `**Location**: ${'after "x" '.repeat(many)}\n`],
    ['quotes that are not closed', `**Location**: ${'"a '.repeat(many)}\n`],
    ['a comment that is not closed', `<!--\n${'x\n'.repeat(many)}`],
  ])('of %s is read in the time that its size is given', async (_, fixSpec) => {
    const folder = folderWith({ 'a.md': text, 'fix.md': fixSpec });
    // What is quadratic ends with 4, by the deadline.
    expect([0, 2, 3]).toContain((await cli(folder, ['--from', 'fix.md'])).code);
  });

  it('of many changes that name no file is looked up once for each name', async () => {
    const mentions = Array.from({ length: 60 }, (_, at) => `\`none-${at}.md\``).join(' ');
    const changes = Array.from({ length: 200 }, () => pair).join('\n');
    const folder = folderWith({ 'a.md': text, 'fix.md': `# Fix\n\n${mentions}\n\n${changes}` });
    mkdirSync(join(folder, 'deep'));
    writeFileSync(join(folder, 'deep/b.md'), text);
    // Looked up for each change, they take many minutes.
    expect((await cli(folder, ['--from', 'fix.md'])).code).toBe(3);
  });
});
