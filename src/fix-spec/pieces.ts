import { withoutClosingMarks } from '../anchor.js';
import type { Repair } from '../patch.js';
import { headingLabel, readLabel } from './labels.js';

/** A fenced block of a fix spec, its content freed of the block's own indentation. */
export interface Block {
  readonly kind: 'block';
  /** Of the opening fence, 1-based. */
  readonly line: number;
  readonly lastLine: number;
  readonly info: string;
  /** LF line ends, none at the end. */
  readonly text: string;
  readonly repairs: readonly Repair[];
  /** Where the fences cannot be paired in any way that explains them all. */
  readonly isBroken: boolean;
}

/** A fix spec taken apart: its headings, its blocks, and its other lines, in order. */
export type Piece =
  | { readonly kind: 'heading'; readonly line: number; readonly depth: number; readonly text: string }
  | { readonly kind: 'text'; readonly line: number; readonly text: string }
  | Block;

/**
 * Takes a fix spec apart. Fix specs quote Markdown that has fences of its own, and a third of them do so with fences too short
 * for it, or come from a formatter that closed blocks where they seemed to end. So fences are paired by what they look like (one
 * with an info string opens, one before an empty line closes), and a block ends where all fences up to the next change have a
 * partner.
 */
export function readPieces(text: string): Piece[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const reader = new Reader(lines);
  const pieces: Piece[] = [];
  let isComment = false;
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    // What its author has commented out is no instruction.
    if (isComment || line.trimStart().startsWith('<!--')) {
      isComment = !line.includes('-->');
      continue;
    }
    const fence = reader.fences.get(at);
    if (fence) {
      const { block, last } = reader.blockAt(fence);
      pieces.push(block);
      at = last;
      continue;
    }
    const heading = headingOf(line);
    if (heading) pieces.push({ kind: 'heading', line: at + 1, ...heading });
    else if (line.trim() !== '') pieces.push({ kind: 'text', line: at + 1, text: line });
  }
  return pieces;
}

interface Fence {
  /** 0-based. */
  readonly at: number;
  readonly indent: number;
  readonly mark: string;
  readonly info: string;
  readonly isOpening: boolean;
}

/** Blocks that can be open in one another. */
const MOST_INNER = 20;

class Reader {
  readonly lines: readonly string[];
  readonly fences: ReadonlyMap<number, Fence>;
  /** For each line the first from it on that holds a fence without an info string. */
  readonly #nextBare: readonly number[];
  readonly #boundaries: readonly number[];
  /** Of the first boundary that may still be ahead: blocks are read in order. */
  #next = 0;
  /** By the line before which fences must be paired, then by the first fence: what was found. */
  readonly #pairings = new Map<number, Map<number, boolean>>();

  constructor(lines: readonly string[]) {
    this.lines = lines;
    this.fences = new Map(lines.flatMap((_, at) => this.#fenceAt(at)).map((fence) => [fence.at, fence]));
    const nextBare: number[] = [];
    for (let at = lines.length; at >= 0; at -= 1) {
      const isBare = this.fences.get(at)?.info === '';
      nextBare[at] = isBare ? at : (nextBare[at + 1] ?? lines.length);
    }
    this.#nextBare = nextBare;
    const families = familiesOf(lines);
    let depth = 0;
    this.#boundaries = lines.flatMap((line, at) => {
      const heading = headingOf(line);
      if (!heading) return isEdge(line) ? [at] : [];
      if (families.has(familyOf(heading))) {
        depth = heading.depth;
        return [at];
      }
      // “#### Before” below “### Change 1”; another “## New” is what the change quotes.
      return headingLabel(heading.text) && depth > 0 && heading.depth > depth ? [at] : [];
    });
  }

