import type { Code, Heading, Node, Root, RootContent } from 'mdast';
import { Blocks } from './blocks.js';
import { frozen } from './frozen.js';
import { isUnfinishedBlock } from './html.js';
import { plainText } from './markdown.js';

/** A half-open range `[start, end)` of UTF-16 offsets into {@link Document.text}. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A place a person can go to: line and column are 1-based, `offset` is a UTF-16 index. */
export interface Point {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

/**
 * A root-level heading and all that stands under it, up to the next heading of the same or a lower depth. What merely
 * separates or serves the whole document at its end (thematic breaks, link and footnote definitions) does not belong.
 */
export interface Section {
  readonly name: string;
  /** Names of the headings from the outermost to this one. */
  readonly path: readonly string[];
  readonly depth: number;
  readonly heading: Heading;
  /** The heading and the blocks that belong, deeper sections included. */
  readonly blocks: readonly RootContent[];
  /** From the start of the heading's line to the end of the last block, which the parser ends where its line does. */
  readonly span: Span;
  readonly line: number;
  /** Offset at which the next heading of its depth or a lower one begins, or the text ends. */
  readonly limit: number;
}

/** A text as Markdown, and its outline. Of its blocks only those are parsed that somebody looks at. All of it is frozen. */
export interface Document {
  readonly path: string;
  readonly text: string;
  /** The line end that occurs more often, LF when in doubt. */
  readonly eol: '\n' | '\r\n';
  /** All of it as mdast; without children where the text is no Markdown. */
  readonly tree: Root;
  /**
   * The same, for who does not need all of it.
   *
   * @internal
   */
  readonly blocks: Blocks;
  readonly sections: readonly Section[];
  /** Whether it is read as Markdown, which its name says. */
  readonly isMarkdown: boolean;
}

/**
 * @param others texts that it repeats, in which something was read
 * @throws NestingError when a line opens too many containers
 * @throws RangeError when blocks nest deeper than the parser's stack allows; so may whatever looks at it
 */
export function readDocument(path: string, text: string, others: readonly Blocks[] = []): Document {
  if (!isMarkdownName(path)) return textDocument(path, text);
  const blocks = new Blocks(text, others);
  let sections: readonly Section[] | undefined;
  return Object.freeze({
    path,
    text,
    eol: dominantEol(text),
    blocks,
    get tree() {
      return blocks.root;
    },
    get sections() {
      sections ??= Object.freeze(outline(blocks));
      return sections;
    },
    isMarkdown: true,
  });
}

/** A text of which only the lines matter. */
export function textDocument(path: string, text: string): Document {
  const blocks = new Blocks('');
  return frozen({ path, text, eol: dominantEol(text), blocks, tree: blocks.root, sections: [], isMarkdown: false });
}

/** Whether a file is Markdown by its name; one without an ending, such as that of standard input, says nothing else. */
export function isMarkdownName(path: string): boolean {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  const at = name.lastIndexOf('.');
  return at <= 0 || /^\.(?:md|markdown|mdx|mdown|mkdn?|mkd|txt)$/i.test(name.slice(at));
}

/** Span of a node that came from a parse. */
export function spanOf(node: Node): Span {
  const start = node.position?.start.offset;
  const end = node.position?.end.offset;
  if (start === undefined || end === undefined) throw new Error(`Expected a position on \`${node.type}\``);
  return { start, end };
}

/** First line of a node that came from a parse, 1-based. */
export function lineOf(node: Node): number {
  return node.position?.start.line ?? 1;
}

/** Last line of a node that came from a parse, 1-based. */
export function lastLineOf(node: Node): number {
  return node.position?.end.line ?? 1;
}

export function pointAt(text: string, offset: number): Point {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) {
    line += 1;
    lineStart = at + 1;
  }
  return { line, column: offset - lineStart + 1, offset };
}

/** Offset of the end of the line that holds `offset`, before its line end. */
export function endOfLine(text: string, offset: number): number {
  const at = text.indexOf('\n', offset);
  if (at === -1) return text.length;
  return at > offset && text[at - 1] === '\r' ? at - 1 : at;
}

/** Offset of the start of the line that holds `offset`, behind a BOM. */
export function startOfLine(text: string, offset: number): number {
  const at = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
  return at === 0 && text.startsWith('\uFEFF') ? 1 : at;
}

/** The children of the root that an edit reaches into; its own place when that lies between two of them. */
export function touchedBy({ tree }: Document, { start, end }: Span): Span {
  const touched = tree.children.map(spanOf).filter((block) => block.start <= end && block.end >= start);
  return {
    start: Math.min(start, ...touched.map((block) => block.start)),
    end: Math.max(end, ...touched.map((block) => block.end)),
  };
}

/** The section that ends with {@link lastBlock}: the one given, or the section above it that is no deeper than `depth`. */
export function enclosing({ sections }: Document, section: Section, depth: number): Section {
  return sections.findLast((above) => above.line <= section.line && above.depth <= depth) ?? section;
}

