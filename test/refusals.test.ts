import { describe, expect, it } from 'vitest';
import { readDocument } from '../src/document.js';
import { plan } from '../src/plan.js';
import { messagesOf } from '../src/report/message.js';
import { patchText } from '../src/run.js';
import { verify } from '../src/verify.js';
import { example, finished, patchesOf, planOf, statesOf, swap, templateIn } from './support.js';

const run = (text: string) =>
  patchText(text, 'spec.md', { mode: 'dry-run', patches: patchesOf(), overwrite: new Set(), context: 3 });

const errors = (text: string) => {
  const result = run(text);
  expect([result.exitCode, result.changed, result.diff]).toEqual([3, false, '']);
  return result.messages.filter(({ level }) => level === 'error').map(({ text: said }) => said);
};

describe('a refusal names the patch, what was sought, what stands there, and the remedy', () => {
  it('when a heading is gone', () => {
    expect(errors(swap(example, '## Prerequisites\n', '## Prerequisite\n'))).toEqual([
      'Cannot place `cors-configuration`: there is no heading “Prerequisites”; did you mean “Prerequisite” (line 45)? Rename the heading back',
    ]);
    expect(errors(swap(example, '### Better Auth Installation\n', ''))[0]).toMatch(
      /^Cannot place `database-schema`: there is no heading “Better Auth Installation”; the document begins with “Feature Specification: .*” \(line 1\); check that this is the right file$/,
    );
  });

  it('when the heading of the diagram is gone and its lines hold something else', () => {
    const text = `Intro.\n\n${swap(example, '### Authentication Flow', '### Sign-in')}`;
    expect(errors(text)).toEqual([
      'Cannot place `flow-diagram`: there is no heading “Authentication Flow”, and lines 8-33 hold a heading “Architecture” (line 8); the document begins with “Feature Specification: Sign-In for the Todo App” (line 3); check that this is the right file',
    ]);
  });

  it('when a heading is there twice', () => {
    const text = `${example}\n## Prerequisites\n\nMore.\n`;
    const second = text.split('\n').lastIndexOf('## Prerequisites') + 1;
    expect(errors(text)).toEqual([
      `Cannot place \`cors-configuration\`: “Prerequisites” stands 2 times, on line 45 and line ${second}; remove or rename all but the one that is meant`,
    ]);
  });

  it('when the whole spec was pasted twice, before or after patching', () => {
    expect(statesOf(`${example}\n${example}`)).toEqual(['ambiguous', 'ambiguous', 'ambiguous', 'ambiguous']);
    expect(errors(`${example}\n${example}`)).toHaveLength(4);
    expect(statesOf(`${finished}\n${finished}`)).toEqual(['ambiguous', 'ambiguous', 'ambiguous', 'ambiguous']);
  });

  it('when the heading stands only inside a block', () => {
    expect(errors(swap(example, '### Infrastructure\n', '### Infrastructure\n```\n'))).toContain(
      'Cannot place `database-schema`: “Better Auth Installation” stands on line 64, but inside a code block that opens on line 47; close that block before the heading',
    );
    expect(errors(swap(example, '## Prerequisites\n', '<!--\n## Prerequisites\n'))).toContain(
      'Cannot place `cors-configuration`: “Prerequisites” stands on line 46, but inside an HTML block that opens on line 45; close that block before the heading',
    );
    expect(errors(swap(example, '## Prerequisites\n', '> ## Prerequisites\n\n'))).toContain(
      'Cannot place `cors-configuration`: “Prerequisites” stands on line 45, but inside a block quote that opens on line 45; move the heading out of it',
    );
  });

  it.each([
    ['```', 'a code block'],
    ['<!--', 'an HTML block'],
    ['~~~~', 'a code block'],
    ['<pre>', 'an HTML block'],
  ])('when %s at the place is never closed', (opening, what) => {
    const untilPlace = example.split('\n').slice(0, 66).join('\n');
    const said = errors(`${untilPlace}\n\n${opening}\n\ntext\n`);
    expect(said).toHaveLength(3);
    for (const one of said)
      expect(one).toContain(`: ${what} that opens on line 68 is never closed and swallows all that follows; close it`);
  });

  it('when a fence was forgotten, so that blocks are read inside out', () => {
    const installation = '### Better Auth Installation\n';
    const text = swap(example, installation, `${installation}\`\`\`sh\n`);
    const said = errors(text);
    expect(said).toHaveLength(3);
    for (const one of said)
      expect(one).toMatch(
        /: a code block from line 64 on seems not to be closed: on line \d+ another opens inside a code block; close it$/,
      );
    // The same mistake behind the place does no harm there.
    expect(run(`${example}\n\`\`\`sh\nnpm ci\n\nText.\n\n\`\`\`sql\nSELECT 1;\n\`\`\`\n`).exitCode).toBe(0);
  });

  it('when the block of the diagram swallowed what follows it', () => {
    const close = example.indexOf('\n```\n', example.indexOf('```\n┌'));
    const text = example.slice(0, close) + example.slice(close + 4);
    const said = errors(text);
    expect(said[0]).toMatch(/^Cannot place `flow-diagram`: a code block from line 8 on seems not to be closed/);
    for (const ids of [['flow-diagram'], ['flow-diagram', 'overwritten']]) {
      const result = patchText(text, 'x', {
        mode: 'write',
        patches: patchesOf('flow-diagram'),
        overwrite: new Set(ids.slice(1).map(() => 'flow-diagram')),
        context: 3,
      });
      expect([result.exitCode, result.changed]).toEqual([3, false]);
    }
    // Even where the swallowed part ends in a block of its own.
    const table = swap(text, '### Responsibilities\n', '### Responsibilities\n\n```\nnote\n```\n');
    expect(run(table).exitCode).toBe(3);
  });

  it('when the place is folded away in <details>', () => {
    const folded = '<details>\n<summary>More</summary>\n\n## Prerequisites\n';
    expect(errors(swap(example, '## Prerequisites\n', folded))).toContain(
      'Cannot place `cors-configuration`: the place lies in a <details> that opens on line 45, and would be folded away or hidden; close it before, or quote it as code',
    );
    const closed = '<details>\n\ntext\n\n</details>\n\n<!-- <details> -->\n\n## Prerequisites\n';
    expect(run(swap(example, '## Prerequisites\n', closed)).exitCode).toBe(0);
  });

  it.each([
    '<!-- ### Authentication Flow -->',
    '<pre>### Authentication Flow</pre>',
    '<!--\nAuthentication Flow\n-------------------\n-->',
  ])('when the heading of the diagram is commented out, and no line number stands in for it: %j', (hidden) => {
    expect(errors(swap(example, '### Authentication Flow', hidden))[0]).toMatch(
      /^Cannot place `flow-diagram`: “Authentication Flow” stands on line [78], but inside an HTML block that opens on line 7; close/,
    );
  });

  it('when the schema’s rules would close front matter that was never meant', () => {
    const said = errors(`---\n\n${swap(example, '\n---\n', '\n')}`);
    expect(said).toEqual([
      expect.stringMatching(/^Cannot apply .*: Markdown would read the text around line \d+ differently than before/),
    ]);
  });

  it('when the diagram is of a third kind', () => {
    const text = swap(example, 'Create JWT & Session', 'Ask to issue a token');
    expect(statesOf(text)[0]).toBe('drifted');
    const [said, ...rest] = errors(text);
    expect(rest).toEqual([]);
    expect(said).toMatch(
      /^Cannot leave `flow-diagram` as it is: lines 8-33 hold neither the block it replaces nor the one it wants, and 3 claims fail: “Architecture diagram no longer shows .*; mend it by hand, or bring the template back with `--overwrite flow-diagram`$/,
    );
  });

  it('when the section of the diagram holds no fenced block', () => {
    const fence = example.slice(example.indexOf('```'), example.indexOf('```', example.indexOf('```') + 3) + 3);
    expect(errors(swap(example, fence, '![flow](flow.png)'))[0]).toBe(
      'Cannot place `flow-diagram`: under “Authentication Flow” (line 7) there is no fenced block that shows a sequence drawing, but a paragraph on line 8; put the block back',
    );
  });

  it('when the diagram is never closed', () => {
    const cut = example.slice(0, example.indexOf('```', example.indexOf('```') + 3));
    expect(errors(cut)[0]).toBe(
      'Cannot place `flow-diagram`: a code block that opens on line 8 is never closed and swallows all that follows; close it',
    );
  });

  it('when two blocks under the heading could be meant', () => {
    const fence = example.slice(example.indexOf('```'), example.indexOf('```', example.indexOf('```') + 3) + 3);
    const said = errors(swap(example, fence, `${fence}\n\n${fence}`));
    expect(said[0]).toBe(
      'Cannot place `flow-diagram`: what could be the block it replaces stands 2 times, on line 8 and line 35; remove or rename all but the one that is meant',
    );
  });

  it('when the spec is of another project', () => {
    const text = '# Another project\n\n## Goals\n\nNone of this.\n';
    expect(statesOf(text)).toEqual(['missing', 'missing', 'missing', 'missing']);
    for (const said of errors(text))
      expect(said).toContain('the document begins with “Another project” (line 1); check that this is the right file');
    expect(errors('')).toHaveLength(4);
  });

  it('when a level-three section finds no room inside Prerequisites', () => {
    const flat = swap(example, '## Prerequisites', '### Prerequisites');
    expect(errors(flat)[0]).toContain(
      '“Prerequisites” (line 45) is a heading of level 3 whose parts leave no room for one of level 3 directly inside it',
    );
  });

  it('when something elsewhere in the file contradicts a claim', () => {
    const text = `${example}\n## Appendix: an old drawing\n\n\`\`\`\n${example.split('```')[1]}\`\`\`\n`;
    expect(errors(text)[0]).toMatch(
      /^Cannot verify `flow-diagram` on the finished text: 3 claims fail: .*something else in the file contradicts it$/,
    );
  });
});

