import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { authSpec } from '../patches/index.js';
import { codeIn, lines, section } from '../src/anchor.js';
import { definePatch, definePatchSet, engineSet, type PatchDefinition, PatchError } from '../src/define.js';
import { readDocument } from '../src/document.js';
import * as api from '../src/index.js';
import { patchText } from '../src/run.js';
import { example, finished, folderWith, ids, mustPatch, root, target } from './support.js';

const billing = '# Billing\n\n## Payments\n\nEvery order is charged in dollars.\n\n## Invoices\n\nMonthly.\n';
const billed = billing.replace('dollars.\n', 'euros.\n\n### Refunds\n\nA payment can be refunded for 30 days.\n');
const where = 'specs/007-billing/spec.md';

const doc = readFileSync(join(root, 'docs/api.md'), 'utf8');
const blocks = (language: string) =>
  [...doc.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, name]) => name === language)
    .map(([, , text]) => text as string);

/** A project that has this package installed. */
function project(files: Record<string, string>): string {
  const folder = folderWith({ 'package.json': '{ "type": "module" }', ...files });
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/fix-auth-spec'), 'junction');
  return folder;
}

const bin = join(root, 'bin/fix-auth-spec.cjs');
const run = (cwd: string, ...argv: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...argv], { cwd, encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
};
const module = (body: string) => `import { definePatch, definePatchSet, section } from 'fix-auth-spec';\n${body}`;

describe('docs/api.md', () => {
  const [set = '', proof = '', program = ''] = blocks('js');
  const [report = '', failure = '', printed = ''] = blocks('');

  it('has a patch set that does what is shown', () => {
    const folder = project({ 'billing.patches.js': set, [where]: billing });
    const [command = '', ...shown] = (blocks('console')[0] ?? '').split('\n');
    const { out, err } = run(folder, ...command.replace('$ npx fix-auth-spec ', '').split(' '));
    expect(out + err).toBe(shown.join('\n'));
  });

  it('has a program that prints what is shown', () => {
    const folder = project({ 'billing.patches.js': set, 'program.js': program });
    const out = execFileSync(process.execPath, ['program.js'], { cwd: folder, encoding: 'utf8' });
    expect(out.trimEnd()).toBe(printed.trimEnd());
  });

  it('has a test that says what is shown', () => {
    const folder = project({ 'billing.patches.js': set, 'billing.test.js': proof, [where]: billing });
    const test = () => spawnSync(process.execPath, ['billing.test.js'], { cwd: folder, encoding: 'utf8' });
    expect(test().stdout).toContain(report);
    const byLine = set.replace(
      "({ name }) => name === 'Refunds'",
      "({ name, line }) => name === 'Refunds' && line === 7",
    );
    writeFileSync(join(folder, 'billing.patches.js'), byLine);
    const { status, stdout } = test();
    expect(status).toBe(1);
    // Reports of tests indent it, each in its way.
    expect(stdout.replace(/^ +/gm, '')).toContain(failure.trimEnd().replace(/^ +/gm, ''));
  });

  it('has a recording that says what is shown', () => {
    const folder = project({ 'before.md': billing, [where]: billed });
    const [command = '', ...shown] = (blocks('console')[1] ?? '').split('\n');
    const { out, err } = run(folder, ...command.replace('$ npx fix-auth-spec ', '').split(' '), 'before.md');
    expect(out + err).toBe(shown.join('\n'));
  });

  it('names every kind of change there is', () => {
    const kinds = readFileSync(join(root, 'src/define.ts'), 'utf8').match(/case '\w+'/g) ?? [];
    for (const kind of kinds) expect(doc).toContain(`| \`${kind.slice(6, -1)}\` |`);
    expect(kinds).toHaveLength(6);
  });
});

