import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDocument } from '../src/document.js';
import { readFixSpec } from '../src/fix-spec/fix-spec.js';
import type { Patch } from '../src/patch.js';
import { isRefused, plan } from '../src/plan.js';
import { verify } from '../src/verify.js';

const isLong = process.env['RUN'] === 'laws';
const settings = { numRuns: isLong ? 5000 : 150, ...(isLong ? {} : { seed: 20251213 }) };

// Words that stand once each, so that it is plain what an author meant; and some that recur.
const WORDS = [
  'alpha',
  'bravo',
  'delta',
  'gamma',
  'kappa',
  'sigma',
  'omega',
  'lambda',
  'theta',
  'zeta',
  'tango',
  'victor',
];
const sentence = (at: number) => `${WORDS[at % WORDS.length]} sentence number ${at} says this`;

type Kind = 'paragraph' | 'two lines' | 'list' | 'table' | 'code' | 'quote' | 'same';

function blockOf(kind: Kind, at: number): string {
  switch (kind) {
    case 'paragraph':
      return `The ${sentence(at)}.`;
    case 'two lines':
      return `The ${sentence(at)}\nand goes on in line ${at}b.`;
    case 'list':
      return `- item ${sentence(at)}\n- item ${at} second one\n- item ${at} third one`;
    case 'table':
      return `| a${at} | b |\n| --- | --- |\n| row ${sentence(at)} | 1 |\n| row ${at} second | 2 |`;
    case 'code':
      return `\`\`\`js\nconst v${at} = 1;\n\nif (v${at}) {\n  run(${at});\n}\n\`\`\``;
    case 'quote':
      return `> The ${sentence(at)}.`;
    case 'same':
      return 'These words stand in several places.';
  }
}

interface Part {
  readonly heading: boolean;
  readonly kind: Kind;
  /** What the fix spec does with it. */
  readonly act: 'keep' | 'replace' | 'grow' | 'remove' | 'add behind' | 'add twice' | 'replace a line';
  readonly style: number;
}

const part: fc.Arbitrary<Part> = fc.record({
  heading: fc.boolean(),
  kind: fc.constantFrom<Kind>('paragraph', 'two lines', 'list', 'table', 'code', 'quote', 'same'),
  act: fc.constantFrom<Part['act']>(
    'keep',
    'keep',
    'keep',
    'replace',
    'grow',
    'remove',
    'add behind',
    'add twice',
    'replace a line',
  ),
  style: fc.integer({ min: 0, max: 1000 }),
});

/** A document, what a fix spec makes of it, and the fix spec. */
interface Case {
  readonly before: string;
  readonly after: string;
  readonly fixSpec: string;
  readonly changes: number;
}

function build(parts: readonly Part[], hasLines: boolean): Case {
  const before: string[] = ['# Title'];
  const after: string[] = ['# Title'];
  const changes: string[] = [];
  let line = 3;
  for (const [at, { heading, kind, act, style }] of parts.entries()) {
    if (heading) {
      before.push(`## Section ${at}`);
      after.push(`## Section ${at}`);
      line += 2;
    }
    const text = blockOf(kind, at);
    const last = line + text.split('\n').length - 1;
    const other = text.replaceAll(/sentence|These|const/g, 'altered');
    const location = hasLines ? `**Location**: lines ${line}-${last}\n\n` : '';
    const head = `### Change ${changes.length + 1}: part ${at}\n\n`;
    const more = blockOf('paragraph', at + 500);
    before.push(text);
    switch (act) {
      case 'keep':
        after.push(text);
        break;
      case 'replace':
        after.push(other);
        changes.push(`${head}${location}${labelled(style, text, other)}`);
        break;
      case 'grow':
        after.push(text, more);
        changes.push(`${head}${location}${labelled(style, text, `${text}\n\n${more}`)}`);
        break;
      case 'remove':
        changes.push(`${head}${location}**Remove**:\n\n${fenced(style, text)}\n\n`);
        break;
      case 'add behind':
      case 'add twice': {
        const twice = act === 'add twice' ? [blockOf('paragraph', at + 700)] : [];
        after.push(text, more, ...twice);
        const [first = ''] = text.split('\n').filter((one) => /number|b\.$|v\d/.test(one));
        const name = hasLines ? `line ${last} (after "${first}")` : `"${first}"`;
        for (const [index, one] of [more, ...twice].entries()) {
          const title = head
            .replace(/Change \d+/, `Change ${changes.length + 1}`)
            .replace('part', index === 0 ? 'part' : 'again');
          changes.push(`${title}**Location**: After ${name}\n\n**Add**:\n\n${fenced(style, one)}\n\n`);
        }
        break;
      }
      case 'replace a line': {
        const lines = text.split('\n');
        const chosen = style % lines.length;
        const old = lines[chosen] ?? '';
        const altered = old.replace(/(\w+)/, 'altered$1');
        after.push(lines.with(chosen, altered).join('\n'));
        const where = hasLines ? `**Location**: line ${line + chosen}\n\n` : '';
        changes.push(`${head}${where}${labelled(style, old, altered)}`);
        break;
      }
    }
    line = last + 2;
  }
  const join = (blocks: readonly string[]) => `${blocks.join('\n\n')}\n`;
  const fixSpec = `# Fix\n\n## Changes\n\n**File**: \`a.md\`\n\n${changes.join('---\n\n')}\n## Notes\n\nThat is all.\n`;
  return { before: join(before), after: join(after), fixSpec, changes: changes.length };
}

