import { describe, expect, it } from 'vitest';
import { section } from '../src/anchor.js';
import { readDocument } from '../src/document.js';
import { statusOf } from '../src/status.js';
import { block, carryOut, change, edited } from './fix-spec-support.js';

const insert = (location: string, text: string, number = 1) =>
  `### Change ${number}: x\n\n**Location**: ${location}\n\n**Add**:\n\n${block(text, '````')}\n\n`;
const remove = (text: string, location = '', number = 1) =>
  `### Change ${number}: x\n\n${location === '' ? '' : `**Location**: ${location}\n\n`}**Remove**:\n\n${block(text, '````')}\n\n`;
const at = (location: string) => `**Location**: ${location}\n\n`;

type Row = readonly [what: string, text: string, changes: string, expected: string | RegExp];

/** Each row is carried out; where that succeeds, a second time with the same result. */
async function judge([, text, changes, expected]: Row): Promise<void> {
  const done = await edited(text, changes);
  if (typeof expected !== 'string') {
    expect(done).toMatch(/^\[3\]/);
    expect(done).toMatch(expected);
  } else {
    expect(done).toBe(expected);
    expect(await edited(done, changes)).toBe(expected);
  }
}

describe('a quotation that is part of a line', () => {
  it.each<Row>([
    ['in words', '# A\n\nThe word "foo", here.\n', change('foo', 'bar'), '# A\n\nThe word "bar", here.\n'],
    ['before a full stop', '# A\n\nThis is foo.\n', change('foo', 'bar'), '# A\n\nThis is bar.\n'],
    ['within marks', '# A\n\nUse **`foo`** now.\n', change('foo', 'bar'), '# A\n\nUse **`bar`** now.\n'],
    ['in Japanese', '# A\n\n設定値はfooです。\n', change('foo', 'bar'), '# A\n\n設定値はbarです。\n'],
    ['behind a hyphen', '# A\n\nconnect-timeout: 30 s\n', change('timeout: 30', 'timeout: 60'), /neither the text/],
    ['of a number', '# A\n\nwait timeout: 30.5\n', change('timeout: 30', 'timeout: 60'), /neither the text/],
    ['of a path', '# A\n\nsee docs/foo.md there\n', change('foo', 'bar'), /neither the text/],
    ['of a name', '# A\n\nsee my_foo_bar there\n', change('foo', 'bar'), /neither the text/],
    ['of a contraction', "# A\n\nwe don't mind\n", change('don', 'do'), /neither the text/],
    ['of a row', '# A\n\n| a | b | c |\n| - | - | - |\n| 1 | 2 | 3 |\n', change('| 1 | 2 |', '| 1 | 9 |'), /neither/],
    ['of a longer item', '# A\n\n- item one two\n', change('- item one', '- item 1'), /neither/],
    ['of a deeper heading', '# A\n\n### B c\n\ntext\n', change('# B c', '# B d'), /neither/],
    ['with several new lines', '# A\n\nOne foo here.\n', change('foo', 'bar\nbaz'), /cannot become several lines/],
    ['that becomes an item', '# A\n\nfoo here.\n', change('foo', '- foo'), /at the start of a line/],
    [
      'with other cells',
      '# A\n\n| a | b |\n| - | - |\n| x one | 2 |\n',
      change('one', 'one | two'),
      /would get other cells/,
    ],
    ['that leaves a marker', '# A\n\n- foo\n- bar\n', remove('foo'), /nothing is left on line 3/],
  ])('%s', async (...row) => judge(row));
});

describe('a quotation that is indented otherwise', () => {
  it.each<Row>([
    [
      'keeps the indentation for every new line',
      '# A\n\n- top\n  - item a\n  - item b\n- last\n',
      change('- item b', '- item b\n- item c'),
      '# A\n\n- top\n  - item a\n  - item b\n  - item c\n- last\n',
    ],
    ['keeps a hard break', 'Name: x  \nSecond\n', change('Name: x', 'Name: y'), 'Name: y  \nSecond\n'],
    [
      'keeps tabs',
      '# A\n\n```go\n\tif a {\n\t\tb()\n\t}\n```\n',
      change('if a {\n\tb()\n}', 'if c {\n\td()\n}'),
      '# A\n\n```go\n\tif c {\n\t\td()\n\t}\n```\n',
    ],
    [
      'by tabs against spaces is another',
      '# A\n\n```go\n\tif a {\n\t\tb()\n```\n',
      change('if a {\n  b()', 'x'),
      /\[3\]/,
    ],
  ])('%s', async (...row) => judge(row));

  it('never becomes several lines where it is no Markdown', async () => {
    const fixSpec = (wanted: string) => `**File**: \`a.py\`\n\n${change('return x', wanted)}`;
    const text = 'def f():\n    return x\n';
    expect((await carryOut({ 'a.py': text }, fixSpec('return y'))).files['a.py']).toBe('def f():\n    return y\n');
    const several = await carryOut({ 'a.py': text }, fixSpec('if y:\n    return x\nreturn z'));
    expect({ code: several.code, text: several.files['a.py'] }).toEqual({ code: 3, text });
  });
});

