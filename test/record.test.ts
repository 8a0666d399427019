import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDocument } from '../src/document.js';
import * as api from '../src/index.js';
import { RecordError, recordPatches } from '../src/record/derive.js';
import { cli, folderWith, root, shared, skipWithout, swap } from './support.js';

const where = 'specs/007-billing/spec.md';
const before = `# Billing

## Payments

Every order is charged in dollars.

- cards
- invoices

## Invoices

Monthly, to the address of the order.

| what | when |
| --- | --- |
| orders | daily |
| refunds | weekly |

\`\`\`sh
bill --monthly
bill --all
\`\`\`

### Late Ones

A reminder goes out after 14 days.
`;
const edited = swap(
  swap(swap(before, 'in dollars', 'in euros'), '\n### Late Ones\n\nA reminder goes out after 14 days.\n', ''),
  '## Invoices\n',
  '### Refunds\n\nA payment can be refunded for 30 days.\n\n## Invoices\n',
);

describe('recordPatches', () => {
  const recorded = (after: string, of = before) => {
    const made = recordPatches(where, of, after, 20);
    expect(api.patchText(made.before, { patches: made.set }).text).toBe(made.after);
    return made;
  };
  const kinds = (after: string, of = before) => recorded(after, of).set.patches.map(({ change }) => change.kind);

  it.each([
    ['a word', ['replaceText'], swap(before, 'dollars', 'euros')],
    ['an item that comes in', ['replaceText'], swap(before, '- cards\n', '- cards\n- cash\n')],
    ['an item that goes', ['replaceText'], swap(before, '- cards\n', '')],
    ['a row', ['replaceText'], swap(before, '| refunds | weekly |\n', '| refunds | weekly |\n| fees | yearly |\n')],
    ['a paragraph', ['replaceText'], swap(before, '- cards\n', 'In these ways:\n\n- cards\n')],
    ['a paragraph that goes', ['replaceText'], swap(before, 'Every order is charged in dollars.\n\n', '')],
    [
      'lines of one block of code',
      ['replaceText'],
      swap(swap(before, 'bill --m', 'pay --m'), 'bill --all', 'pay --all'),
    ],
    ['a heading', ['replaceText'], swap(before, '## Invoices', '## Bills')],
    ['a section at the end of another', ['append'], swap(before, '## Invoices', '### Refunds\n\nNone.\n\n## Invoices')],
    ['a section behind another', ['insertAfter'], swap(before, '## Invoices', '## Refunds\n\nNone.\n\n## Invoices')],
    ['a section at the beginning', ['replaceText'], swap(before, '## Payments', '## Goals\n\nMoney.\n\n## Payments')],
    [
      'a section that goes',
      ['removeSection'],
      swap(before, '\n### Late Ones\n\nA reminder goes out after 14 days.\n', ''),
    ],
    [
      'a section for another',
      ['replaceSection'],
      before.replace(/### Late[\s\S]*/, '### Never Late\n\nAll is paid at once.\n'),
    ],
    ['several', ['replaceText', 'append', 'removeSection'], edited],
  ])('records %s', (_, wanted, after) => {
    expect(kinds(after)).toEqual(wanted);
  });

  it('takes the shortest path of headings that is no other', () => {
    const twice = `${before}\n# Archive\n\n## Payments\n\nOld ones.\n`;
    const after = swap(twice, '- cards\n- invoices\n', '- cards\n- invoices\n\n### Refunds\n\nNone.\n');
    const [patch] = recorded(after, twice).set.patches;
    expect(patch.change).toMatchObject({ kind: 'append', anchors: [{ path: ['Billing', 'Payments'] }] });
  });

  it('names patches by headings and titles them by what they change', () => {
    expect(recorded(edited).set.patches.map(({ id, title }) => `${id}: ${title}`)).toEqual([
      'payments: Change “Every order is charged in dollars.”',
      'refunds: Add “Refunds”',
      'late-ones: Remove “Late Ones”',
    ]);
  });

  it('leaves line ends and a BOM to the document', () => {
    expect(recorded(`\uFEFF${edited.replaceAll('\n', '\r\n')}`).after).toBe(edited);
  });

  it('leaves out where nothing but empty lines differ, and says so', () => {
    const { left, set, after } = recorded(swap(edited, '# Billing\n\n', '# Billing\n\n\n'));
    expect([left, set.patches.length, after]).toEqual([['line 3'], 3, edited]);
  });

  it('refuses what no patch can make', () => {
    expect(() => recordPatches('a.md', '# A\n\nx\n', '# A\n\n\nx\n')).toThrow(RecordError);
    expect(() => recordPatches('a.md', before, `---\nstatus: draft\n---\n\n${before}`)).toThrow(
      'no patch makes the change of line 1',
    );
  });

  it('records random edits, most of them', () => {
    const lines = before.split('\n');
    const edit = fc.record({
      at: fc.integer({ min: 2, max: lines.length - 2 }),
      gone: fc.integer({ min: 0, max: 2 }),
      come: fc.array(
        fc.constantFrom('Some new words.', '', '- a new item', '### A New Part', '| a | b |', '> quoted'),
        {
          maxLength: 3,
        },
      ),
    });
    let [live, tried] = [0, 0];
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 2 }), (edits) => {
        const made = edits.reduce((all, { at, gone, come }) => all.toSpliced(at, gone, ...come), lines);
        tried += 1;
        try {
          const { set, before: from, after } = recordPatches(where, before, made.join('\n'), 5);
          live += 1;
          const done = api.patchText(from, { patches: set });
          expect([done.exitCode, done.text]).toEqual([0, after]);
          expect(api.patchText(after, { patches: set }).changed).toBe(false);
          expect(after.replace(/\n+/g, '\n').trim()).toBe(made.join('\n').replace(/\n+/g, '\n').trim());
        } catch (error) {
          if (!(error instanceof RecordError)) throw error;
        }
      }),
      { numRuns: 8, seed: 20251213 },
    );
    expect(live).toBeGreaterThan(tried / 2);
  });

  const corpus = join(shared, 'corpus/fix-specs');
  it.skipIf(skipWithout(corpus)).each([
    ['42-openspec-schema-init/*/openspec/specs/schema-init-command/spec.md', 1],
    ['44-openspec-codebuddy-init/*/openspec/specs/cli-init/spec.md', 1],
    ['31-sentinel-error-handling/*/docs/features/packages/ibs-track-release-detection.md', 1],
  ])('records what was done to %s', (path, count) => {
    const [was, is] = ['before', 'after'].map((side) => readFileSync(join(corpus, path.replace('*', side)), 'utf8'));
    const { set } = recordPatches('docs/spec.md', was as string, is as string, 5);
    expect(set.patches).toHaveLength(count);
  });
});