  /** The block that a fence opens, and its last line, 0-based. */
  blockAt(open: Fence): { block: Block; last: number } {
    const end = this.#boundaryAfter(open.at);
    // A fence that looks like the end of a block where none is open: what it belongs to is anyone's guess.
    const found = open.isOpening || open.info !== '' ? this.#paired(open, end) : this.#strictly(open, end);
    const strict = this.#strictEnd(open, end);
    const last = found?.last ?? strict ?? open.at;
    const repairs = [...(found?.repairs ?? [])];
    if (found && strict !== undefined && strict < last && !repairs.some(({ line }) => line === strict + 1)) {
      repairs.push({ kind: 'nested fence', line: strict + 1 });
    }
    const left = new Set(repairs.flatMap(({ kind, line }) => (kind === 'stray fence' ? [line - 1] : [])));
    const content = this.lines.slice(open.at + 1, last).flatMap((line, index) => {
      const at = open.at + 1 + index;
      if (left.has(at)) return [];
      const own = line.slice(Math.min(open.indent, line.length - line.trimStart().length));
      return [found?.closings.get(at) ?? own];
    });
    return {
      last,
      block: {
        kind: 'block',
        line: open.at + 1,
        lastLine: last + 1,
        info: open.info,
        text: content.join('\n'),
        repairs: repairs.toSorted((a, b) => a.line - b.line),
        isBroken: !found,
      },
    };
  }