describe('two edits of one text', () => {
  it('are a conflict that names both', () => {
    const [flow] = patchesOf('flow-diagram');
    if (!flow) throw new Error('Expected the patch');
    const other = { ...flow, id: 'other' };
    const planned = plan(readDocument('spec.md', example), [flow, other]);
    expect(planned.entries.map(({ status }) => status.state)).toEqual(['conflict', 'conflict']);
    expect(planned.text).toBe(example);
    const [message] = messagesOf(planned, verify(planned));
    expect(message?.text).toBe(
      'Cannot place `flow-diagram`: it and `other` both change line 9; apply one of them alone with `-p`',
    );
  });
});

describe('the gate', () => {
  const [cors] = patchesOf('cors-configuration');
  if (!cors) throw new Error('Expected the patch');
  const gate = (text: string, edit: { start: number; end: number; text: string }) => {
    const planned = planOf(text, 'cors-configuration');
    const [entry] = planned.entries;
    if (!entry) throw new Error('Expected an entry');
    const span = { start: edit.start, end: edit.end };
    const touches = { start: edit.start, end: edit.start };
    const wrong = { span, text: edit.text, touches, blocks: templateIn(cors).blocks };
    const forged = {
      ...planned,
      edits: [{ ...wrong, patch: cors }],
      entries: [{ ...entry, edit: wrong }],
      text: text.slice(0, edit.start) + edit.text + text.slice(edit.end),
    };
    return verify(forged).findings.map(({ kind }) => kind);
  };
  const text = '## Prerequisites\n\n- item\n\n## Next\n\ntext\n';
  const body = templateIn(cors).text.trimEnd();
  const at = text.indexOf('item') + 4;

  it('lets the right edit through', () => {
    expect(gate(text, { start: at, end: at, text: `\n\n${body}` })).toEqual([]);
  });

  it.each([
    ['no blank line before a list goes on', `\n  ${body.replaceAll('\n', '\n  ')}`],
    ['a fence left open', `\n\n${body}\n\n\`\`\`\n`],
    ['a comment left open', `\n\n${body}\n\n<!--\n`],
    ['a heading too many', `\n\n${body}\n\n# Top\n`],
    ['something besides the template', `\n\n${body}\n\nAnd this.`],
    ['less than the template', '\n\n### Backend CORS Configuration (Required)'],
  ])('stops %s', (_, inserted) => {
    expect(gate(text, { start: at, end: at, text: inserted }).length).toBeGreaterThan(0);
  });

  it('stops an edit that changes what stands behind it', () => {
    expect(gate(text, { start: at, end: text.length - 5, text: `\n\n${body}\n\n` })).toContain('structure');
  });
});
