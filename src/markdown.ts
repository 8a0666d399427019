import GithubSlugger from 'github-slugger';
import type { Heading, Nodes, Root, RootContent } from 'mdast';
import { toString as textOf } from 'mdast-util-to-string';
import remarkFrontmatter from 'remark-frontmatter';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import remarkStringify from 'remark-stringify';
import { unified } from 'unified';
import type { Point } from 'unist';
import { visit } from 'unist-util-visit';
import type { Chunk } from './chunks.js';

const parser = once(() => unified().use(remarkParse).use(remarkGfm).freeze());
const frontMatterParser = once(() => unified().use(remarkParse).use(remarkGfm).use(remarkFrontmatter).freeze());
const stringifier = once(() =>
  unified()
    .use(remarkGfm, { tablePipeAlign: false })
    .use(remarkStringify, { bullet: '-', emphasis: '_', strong: '*', fence: '`', fences: true, rule: '-' })
    .freeze(),
);

// What is made when it is first needed, for few runs need all of it.
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

/**
 * The blocks of a part of a text, if all that it opens is closed at its end: a heading on the next line is one then. It may
 * refer to nothing elsewhere in the text.
 *
 * @throws RangeError when blocks nest deeper than the parser's stack allows
 */
export function closedBlocks(text: string, { start, end, line }: Chunk): RootContent[] | undefined {
  const { children } = parser().parse(text.slice(start, end) + SEPARATOR);
  const last = children.pop();
  return isSeparator(last, end - start) ? moved(children, start, line - 1) : undefined;
}

/**
 * The mdast of some chunks of a text (CommonMark, GFM, YAML front matter): for each its root-level blocks, with positions in the
 * text. The parser needs more than twice the time for twice the text, so whoever has much of it asks several times.
 *
 * @param chunks in the order of the text
 * @param labels defined elsewhere in the text: identifiers of definitions, `^` before those of footnotes
 * @throws RangeError when blocks nest deeper than the parser's stack allows
 */
export function blocksOf(text: string, chunks: readonly Chunk[], labels: readonly string[] = []): RootContent[][] {
  const evident = chunks.map((chunk) => evidentBlocks(text, chunk));
  let source = `${labels.map((label) => `[${label}]: #\n`).join('')}${SEPARATOR}`;
  let line = labels.length + 2;
  const places = chunks.map(({ start, end }, index) => {
    const place = { offset: source.length, line };
    if (evident[index]) return place;
    const own = text.slice(start, end);
    // What is open at the end of the text is so for good.
    source += end < text.length ? own + SEPARATOR : own;
    line += own.split('\n').length;
    return place;
  });
  const parsed = line > labels.length + 2 ? parser().parse(source).children : [];
  let at = 0;
  return chunks.map((chunk, index) => {
    const known = evident[index];
    if (known) return known;
    const { offset, line } = places[index] as { offset: number; line: number };
    const end = offset + chunk.end - chunk.start;
    while (parsed[at] && startOf(parsed[at]) < offset) at += 1;
    const from = at;
    while (parsed[at] && startOf(parsed[at]) < end) at += 1;
    if (end < source.length && !isSeparator(parsed[at], end))
      throw new Error(`Expected what begins on line ${chunk.line} to be closed`);
    return moved(parsed.slice(from, at), chunk.start - offset, chunk.line - line);
  });
}

// A heading that keeps two chunks apart, and by which the first shows that it is closed.
const SEPARATOR = '#\n';

function isSeparator(node: RootContent | undefined, offset: number): boolean {
  return node?.type === 'heading' && startOf(node) === offset;
}

function startOf(node: Nodes | undefined): number {
  return node?.position?.start.offset ?? -1;
}

function moved(blocks: RootContent[], offset: number, line: number): RootContent[] {
  for (const block of blocks) {
    visit(block, ({ position }) => {
      if (!position) return;
      for (const point of [position.start, position.end]) {
        point.line += line;
        if (point.offset !== undefined) point.offset += offset;
      }
    });
  }
  return blocks;
}

/** The same blocks elsewhere: so many UTF-16 units and lines further on. */
export function movedCopies(blocks: readonly RootContent[], offset: number, line: number): RootContent[] {
  const point = (at: Point): Point => ({ ...at, line: at.line + line, offset: (at.offset ?? 0) + offset });
  const copy = <T extends Nodes>(node: T): T => ({
    ...node,
    ...('children' in node && { children: node.children.map(copy) }),
    ...(node.position && { position: { start: point(node.position.start), end: point(node.position.end) } }),
  });
  return blocks.map(copy);
}