describe('a quotation with other line breaks', () => {
  it.each<Row>([
    [
      'is never code',
      '# A\n\n```text\none line of code that\ngoes on here\n```\n',
      change('one line of code that goes on here', 'x'),
      /\[3\]/,
    ],
    [
      'is one paragraph',
      '# A\n\n- one item of words\n- two item of words\n',
      change('one item of words - two item of words', 'x'),
      /\[3\]/,
    ],
    [
      'is an item',
      '# A\n\n- one item of words\n  that goes on\n- b\n',
      change('- one item of words that goes on', '- one'),
      '# A\n\n- one\n- b\n',
    ],
    [
      'is several whole paragraphs',
      '# A\n\nOne line of\ntext here.\n\nMore of\nit.\n\nend\n',
      change('One line of text here.\n\nMore of it.', 'Short.'),
      '# A\n\nShort.\n\nend\n',
    ],
  ])('%s', async (...row) => judge(row));
});

describe('a place that is named', () => {
  const two = '# A\n\n## Production\n\nretries: 3\n\n## Staging\n\nretries: 4\n';

  it.each<Row>([
    [
      'by another section than holds it is refused',
      two,
      change('retries: 3', 'retries: 5', at('In the "Staging" section')),
      /stands on line 5 alone, and not in “Staging”/,
    ],
    [
      'by its section is taken',
      two,
      change('retries: 3', 'retries: 5', at('In the "Production" section')),
      two.replace('3', '5'),
    ],
    [
      'by lines where only a looser reading finds it is ambiguous',
      `# A\n\n- retries: 3\n${'\n'.repeat(12)}## Staging\n\n- x\n  - retries: 3\n`,
      change('- retries: 3', '- retries: 5', at('line 19')),
      /stands 2 times/,
    ],
    [
      'as a line and as part of one is ambiguous',
      '# A\n\nFirst words\n\nThe "First words" again\n\nend\n',
      insert('after "First words"', 'New.'),
      /leads to 2 places, behind line 3 and line 5/,
    ],
  ])('%s', async (...row) => judge(row));

  it('by lines is not believed once a removal was carried out', async () => {
    const text = `# A\n\n${'first line\n'.repeat(1)}\nsame words\n\nx\n\ny\n\nsame words\n`;
    const fixSpec = `**File**: \`a.md\`\n\n${remove('gone already, long ago')}${change('same words', 'other', at('line 11')).replace('Change 1', 'Change 2')}`;
    const { states } = await carryOut({ 'a.md': text }, fixSpec);
    expect(states).toEqual(['change-1 applied', 'change-2 ambiguous']);
  });

  it('by lines is not believed where the text is no Markdown', async () => {
    const fixSpec = `**File**: \`a.ts\`\n\n${change('const a = 1;', 'const b = 2;', at('line 3'))}`;
    const { code, states } = await carryOut({ 'a.ts': 'const a = 1;\n\nconst a = 1;\n' }, fixSpec);
    expect({ code, states }).toEqual({ code: 3, states: ['change-1 ambiguous'] });
  });
});

describe('a text that comes into a table', () => {
  const doc = '# A\n\n| Name | Value |\n| --- | --- |\n| a | 1 |\n\nend\n';

  it.each<Row>([
    [
      'after its header row',
      doc,
      insert('after `| Name | Value |`', '| b | 2 |'),
      doc.replace('| a |', '| b | 2 |\n| a |'),
    ],
    ['with other cells', doc, insert('after `| a | 1 |`', '| b | 2 | 3 |'), /inside a table/],
    [
      'as a table of its own',
      doc,
      insert('after `| a | 1 |`', '| Key | Val |\n| --- | --- |\n| x | y |'),
      doc.replace('| a | 1 |\n', '| a | 1 |\n\n| Key | Val |\n| --- | --- |\n| x | y |\n'),
    ],
    ['and one that goes, its header', doc, remove('| Name | Value |'), /differently/],
  ])('%s', async (...row) => judge(row));
});

