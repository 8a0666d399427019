import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RootContent } from 'mdast';
import { describe, expect, it } from 'vitest';
import { findSections, section } from '../src/anchor.js';
import { readDocument, type Section } from '../src/document.js';
import type { Patch } from '../src/patch.js';
import { isRefused, plan } from '../src/plan.js';
import { patchFile, patchText, type Settings } from '../src/run.js';
import { templateOf } from '../src/template.js';
import { verify } from '../src/verify.js';
import { example, folderWith, mustPatch, patched, registry, templateIn } from './support.js';

const PLACE = '# Spec\n\n## Place\n\n';
const NEW = '## New\n\nNew text.\n';

type Kind = 'insertAfter' | 'append';
/** The same template one level deeper where it goes inside the section. */
const bodyFor = (kind: Kind, template: string) =>
  kind === 'append' ? template.replace('## New', '### New') : template;
const inserting = (kind: Kind, template: string): Patch => ({
  id: 'new',
  title: 'New',
  change: { kind, anchors: [section('Place')], template: templateOf(bodyFor(kind, template)) },
  checks: [],
});

const settings = (patch: Patch, mode: Settings['mode'] = 'dry-run'): Settings => ({
  mode,
  patches: [patch],
  overwrite: new Set(),
  context: 3,
});

/** The finished text, or in brackets why there is none. */
function outcome(text: string, patch: Patch): string {
  const planned = plan(readDocument('spec.md', text), [patch]);
  const [finding] = verify(planned).findings;
  const status = planned.entries[0]?.status;
  if (status && !isRefused(status) && !finding) return planned.text;
  const misfit = status?.state === 'missing' ? status.misfit?.kind : undefined;
  return `[${misfit ?? finding?.kind ?? status?.state}]`;
}

const crlf = (text: string) => text.replaceAll('\n', '\r\n');
const bomCrlf = (text: string) => `\uFEFF${crlf(text)}`;
const RUNS: readonly [name: string, kind: Kind, dress: (text: string) => string][] = [
  ['LF', 'append', (text) => text],
  ['CRLF', 'insertAfter', crlf],
  ['BOM', 'insertAfter', (text) => `\uFEFF${text}`],
];

/** What can stand behind the last block of a section; a heading on the next line would become part of some blocks. */
const LOOSE = [
  '\n\n## Next\n\nText.\n',
  '\n\nNext\n----\n',
  '\n\n---\n\n# Next\n',
  '\n\n[last]: https://example.org\n\n## Next\n',
  '\n',
  '',
];
const TIGHT = ['\n## Next\n\nText.\n'];
const ALONE = [''];

/** The finished text by the one seam rule, from a host in which `¦` marks the place. */
function sealed(marked: string, template: string): string {
  const [before = '', after = ''] = marked.split('¦');
  return `${before}\n\n${template.trimEnd()}${/^(?:\n[ \t]*(?:\n|$)|$)/.test(after) ? '' : '\n'}${after}`;
}

const bare = (blocks: readonly RootContent[]) =>
  JSON.parse(
    JSON.stringify(blocks, (key, value) =>
      key === 'position' ? undefined : typeof value === 'string' ? value.replaceAll('\r\n', '\n') : value,
    ),
  );
const namesOf = (sections: readonly Section[]) => sections.map(({ depth, name }) => `${depth} ${name}`);

/** Blocks and outline of a text. */
function read(text: string): { blocks: unknown[]; outline: string[] } {
  const { tree, sections } = readDocument('x', text);
  return { blocks: bare(tree.children), outline: namesOf(sections) };
}

/** Blocks and outline of a marked host with those of the template at the mark. */
function wanted(marked: string, template: string): ReturnType<typeof read> {
  const at = marked.indexOf('¦');
  const { tree, sections } = readDocument('x', marked.replace('¦', ''));
  const first = tree.children.filter(({ position }) => (position?.end.offset ?? 0) <= at).length;
  const above = sections.filter(({ span }) => span.start < at).length;
  const { blocks, outline } = read(template);
  return {
    blocks: [...bare(tree.children.slice(0, first)), ...blocks, ...bare(tree.children.slice(first))],
    outline: [...namesOf(sections.slice(0, above)), ...outline, ...namesOf(sections.slice(above))],
  };
}

