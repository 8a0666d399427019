import { visit } from 'unist-util-visit';
import { parse } from './blocks.js';
import { type Document, endOfLine, type Span, spanOf, startOfLine } from './document.js';

/**
 * How closely a quoted text must be read to be found, from the strictest on:
 * - `exact`: whole lines, character by character
 * - `white space`: whole lines, with other spaces between words or another indentation
 * - `part of a line`: character by character, but not at line ends
 * - `re-flowed`: with other line breaks within its paragraphs
 * - `markup`: and without `*`, `_` and backticks
 */
export type QuoteRung = 'exact' | 'white space' | 'part of a line' | 're-flowed' | 'markup';

/** How the lines of a document are indented against those of a quotation. */
export interface Indent {
  /** Leading white space that each line has in the document alone. */
  readonly add: string;
  /** Characters of leading white space that each line has in the quotation alone. */
  readonly drop: number;
}

/** A quoted text found in a document. */
export interface Passage {
  readonly span: Span;
  readonly rung: QuoteRung;
  readonly indent: Indent;
}

/** From the strictest on. */
export const QUOTE_RUNGS: readonly QuoteRung[] = ['exact', 'white space', 'part of a line', 're-flowed', 'markup'];

/** Rungs that are safe in a text that is not read as Markdown. */
const VERBATIM: readonly QuoteRung[] = ['exact', 'part of a line'];

/** Those of {@link QUOTE_RUNGS} that may be tried in a document. */
export function rungsFor({ isMarkdown }: Document): readonly QuoteRung[] {
  return isMarkdown ? QUOTE_RUNGS : VERBATIM;
}

/**
 * Where a quoted text stands, on the first rung that has it anywhere.
 *
 * @param quotation LF line ends, no empty lines at its ends
 */
export function findPassages(document: Document, quotation: string, rungs = QUOTE_RUNGS): readonly Passage[] {
  if (quotation.trim() === '') return [];
  for (const rung of rungs) {
    const found = FINDERS[rung](document, quotation);
    if (found.length > 0) return found;
  }
  return [];
}

/** Where a quoted text stands on any of some rungs, each place once: as it is read most closely. */
export function findOnAll(document: Document, quotation: string, rungs: readonly QuoteRung[]): readonly Passage[] {
  if (quotation.trim() === '') return [];
  const all = rungs.flatMap((rung) => FINDERS[rung](document, quotation));
  const kept: Passage[] = [];
  for (const one of all.toSorted((a, b) => a.span.start - b.span.start)) {
    const last = kept.at(-1);
    if (!last || !meet(one, last)) kept.push(one);
    else if (rungs.indexOf(one.rung) < rungs.indexOf(last.rung)) kept[kept.length - 1] = one;
  }
  return kept;
}

/** Where lines begin with a quoted text, or hold it, and go on behind it. */
export function findBeginnings(document: Document, quotation: string): readonly Passage[] {
  return quotation.trim() === '' ? [] : findPart(document, quotation, true);
}

/** Whether two passages have text in common. */
export function meet(a: Passage, b: Passage): boolean {
  return a.span.start < b.span.end && b.span.start < a.span.end;
}