// What needs no parser, as most of it does not: nothing, code under a plain info string, a heading without markup.
function evidentBlocks(text: string, chunk: Chunk): RootContent[] | undefined {
  const { kind, start, end, line } = chunk;
  const own = text.slice(start, end);
  switch (kind) {
    case 'front matter':
      return moved(frontMatterParser().parse(own).children, start, line - 1);
    case 'code':
      return evidentCode(own, chunk);
    case 'heading': {
      const [whole, marks = '', space = '', value = ''] = EVIDENT_HEADING.exec(own.replace(/\r?\n$/, '')) ?? [];
      if (whole === undefined || /:\/\/|www\./i.test(value)) return undefined;
      const column = 1 + marks.length + space.length;
      const point = (column: number): Point => ({ line, column, offset: start + column - 1 });
      const position = { start: point(column), end: point(whole.length + 1) };
      const depth = marks.length as Heading['depth'];
      const children: Heading['children'] = [{ type: 'text', value, position }];
      return [{ type: 'heading', depth, children, position: { start: point(1), end: point(whole.length + 1) } }];
    }
    case 'other':
      return /^[ \t\r\n]*$/.test(own) ? [] : undefined;
  }
}

// Neither space around it nor a character that is markup, part of an e-mail address, or no character. An underscore inside of a
// word marks no emphasis, and an ampersand before a space begins no character reference.
const EVIDENT_HEADING =
  /^(#{1,6})( +)(?!\s)((?:[^\0-\x1F\\`*_[\]<>#!&~@]|(?<=[A-Za-z\d_])_(?=[A-Za-z\d_])|&(?= ))+)(?<! )$/;

function evidentCode(own: string, { start, line }: Chunk): RootContent[] | undefined {
  const [opening, lang = ''] = /^(?:`+|~+)([\w.+#-]*)\r?\n/.exec(own) ?? [];
  const last = own.lastIndexOf('\n', own.length - 2) + 1;
  const [closing] = /^ {0,3}[`~]+(?=\r?\n?$)/.exec(own.slice(last)) ?? [];
  if (opening === undefined || closing === undefined || own.includes('\0')) return undefined;
  const value = own.slice(opening.length, last).replace(/\r?\n$/, '');
  const lines = own.slice(0, last).split('\n').length - 1;
  const position = {
    start: { line, column: 1, offset: start },
    end: { line: line + lines, column: closing.length + 1, offset: start + last + closing.length },
  };
  return [{ type: 'code', lang: lang === '' ? null : lang, meta: null, value, position }];
}

/**
 * The form in which two fragments are compared: same Markdown after a reformat (bullets, emphasis marks, table padding,
 * re-flowed lines, line ends), same normal form. Never written to a document.
 */
export function normalForm(blocks: readonly RootContent[]): string {
  const tree: Root = structuredClone({ type: 'root', children: [...blocks] });
  visit(tree, (node) => {
    delete node.position;
    if (node.type === 'text') node.value = foldSpace(node.value);
    if (node.type === 'inlineCode') node.value = oneLine(node.value);
    if (node.type === 'code' || node.type === 'html') node.value = normalCode(node.value);
  });
  return stringifier().stringify(tree);
}

// CommonMark reads a line end in a code span as a space, mdast keeps it.
function oneLine(code: string): string {
  const [first = '', ...rest] = code.split('\n');
  if (rest.length === 0) return code;
  const last = rest.pop() ?? '';
  return [first.trimEnd(), ...rest.map((line) => line.trim()), last.trimStart()].join(' ');
}

/** Markdown of our own making, as a document of its own. */
export function markdownOf(blocks: readonly RootContent[]): string {
  return stringifier().stringify({ type: 'root', children: [...blocks] });
}

/** A code block's text with LF line ends and no space at line ends. */
export function normalCode(value: string): string {
  return value
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** The text of a heading or paragraph as a reader sees it: no markup or HTML, NFC, white space folded. */
export function plainText(node: Nodes): string {
  return foldSpace(textOf(node, { includeHtml: false }).normalize('NFC')).trim();
}

/** The headings under some nodes by the fragment that leads to them on GitHub: the second “A b” is `a-b-1`. */
export function fragmentsOf(nodes: readonly Nodes[]): Map<string, Heading> {
  const slugger = new GithubSlugger();
  const found = new Map<string, Heading>();
  for (const node of nodes) {
    visit(node, 'heading', (heading) => {
      found.set(slugger.slug(plainText(heading)), heading);
    });
  }
  return found;
}

/** Whether two nodes are the same Markdown: equal but for positions. */
export function sameNode(a: Nodes, b: Nodes): boolean {
  return signature(a) === signature(b);
}

function signature(node: Nodes): string {
  return JSON.stringify(node, (key, value) =>
    key === 'position'
      ? undefined
      : key === 'value' && typeof value === 'string'
        ? value.replaceAll('\r\n', '\n')
        : value,
  );
}

function foldSpace(text: string): string {
  return text.replace(/[ \t\n\r\u00A0]+/g, ' ');
}