describe('examples/lending', () => {
  const folder = join(root, 'examples/lending');

  it('has patches of every kind, and a test that passes', () => {
    const { status, stdout } = spawnSync(process.execPath, ['--test', 'lending.test.js'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect([status, stdout]).toEqual([0, expect.stringContaining('All laws hold')]);
  });

  it('is previewed: nothing refused, every claim true', () => {
    const { code, err } = run(folder, '--patches', 'lending.patches.js');
    expect(code).toBe(0);
    expect(err.match(/^ {2}pending /gm)).toHaveLength(8);
    expect(err).toContain('Claims on the finished text: all 8 hold');
  });
});

describe('--patches', () => {
  const [set = ''] = blocks('js');

  it('previews, checks and writes, and the second time changes nothing', () => {
    const folder = project({ 'p.js': set, [where]: billing });
    const words = ['--patches', 'p.js'];
    expect(run(folder, ...words, '-c').code).toBe(1);
    expect(readFileSync(join(folder, where), 'utf8')).toBe(billing);
    expect(run(folder, ...words, '-w').code).toBe(0);
    expect(readFileSync(join(folder, where), 'utf8')).toBe(billed);
    const again = run(folder, ...words, '-w');
    expect([again.code, again.out]).toEqual([0, '']);
    expect(run(folder, ...words, '-c').code).toBe(0);
  });

  it('works with list, explain, -p and reports, and says how to go on', () => {
    const folder = project({ 'p.js': set, [where]: billing });
    expect(run(folder, 'list', '--patches', 'p.js').out).toContain(
      'refunds: Add the Refunds section\n  because: Nothing says when',
    );
    expect(run(folder, 'explain', 'currency', '--patches', 'p.js').out).toContain('= replaces line 5');
    const json = run(folder, '--patches', 'p.js', '-p', 'currency', '-r', 'json');
    expect(JSON.parse(json.out).files[0].patches.map(({ id }: { id: string }) => id)).toEqual(['currency']);
    expect(run(folder, '--patches', 'p.js', '-p', 'flow-diagram').err).toContain(
      'Cannot find a patch `flow-diagram`; the patches are refunds, currency',
    );
  });

  it('does so to a text that is worked on in a thread of its own', () => {
    const long = `${billing}\n${'Words of an invoice, again and again.\n\n'.repeat(5000)}`;
    const folder = project({ 'p.js': set, 'a.md': long });
    expect(run(folder, '--patches', 'p.js', '-w', '-q', 'a.md').code).toBe(0);
    expect(readFileSync(join(folder, 'a.md'), 'utf8')).toBe(long.replace(billing, billed));
  });

  const judge = (body: string) =>
    module(
      `export default definePatchSet({ target: '${where}', patches: [definePatch({ id: 'refunds', title: 'Refunds', change: { kind: 'append', anchors: [section('Payments')], template: '### Refunds' }, checks: [{ claim: 'A claim', judge: (document) => { ${body} } }] })] });`,
    );
  const bad: [name: string, text: string, said: RegExp][] = [
    ['throws when it is loaded', 'throw new Error("no licence")', /Cannot load the patch set `p\.js`: no licence\n$/],
    ['is no JavaScript', 'export default {', /Cannot load the patch set `p\.js`: Unexpected end of input/],
    ['ends its process', 'process.exit(0)', /Cannot load the patch set `p\.js`: it ended its process with code 0\n$/],
    [
      'imports what is not there',
      'import "nothing-of-this-name"',
      /Cannot load the patch set `p\.js`: Cannot find package 'nothing-of-this-name'/,
    ],
    ['exports nothing', 'export const x = 1', /it has no default export; export a `definePatchSet\(…\)`\n$/],
    [
      'exports a number',
      'export default 7',
      /Cannot use the patch set `p\.js`: Expected an object as a set of patches, not 7\n$/,
    ],
    [
      'exports no patches',
      `export default { target: '${where}', patches: [] }`,
      /Expected one patch or more in the set/,
    ],
    [
      'throws when it judges',
      judge('throw new Error("broken")'),
      /Expected the judge of “A claim” of the patch `refunds` to answer, but it threw: broken\n$/,
    ],
    [
      'answers nonsense',
      judge('return { holds: "yes" }'),
      /Expected whether it holds, and evidence, from the judge of “A claim” of the patch `refunds`, not a object\n$/,
    ],
    [
      'changes the document',
      judge('document.sections.pop(); return { holds: true, evidence: [] }'),
      /“A claim” of the patch `refunds` to answer, but it threw: Cannot /,
    ],
    [
      'changes the tree',
      judge('document.tree.children[0].type = "x"; return { holds: true, evidence: [] }'),
      /but it threw: Cannot assign to read only property 'type'/,
    ],
  ];
  it.each(bad)('names a module that %s, with code 2, and writes nothing', (_, text, said) => {
    const folder = project({ 'p.js': text, [where]: billing });
    const { code, out, err } = run(folder, '--patches', 'p.js', '-w');
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(said);
    expect(readFileSync(join(folder, where), 'utf8')).toBe(billing);
  });

  it('writes no file when the code of a module fails on one of several', () => {
    const fails = judge(
      'if (document.text.includes("LAST")) throw new Error("broken"); return { holds: true, evidence: [] }',
    );
    const folder = project({ 'p.js': fails, 'a.md': billing, 'b.md': `${billing}\nLAST\n` });
    expect(run(folder, '--patches', 'p.js', '-w', 'a.md', 'b.md').code).toBe(2);
    expect(readFileSync(join(folder, 'a.md'), 'utf8')).toBe(billing);
  });

  it('ends a module that does not come back', async () => {
    const load = '../dist/src/load.js';
    const { loadPatchSet } = (await import(load)) as typeof import('../src/load.js');
    for (const text of ['await new Promise(() => setInterval(() => {}, 1e6))', 'for (;;) {}']) {
      const folder = project({ 'p.js': text });
      await expect(loadPatchSet(join(folder, 'p.js'), 'p.js', 700)).rejects.toThrow(
        'Cannot load the patch set `p.js`: it has not come back after 0.7 s',
      );
    }
  });

  it('is wrong usage beside --from, and where there is no file', () => {
    const folder = project({ [where]: billing });
    expect(run(folder, '--patches', 'none.js')).toEqual({
      code: 2,
      out: '',
      err: 'error Cannot find the patch set `none.js`: there is no such file\n',
    });
    expect(run(folder, '--patches', 'p.js', '--from', 'x.md').err).toBe(
      'error Expected either `--patches` or `--from`, not both\n',
    );
  });
});

describe('a judge that does not come back', () => {
  it('is named when its time is over', () => {
    const { patches, target: at } = engineSet({
      target: 'a.md',
      patches: [
        {
          id: 'x',
          title: 'X',
          change: { kind: 'append', anchors: [section('Payments')], template: '### X' },
          checks: [
            {
              claim: 'ends',
              judge: () => {
                for (;;);
              },
            },
          ],
        },
      ],
    });
    const settings = { mode: 'dry-run' as const, patches, overwrite: new Set<string>(), context: 3, deadline: 200 };
    expect(() => patchText(billing, at, settings)).toThrow(
      new PatchError('Expected the judge of “ends” of the patch `x` to answer in time: not done after 0.2 s'),
    );
    // It is not blamed for what comes after it.
    expect(
      patchText(`${'*a_ '.repeat(20_000)}\n> # Read it\n`, at, { ...settings, patches: [] }).messages[0]?.code,
    ).toBe('deadline');
  });
});

describe('definePatch and definePatchSet', () => {
  const good: PatchDefinition = {
    id: 'refunds',
    title: 'Add refunds',
    change: { kind: 'append', anchors: [section('Payments')], template: '### Refunds\n' },
  };
  const change = (more: object) => ({ ...good, change: { ...good.change, ...more } });
  const wrong: [what: unknown, said: string][] = [
    [undefined, 'Expected an object as a patch, not undefined'],
    [[], 'Expected an object as a patch, not an empty list'],
    [{ ...good, extra: 1 }, 'Expected id, title, why, change, checks in a patch, not `extra`'],
    [{ ...good, id: 'Refunds' }, 'Expected the id of a patch in lower-case words joined by hyphens, not “Refunds”'],
    [{ ...good, id: 'a--b' }, 'lower-case words'],
    [{ ...good, id: '__proto__' }, 'lower-case words'],
    [{ ...good, title: '' }, 'Expected a line of text as the title of the patch `refunds`, not “”'],
    [{ ...good, title: 'a\nb' }, 'Expected a line of text as the title'],
    [{ ...good, why: 7 }, 'Expected a text as the why of the patch `refunds`, not 7'],
    [{ ...good, change: undefined }, 'Expected an object as the change of the patch `refunds`, not undefined'],
    [change({ kind: 'explode' }), 'Expected a kind of change that there is in the patch `refunds`, not “explode”'],
    [change({ kind: 'unclear', why: 'prose' }), 'Expected a kind of change that there is'],
    [change({ anchors: [] }), 'Expected an anchor or more in the patch `refunds`'],
    [change({ anchors: section('Payments') }), 'Expected a list of anchors in the patch `refunds`, not a object'],
    [change({ anchors: [codeIn('Payments')] }), 'Expected `section(…)` as an anchor of the patch `refunds`'],
    [change({ anchors: [lines(4)] }), 'Expected `section(…)` as an anchor'],
    [change({ anchors: [section('A'), { kind: 'lines', from: Number.NaN, to: 3 }] }), 'as an anchor'],
    [change({ anchors: [{ kind: 'section', path: [] }] }), 'as an anchor'],
    [change({ template: 7 }), 'Expected Markdown as the template of the patch `refunds`, not 7'],
    [
      change({ template: 'no heading' }),
      'Expected a section that opens with its heading as the template of the patch `refunds`',
    ],
    [
      change({ template: '### A\0' }),
      'Expected Markdown without strange characters as the template of the patch `refunds`',
    ],
    [change({ tmplate: 'x' }), 'Expected kind, anchors, template in the change of the patch `refunds`, not `tmplate`'],
    [
      { ...good, change: { kind: 'replaceCode', anchors: [codeIn('A')], template: 'text' } },
      'Expected a template that is one fenced block',
    ],
    [
      { ...good, change: { kind: 'replaceCode', anchors: [codeIn('A')], template: '```\na\n```', subject: {} } },
      'Expected what it shows and a test as the subject of',
    ],
    [
      { ...good, change: { kind: 'replaceText', from: ' ', to: 'x' } },
      'Expected the text that the patch `refunds` replaces, not “ ”',
    ],
    [
      { ...good, change: { kind: 'replaceText', from: 'x' } },
      'Expected the text that the patch `refunds` brings, not undefined',
    ],
    [{ ...good, checks: [{ claim: 'x' }] }, 'Expected a function to judge “x” of the patch `refunds`, not undefined'],
    [{ ...good, checks: {} }, 'Expected a list of checks in the patch `refunds`, not a object'],
    [
      { ...good, checks: [{ claim: 'x', covers: 'FR-1', judge: () => ({}) }] },
      'Expected a list of texts as what a claim',
    ],
  ];
  it.each(wrong)('%# says what is wrong', (definition, said) => {
    expect(() => definePatch(definition as PatchDefinition)).toThrow(PatchError);
    expect(() => definePatch(definition as PatchDefinition)).toThrow(said);
  });

  it.each([
    [{ target: '/etc/passwd' }, 'Expected the target as a path'],
    [{ target: '../x.md' }, 'Expected the target as a path'],
    [{ target: 'a/**/x.md' }, 'Expected the target as a path'],
    [{ target: 'a\\x.md' }, 'Expected the target as a path'],
    [{ patches: [good, good] }, 'Expected every id once in the set for `a.md`, not `refunds` twice'],
    [{ patches: good }, 'Expected a list of patches in the set for `a.md`, not a object'],
    [{ questions: [7] }, 'Expected an object as a question, not 7'],
  ])('%j is no set', (part, said) => {
    expect(() => definePatchSet({ target: 'a.md', patches: [good], ...part } as never)).toThrow(said);
  });

  it('freeze what they are given, and give it back', () => {
    const own = structuredClone(good);
    const set = definePatchSet({ target: 'a.md', patches: [definePatch(own)] });
    expect(set.patches[0]).toBe(own);
    expect(() => Object.assign(own.change, { kind: 'explode' })).toThrow(TypeError);
  });

  it('let nothing be written that could never work', () => {
    // Held by the compiler: each of these lines would be an error if it were none.
    const impossible = () => {
      // @ts-expect-error an id in upper case
      definePatch({ ...good, id: 'Refunds' });
      // @ts-expect-error no anchors
      definePatch({ ...good, change: { kind: 'append', anchors: [], template: '### A' } });
      // @ts-expect-error lines alone are no place
      definePatch({ ...good, change: { kind: 'append', anchors: [lines(4)], template: '### A' } });
      // @ts-expect-error a section does not go into code
      definePatch({ ...good, change: { kind: 'insertAfter', anchors: [codeIn('A')], template: '### A' } });
      // @ts-expect-error code is not replaced by heading
      definePatch({ ...good, change: { kind: 'replaceCode', anchors: [section('A')], template: '```\n```' } });
      const anchors = [section('A')] as const;
      // @ts-expect-error a section that goes has no template
      definePatch({ ...good, change: { kind: 'removeSection', anchors, before: '## A', template: '### A' } });
      // @ts-expect-error a section is not replaced whatever it says
      definePatch({ ...good, change: { kind: 'replaceSection', anchors, template: '### A' } });
      // @ts-expect-error text without what it becomes
      definePatch({ ...good, change: { kind: 'replaceText', from: 'a' } });
      // @ts-expect-error a judge says whether it holds
      definePatch({ ...good, checks: [{ claim: 'x', judge: () => true }] });
      // @ts-expect-error a kind that there is not
      definePatch({ ...good, change: { kind: 'unclear', why: 'prose' } });
      // @ts-expect-error an anchor without a name
      section();
      // @ts-expect-error no patches
      definePatchSet({ target: 'a.md', patches: [] });
    };
    expect(impossible).toBeTypeOf('function');
  });
});

describe('a section that says something else than when its patch was written', () => {
  const change = {
    kind: 'replaceSection',
    anchors: [section('B')],
    before: '## B\n\nb',
    template: '## B\n\nnew',
  } as const;
  const { template: _, ...removal } = { ...change, kind: 'removeSection' } as const;
  const edited = '# A\n\n## B\n\nb, and more\n';

  it.each<PatchDefinition['change']>([change, removal])('is left alone, unless it is to go all the same', (one) => {
    const patches = definePatchSet({ target: 'a.md', patches: [definePatch({ id: 'x', title: 'X', change: one })] });
    const left = api.patchText(edited, { patches });
    expect([left.exitCode, left.text, left.patches[0]?.state]).toEqual([3, edited, 'drifted']);
    expect(left.messages.map(({ text }) => text)).toEqual([
      'Cannot apply `x`: it stands there in other words (line 3), and no claim says whether they will do; change it all the same with `--overwrite x`, or leave it out with `-p`',
    ]);
    const done = api.patchText(edited, { patches, overwrite: ['x'] });
    expect([done.exitCode, done.text]).toEqual([0, one.kind === 'removeSection' ? '# A\n' : '# A\n\n## B\n\nnew\n']);
  });
});

describe('a text under a heading', () => {
  const change = { kind: 'replaceText', from: 'Be short.', to: 'Be long.', under: 'B' } as const;
  const patches = definePatchSet({ target: 'a.md', patches: [definePatch({ id: 'x', title: 'X', change })] });

  it.each([
    ['is gone', '# Shop\n\n## A\n\nBe short.\n\n## C\n\nEnd.\n'],
    ['has another name', '# Shop\n\n## A\n\nBe short.\n\n## Bee\n\nBe brief.\n'],
    ['stands twice', '# Shop\n\n## B\n\nBe short.\n\n# More\n\n## B\n\nBe brief.\n'],
  ])('is sought nowhere else when that %s', (_, text) => {
    const { exitCode, text: left, messages } = api.patchText(text, { patches });
    expect([exitCode, left]).toEqual([3, text]);
    expect(messages[0]?.text).toMatch(/^Cannot place `x`: .*“B”/);
  });
});

describe('a section that was put in place of another', () => {
  const change = {
    kind: 'replaceSection',
    anchors: [section('Fees')],
    before: '## Fees\n\nMany.',
    template: '## Costs\n\nNone.',
  } as const;
  const holds = ({ text }: { text: string }) => ({ holds: /none/i.test(text), evidence: ['the text'] });
  const patch = definePatch({ id: 'x', title: 'X', change, checks: [{ claim: 'None', judge: holds }] });
  const patches = definePatchSet({ target: 'a.md', patches: [patch] });

  it('is left alone when somebody has edited it, while its claims hold', () => {
    const done = api.patchText('# A\n\n## Fees\n\nMany.\n', { patches }).text;
    expect(done).toBe('# A\n\n## Costs\n\nNone.\n');
    const { exitCode, changed, patches: states } = api.patchText(done.replace('None', 'There are none'), { patches });
    expect([exitCode, changed, states[0]?.state]).toEqual([0, false, 'drifted']);
    expect(api.patchText(done.replace('None', 'Some'), { patches }).exitCode).toBe(3);
  });
});

describe('a section that is to go', () => {
  it('is not taken for gone when it stands under another heading', () => {
    const body =
      'These are words of some length, as a section has them, so that nobody writes them a second time by chance.';
    const change = { kind: 'removeSection', anchors: [section('Old')], before: `## Old\n\n${body}` } as const;
    const patches = definePatchSet({ target: 'a.md', patches: [definePatch({ id: 'x', title: 'X', change })] });
    expect(api.patchText(`# A\n\n## Other\n\n${body}\n`, { patches }).exitCode).toBe(3);
    expect(api.patchText('# A\n', { patches }).exitCode).toBe(0);
  });
});

describe('a quoted text of several blocks', () => {
  it.each(['***', '___', '* * *', '* A word.'])('is not found where `%s` stands between them', (between) => {
    const change = {
      kind: 'replaceText',
      from: 'All is said here.\n\n## Next',
      to: 'All is done.\n\n## Next',
    } as const;
    const patches = definePatchSet({ target: 'a.md', patches: [definePatch({ id: 'x', title: 'X', change })] });
    const text = `# A\n\nAll is said here.\n\n${between}\n\n## Next\n`;
    expect(api.patchText(text, { patches }).exitCode).toBe(3);
    expect(api.patchText(text.replace(`${between}\n\n`, '\n'), { patches }).text).toBe(
      '# A\n\nAll is done.\n\n## Next\n',
    );
  });

  it('is not found where it is a list', () => {
    const change = { kind: 'replaceText', from: 'All is said.\n\nAnd so is this.', to: 'All is done.' } as const;
    const patches = definePatchSet({ target: 'a.md', patches: [definePatch({ id: 'x', title: 'X', change })] });
    expect(api.patchText('# A\n\nAll is said.\n\n* And so is this.\n', { patches }).exitCode).toBe(3);
  });
});

describe('each kind of change', () => {
  const cases: [name: string, change: PatchDefinition['change'], before: string, after: string][] = [
    [
      'append',
      { kind: 'append', anchors: [section('A')], template: '## New\n\nx' },
      '# A\n\na\n',
      '# A\n\na\n\n## New\n\nx\n',
    ],
    [
      'insertAfter',
      { kind: 'insertAfter', anchors: [section('B')], template: '## New\n\nx' },
      '# A\n\n## B\n\nb\n\n## C\n',
      '# A\n\n## B\n\nb\n\n## New\n\nx\n\n## C\n',
    ],
    [
      'replaceSection',
      { kind: 'replaceSection', anchors: [section('B')], before: '## B\n\nb', template: '## B\n\nnew' },
      '# A\n\n## B\n\nb\n\n## C\n',
      '# A\n\n## B\n\nnew\n\n## C\n',
    ],
    [
      'removeSection',
      { kind: 'removeSection', anchors: [section('B')], before: '## B\n\nb' },
      '# A\n\n## B\n\nb\n\n## C\n',
      '# A\n\n## C\n',
    ],
    [
      'replaceText',
      { kind: 'replaceText', from: 'port 80', to: 'port 8000', under: 'B' },
      '# A\n\nOn port 80.\n\n## B\n\nOn port 80.\n',
      '# A\n\nOn port 80.\n\n## B\n\nOn port 8000.\n',
    ],
    [
      'replaceText, taking out',
      { kind: 'replaceText', from: 'Gone.', to: '' },
      '# A\n\nGone.\n\nStays.\n',
      '# A\n\nStays.\n',
    ],
    [
      'replaceCode',
      {
        kind: 'replaceCode',
        anchors: [codeIn('A')],
        template: '```\nnew\n```',
        subject: { shows: 'code', test: () => true },
        before: { shows: 'old', test: (code) => code.includes('old') },
      },
      '# A\n\n~~~js\nold\n~~~\n',
      '# A\n\n~~~js\nnew\n~~~\n',
    ],
  ];
  it.each(cases)('%s, in any line ends, and once', (_, change, before, after) => {
    const patches = definePatchSet({ target: 'a.md', patches: [definePatch({ id: 'x', title: 'X', change })] });
    for (const form of [(text: string) => text, (text: string) => `\uFEFF${text.replaceAll('\n', '\r\n')}`]) {
      const first = api.patchText(form(before), { patches });
      expect([first.exitCode, first.text]).toEqual([0, form(after)]);
      const second = api.patchText(form(after), { patches });
      expect([second.changed, second.patches[0]?.state]).toEqual([false, 'applied']);
    }
  });
});

describe('from a program', () => {
  it('patchText says what the command line says, and takes the same choices', () => {
    const all = api.patchText(example);
    expect([all.text, all.exitCode, all.changed, all.path]).toEqual([finished, 0, true, target]);
    expect(api.patchText(example, { patch: ['flow-diagram'] }).text).toBe(mustPatch(example, 'flow-diagram'));
    const drifted = finished.replace('Safe to ignore for now', 'Ignore it');
    expect(api.patchText(drifted).text).toBe(drifted);
    expect(api.patchText(drifted, { overwrite: ['database-schema'] }).text).toBe(finished);
    const refused = api.patchText('# Another document\n');
    expect([refused.exitCode, refused.text, refused.messages[0]?.level]).toEqual([3, '# Another document\n', 'error']);
    expect(() => api.patchText(example, { patch: ['flow'] })).toThrow(
      new PatchError(`Cannot find a patch \`flow\`; the patches are ${ids.join(', ')}`),
    );
  });

  it('reads a text anew where its name makes it something else', () => {
    const change = { kind: 'append', anchors: [section('Payments')], template: '### Refunds' } as const;
    const { patches } = engineSet({ target: 'a.md', patches: [{ id: 'x', title: 'X', change }] });
    const codes = ['a.md', 'a.json', 'a.md'].map(
      (path) => patchText(billing, path, { mode: 'write', patches, overwrite: new Set(), context: 3 }).exitCode,
    );
    expect(codes).toEqual([0, 3, 0]);
  });

  it('patchFile writes only when it is told to', async () => {
    const folder = folderWith({ 'a.md': example, 'b.md': Buffer.from([0xff]) });
    expect((await api.patchFile('a.md', { cwd: folder })).changed).toBe(true);
    expect(readFileSync(join(folder, 'a.md'), 'utf8')).toBe(example);
    expect((await api.patchFile(join(folder, 'a.md'), { cwd: folder, write: true })).written).toBe(true);
    expect(readFileSync(join(folder, 'a.md'), 'utf8')).toBe(finished);
    expect((await api.patchFile('b.md', { cwd: folder, write: true })).exitCode).toBe(4);
  });

  it('run is the command line', async () => {
    const said: string[] = [];
    const output = { isTerminal: false, write: (data: string | Uint8Array) => said.push(String(data)) };
    const io = {
      cwd: folderWith({ [target]: example }),
      env: {},
      stdin: async () => Buffer.alloc(0),
      ask: async () => undefined,
      stdout: output,
      stderr: output,
    };
    expect(await api.run(['-c', '-q'], io)).toBe(1);
    expect(await api.run(['--version'], io)).toBe(0);
    expect(said.join('')).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('shows judges a document that nobody can change', () => {
    const document = readDocument('a.md', billing);
    engineSet({
      target: 'a.md',
      patches: [
        {
          id: 'x',
          title: 'X',
          change: { kind: 'append', anchors: [section('A')], template: '## B' },
          checks: [{ claim: 'c', judge: () => ({ holds: true, evidence: [] }) }],
        },
      ],
    }).patches[0]?.checks[0]?.judge(document);
    expect(Object.isFrozen(document) && Object.isFrozen(document.tree.children[0]?.position?.start)).toBe(true);
  });
});

describe('the types', () => {
  it('name no type that the package does not export', () => {
    const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const entries = Object.values<{ types?: string }>(exports).flatMap(({ types = [] }) => types);
    const program = ts.createProgram(
      entries.map((entry) => join(root, entry)),
      {
        moduleResolution: ts.ModuleResolutionKind.NodeNext,
        module: ts.ModuleKind.NodeNext,
        skipLibCheck: true,
      },
    );
    const checker = program.getTypeChecker();
    const origin = (symbol: ts.Symbol): ts.Symbol =>
      symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const exported = new Set(
      entries.flatMap((entry) => {
        const file = program.getSourceFile(join(root, entry)) as ts.SourceFile;
        return checker.getExportsOfModule(checker.getSymbolAtLocation(file) as ts.Symbol).map(origin);
      }),
    );
    expect(entries).toHaveLength(3);
    const leaks = new Set<string>();
    const walk = (node: ts.Node): void => {
      if (ts.isTypeReferenceNode(node) || ts.isExpressionWithTypeArguments(node)) {
        const name = ts.isTypeReferenceNode(node) ? node.typeName : node.expression;
        const symbol = origin(checker.getSymbolAtLocation(name) as ts.Symbol);
        const isOurs = symbol.declarations?.some((one) =>
          dirname(one.getSourceFile().fileName).startsWith(join(root, 'dist')),
        );
        const isParameter = (symbol.flags & ts.SymbolFlags.TypeParameter) !== 0;
        if (isOurs && !isParameter && !exported.has(symbol)) leaks.add(symbol.name);
      }
      ts.forEachChild(node, walk);
    };
    for (const symbol of exported) for (const declaration of symbol.declarations ?? []) walk(declaration);
    expect([...leaks]).toEqual([]);
    expect(exported.size).toBeGreaterThan(20);
  });

  it('hold of the built-in patches too', () => {
    expect(definePatchSet(authSpec).patches).toHaveLength(4);
  });
});
