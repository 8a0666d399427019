import { lineRange } from '../anchor.js';
import { type Document, pointAt, type Span } from '../document.js';

/** “a, b and c”. */
export function list(parts: readonly string[], word = 'and'): string {
  return parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} ${word} ${parts.at(-1)}`;
}

/** “line 8” or “lines 8-33” of a span. */
export function linesOf({ text }: Document, { start, end }: Span): string {
  return lineRange(pointAt(text, start).line, pointAt(text, end).line);
}