describe('a text that comes into a list', () => {
  const doc = '# A\n\n- Install\n  - node\n  - npm\n- Run\n';

  it.each<Row>([
    [
      'goes behind an item and its children',
      doc,
      insert('after "Install"', '- Go on'),
      doc.replace('- Run', '- Go on\n- Run'),
    ],
    ['goes behind a child', doc, insert('after "npm"', '- pnpm'), doc.replace('- npm\n', '- npm\n  - pnpm\n')],
    [
      'is never put into code',
      '# A\n\n- x\n\n  ```sh\n  npm ci\n  ```\n- z\n',
      insert('after "npm ci"', '- y'),
      /inside a code block/,
    ],
    ['has its bullets', '# A\n\n* One\n* Two\n', insert('after `* One`', '- New'), /inside a list/],
    ['has its numbers', '# A\n\n1. One\n2. Two\n', insert('after `1. One`', '- New'), /inside a list/],
    ['and an item that goes leaves no children', doc, remove('- Install'), /what stands below the item/],
    ['and an item that goes with its children', doc, remove('- Install\n  - node\n  - npm'), '# A\n\n- Run\n'],
  ])('%s', async (...row) => judge(row));
});

describe('a text that comes after a heading', () => {
  const doc = '# A\n\n## Setup\n\nOld.\n\n### Sub\n\ntext\n\n## End\n\nlast\n';

  it.each<Row>([
    [
      'may mean all that stands under it',
      doc,
      insert('after `## Setup`', 'New line.'),
      /leads to 2 places, behind line 3 and line 9/,
    ],
    [
      'means the heading where it says so',
      doc,
      insert('after the `## Setup` heading', 'New line.'),
      doc.replace('## Setup\n', '## Setup\n\nNew line.\n'),
    ],
    [
      'is settled by a line',
      doc,
      insert('after line 3, the `## Setup` heading', 'New line.'),
      doc.replace('## Setup\n', '## Setup\n\nNew line.\n'),
    ],
    [
      'is certain where there is nothing under it',
      '# A\n\n## Setup\n',
      insert('after `## Setup`', 'New.'),
      '# A\n\n## Setup\n\nNew.\n',
    ],
    [
      'as a section goes behind the section',
      doc,
      insert('after `## Setup`', '## New\n\nx'),
      doc.replace('## End', '## New\n\nx\n\n## End'),
    ],
  ])('%s', async (...row) => judge(row));
});

describe('what stands already', () => {
  it.each<Row>([
    [
      'is not added twice',
      '# A\n\nold words\n\nmiddle\n\nadded words here\n',
      change('old words', 'old words\n\nadded words here'),
      /\[3\]/,
    ],
    [
      'is no part of a longer line',
      '# A\n\n- One\n\n## B\n\n- Use caching for assets\n',
      insert('after `- One`', '- Use caching'),
      '# A\n\n- One\n- Use caching\n\n## B\n\n- Use caching for assets\n',
    ],
    [
      'in other letter case is not removed',
      '# A\n\nThe Old Words here.\n',
      remove('The old words here'),
      /line 3 says the same/,
    ],
    ['in other words is removed', '# A\n\nnew words\n', remove('The old words here'), '# A\n\nnew words\n'],
  ])('%s', async (...row) => judge(row));

  it.each([
    ['Requirement: User log-in flow', 'missing'],
    ['Requirement: Something else', 'applied'],
    ['Requirement: Phase 2 of checks', 'applied'],
  ])('under a heading that is not quite “%s” is %s', (name, state) => {
    const text = '# cli\n\n### Requirement: User login flow\n\nIt SHALL a.\n\n### Requirement: Phase 1 of checks\n';
    const patch = {
      id: 'a',
      title: 'a',
      change: { kind: 'replaceSection' as const, anchors: [section(name)] },
      checks: [],
    };
    expect(statusOf(readDocument('a.md', text), patch).status.state).toBe(state);
  });
});
