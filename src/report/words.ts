import { lineRange } from '../anchor.js';
import { type Document, pointAt, type Span } from '../document.js';

/** “line 8” or “lines 8-33” of a span. */
export function linesOf({ text }: Document, { start, end }: Span): string {
  return lineRange(pointAt(text, start).line, pointAt(text, end).line);
}

/** The beginning of a quoted text, in quotation marks. */
export function quoted(text: string, most = 60): string {
  const lines = text.split('\n').filter((one) => one.trim() !== '');
  // The first line of a drawing or a fence says nothing.
  const line = lines.find((one) => /[\p{L}\p{N}]/u.test(one)) ?? lines[0] ?? '';
  const folded = [...line.replace(/\s+/g, ' ').trim()];
  return folded.length > most ? `“${folded.slice(0, most - 1).join('')}…”` : `“${folded.join('')}”`;
}

/** A sentence taken apart at the code in it: what stands between backticks is at the odd places. */
export function codeParts(sentence: string): string[] {
  return sentence.split(/`([^`]+)`/);
}