/** Whether a line begins as what is no paragraph: a heading, quotation, item, row or fence. */
export function isStructural(line: string): boolean {
  return /^\s{0,400}(?:#{1,6}(?:\s|$)|[>|]|[-*+](?:\s|$)|\d{1,9}[.)](?:\s|$)|`{3}|~{3}|-{3})/.test(line);
}

/** The lines of a document without their ends, with the offsets of each. Index 0 is line 1. */
export function textLines(document: Document): readonly TextLine[] {
  let lines = LINES.get(document);
  if (!lines) {
    lines = splitLines(document.text);
    LINES.set(document, lines);
  }
  return lines;
}

export interface TextLine {
  readonly start: number;
  /** Before the line end. */
  readonly end: number;
  readonly text: string;
}

const LINES = new WeakMap<Document, readonly TextLine[]>();

const FINDERS: Record<QuoteRung, (document: Document, quotation: string) => Passage[]> = {
  exact: (document, quotation) => findLines(document, quotation, (line) => line, 'exact'),
  'white space': (document, quotation) =>
    findLines(document, quotation, (line) => line.replace(/\s+/g, ' ').trim(), 'white space'),
  'part of a line': findPart,
  're-flowed': (document, quotation) => findFolded(document, quotation, 're-flowed'),
  markup: (document, quotation) => findFolded(document, quotation, 'markup'),
};

function splitLines(text: string): TextLine[] {
  const lines: TextLine[] = [];
  let start = text.startsWith('\uFEFF') ? 1 : 0;
  for (;;) {
    const at = text.indexOf('\n', start);
    const stop = at === -1 ? text.length : at;
    const end = text[stop - 1] === '\r' && at !== -1 && stop > start ? stop - 1 : stop;
    lines.push({ start, end, text: text.slice(start, end) });
    if (at === -1) return lines;
    start = at + 1;
  }
}

function findLines(
  document: Document,
  quotation: string,
  read: (line: string) => string,
  rung: 'exact' | 'white space',
): Passage[] {
  const lines = textLines(document);
  const given = quotation.split('\n');
  const wanted = given.map(read);
  const found: Passage[] = [];
  const read0 = lines.map(({ text }) => read(text));
  for (let at = read0.indexOf(wanted[0] ?? ''); at !== -1; at = read0.indexOf(wanted[0] ?? '', at + 1)) {
    if (!wanted.every((line, index) => read0[at + index] === line)) continue;
    const indent = indentOf(
      lines.slice(at, at + given.length).map(({ text }) => text),
      given,
    );
    // Lines that are indented otherwise among themselves mean something else.
    if (indent === undefined) continue;
    const [first, last] = [lines[at], lines[at + given.length - 1]];
    if (first && last) found.push({ span: { start: first.start, end: last.end }, rung, indent });
  }
  return found;
}

// The same for every line, or none: otherwise the lines of a new text would have to guess theirs.
function indentOf(standing: readonly string[], given: readonly string[]): Indent | undefined {
  const shifts = given.flatMap((line, index): (Indent | undefined)[] => {
    if (line.trim() === '') return [];
    const [there, own] = [leadOf(standing[index] ?? ''), leadOf(line)];
    if (there.endsWith(own)) return [{ add: there.slice(0, there.length - own.length), drop: 0 }];
    return [own.endsWith(there) ? { add: '', drop: own.length - there.length } : undefined];
  });
  const [first] = shifts;
  return first && shifts.every((one) => one?.add === first.add && one.drop === first.drop) ? first : undefined;
}

function leadOf(line: string): string {
  return line.slice(0, line.length - line.trimStart().length);
}

const NO_INDENT: Indent = { add: '', drop: 0 };

function findPart(document: Document, quotation: string, isOpen = false): Passage[] {
  const wanted = quotation.replaceAll('\n', document.eol);
  const found: Passage[] = [];
  for (let at = document.text.indexOf(wanted); at !== -1; at = document.text.indexOf(wanted, at + 1)) {
    const span = { start: at, end: at + wanted.length };
    if (isWhole(document.text, span) && fitsLines(document.text, span, quotation, isOpen))
      found.push({ span, rung: 'part of a line', indent: NO_INDENT });
  }
  return found;
}

// What is structure only at the start of a line is quoted from there, and its line to its end.
function fitsLines(text: string, { start, end }: Span, quotation: string, isOpen: boolean): boolean {
  const lines = quotation.split('\n');
  if (isStructural(lines[0] ?? '') && text.slice(startOfLine(text, start), start).trim() !== '') return false;
  return isOpen || !isStructural(lines.at(-1) ?? '') || text.slice(end, endOfLine(text, end)).trim() === '';
}

/** Folded text shorter than this may stand anywhere. */
const LEAST = 16;

function findFolded(document: Document, quotation: string, rung: 're-flowed' | 'markup'): Passage[] {
  const wanted = fold(quotation, rung === 'markup').text.trim();
  if (wanted.length < LEAST) return [];
  const { text, offsets } = folded(document, rung === 'markup');
  const found: Passage[] = [];
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1)) {
    const read = { start: offsets[at] as number, end: (offsets[at + wanted.length - 1] as number) + 1 };
    const span = rung === 'markup' ? withMarkup(document.text, read) : read;
    if (span && isWhole(document.text, span) && fitsLines(document.text, span, quotation, false))
      if (isOneText(document, span, quotation)) found.push({ span, rung, indent: NO_INDENT });
  }
  return found;
}

// Line breaks mean nothing within one paragraph, heading or cell alone, and between whole blocks where empty lines part them.
function isOneText({ text, tree }: Document, { start, end }: Span, quotation: string): boolean {
  if (/\n[^\S\n]{0,400}\n/.test(quotation)) {
    const blocks = tree.children.filter((block) => spanOf(block).start < end && spanOf(block).end > start);
    const [first, last] = [blocks[0], blocks.at(-1)];
    if (!first || !last || spanOf(first).start !== start || spanOf(last).end !== end) return false;
    // A rule or a bullet made of asterisks reads like none where markup is passed over.
    const kinds = parse(quotation).children.map(({ type }) => type);
    if (kinds.join() !== blocks.map(({ type }) => type).join()) return false;
    let hasCode = false;
    for (const block of blocks)
      visit(block, 'code', () => {
        hasCode = true;
      });
    return !hasCode;
  }
  let isOne = false;
  visit(tree, (node) => {
    if (isOne || !node.position || !TEXTS.has(node.type)) return;
    const own = spanOf(node);
    const before = text.slice(Math.min(start, own.start), own.start);
    isOne = own.end >= end && (start >= own.start || ITEM_MARKS.test(before));
  });
  return isOne;
}

