import type { Nodes, Root, RootContent } from 'mdast';
import { visit } from 'unist-util-visit';
import { parsedBefore } from './beforehand.js';
import { type Chunk, chunksOf } from './chunks.js';
import { frozen } from './frozen.js';
import { blocksOf, closedBlocks, movedCopies } from './markdown.js';
import { refuseDeepNesting } from './nesting.js';

/**
 * The root-level blocks of a Markdown text as one parse of all of it has them, but read a chunk at a time, and only where somebody
 * looks. Every position is a UTF-16 offset into the text itself, a leading BOM included. All is frozen, for it is shared.
 *
 * Whatever reads throws a RangeError when blocks nest deeper than the parser's stack allows.
 */
export class Blocks {
  readonly text: string;
  readonly chunks: readonly Chunk[];
  readonly #read = new Map<Chunk, readonly RootContent[]>();
  /** Chunks that were read, by their texts. */
  readonly #texts = new Map<string, Chunk>();
  /** The labels that chunks define, by their texts. */
  readonly #defined = new Map<string, readonly string[]>();
  /** What chunks may hold, as far as somebody has asked. */
  readonly #held = new Map<Kind, Map<Chunk, boolean>>();
  readonly #alike = new WeakMap<Blocks, boolean>();
  readonly #others: readonly Blocks[];
  #labels: ReadonlySet<string> | undefined;
  #root: Root | undefined;