/** Runs a marked host in every dress; `refusal` is why it must not be patched, undefined when it must be. */
function check(marked: string, template: string, refusal?: string): void {
  for (const [name, kind, dress] of RUNS) {
    const body = bodyFor(kind, template);
    const patch = inserting(kind, template);
    const host = dress(marked.replace('¦', ''));
    const about = `${name}, ${kind}: ${JSON.stringify(host)}`;
    const done = outcome(host, patch);
    expect(done, about).toBe(refusal === undefined ? dress(sealed(marked, body)) : `[${refusal}]`);
    if (refusal !== undefined) continue;
    expect(read(done), about).toEqual(wanted(dress(marked), body));
    expect(outcome(done, patch), about).toBe(done);
  }
}

interface Hazard {
  readonly hazard: string;
  /** The end of the section; `¦` marks the place where it is not the end of this. */
  readonly end: string;
  readonly head?: string;
  readonly template?: string;
  /** What follows: anything by default. */
  readonly behind?: readonly string[];
  readonly refusal?: string;
}

const LIVE: Readonly<Record<string, readonly string[]>> = {
  H1: ['line one'],
  H2: ['- item', '- item\n\n  - nested\n    lazy'],
  H3: ['> quote', '> - quoted\nlazy'],
  H7: ['| a | b |\n| --- | --- |\n| 1 | 2 |'],
  H9: ['- a¦\n---'],
  H13: ['> ```js\n> code', '````md\n```\n````'],
  H14: ['<!--\n\nnote\n-->', '<!-->', '<!--->'],
  H15: ['<pre>\n\n## x\n</pre>'],
  H23: ['text[^1]\n\n[^1]: note\n\nmore'],
  H25: ['See [1].¦\n\n[1]: https://x', 'text\n[1]: https://x'],
  H28: ['text\\', 'text  '],
  H29: ['- a\n- b\n\n\n- c'],
  H30: ['two\nlines\n\n```\ncode\n\n```'],
  H31: ['<!-- x -->\ntext', 'para\n<!-- m -->'],
};
const LIVE_IF_LOOSE: Readonly<Record<string, readonly string[]>> = {
  H9: ['text¦\n\n---'],
  H11: ['<details>\n<summary>x</summary>\n</details>', '<div>\nx\n</div>\n## Not a heading'],
  H12: ['<div>\ncontent\n</div>', '<div>\n\ncontent\n\n</div>'],
  H23: ['text[^1]¦\n\n[^1]: note'],
  H24: [
    '<details>\n\n### Inner\n\n</details>',
    '<div>\n<!-- <details>\n-->\n</div>',
    '<details>\n\na\n\n<!-- b --></details>',
  ],
};
const OPEN: Readonly<Record<string, readonly string[]>> = {
  H13: ['```js\ncode', '~~~~\n~~~\n```'],
  H14: ['<!-- note'],
  H15: ['<pre>', '<script>', '<style>', '<textarea>', '<?php', '<![CDATA[', '<!X'].map((open) => `${open}\n\nx`),
};
const rows = (table: typeof LIVE, rest: Omit<Hazard, 'hazard' | 'end'>) =>
  Object.entries(table).flatMap(([hazard, ends]) => ends.map((end): Hazard => ({ hazard, end, ...rest })));