/**
 * The last block under a section before the next heading of depth `depth` or lower: where something of that depth can
 * follow without becoming the parent of what stands there.
 */
export function lastBlock(document: Document, section: Section, depth: number): RootContent {
  const { blocks, sections, text } = document;
  const next = sections.find(({ line, depth: other }) => line > section.line && other <= depth);
  return lastBelow(blocks, section.heading, next ? spanOf(next.heading).start : text.length);
}

/** How many blocks at the end of `blocks` a section would not count as its own. */
export function separatorsAtEnd(blocks: readonly RootContent[]): number {
  const last = blocks.findLastIndex(({ type }) => !SEPARATORS.has(type));
  return blocks.length - 1 - last;
}

const SEPARATORS: ReadonlySet<string> = new Set(['thematicBreak', 'definition', 'footnoteDefinition']);

/** The characters that fence a code block, such as three backticks; '' for indented code. */
export function fenceOf(document: Pick<Document, 'text'>, node: Code): string {
  const { start } = spanOf(node);
  const mark = document.text[start];
  if (mark !== '`' && mark !== '~') return '';
  let end = start;
  while (document.text[end] === mark) end += 1;
  return document.text.slice(start, end);
}

/** Whether a root-level block was left open, so that it swallows all that follows it: a fence, a comment, a `<pre>`. */
export function isOpen(document: Document, block: RootContent): boolean {
  if (block.type === 'code') {
    const fence = fenceOf(document, block);
    if (fence === '') return false;
    const { start, end } = spanOf(block);
    const last = document.text.slice(Math.max(startOfLine(document.text, end), start + fence.length), end).trim();
    return last.length < fence.length || [...last].some((character) => character !== fence[0]);
  }
  return block.type === 'html' && isUnfinishedBlock(block.value);
}

/** Fences that may have been read the wrong way round, from the block `from` on. */
export interface Doubt {
  readonly from: Code;
  /** Line on which the reading breaks down: a fence that opens inside a block, or the end of the text. */
  readonly line: number;
}

/**
 * Where a forgotten closing fence may have turned blocks inside out. A fence with an info string inside a block that it
 * could have opened shows that something before it was not closed: that block, or, as bare fences open and close alike,
 * one of those before it back to the last that has an info string.
 */
export function doubtfulFence(document: Document): Doubt | undefined {
  const blocks = document.blocks
    .having('fence')
    .filter((block): block is Code => block.type === 'code' && fenceOf(document, block) !== '');
  for (const [index, block] of blocks.entries()) {
    const line = isOpen(document, block) ? lastLineOf(block) : innerOpening(block, fenceOf(document, block));
    if (line === undefined) continue;
    const from = blocks.slice(0, index + 1).findLast((before) => before.lang) ?? blocks[0] ?? block;
    return { from, line };
  }
  return undefined;
}

function innerOpening(block: Code, fence: string): number | undefined {
  const at = block.value.split('\n').findIndex((line) => {
    const text = line.trimStart();
    const info = text.slice(fence.length);
    return line.length - text.length < 4 && text.startsWith(fence) && /^[a-z][\w+#-]{0,30}\s*$/i.test(info);
  });
  return at === -1 ? undefined : lineOf(block) + 1 + at;
}

function outline(blocks: Blocks): Section[] {
  const headings = blocks.having('heading').filter((block) => block.type === 'heading');
  const open: { name: string; depth: number }[] = [];
  return headings.map((heading, index) => {
    while ((open.at(-1)?.depth ?? 0) >= heading.depth) open.pop();
    const name = plainText(heading);
    open.push({ name, depth: heading.depth });
    const { start } = spanOf(heading);
    const next = headings.find((other, at) => at > index && other.depth <= heading.depth);
    const limit = next ? spanOf(next).start : blocks.text.length;
    let own: readonly RootContent[] | undefined;
    let end: number | undefined;
    return Object.freeze({
      name,
      path: Object.freeze(open.map((section) => section.name)),
      depth: heading.depth,
      heading,
      get blocks() {
        if (!own) {
          const all = blocks.between(start, limit);
          own = Object.freeze(all.slice(0, all.length - separatorsAtEnd(all)));
        }
        return own;
      },
      get span() {
        end ??= spanOf(lastBelow(blocks, heading, limit)).end;
        return Object.freeze({ start: startOfLine(blocks.text, start), end });
      },
      line: lineOf(heading),
      limit,
    });
  });
}

// The last block from a heading on, before an offset, that belongs to its section.
function lastBelow(blocks: Blocks, heading: Heading, limit: number): RootContent {
  return blocks.lastBetween(spanOf(heading).start, limit, ({ type }) => !SEPARATORS.has(type)) ?? heading;
}

function dominantEol(text: string): '\n' | '\r\n' {
  let lf = 0;
  let crlf = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
    if (text[at - 1] === '\r') crlf += 1;
    else lf += 1;
  }
  return crlf > lf ? '\r\n' : '\n';
}
