import type { Span } from './document.js';

/** New text for a span of the original; an empty span inserts. Offsets always refer to the original text. */
export interface Edit {
  readonly span: Span;
  readonly text: string;
}

/** The first two edits that claim the same text, in the order of the document; touching edits do not clash. */
export function findClash<T extends Edit>(edits: readonly T[]): readonly [T, T] | undefined {
  const sorted = inOrder(edits);
  for (const [index, edit] of sorted.entries()) {
    const next = sorted[index + 1];
    if (next && next.span.start < edit.span.end) return [edit, next];
  }
  return undefined;
}

/**
 * The text with all edits made at once. Edits at one offset come out in the order given.
 *
 * @throws RangeError when an edit lies outside the text, overlaps another, or parts a CRLF or a surrogate pair
 */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let done = '';
  let at = 0;
  for (const { span, text: replacement } of inOrder(edits)) {
    if (!(span.start >= at && span.end >= span.start && span.end <= text.length)) {
      throw new RangeError(`Cannot apply an edit at [${span.start}, ${span.end}): ${at} to ${text.length} is free`);
    }
    if (isInside(text, span.start) || isInside(text, span.end)) {
      throw new RangeError(`Cannot apply an edit at [${span.start}, ${span.end}): it parts a character or a line end`);
    }
    done += text.slice(at, span.start) + replacement;
    at = span.end;
  }
  return done + text.slice(at);
}

/** A piece of the text that edits make: what they kept of the original, or what one of them brought. */
export interface Piece<T extends Edit> {
  /** Offsets in the text made. */
  readonly span: Span;
  /** Offsets in the original. */
  readonly from: Span;
  readonly edit?: T;
}

/** The text that edits make of one of this length, piece by piece; pieces that are empty in both are left out. */
export function piecesOf<T extends Edit>(length: number, edits: readonly T[]): Piece<T>[] {
  const pieces: Piece<T>[] = [];
  let [at, made] = [0, 0];
  const keep = (end: number): void => {
    if (end > at) pieces.push({ span: { start: made, end: made + end - at }, from: { start: at, end } });
    made += end - at;
    at = end;
  };
  for (const edit of inOrder(edits)) {
    keep(edit.span.start);
    pieces.push({ span: { start: made, end: made + edit.text.length }, from: edit.span, edit });
    made += edit.text.length;
    at = edit.span.end;
  }
  keep(length);
  return pieces;
}

/** Sorted by place; an insertion precedes a replacement that starts where it stands, other ties keep their order. */
export function inOrder<T extends Edit>(edits: readonly T[]): T[] {
  return edits.toSorted((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
}

function isInside(text: string, offset: number): boolean {
  return /^(?:\r\n|[\uD800-\uDBFF][\uDC00-\uDFFF])$/.test(text.slice(Math.max(offset - 1, 0), offset + 1));
}