const RULE = '## New\n\na\n\n---\n\nb\n';
const HAZARDS: readonly Hazard[] = [
  ...rows(LIVE, {}),
  ...rows(LIVE_IF_LOOSE, { behind: LOOSE }),
  ...rows(OPEN, { refusal: 'open block' }),
  { hazard: 'H4', end: '- a\n- b', template: '## New\n\n- c\n' },
  { hazard: 'H5', end: '1. a\n2. b', template: '## New\n\n1. c\n' },
  { hazard: 'H6', end: 'text', template: '  ## New\n\n  New text.\n' },
  { hazard: 'H6', end: '- a', template: '  ## New\n\n  New text.\n', refusal: 'structure' },
  { hazard: 'H6', end: '10. a', template: '  ## New\n\n  New text.\n' },
  { hazard: 'H8', end: 'text¦\n\nTitle\n-----\n', behind: ALONE },
  { hazard: 'H8', end: '¦\nTitle\n-----\n', head: '## Place', behind: ALONE },
  { hazard: 'H9', end: '¦\n---', head: '## Place' },
  { hazard: 'H10', end: '¦\nTitle\n===\n', head: '## Place', behind: ALONE },
  { hazard: 'H10', end: '===', head: '## Place\n' },
  { hazard: 'H11', end: '<details>\n<summary>x</summary>', refusal: 'open HTML' },
  { hazard: 'H13', end: '- ```js\n  code', behind: TIGHT },
  { hazard: 'H13', end: '- ```js\n  code¦\n\n## Next\n', behind: ALONE, refusal: 'structure' },
  { hazard: 'H16', end: 'tail¦', behind: ALONE },
  { hazard: 'H16', end: '¦', head: '# Spec\n\n## Place', behind: ALONE },
  { hazard: 'H17', end: 'text', head: `---\ntitle: x\n# Place\n---\n\n${PLACE}` },
  { hazard: 'H18', end: 'text', head: '---\n\n## Place\n\n', template: RULE, behind: TIGHT, refusal: 'structure' },
  { hazard: 'H18', end: 'text', head: '***\n\n## Place\n\n', template: RULE },
  { hazard: 'H18', end: 'text', head: '---\n\n## Place\n\n', template: RULE.replace('---', '----'), behind: TIGHT },
  { hazard: 'H19', end: 'text', head: '## Place\n' },
  { hazard: 'H21', end: 'See [session].', template: '## New\n\n[session]: u\n', refusal: 'structure' },
  { hazard: 'H23', end: '¦\n[^1]: note', head: 'text[^1]\n\n## Place', behind: LOOSE },
  { hazard: 'H24', end: '<details>\n<summary>x</summary>\n\n### Inner\n\ntext', refusal: 'open HTML' },
  { hazard: 'H24', end: '<!-- more --> <details>\n\ntext', refusal: 'open HTML' },
  { hazard: 'H24', end: '- <details>\n\ntext', refusal: 'open HTML' },
  { hazard: 'H25', end: '¦\n[1]: https://x', head: '## Place' },
  { hazard: 'H26', end: '    code', template: '## New\n\n    more\n' },
  { hazard: 'H27', end: 'a¦\n\n   ## Next\n', template: '## New\n\n- item\n', behind: ALONE, refusal: 'structure' },
];

describe('at the place of an insertion', () => {
  it.each(HAZARDS)('$hazard: $end', ({ end, head = PLACE, template = NEW, behind = [...LOOSE, ...TIGHT], refusal }) => {
    const marked = end.includes('¦') ? end : `${end}¦`;
    for (const rest of behind) check(head + marked + rest, template, refusal);
  });

  it('every hazard is tried but for those of templates that no insertion takes, and of labels', () => {
    const tried = new Set(HAZARDS.map(({ hazard }) => hazard));
    const all = Array.from({ length: 31 }, (_, index) => `H${index + 1}`);
    expect(all.filter((hazard) => !tried.has(hazard))).toEqual(['H20', 'H22']);
  });

  it.each(['- c\n', '1. c\n', '  indented\n', '    more\n', '---\nx\n---\n', '===\n', '[a]: b\n', ''])(
    'H4, H5, H6, H20, H26: a template %j is none, for it does not open with a heading',
    (text) => {
      expect(() => outcome(`${PLACE}text\n`, inserting('insertAfter', text))).toThrow('opens with its heading');
    },
  );

  it.each(HAZARDS.filter(({ refusal }) => refusal !== undefined))(
    '$hazard: a file that ends in $end is not touched',
    async ({ end, head = PLACE, template = NEW }) => {
      const bytes = Buffer.from(head + end.replace('¦', ''));
      const folder = folderWith({ 'spec.md': bytes });
      const path = join(folder, 'spec.md');
      const { exitCode, written } = await patchFile(path, folder, settings(inserting('append', template), 'write'));
      expect([exitCode, written, readFileSync(path)]).toEqual([3, false, bytes]);
    },
  );
});

