import { isUtf8 } from 'node:buffer';
import { diffLines } from 'diff';
import fc from 'fast-check';
import type { RootContent } from 'mdast';
import { describe, expect, it } from 'vitest';
import { parse } from '../src/blocks.js';
import { decode, FileError } from '../src/file.js';
import { patchText } from '../src/run.js';
import { gitApply } from './git.js';
import {
  failing,
  ids,
  mustPatch,
  patched,
  patchesOf,
  permutations,
  read,
  statesOf,
  subsets,
  templateIn,
} from './support.js';

// Few runs and a fixed seed in CI; `npm run laws` is the long random run.
const isLong = process.env['RUN'] === 'laws';
const runs = isLong ? 2000 : 60;
const seed = isLong ? undefined : 20251213;
const settings = { numRuns: runs, ...(seed !== undefined && { seed }) };

const WRONG = `\`\`\`
┌─────────┐      ┌──────────┐      ┌─────────┐
│ Browser │      │ Next.js  │      │ FastAPI │
└─────────┘      └──────────┘      └─────────┘
     │ 1. POST signin  │                 │
     │────────────────→│                 │
     │                 │ 2. Create JWT & Session
     │                 │────────────────→│
     │                 │                 │
\`\`\``;

// Blocks that a spec may hold anywhere, each whole in itself.
const block = fc.constantFrom(
  'A paragraph.',
  'Two lines\nof text.',
  '- item\n- item',
  '1. one\n2. two\n   - nested',
  '- [ ] task `code`',
  '> quoted\n> ## Prerequisites',
  '| a | b |\n| --- | --- |\n| 1 | 2 |',
  '```bash\n# Prerequisites\nnpm install\n```',
  '~~~\n## Database Schema\n~~~',
  '<!-- a comment -->',
  '<div>\nhtml\n</div>',
  '    indented code',
  '---',
  'Text with [a link][ref] and a note[^1].',
  'Ünïcode 😀 漢字',
  'Hard  \nbreak',
);
const blocks = fc.array(block, { maxLength: 3 });
const heading = (name: string) =>
  fc.constantFrom(
    (depth: number) => `${'#'.repeat(depth)} ${name}`,
    (depth: number) => `${'#'.repeat(depth)} ${name} ${'#'.repeat(depth)}`,
    (depth: number) => `${'#'.repeat(depth)} 3.1 ${name}`,
    (depth: number) => `${'#'.repeat(depth)} ${name} *(mandatory)* ✅`,
    (depth: number) => `${'#'.repeat(depth)} ${name.toUpperCase()}`,
    (depth: number) => (depth === 2 ? `${name}\n----------` : `### ${name}`),
  );
const gap = fc.constantFrom('\n', '\n\n', '\n\n\n');

/** Documents in which every place is there exactly once. */
const benign = fc
  .record({
    intro: blocks,
    flow: heading('Authentication Flow'),
    middle: blocks,
    prerequisites: heading('Prerequisites'),
    parts: fc.array(fc.tuple(fc.constantFrom('Infrastructure', 'Criteria', 'Notes'), blocks), { maxLength: 2 }),
    installation: heading('Better Auth Installation'),
    inside: blocks,
    after: fc.array(fc.tuple(fc.constantFrom('Accounts', 'Criteria'), blocks), { maxLength: 2 }),
    rest: fc.array(
      fc.tuple(fc.integer({ min: 1, max: 2 }), fc.constantFrom('Environment', 'Requirements', 'Criteria'), blocks),
      { maxLength: 3 },
    ),
    end: fc.constantFrom('', '\n\n[ref]: https://example.org\n\n[^1]: note'),
    join: gap,
  })
  .map((spec) => {
    const parts = (list: readonly (readonly [string, readonly string[]])[]) =>
      list.flatMap(([name, own]) => [`### ${name}`, ...own]);
    const all = [
      '# Spec',
      ...spec.intro,
      '## Architecture',
      spec.flow(3),
      WRONG,
      ...spec.middle,
      spec.prerequisites(2),
      ...parts(spec.parts),
      spec.installation(3),
      ...spec.inside,
      ...parts(spec.after),
      ...spec.rest.flatMap(([depth, name, own]) => [`${'#'.repeat(depth)} ${name}`, ...own]),
    ];
    // Only headings follow without a blank line, and not HTML, which would swallow them.
    const joint = (one: string, at: number) =>
      /^#/.test(one) && !all[at - 1]?.startsWith('<div>') ? spec.join : '\n\n';
    return `${all.map((one, at) => (at === 0 ? one : joint(one, at) + one)).join('')}${spec.end}\n`;
  });

const trap = fc.constantFrom(
  '## Prerequisites',
  '### Better Auth Installation',
  '### Authentication Flow',
  '## Database Schema',
  '### Backend CORS Configuration (Required)',
  WRONG,
  '```',
  '~~~~',
  '<!--',
  '<details>',
  '<pre>',
  '- ## Prerequisites',
  '[Prerequisites]: x',
  '===',
  '\t## Prerequisites',
  '# Top',
  '### Deep',
  '###### Deepest',
  '  - loose',
  '| a |\n|---|',
  '[^1]: lazy',
  '1. a\n   ```\n   ## Prerequisites',
);