  #fenceAt(at: number): Fence[] {
    const [, indent = '', mark = '', info = ''] =
      /^([ \t]{0,40})(`{3,100}|~{3,100})[ \t]{0,8}([^`\n]{0,200})$/.exec(this.lines[at] ?? '') ?? [];
    if (mark === '') return [];
    const next = this.lines[at + 1];
    const isClosing = info.trim() === '' && (next === undefined || next.trim() === '' || this.#endsBlock(next));
    return [{ at, indent: indent.length, mark, info: info.trim(), isOpening: !isClosing }];
  }

  #endsBlock(next: string): boolean {
    return (
      /^[ \t]{0,40}(?:`{3,100}|~{3,100})[ \t]{0,8}$/.test(next) ||
      headingOf(next) !== undefined ||
      isRule(next) ||
      isEdge(next)
    );
  }

  // 0-based line on which the next change, or the other side of this one, begins for certain.
  #boundaryAfter(at: number): number {
    while ((this.#boundaries[this.#next] ?? this.lines.length) <= at && this.#next < this.#boundaries.length)
      this.#next += 1;
    return this.#boundaries[this.#next] ?? this.lines.length;
  }

  #paired(open: Fence, end: number): { last: number; repairs: Repair[]; closings: Map<number, string> } | undefined {
    const isMarkdown = /^(?:md|mdx|markdown|text|txt)?$/i.test(open.info);
    if (!isMarkdown || open.mark.length > 3) {
      const last = this.#strictEnd(open, end);
      const isWhole = last !== undefined && this.#holdsPairs(open, last, isMarkdown) && this.#isPaired(last + 1, end);
      if (isWhole) return { last, repairs: [], closings: new Map() };
      if (!isMarkdown) return undefined;
    }
    const inner: Fence[] = [];
    const repairs: Repair[] = [];
    const closings = new Map<number, string>();
    for (let at = open.at + 1; at < end; at += 1) {
      const fence = this.fences.get(at);
      if (fence?.indent !== open.indent || fence.mark[0] !== open.mark[0]) continue;
      if (fence.isOpening) {
        inner.push(fence);
        if (inner.length > MOST_INNER) return undefined;
        continue;
      }
      const opened = inner.pop();
      if (opened) {
        if (opened.mark.length !== fence.mark.length) {
          repairs.push({ kind: 'unequal fence', line: at + 1 });
          closings.set(at, opened.mark);
        }
      } else if (this.#isPaired(at + 1, end)) {
        return this.#holdsPairs(open, at, true) ? { last: at, repairs, closings } : undefined;
      }
      // Formatters that lengthen a fence close it where it seemed to end. Of others one that is missing looks the same.
      else if (open.mark.length > 3 && fence.mark === open.mark && repairs.every(({ kind }) => kind !== 'stray fence'))
        repairs.push({ kind: 'stray fence', line: at + 1 });
      else return undefined;
    }
    return undefined;
  }

  // Whether the fences in a block that are indented otherwise than its own open and close in turn, and code holds none of its own.
  #holdsPairs(open: Fence, last: number, isMarkdown: boolean): boolean {
    const isOpen = new Map<number, boolean>();
    for (let at = open.at + 1; at < last; at += 1) {
      const fence = this.fences.get(at);
      if (!fence || fence.mark[0] !== open.mark[0]) continue;
      if (fence.indent === open.indent) {
        if (!isMarkdown) return false;
        continue;
      }
      const wasOpen = isOpen.get(fence.indent) === true;
      if (wasOpen && fence.info !== '') return false;
      isOpen.set(fence.indent, !wasOpen);
    }
    return [...isOpen.values()].every((one) => !one);
  }

  // A bare fence before an empty line opens a block only where everything up to the next change pairs that way.
  #strictly(open: Fence, end: number): { last: number; repairs: Repair[]; closings: Map<number, string> } | undefined {
    const last = this.#strictEnd(open, end);
    return last !== undefined && this.#isPaired(last + 1, end) ? { last, repairs: [], closings: new Map() } : undefined;
  }

  // Where CommonMark ends the block.
  #strictEnd({ at, indent, mark }: Fence, end: number): number | undefined {
    for (let line = this.#nextBare[at + 1] ?? end; line < end; line = this.#nextBare[line + 1] ?? end) {
      const fence = this.fences.get(line);
      if (fence && fence.mark[0] === mark[0] && fence.mark.length >= mark.length && fence.indent < indent + 4)
        return line;
    }
    return undefined;
  }

  // Whether every fence from a line on, as CommonMark reads them, has a partner. Formatters leave one at the end of a file.
  #isPaired(from: number, end: number): boolean {
    const known = this.#pairings.get(end) ?? new Map<number, boolean>();
    this.#pairings.set(end, known);
    const seen: number[] = [];
    let answer: boolean | undefined;
    for (let at = from; answer === undefined; at += 1) {
      if (at >= end) answer = true;
      const fence = at < end ? this.fences.get(at) : undefined;
      if (!fence) continue;
      answer = known.get(at);
      seen.push(at);
      if (answer !== undefined) break;
      const last = this.#strictEnd(fence, end);
      if (last === undefined) answer = this.lines.slice(at + 1).every((line) => line.trim() === '');
      else at = last;
    }
    for (const at of seen) known.set(at, answer);
    return answer;
  }
}

function headingOf(line: string): { depth: number; text: string } | undefined {
  const [, marks = '', text = ''] = /^ {0,3}(#{1,6})[ \t]{1,8}(\S.{0,400})$/.exec(line) ?? [];
  return marks === '' ? undefined : { depth: marks.length, text: withoutClosingMarks(text.trim()) };
}

function isRule(line: string): boolean {
  return /^ {0,3}(?:-{3,80}|\*{3,80}|_{3,80})[ \t]{0,20}$/.test(line);
}

function isEdge(line: string): boolean {
  const label = readLabel(line);
  return label !== undefined && !label.isOpen && ['current', 'new', 'insert'].includes(label.role);
}

// Headings that number changes, as “### Change 2: …” do, by their level and words: those that a label follows.
function familiesOf(lines: readonly string[]): Set<string> {
  const families = new Set<string>();
  let last: string | undefined;
  for (const line of lines) {
    const heading = headingOf(line);
    if (heading) last = /\d/.test(heading.text.slice(0, 30)) ? familyOf(heading) : undefined;
    else if (/^[ \t]{0,40}(?:`{3}|~{3})/.test(line)) last = undefined;
    else if (last && readLabel(line)) {
      families.add(last);
      last = undefined;
    }
  }
  return families;
}

function familyOf({ depth, text }: { depth: number; text: string }): string {
  const [, word = '', number = ''] = /^([\p{L} ]{0,20})([\p{L}-]{0,8}\d[\w.-]{0,12})/u.exec(text) ?? [];
  return number === ''
    ? ''
    : `${depth} ${word.trim().toLowerCase()} ${number.replace(/\d+/g, '0').replace(/[a-z]$/, '')}`;
}