describe('a template', () => {
  const behind = [...LOOSE, ...TIGHT, '\n\n   ## Next\n', '\n\n  [last]: https://example.org\n'];
  const refusals: Readonly<Record<string, string | undefined>> = { s: 'structure' };
  // A letter for each of these: patched, or refused for its structure.
  it.each([
    ['a paragraph', 'more', 'ppppppppp'],
    ['a list', '- item', 'pppppppss'],
    ['an ordered list', '1. one\n2. two', 'pppppppsp'],
    ['a nested list', '- item\n  - nested', 'pppppppss'],
    ['a table', '| a |\n| --- |\n| 1 |', 'ppppppppp'],
    ['a fence', '```\ncode\n```', 'ppppppppp'],
    ['indented code', '    code', 'ppppppppp'],
    ['a quote', '> quote', 'ppppppppp'],
    ['a rule', 'more\n\n---', 'ppppppppp'],
    ['what follows a rule', '- a\n---\nmore', 'ppppppppp'],
    ['an underline', '- a\n\n===', 'ppppppppp'],
    ['a definition', '[t][t]\n\n[t]: https://example.org', 'ppppppppp'],
    ['what follows a definition', '[t][t]\n\n[t]: https://example.org\n\nmore', 'ppppppppp'],
    ['a footnote', 't[^t]\n\n[^t]: note', 'ppppppppp'],
    ['a comment', '<!-- note -->', 'ppppppppp'],
    ['HTML', '<div>\nx\n</div>', 'ppppppppp'],
    ['a backslash', 'more\\', 'ppppppppp'],
    ['an open fence', '```\ncode', 'ssss'],
    ['an open comment', '<!-- note', 'ssss'],
  ])('that ends in %s', (_, end, letters) => {
    for (const [index, letter] of [...letters].entries())
      check(`${PLACE}text¦${behind[index]}`, `## New\n\n${end}\n`, refusals[letter]);
  });

  it('that is a mere heading is not taken for another empty section', () => {
    check(`${PLACE}text¦\n\n## Empty\n\n## Next\n`, '## New\n');
  });

  it('that is one short line is not taken for another section of that line', () => {
    check(`${PLACE}text¦\n\n## Other\n\nNone.\n`, '## New\n\nNone.\n');
  });

  it('whose whole text stands under another heading is not inserted again', () => {
    const body = 'A paragraph that nobody would write twice by chance. '.repeat(3);
    const host = `${PLACE}text\n\n## Renamed\n\n${body}\n`;
    // Without a claim that still holds, it is for a person to say whether that will do.
    expect(outcome(host, inserting('insertAfter', `## New\n\n${body}\n`))).toBe('[unproven]');
  });

  it('that would become the parent of what follows is refused', () => {
    const host = `${PLACE}text\n\n## Next\n\n### Part\n`;
    const take = (end: string) => outcome(host, inserting('insertAfter', `## New\n\ntext\n\n${end}\n`));
    expect(take('# Top')).toBe('[parent]');
    expect(take('### Deep')).toBe(`${PLACE}text\n\n## New\n\ntext\n\n### Deep\n\n## Next\n\n### Part\n`);
  });

  it('whose heading would take over a link to another is refused', () => {
    const take = (link: string, own = 'New') =>
      outcome(
        `${PLACE}text\n\n## Next\n\n${link}\n\n### Purpose\n`,
        inserting('insertAfter', `## ${own}\n\ntext\n\n### Purpose\n`),
      ).replace(/^# Spec[\s\S]*/, 'done');
    const links = [
      '[a](#purpose)',
      '[a][b]\n\n[b]: #Purpose',
      '- [a](#purpose "t")',
      '[a](#pur%70ose)',
      '[a](#other%)',
      '[a](x#purpose)',
    ];
    expect(links.map((link) => take(link))).toEqual([
      '[fragment]',
      '[fragment]',
      '[fragment]',
      '[fragment]',
      'done',
      'done',
    ]);
  });

  it('that leaves a <details> open is refused', () => {
    check(`${PLACE}text¦\n\n## Next\n`, '## New\n\n<details>\n\nfolded\n', 'open HTML');
    check(`${PLACE}text¦\n\n## Next\n`, '## New\n\n<details>\n\nfolded\n\n</details>\n');
  });

  it.each(registry.patches)('of $id leaves nothing open', ({ change }) => {
    const text = `${templateIn({ change }).text}\n## Place¦\n`;
    expect(read(text).outline.at(-1)).toBe('2 Place¦');
    check(text, NEW);
  });
});

describe('the patches of spec 005', () => {
  const last = '- [ ] The Better Auth migration has run against the Neon `dev` branch';
  const short = example.slice(0, example.indexOf(last) + last.length);
  const above = short.slice(0, -last.length);
  const rest = '\n\n## Environment Configuration\n';
  const [done = '', inserted = ''] = mustPatch(short + rest).split(last);

  it.each([...rows(LIVE, {}), ...rows(LIVE_IF_LOOSE, {})])(
    'go in at the end of Prerequisites: $hazard: $end',
    ({ end }) => {
      const [before = '', after = ''] = end.split('¦');
      const text = sealed(`${before}¦${after}${rest}`, inserted.slice(2, inserted.length - rest.length));
      expect(mustPatch(bomCrlf(`${above}${before}${after}${rest}`))).toBe(bomCrlf(done + text));
    },
  );

  it.each(HAZARDS.filter(({ refusal, end }) => refusal?.startsWith('open') && end !== '<!X\n\nx'))(
    'stay away from the end of Prerequisites: $hazard: $end',
    ({ end }) => {
      expect(patched(`${above}${end}${rest}`)).toBeUndefined();
    },
  );
});

describe('a decoy of the heading', () => {
  const said = (text: string) => {
    const result = patchText(text, 'x', settings(inserting('insertAfter', NEW)));
    expect([result.exitCode, result.changed]).toEqual([3, false]);
    return result.messages.map((message) => message.text);
  };
  const CODE = 'inside a code block that opens on line 1; close that block before the heading';
  const HTML = 'inside an HTML block that opens on line 1; close that block before the heading';
  const LIST = 'inside a list that opens on line 1; move the heading out of it';
  const QUOTE = 'inside a block quote that opens on line 1; move the heading out of it';
  const FOOTNOTE = 'inside a footnote that opens on line 1; move the heading out of it';

  // The decoy, the line on which it is seen, and in what.
  const hidden: [decoy: string, line: number, where: string][] = [
    ['```\n## Place\n```', 2, CODE],
    ['~~~md\n\n## Place\n~~~', 3, CODE],
    ['````\n```\n## Place\n```\n````', 3, CODE],
    ['    ## Place', 1, CODE],
    ['- item\n\n  ```\n  ## Place\n  ```', 4, LIST],
    ['> ```\n> ## Place\n> ```', 2, QUOTE],
    ['<!--\n\n## Place\n-->', 3, HTML],
    ['<pre>\n\n## Place\n</pre>', 3, HTML],
    ['<script>\n## Place\n</script>', 2, HTML],
    ['<div>\n## Place\n</div>', 2, HTML],
    ['> ## Place', 1, QUOTE],
    ['- ## Place', 1, LIST],
    ['1. item\n\n   Place\n   ---', 3, LIST],
    ['[^1]: ## Place', 1, FOOTNOTE],
  ];
  it.each(hidden)('is named where it stands alone: %j', (decoy, line, where) => {
    expect(said(`${decoy}\n\n# Spec\n`)).toEqual([
      `Cannot place \`new\`: “Place” stands on line ${line}, but ${where}`,
    ]);
  });

  const others: [decoy: string, begins: string][] = [
    ['---\n# Place\n---', '“Spec” (line 5)'],
    ['| a |\n| --- |\n| ## Place |', '“Spec” (line 5)'],
    ['\\# Place', '“Spec” (line 3)'],
    ['#Place', '“Spec” (line 3)'],
    ['#\u00A0Place', '“Spec” (line 3)'],
    ['## Place {#id}', '“Place {#id}” (line 1)'],
    ['##', '“” (line 1)'],
  ];
  it.each(others)('is no heading of that name: %j', (decoy, begins) => {
    expect(said(`${decoy}\n\n# Spec\n`)).toEqual([
      `Cannot place \`new\`: there is no heading “Place”; the document begins with ${begins}; check that this is the right file`,
    ]);
  });

  it.each([...hidden, ...others].map(([decoy]) => decoy))('beside the heading, it is passed over: %j', (decoy) => {
    check(`${decoy}\n\n## Place  \n\ntext¦\n\n## Next\n`, NEW);
    // Further down the front matter is a second heading.
    const isFrontMatter = decoy.startsWith('---');
    check(`# Spec\n\nPlace\n-----\n\ntext¦\n\n## Next\n\n${decoy}\n`, NEW, isFrontMatter ? 'ambiguous' : undefined);
  });

  it.each(['Place\n-----', '### Place', '# Place #', '## **Place**', '<details>\n\n## Place\n\n</details>'])(
    'that is a second heading makes the place ambiguous: %j',
    (twin) => {
      check(`${PLACE}text\n\n${twin}\n\ntext\n`, NEW, 'ambiguous');
    },
  );

  it('in an open <details> is the heading, and what comes there would be folded away', () => {
    check('<details>\n\n## Place\n\ntext¦\n\n## Next\n', NEW, 'open HTML');
  });
});

describe('a heading is compared', () => {
  const cases: [sought: string, rung: string, headings: readonly string[]][] = [
    ['Caf\u00E9', 'exact', ['## Cafe\u0301', '## Caf\u00E9', '## Caf&eacute;']],
    ['Cafe\u0301', 'exact', ['## Cafe\u0301', '## Caf\u00E9']],
    ['Caf\u00E9', 'none', ['## Cafe']],
    ['H', 'exact', ['## H ##', '## H #', '##\tH', ' ## H', '  ## H', '   ## H', '## H  ', 'H\n-', '###### H']],
    ['H', 'exact', ['## `H`', '## [H](#h)', '## **H**', '## H <!-- x -->']],
    ['H', 'undecorated', ['## H 😀', '## 1.2 H', '## 3) H', '## H *(draft)*', '## 1. H _(draft)_ ✅']],
    ['3. H', 'undecorated', ['## 1.2 H', '## H']],
    ['H', 'letter case', ['## h', '## 1. h 😀']],
    ['H', 'none', ['    ## H', '#H', '##\u00A0H', '##\u3000H', '####### H', '\\## H', '## H#', '## H\u200B']],
    ['H', 'none', ['## 😀 H', '## H (draft)', '## H.', '## HH', '##']],
    ['H I', 'exact', ['## H  I', '## H\u00A0I', 'H\nI\n---', '## H&#32;I']],
    ['H & #', 'exact', ['## H &amp; \\#']],
    ['😀 H', 'exact', ['## 😀 H']],
  ];
  it.each(cases)('with %j: %s: %j', (sought, expected, headings) => {
    const rungs = headings.map((heading) => {
      const { rung, sections } = findSections(readDocument('x', `${heading}\n\ntext\n`), [sought]);
      return sections.length === 1 ? rung : 'none';
    });
    expect(rungs).toEqual(headings.map(() => expected));
  });
});

describe('a label', () => {
  it.each([
    ['See [s].', '[s]: u\n\nmore'],
    ['See [it][s].', '[s]: u\n\nmore'],
    ['See[^s].', 'x[^s]\n\n[^s]: note\n\nmore'],
    ['[s]: u\n\ntext', 'See [s].'],
    ['[s]: u\n\ntext', 'See [it][ S ].'],
    ['[^s]: note\n\ntext', 'See[^s].'],
  ])('H21: that one side uses and only the other defines is refused: %j, %j', (host, body) => {
    check(`${PLACE}${host}¦\n`, `## New\n\n${body}\n`, 'structure');
  });

  it('that each side defines for itself is left to it', () => {
    const body = 'See [it][t][^t].\n\n[t]: u\n\n[^t]: note\n\nmore';
    check(`${PLACE}See [it][s][^s].¦\n\n[s]: u\n\n[^s]: note\n`, `## New\n\n${body}\n`);
  });
});

// H22: the tree stays the same, but the first definition of a label wins.
describe('label capture', () => {
  it.each([
    ['See [it][s].¦\n\n[s]: old', '[s]: new'],
    ['See [s][].¦\n\n[s]: old', '[s]: new'],
    ['See [s].¦\n\n[S]: old', '[s]: new'],
    ['See [s t].¦\n\n[s t]: old', '[ s\n  T ]: new'],
    ['![it][s]¦\n\n[s]: old', '[s]: new'],
    ['See [s].¦\n\n[s]: u "old"', '[s]: u "new"'],
    ['See [s].¦\n\n## Next\n\n> [s]: old', '[s]: new'],
    ['See [s].¦\n\n[s]: old', '> [s]: new'],
    ['See[^s].¦\n\n[^s]: old', 'x[^s]\n\n[^s]: new'],
    ['See[^s].¦\n\n[^S]: old', 'x[^s]\n\n[^s]: new'],
    ['[s]: old\n\nSee [s].¦', 'See [s].\n\n[s]: new'],
    ['[^s]: old\n\nSee[^s].¦', 'See[^s].\n\n[^s]: new'],
  ])('is refused: %j, %j', (marked, body) => {
    expect(outcome(`${PLACE}${marked.replace('¦', '')}\n`, inserting('append', `## New\n\n${body}\n\nmore\n`))).toMatch(
      /^\[[a-z ]+\]$/,
    );
  });
});
