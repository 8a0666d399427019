import type { Document, Span } from './document.js';

/**
 * How closely a quoted text must be read to be found, from the strictest on:
 * - `exact`: whole lines, character by character
 * - `part of a line`: the same, but not at line ends
 * - `white space`: whole lines, with other spaces between words or another indentation
 * - `re-flowed`: with other line breaks within its paragraphs
 * - `markup`: and without `*`, `_` and backticks
 */
export type QuoteRung = 'exact' | 'part of a line' | 'white space' | 're-flowed' | 'markup';

/** A quoted text found in a document. */
export interface Passage {
  readonly span: Span;
  readonly rung: QuoteRung;
  /** What stands before each of its lines in the document, but not in the quotation; negative where it is the other way round. */
  readonly indent: number;
}

/** From the strictest on. */
export const QUOTE_RUNGS: readonly QuoteRung[] = ['exact', 'part of a line', 'white space', 're-flowed', 'markup'];

/**
 * Where a quoted text stands, on the first rung that has it anywhere.
 *
 * @param quotation LF line ends, no empty lines at its ends
 * @param rungs those that may be tried; text that is no Markdown has no markup and no paragraphs
 */
export function findPassages(document: Document, quotation: string, rungs = QUOTE_RUNGS): readonly Passage[] {
  if (quotation.trim() === '') return [];
  for (const rung of rungs) {
    const found = FINDERS[rung](document, quotation);
    if (found.length > 0) return found;
  }
  return [];
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
  'part of a line': findPart,
  'white space': (document, quotation) =>
    findLines(document, quotation, (line) => line.replace(/\s+/g, ' ').trim(), 'white space'),
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

function indentOf(standing: readonly string[], given: readonly string[]): number | undefined {
  const shifts = new Set(
    given.flatMap((line, index) => {
      const there = standing[index] ?? '';
      return line.trim() === ''
        ? []
        : [there.length - there.trimStart().length - (line.length - line.trimStart().length)];
    }),
  );
  return shifts.size === 1 ? [...shifts][0] : undefined;
}

function findPart(document: Document, quotation: string): Passage[] {
  const wanted = quotation.replaceAll('\n', document.eol);
  const found: Passage[] = [];
  for (let at = document.text.indexOf(wanted); at !== -1; at = document.text.indexOf(wanted, at + 1)) {
    const span = { start: at, end: at + wanted.length };
    if (isWhole(document.text, span)) found.push({ span, rung: 'part of a line', indent: 0 });
  }
  return found;
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
    if (span && isWhole(document.text, span)) found.push({ span, rung, indent: 0 });
  }
  return found;
}

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

// Not a part of longer words.
function isWhole(text: string, { start, end }: Span): boolean {
  const parts = (at: number): boolean =>
    /^[\uDC00-\uDFFF]/.test(text[at] ?? '') || (isWordy(text[at - 1]) && isWordy(text[at]));
  return !parts(start) && !parts(end);
}

// Scripts that put no spaces between words have no such ends.
function isWordy(unit: string | undefined): boolean {
  if (unit === undefined || /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/u.test(unit)) return false;
  return /[\p{L}\p{N}_]/u.test(unit);
}