/** A repository with the spec as it was committed, edited since, and this package installed. */
function project(after = edited): string {
  const folder = folderWith({ [where]: before, 'package.json': '{}' });
  const git = (...words: string[]) =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b.c', ...words]);
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--message=x');
  writeFileSync(join(folder, where), after);
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/fix-auth-spec'), 'junction');
  return folder;
}

const tested = (folder: string, module: string) =>
  spawnSync(process.execPath, ['--test', module], { cwd: folder, encoding: 'utf8' });

describe('record', () => {
  it('makes a set, its texts, what it is tried on and a test that passes', async () => {
    const folder = project();
    const { code, out, err } = await cli(folder, ['record', where]);
    expect([code, out]).toEqual([
      0,
      'payments: Change “Every order is charged in dollars.”\n  replaces one line: “Every order is charged in dollars.” by one line: “Every order is charged in euros.”\n\nrefunds: Add “Refunds”\n  adds a section as the last part of “Payments”\n\nlate-ones: Remove “Late Ones”\n  removes the section “Late Ones”\n',
    ]);
    expect(err).toBe(
      '\n3 patches made in patches/007-billing: index.mjs, payments.mjs, refunds.mjs, templates/refunds.md, late-ones.mjs, templates/late-ones.before.md, fixture.md, expected.md and index.test.mjs\nTest with node --test patches/007-billing/index.test.mjs\nPreview with fix-auth-spec --patches patches/007-billing/index.mjs\n',
    );
    expect(
      readFileSync(join(folder, 'patches/007-billing/refunds.mjs'), 'utf8'),
    ).toBe(`import { readFileSync } from 'node:fs';
import { definePatch, section } from 'fix-auth-spec';

const read = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');

export const refundsPatch = definePatch({
  id: 'refunds',
  title: 'Add “Refunds”',
  change: {
    kind: 'append',
    anchors: [section('Payments')],
    template: read('templates/refunds.md'),
  },
});
`);
    expect(tested(folder, 'patches/007-billing/index.test.mjs')).toMatchObject({ status: 0 });
    expect(readFileSync(join(folder, where), 'utf8')).toBe(edited);
    writeFileSync(join(folder, where), before);
    const bin = join(root, 'bin/fix-auth-spec.cjs');
    execFileSync(process.execPath, [bin, '-q', '-w', '--patches', 'patches/007-billing/index.mjs'], { cwd: folder });
    expect(readFileSync(join(folder, where), 'utf8')).toBe(edited);
  });

  it('has a test that fails when a patch is broken', async () => {
    const folder = project();
    await cli(folder, ['record', where, '--patches', 'p/set.mjs']);
    const module = join(folder, 'p/payments.mjs');
    writeFileSync(module, readFileSync(module, 'utf8').replace('in euros', 'in pounds'));
    expect(tested(folder, 'p/set.test.mjs')).toMatchObject({ status: 1 });
  });

  it('compares with a file that is named, without git', async () => {
    const folder = folderWith({ 'old.md': before, 'new.md': edited });
    expect(await cli(folder, ['record', 'new.md', 'old.md'])).toMatchObject({ code: 0 });
    expect(existsSync(join(folder, 'patches/new/index.mjs'))).toBe(true);
  });

  it('writes text that is no word of JavaScript as it is', async () => {
    const odd = `# It’s \\ \`odd\` \${x}\n\nIt's "so" \\n.\n\n## new\n\nA word.\n`;
    const folder = folderWith({ 'old.md': odd, 'new.md': swap(swap(odd, 'so', 'not so'), 'A word', 'A\u2028 word') });
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(root, join(folder, 'node_modules/fix-auth-spec'), 'junction');
    expect(await cli(folder, ['record', 'new.md', 'old.md'])).toMatchObject({ code: 0 });
    expect(tested(folder, 'patches/new/index.test.mjs')).toMatchObject({ status: 0 });
  });

  it.each([
    [[], 2, 'Expected the spec that was edited after `record`, as in `record spec.md`'],
    [['gone.md'], 2, 'Cannot find `gone.md`: there is no such file'],
    [
      ['a.md'],
      2,
      'Cannot find what `a.md` was before: it is in no git repository; name a file that holds it, as in `record a.md old.md`',
    ],
    [['a.md', 'a.md'], 2, 'Cannot find a change in `a.md`: it is as `a.md` is'],
    [['a.md', 'b.md', 'c.md'], 2, 'Expected the spec, and the file that it was before, after `record`, not `c.md` too'],
    [
      ['a.md', 'b.md', '-w'],
      2,
      'Expected no mode, `-`, `--from` or report beside `record`: it makes new files, and changes none',
    ],
    [
      ['a.md', 'b.md', '--patches', 'p.ts'],
      2,
      'Expected a path that ends in `.mjs` or `.js` after `--patches`, not `p.ts`',
    ],
    [['a.md', 'b.md', '--patches', 'own/index.mjs'], 4, 'Cannot make `own/index.mjs`: it is there already'],
    [
      ['a.md', 'b.md', '--patches', 'link/index.mjs'],
      4,
      'Cannot make `link/index.mjs`: it lies behind a symbolic link (`link`); name the file by its own path, or use `--follow-symlinks`',
    ],
    [['a.md', 'bad.md'], 4, 'Cannot use `bad.md`: byte 0 is not valid UTF-8; save it as UTF-8'],
    [['c.md', 'd.md'], 3, 'Cannot record `c.md`: no patch makes the change of line 1'],
  ])('says what is wrong with %j, and makes nothing', async (words, code, message) => {
    const folder = folderWith({
      'a.md': '# A\n\nOne two.\n\n## B\n\nThree.\n',
      'b.md': '# A\n\nOne.\n\n## B\n\nThree.\n',
      'c.md': `---\nstatus: draft\n---\n\n${before}`,
      'd.md': before,
      'own/index.mjs': 'mine',
      'elsewhere/x': '',
      'bad.md': Buffer.from([0xff]),
    });
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'link'), 'junction');
    const files = readdirSync(folder, { recursive: true }).toSorted();
    expect(await cli(folder, ['record', ...words])).toEqual({ code, out: '', err: `error ${message}\n` });
    expect(readdirSync(folder, { recursive: true }).toSorted()).toEqual(files);
  });

  it('says what git says', async () => {
    const folder = project();
    writeFileSync(join(folder, 'new.md'), before);
    expect((await cli(folder, ['record', 'new.md'])).err).toContain('it was never committed; name a file');
    writeFileSync(join(folder, where), before);
    expect((await cli(folder, ['record', where])).err).toContain('it is as it was committed; edit it first');
    expect((await cli(folder, ['record', where], { env: { PATH: '' } })).err).toContain('git is not installed');
  });

  it('runs no program that a repository names', async () => {
    const folder = project();
    const trap = join(folder, 'trap.sh');
    writeFileSync(trap, `#!/bin/sh\ntouch ${join(folder, 'ran')}\ncat\n`);
    chmodSync(trap, 0o755);
    for (const [key, value] of [
      ['core.fsmonitor', trap],
      ['filter.x.smudge', trap],
      ['diff.x.textconv', trap],
      ['core.pager', trap],
    ] as const)
      execFileSync('git', ['-C', folder, 'config', key, value]);
    writeFileSync(join(folder, '.gitattributes'), '*.md filter=x diff=x\n');
    expect(await cli(folder, ['record', where], { env: { PATH: process.env['PATH'] ?? '' } })).toMatchObject({
      code: 0,
    });
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  });

  it('leaves none of its files when one cannot be made', async () => {
    const folder = folderWith({ 'old.md': before, 'new.md': edited, 'p/templates': 'a file' });
    expect(await cli(folder, ['record', 'new.md', 'old.md', '--patches', 'p/index.mjs'])).toMatchObject({ code: 4 });
    expect(readdirSync(join(folder, 'p'))).toEqual(['templates']);
  });
});