  /**
   * @param others of which this repeats chunks: what was read there is not parsed again
   * @throws NestingError when a line opens too many containers
   */
  constructor(text: string, others: readonly Blocks[] = []) {
    refuseDeepNesting(text);
    this.text = text;
    this.#others = others;
    const proved = new Map<number, { end: number; blocks: RootContent[] }>();
    this.chunks = frozen(
      chunksOf(text, text.startsWith(BOM) ? 1 : 0, (stretch) => {
        if (others.some((other) => other.#isClosed(text.slice(stretch.start, stretch.end)))) return true;
        const blocks = closedBlocks(text, stretch);
        if (blocks) proved.set(stretch.start, { end: stretch.end, blocks });
        return blocks !== undefined;
      }),
    );
    for (const chunk of this.chunks) {
      const known = proved.get(chunk.start);
      if (known?.end === chunk.end && !this.mayHold(chunk, 'reference')) this.#keep(chunk, known.blocks);
    }
    Object.freeze(this);
  }

  /** The tree of the text, with all of them. */
  get root(): Root {
    this.#root ??= frozen({ type: 'root', children: this.of(this.chunks), position: positionOf(this.text) });
    return this.#root;
  }

  /** What {@link parsedBefore} can tell of the text later: chunks without their last line ends, and their blocks. */
  get repeatable(): [text: string, blocks: readonly RootContent[]][] {
    return this.chunks.flatMap((chunk): [string, readonly RootContent[]][] => {
      const text = withoutEnd(this.textOf(chunk));
      if (!isTakenOver(chunk) || text === '' || this.mayHold(chunk, 'reference')) return [];
      return [[text, movedCopies(this.of([chunk]), -chunk.start, 1 - chunk.line)]];
    });
  }

  get first(): RootContent | undefined {
    for (const chunk of this.chunks) {
      const [block] = this.of([chunk]);
      if (block) return block;
    }
    return undefined;
  }

  /** Those of some chunks, in the order of the text. */
  of(chunks: readonly Chunk[]): RootContent[] {
    for (const batch of batchesOf(chunks.filter((chunk) => !this.#read.has(chunk) && !this.#take(chunk)))) {
      const lists = blocksOf(this.text, batch, this.#labelsFor(batch));
      for (const [index, chunk] of batch.entries()) this.#keep(chunk, lists[index] ?? []);
    }
    return chunks.flatMap((chunk) => this.#read.get(chunk) ?? []);
  }

  /** Those that begin between two offsets. */
  between(from: number, to: number): RootContent[] {
    return this.of(this.#chunksIn(from, to)).filter((block) => isBetween(block, from, to));
  }

  /** The last of those that begin between two offsets and are of a kind. */
  lastBetween(from: number, to: number, isMeant: (block: RootContent) => boolean): RootContent | undefined {
    for (const chunk of this.#chunksIn(from, to).toReversed()) {
      const found = this.of([chunk]).findLast((block) => isBetween(block, from, to) && isMeant(block));
      if (found) return found;
    }
    return undefined;
  }

  /** All that hold nodes of some kinds or are such, and others. */
  having(...kinds: Kind[]): RootContent[] {
    return this.havingBefore(Number.POSITIVE_INFINITY, ...kinds);
  }

  /** The same of what stands before an offset; what stands behind it may be among them. */
  havingBefore(offset: number, ...kinds: Kind[]): RootContent[] {
    return this.of(
      this.chunks.filter((chunk) => chunk.start < offset && kinds.some((kind) => this.mayHold(chunk, kind))),
    );
  }

  /** Whether nodes of a kind may be in a chunk, which is not parsed for that. */
  mayHold(chunk: Chunk, kind: Kind): boolean {
    if (chunk.kind === 'code') return kind === 'code' || kind === 'fence';
    if (chunk.kind === kind) return true;
    const known = this.#held.get(kind) ?? new Map<Chunk, boolean>();
    this.#held.set(kind, known);
    let may = known.get(chunk);
    if (may === undefined) {
      may = MARKS[kind](this.textOf(chunk));
      known.set(chunk, may);
    }
    return may;
  }

  textOf({ start, end }: Chunk): string {
    return this.text.slice(start, end);
  }

  /**
   * Whether what stands in a span is another text, but for line ends and empty lines at its end. Then it has the same blocks, for a
   * chunk begins in a closed place; but brackets may refer to something elsewhere, so no text with them is the same.
   *
   * @param span from the start of a chunk to the end of a block, or it is not
   */
  isSame({ start, end }: { readonly start: number; readonly end: number }, other: Blocks): boolean {
    const own = this.text.slice(start, end).replaceAll('\r\n', '\n');
    return (
      other.text.startsWith(own) &&
      /^[ \t\n]*$/.test(other.text.slice(own.length)) &&
      this.chunks.some((chunk) => chunk.start === start) &&
      !other.chunks.some((chunk) => chunk.kind === 'front matter' || other.mayHold(chunk, 'reference'))
    );
  }

  /** What is defined: identifiers of definitions, `^` before those of footnotes. */
  get labels(): ReadonlySet<string> {
    if (this.#labels) return this.#labels;
    const defining = this.chunks.filter((chunk) => this.mayHold(chunk, 'definition'));
    const batches = batchesOf(defining.filter((chunk) => !this.#labelsIn(chunk)));
    for (const batch of batches) {
      // What else is defined changes nothing in a definition.
      const lists = blocksOf(this.text, batch);
      for (const [index, chunk] of batch.entries()) this.#defined.set(this.textOf(chunk), labelsIn(lists[index] ?? []));
      if (batch.length === defining.length)
        for (const [index, chunk] of batch.entries()) this.#keep(chunk, lists[index] ?? []);
    }
    this.#labels = new Set(defining.flatMap((chunk) => this.#labelsIn(chunk) ?? []));
    return this.#labels;
  }

  /** Whether the same is defined in another text, so that the same brackets refer to something. */
  hasLabelsOf(other: Blocks): boolean {
    let is = this.#alike.get(other);
    if (is === undefined) {
      is = this.labels.size === other.labels.size && [...this.labels].every((label) => other.labels.has(label));
      this.#alike.set(other, is);
    }
    return is;
  }

  #labelsIn(chunk: Chunk): readonly string[] | undefined {
    const text = this.textOf(chunk);
    for (const blocks of [this, ...this.#others]) {
      const labels = blocks.#defined.get(text);
      if (labels) return labels;
    }
    return undefined;
  }

  #keep(chunk: Chunk, blocks: RootContent[]): void {
    this.#read.set(chunk, frozen(blocks));
    if (isTakenOver(chunk)) this.#texts.set(withoutEnd(this.textOf(chunk)), chunk);
  }

  // Whether a text was read here as a chunk that something follows.
  #isClosed(text: string): boolean {
    const chunk = this.#texts.get(withoutEnd(text));
    return chunk !== undefined && chunk.end < this.text.length && this.textOf(chunk) === text;
  }

  // Takes a chunk from another text where it was read.
  #take(chunk: Chunk): boolean {
    if (!isTakenOver(chunk)) return false;
    const text = withoutEnd(this.textOf(chunk));
    const before = parsedBefore(text);
    if (before) {
      this.#keep(chunk, movedCopies(before, chunk.start, chunk.line - 1));
      return true;
    }
    for (const other of this.#others) {
      const same = other.#texts.get(text);
      const blocks = same && other.#read.get(same);
      if (!blocks || (this.mayHold(chunk, 'reference') && !this.hasLabelsOf(other))) continue;
      this.#keep(chunk, movedCopies(blocks, chunk.start - same.start, chunk.line - same.line));
      return true;
    }
    return false;
  }

  // A reference is one only where its label is defined, be it elsewhere.
  #labelsFor(chunks: readonly Chunk[]): string[] {
    const linking = chunks.filter((chunk) => this.mayHold(chunk, 'reference'));
    if (linking.length === 0 || this.labels.size === 0) return [];
    const mentioned = new Set(linking.flatMap((chunk) => bracketed(this.textOf(chunk)).map(squeezed)));
    return [...this.labels].filter((label) => mentioned.has(squeezed(label)));
  }

  #chunksIn(from: number, to: number): Chunk[] {
    const first = this.chunks.findLastIndex(({ start }) => start <= from);
    const behind = this.chunks.findIndex(({ start }) => start >= to);
    return this.chunks.slice(Math.max(first, 0), behind === -1 ? undefined : behind);
  }
}

/**
 * The mdast of a Markdown text (CommonMark, GFM, YAML front matter).
 *
 * @throws NestingError when a line opens too many containers
 * @throws RangeError when blocks nest deeper than the parser's stack allows
 */
export function parse(text: string): Root {
  return new Blocks(text).root;
}

const BOM = '\uFEFF';

/** UTF-16 units of text that go to the parser at once: it is at its fastest there, and needs no memory to speak of. */
const BATCH = 4 * 1024;

/** Kinds of nodes that somebody looks for. */
export type Kind = keyof typeof MARKS;

// What a chunk shows that holds nodes of a kind; it may show it for other reasons.
const MARKS = {
  code: mayHoldCode,
  /** Also of a footnote. */
  definition: (text: string) => text.includes(']:'),
  /** A fenced code block at root level. */
  fence: (text: string) => /^ {0,3}(?:`{3}|~{3})/m.test(text),
  /** A link to a heading, such as `[…](#purpose)`. */
  fragment: (text: string) => /\]\([\s>]*<?[#\\&]/.test(text),
  heading: (text: string) =>
    /(?:^|[\s>*+.):-])#{1,6}(?:\s|$)|[^ \t\r\n>][ \t>]*(?:\n|\r\n?)[ \t>]*(?:=+|-+)[ \t]*(?:[\r\n]|$)/.test(text),
  html: (text: string) => text.includes('<'),
  /** A link, an image or a footnote by its label. */
  reference: (text: string) => text.includes('['),
} as const;

// Fenced code shows its fence. Indented code cannot go on where a paragraph is open, which ordinary text leaves behind it.
function mayHoldCode(text: string): boolean {
  if (/[`~]{3}/.test(text)) return true;
  if (!/ {4}|\t/.test(text)) return false;
  let isParagraph = false;
  // Rows of a table may look like ordinary text.
  let isTable = false;
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (!isParagraph && /^[ >]*(?: {4}|\t)/.test(line)) return true;
    if (/(?:^[ \t>*+.)\d-]*[-*+>.)]|\]:)(?: {4}| *\t)/.test(line)) return true;
    if (/^[ \t>|:-]*$/.test(line)) isTable = line.includes('-');
    isParagraph = !isTable && !/[#<>|]|\]:|^[ \t\d.)=*_+-]*$/.test(line);
  }
  return false;
}

// All that could be a label. Whether a backslash escapes what follows it, as it does not in code, is for the parser to say.
function bracketed(text: string): string[] {
  const found = [...text.matchAll(/\[([^[\]]*)\]/g)].map(([, label = '']) => label);
  let start = -1;
  for (let at = text.indexOf('\\') === -1 ? text.length : 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '\\') at += 1;
    else if (character === '[') start = at + 1;
    else if (character === ']' && start !== -1) {
      found.push(text.slice(start, at));
      start = -1;
    }
  }
  return found;
}

// Labels over several lines have marks of quotes in them, and how white space counts is for the parser to say.
function squeezed(label: string): string {
  return label
    .replace(/[\s>]+/g, '')
    .toLowerCase()
    .toUpperCase();
}

function batchesOf(chunks: readonly Chunk[]): Chunk[][] {
  const batches: Chunk[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const chunk of chunks) {
    const own = chunk.kind === 'code' ? 0 : chunk.end - chunk.start;
    if (length + own > BATCH) {
      batches.push([]);
      length = 0;
    }
    batches.at(-1)?.push(chunk);
    length += own;
  }
  return batches;
}

// Code needs no parser, and what is front matter at the start of a text is something else elsewhere.
function isTakenOver({ kind }: Chunk): boolean {
  return kind === 'other' || kind === 'heading';
}

// Empty lines at its end change nothing in a chunk, unless code or HTML may reach into them.
function withoutEnd(text: string): string {
  let end = text.length;
  if (!/[`~]{3}|</.test(text)) while (text[end - 1] === '\n' || text[end - 1] === '\r') end -= 1;
  return text.slice(0, end);
}

function labelsIn(blocks: readonly RootContent[]): string[] {
  const labels: string[] = [];
  for (const block of blocks) {
    visit(block, (node) => {
      if (node.type === 'definition') labels.push(node.identifier);
      if (node.type === 'footnoteDefinition') labels.push(`^${node.identifier}`);
    });
  }
  return labels;
}

function isBetween({ position }: Nodes, from: number, to: number): boolean {
  const start = position?.start.offset ?? -1;
  return start >= from && start < to;
}

function positionOf(text: string): NonNullable<Root['position']> {
  const lines = text.split(/\r\n|\n|\r/);
  const last = lines.at(-1) ?? '';
  const column = last.length + (lines.length === 1 && text.startsWith(BOM) ? 0 : 1);
  return { start: { line: 1, column: 1, offset: 0 }, end: { line: lines.length, column, offset: text.length } };
}