/** Anything: places missing, twice, hidden, blocks left open. */
const rubble = fc
  .array(fc.oneof(block, trap), { maxLength: 14 })
  .chain((parts) =>
    fc
      .array(gap, { minLength: parts.length, maxLength: parts.length })
      .map((gaps) => parts.map((part, at) => part + gaps[at]).join('')),
  );

/** A document with every place in it, and traps between its blocks. */
const trapped = fc
  .tuple(benign, fc.array(fc.tuple(fc.nat(), fc.oneof(block, trap), gap), { minLength: 1, maxLength: 3 }))
  .map(([text, traps]) =>
    traps
      .reduce((parts, [at, part, end]) => parts.toSpliced(at % (parts.length + 1), 0, part + end), text.split('\n\n'))
      .join('\n\n'),
  );

const hostile = fc.oneof({ weight: 1, arbitrary: rubble }, { weight: 3, arbitrary: trapped });

const dress = fc.constantFrom(
  (text: string) => text,
  (text: string) => text.replaceAll('\n', '\r\n'),
  (text: string) => `\uFEFF${text}`,
  (text: string) => `\uFEFF${text.replaceAll('\n', '\r\n')}`,
  (text: string) => text.trimEnd(),
);

/** Line ends mixed too: these do not commute, but nothing else is different. */
const anyDress = fc.oneof(
  dress,
  fc.constant((text: string) => text.replace(/\n\n(?=\w)/g, '\r\n\n')),
);

/** Bytes of the first fenced block that shows the wrong drawing. */
function drawingBytes(text: string): number {
  const [block = ''] = /^ *```[^`]*Create JWT[^`]*```/m.exec(text) ?? [];
  return Buffer.byteLength(block);
}

/** The nodes at the root, without positions, drawings, and the blocks of the chosen templates where they stand whole. */
function withoutTemplates(text: string, chosen: readonly string[]): string[] {
  const signatures = (blocks: readonly RootContent[]) =>
    blocks.map((block) =>
      JSON.stringify(block, (key, value) =>
        key === 'position' ? undefined : typeof value === 'string' ? value.replaceAll('\r\n', '\n') : value,
      ),
    );
  let left = signatures(parse(text).children);
  for (const { change } of patchesOf(...chosen)) {
    const wanted = signatures(templateIn({ change }).blocks);
    if (change.kind === 'replace') {
      left = left.filter((one) => !one.includes('│ Browser │') && one !== wanted[0]);
      continue;
    }
    const at = left.findIndex((_, from) => wanted.every((one, index) => left[from + index] === one));
    if (at !== -1) left.splice(at, wanted.length);
  }
  return left;
}

const outline = (text: string) => read(text).sections.map(({ depth, name }) => `${depth} ${name}`);
const added = new Set(
  patchesOf().flatMap((patch) => (patch.change.kind === 'replace' ? [] : outline(templateIn(patch).text))),
);

describe('on benign documents', () => {
  it('every patch applies, every claim holds (liveness)', () => {
    fc.assert(
      fc.property(benign, (text) => {
        expect(statesOf(text)).toEqual(ids.map(() => 'pending'));
        expect(failing(mustPatch(text))).toEqual([]);
      }),
      settings,
    );
  });

  it('a second run changes nothing', () => {
    fc.assert(
      fc.property(benign, anyDress, (text, dressed) => {
        const done = mustPatch(dressed(text));
        expect(mustPatch(done)).toBe(done);
        expect(statesOf(done)).toEqual(ids.map(() => 'applied'));
      }),
      settings,
    );
  });

  it('all orders of one run per patch, and every subset followed by the rest, end in the same text', () => {
    const all = permutations(ids);
    const some = subsets(ids);
    fc.assert(
      fc.property(benign, (text) => {
        const done = mustPatch(text);
        const orders = all.map((order) => order.reduce((so, id) => mustPatch(so, id), text));
        const halves = some
          .filter((subset) => subset.length > 0)
          .map((subset) => mustPatch(mustPatch(text, ...subset)));
        expect(new Set([...orders, ...halves])).toEqual(new Set([done]));
      }),
      { ...settings, numRuns: Math.ceil(runs / 12) },
    );
  });

  it('line ends and BOM commute with patching', () => {
    fc.assert(
      fc.property(benign, dress, (text, dressed) => mustPatch(dressed(text)) === dressed(mustPatch(text))),
      settings,
    );
  });

  it('removes nothing but lines of the drawing and adds nothing but the templates', () => {
    const templates = patchesOf().map((patch) =>
      templateIn(patch)
        .text.split('\n')
        .map((line) => line.trimEnd()),
    );
    const known = new Set(templates.flat());
    const drawing = new Set(WRONG.split('\n'));
    fc.assert(
      fc.property(benign, (text) => {
        for (const { value, added, removed } of diffLines(text, mustPatch(text))) {
          const lines = value.split('\n').map((line) => line.trimEnd());
          if (removed) expect(lines.filter((line) => line !== '' && !drawing.has(line))).toEqual([]);
          if (added) expect(lines.filter((line) => !known.has(line))).toEqual([]);
        }
      }),
      settings,
    );
  });

  it('the outline is the old one with the new sections in it', () => {
    fc.assert(
      fc.property(benign, (text) => {
        expect(outline(mustPatch(text)).filter((one) => !added.has(one))).toEqual(outline(text));
      }),
      settings,
    );
  });

  it('git makes the finished text of the diff, and the old one back', () => {
    fc.assert(
      fc.property(benign, anyDress, (text, dressed) => {
        const before = dressed(text);
        const { diff } = patchText(before, 'spec.md', {
          mode: 'dry-run',
          patches: patchesOf(),
          overwrite: new Set(),
          context: 3,
        });
        const done = mustPatch(before);
        return gitApply('spec.md', before, diff) === done && gitApply('spec.md', done, diff, '-R') === before;
      }),
      { ...settings, numRuns: Math.ceil(runs / 4) },
    );
  });
});