describe('new', () => {
  it.each([[[]], [[where]]])('makes a set whose test passes: %j', async (words) => {
    const folder = project(before);
    const { code, err } = await cli(folder, ['new', 'large-orders', ...words]);
    expect([code, err.split('\n').at(-3)]).toEqual([0, 'Test with node --test patches/large-orders/index.test.mjs']);
    expect(tested(folder, 'patches/large-orders/index.test.mjs')).toMatchObject({ status: 0 });
    const { sections } = readDocument('x', readFileSync(join(folder, 'patches/large-orders/expected.md'), 'utf8'));
    expect(sections.at(-1)?.path).toEqual(
      words.length === 0
        ? ['Example', 'Details', 'Large orders']
        : ['Billing', 'Invoices', 'Late Ones', 'Large orders'],
    );
  });

  it.each([
    [[], 'Expected an id after `new`, as in `new refunds`'],
    [['Large Orders'], 'Expected an id in lower-case words joined by hyphens after `new`, not `Large Orders`'],
    [['a', 'empty.md'], 'Cannot find a heading in `empty.md` to put a section under'],
    [['a', 'open.md'], /^Cannot add a section to `open.md`: /],
  ] as const)('says what is wrong with %j', async (words, message) => {
    const folder = folderWith({ 'empty.md': 'No heading.\n', 'open.md': '# A\n\n<!-- open\n' });
    const { code, err } = await cli(folder, ['new', ...words]);
    expect(code).toBe(2);
    expect(err.slice('error '.length, -1)).toEqual(
      message instanceof RegExp ? expect.stringMatching(message) : message,
    );
    expect(existsSync(join(folder, 'patches'))).toBe(false);
  });
});