const TEXTS: ReadonlySet<string> = new Set(['paragraph', 'heading', 'tableCell']);
const ITEM_MARKS = /^(?:(?:[-*+>]|\d{1,9}[.)]|\[[ xX]\])[ \t]{1,8}){1,6}$/;

// Markup that is not read belongs to what it stands at; only whole lines can be told from parts of something larger.
function withMarkup(text: string, { start, end }: Span): Span | undefined {
  let [from, to] = [start, end];
  while (/[*_`]/.test(text[from - 1] ?? '')) from -= 1;
  while (/[*_`]/.test(text[to] ?? '')) to += 1;
  const before = text.slice(text.lastIndexOf('\n', from - 1) + 1, from);
  const isLine =
    /^\uFEFF?[ \t]{0,40}(?:(?:[-+>]|\d{1,9}[.)]|#{1,6})[ \t]{1,8}){0,4}$/.test(before) &&
    /^[ \t]{0,40}(?:\r?\n|$)/.test(text.slice(to, to + 42));
  return isLine ? { start: from, end: to } : undefined;
}

const FOLDED = new WeakMap<Document, Map<boolean, { text: string; offsets: readonly number[] }>>();

function folded(document: Document, withoutMarkup: boolean): { text: string; offsets: readonly number[] } {
  let both = FOLDED.get(document);
  if (!both) {
    both = new Map();
    FOLDED.set(document, both);
  }
  let one = both.get(withoutMarkup);
  if (!one) {
    one = fold(document.text, withoutMarkup);
    both.set(withoutMarkup, one);
  }
  return one;
}

// White space as one space, but an empty line as a mark of its own: paragraphs never flow together.
function fold(text: string, withoutMarkup: boolean): { text: string; offsets: number[] } {
  const parts: string[] = [];
  const offsets: number[] = [];
  let space: { at: number; lineEnds: number } | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text[at] as string;
    if (/[\s\uFEFF]/.test(unit)) {
      space ??= { at, lineEnds: 0 };
      if (unit === '\n') space.lineEnds += 1;
      continue;
    }
    if (withoutMarkup && /[*_`]/.test(unit)) continue;
    if (space) {
      parts.push(space.lineEnds > 1 ? '\u2029' : ' ');
      offsets.push(space.at);
      space = undefined;
    }
    parts.push(unit);
    offsets.push(at);
  }
  return { text: parts.join(''), offsets };
}

// Not a part of longer words, numbers, paths or names.
function isWhole(text: string, { start, end }: Span): boolean {
  if (/^[\uDC00-\uDFFF]/.test(text[start] ?? '') || /^[\uDC00-\uDFFF]/.test(text[end] ?? '')) return false;
  const isFree = (at: number): boolean => SPACELESS.test(text[at - 1] ?? '') || SPACELESS.test(text[at] ?? '');
  return (isFree(start) || opensAt(text, start)) && (isFree(end) || closesAt(text, end));
}

// Scripts that put no spaces between words have no such ends.
const SPACELESS = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\uFF01-\uFF0F\uFF1A-\uFF20]/u;

function opensAt(text: string, at: number): boolean {
  const unit = text[at - 1] ?? '';
  if (unit === '' || /[\s\uFEFF([{|>“‘「]/.test(unit)) return true;
  return /["'`*_]/.test(unit) && !/[\p{L}\p{N}]/u.test(beyond(text, at - 1, -1));
}

function closesAt(text: string, at: number): boolean {
  const unit = text[at] ?? '';
  if (/[,;:!?.]/.test(unit)) return isClosing(text, at + 1);
  return isClosing(text, at);
}

function isClosing(text: string, at: number): boolean {
  const unit = text[at] ?? '';
  if (unit === '' || /[\s)\]}|<”’」]/.test(unit)) return true;
  return /["'`*_]/.test(unit) && !/[\p{L}\p{N}]/u.test(beyond(text, at, 1));
}

// A mark between two letters is part of a word: `snake_case`, “don't”.
function beyond(text: string, from: number, step: 1 | -1): string {
  let at = from;
  while (/["'`*_]/.test(text[at] ?? '')) at += step;
  return text[at] ?? '';
}