describe('on any document', () => {
  it('every byte outside the edits stays, and every node of the tree', () => {
    let live = 0;
    fc.assert(
      fc.property(fc.oneof(hostile, benign), anyDress, fc.subarray(ids, { minLength: 1 }), (text, dressed, chosen) => {
        const before = dressed(text);
        const done = patched(before, ...chosen);
        if (done === undefined || done === before) return;
        live += 1;
        // Both halves are read anew: the bytes by a diff that knows nothing of edits, the tree by a parse.
        const bytes = Buffer.from(before);
        const result = Buffer.from(done);
        let kept = 0;
        for (const { value, added } of diffLines(before, done)) if (!added) kept += Buffer.byteLength(value);
        const drawing = chosen.includes('flow-diagram') && before.includes('Create JWT') ? drawingBytes(before) : 0;
        expect(bytes.length - kept).toBeLessThanOrEqual(drawing);
        expect(result.length).toBeGreaterThan(bytes.length - drawing);
        expect(withoutTemplates(done, chosen)).toEqual(withoutTemplates(before, chosen));
      }),
      { ...settings, numRuns: runs * 2 },
    );
    expect(live).toBeGreaterThan(runs / 4);
  });

  it('bytes that are no clean text are refused, and clean text is kept byte for byte', () => {
    const bytes = fc
      .tuple(benign, fc.array(fc.tuple(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 3 })), { maxLength: 3 }))
      .map(([text, splices]) =>
        splices.reduce((all, [at, part]) => {
          const place = at % (all.length + 1);
          return Buffer.concat([all.subarray(0, place), part, all.subarray(place)]);
        }, Buffer.from(text)),
      );
    let refused = 0;
    fc.assert(
      fc.property(bytes, (source) => {
        const isClean =
          isUtf8(source) && !source.includes(0) && !/\r(?!\n)|^\uFEFF\uFEFF/.test(source.toString('utf8'));
        try {
          expect(Buffer.from(decode(source)).equals(source)).toBe(true);
          expect(isClean).toBe(true);
        } catch (error) {
          if (!(error instanceof FileError)) throw error;
          refused += 1;
          expect(isClean).toBe(false);
        }
      }),
      { ...settings, numRuns: runs * 5 },
    );
    expect(refused).toBeGreaterThan(runs);
  });

  it('a run is refused, or its second run changes nothing and the outline is kept', () => {
    let live = 0;
    fc.assert(
      fc.property(hostile, anyDress, fc.subarray(ids, { minLength: 1 }), (text, dressed, chosen) => {
        const before = dressed(text);
        const done = patched(before, ...chosen);
        if (done === undefined || done === before) return;
        live += 1;
        expect(patched(done, ...chosen)).toBe(done);
        expect(outline(done).filter((one) => !added.has(one))).toEqual(
          outline(before).filter((one) => !added.has(one)),
        );
      }),
      { ...settings, numRuns: runs * 4 },
    );
    expect(live).toBeGreaterThan(runs);
  });

  it('check, preview and finished text agree', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, benign), fc.subarray(ids, { minLength: 1 }), (text, chosen) => {
        const in_ = (mode: 'check' | 'dry-run' | 'write') =>
          patchText(text, 'x', { mode, patches: patchesOf(...chosen), overwrite: new Set(), context: 3 });
        const [check, preview, write] = [in_('check'), in_('dry-run'), in_('write')];
        const isRefused = preview.exitCode === 3;
        expect([check.exitCode, write.exitCode]).toEqual(isRefused ? [3, 3] : [preview.changed ? 1 : 0, 0]);
        expect([check.changed, write.changed]).toEqual([preview.changed, preview.changed]);
        expect(preview.diff !== '').toBe(preview.changed);
        if (isRefused) expect(preview.changed).toBe(false);
      }),
      settings,
    );
  });
});