// The fences that authors use: long enough, too short for what they hold, or of tildes.
function fenced(style: number, text: string): string {
  const fence = style % 5 === 0 ? '~~~' : style % 3 === 0 ? '```' : '````';
  return `${fence}markdown\n${text}\n${fence}`;
}

function labelled(style: number, current: string, wanted: string): string {
  const [one, other] = [
    ['**Current**:', '**Replace with**:'],
    ['**Before:**', '**After:**'],
    ['**Current text** (as it stands):', '**New text**:'],
    ['**Find**:', '**Replace With (CORRECT)**:'],
    ['#### Before', '#### After'],
  ][style % 5] ?? ['', ''];
  return `${one}\n\n${fenced(style, current)}\n\n${other}\n\n${fenced(style, wanted)}\n\n`;
}

function patchesOf(fixSpec: string): Patch[] {
  return readFixSpec(fixSpec).changes.map(({ patch }) => patch);
}

/** The finished text, or undefined when the file is refused. */
function carriedOut(text: string, patches: readonly Patch[], all = patches): string | undefined {
  const planned = plan(readDocument('a.md', text), patches, new Set(), all);
  const refused = planned.entries.some(({ status }) => isRefused(status)) || verify(planned).findings.length > 0;
  return refused ? undefined : planned.text;
}

const cases = fc
  .tuple(fc.array(part, { minLength: 1, maxLength: 8 }), fc.boolean())
  .map(([parts, hasLines]) => build(parts, hasLines));

describe('a fix spec that spells its changes out', () => {
  it('gives the text that its author meant, or is refused', () => {
    fc.assert(
      fc.property(cases, ({ before, after, fixSpec, changes }) => {
        const patches = patchesOf(fixSpec);
        expect(patches.length).toBe(changes);
        const done = carriedOut(before, patches);
        if (done !== undefined) expect(done).toBe(after);
      }),
      settings,
    );
  });

  it('is carried out nearly always where each text stands once', () => {
    let [done, all] = [0, 0];
    fc.assert(
      fc.property(
        cases.filter(
          ({ before, fixSpec, changes }) =>
            changes > 0 && !/These words/.test(before) && !/After (?:line \d+ \(after )?"[-|c]/.test(fixSpec),
        ),
        ({ before, fixSpec }) => {
          all += 1;
          if (carriedOut(before, patchesOf(fixSpec)) !== undefined) done += 1;
        },
      ),
      settings,
    );
    expect(done / all).toBeGreaterThan(0.85);
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(cases, ({ before, fixSpec }) => {
        const patches = patchesOf(fixSpec);
        const done = carriedOut(before, patches);
        if (done !== undefined) expect(carriedOut(done, patches)).toBe(done);
      }),
      settings,
    );
  });

  it('gives the same text one change at a time, in any order, or refuses one', () => {
    fc.assert(
      fc.property(cases, fc.infiniteStream(fc.nat()), ({ before, after, fixSpec }, random) => {
        const patches = patchesOf(fixSpec);
        if (carriedOut(before, patches) === undefined) return;
        const order = patches.map((patch) => ({ patch, key: random.next().value })).toSorted((a, b) => a.key - b.key);
        let text: string | undefined = before;
        for (const { patch } of order) text = text === undefined ? undefined : carriedOut(text, [patch], patches);
        if (text !== undefined) expect(text).toBe(after);
      }),
      settings,
    );
  });

  it('does the same to a document of other line ends and with a byte order mark', () => {
    fc.assert(
      fc.property(cases, ({ before, fixSpec }) => {
        const patches = patchesOf(fixSpec);
        const done = carriedOut(before, patches);
        const as = (text: string) => `\uFEFF${text.replaceAll('\n', '\r\n')}`;
        expect(carriedOut(as(before), patches)).toBe(done === undefined ? undefined : as(done));
      }),
      settings,
    );
  });
});

describe('any text', () => {
  const piece = fc.constantFrom(
    ...[
      '```',
      '````',
      '~~~',
      '```md',
      '**Current**:',
      '**New**:',
      '**Add**:',
      '**Remove**:',
      '**File**: `a.md`',
      '## Change 1: x',
      '### Step 2',
      '---',
    ],
    ...[
      '- item',
      '| a | b |',
      '| - | - |',
      'words',
      'more words',
      '**Location**: line 3',
      'after "words"',
      '',
      '',
      '    code',
      '> quote',
      '<!--',
      '#### Before',
    ],
    ...[
      '## ADDED Requirements',
      '### Requirement: A',
      '**Option A**:',
      '\uFFFD',
      'Ã¼',
      '**Also** change',
      'Before:',
      '```js',
      '1. one',
      '## RENAMED Requirements',
    ],
  );
  const text = fc.array(piece, { maxLength: 40 }).map((lines) => lines.join('\n'));

  it('can be read as a fix spec, and carried out or refused, for good', () => {
    fc.assert(
      fc.property(text, text, (fixSpec, document) => {
        const patches = patchesOf(fixSpec);
        const done = carriedOut(document, patches);
        if (done !== undefined) expect(carriedOut(done, patches)).toBe(done);
      }),
      { ...settings, numRuns: settings.numRuns * 4 },
    );
  });
});
