import stringWidth from 'string-width';
import type { FileResult, Message } from '../result.js';
import { inertParts, type Paint } from './terminal.js';

/** A place in a text to be looked at. Lines and columns are 1-based, columns count UTF-16 units; without any, all of the line is meant. */
export interface Spot {
  readonly line: number;
  readonly column?: number;
  /** Exclusive; absent where it goes on to the end of the line. */
  readonly endColumn?: number;
}

/** Places that a message shows at the most. */
const MOST = 5;

/** What a message is about: every place that could be meant, else what the patch found, else a line. */
export function spotsOf({ patches }: FileResult, { patch: id, line }: Message): Spot[] {
  const patch = patches.find((one) => one.id === id);
  if (patch?.state === 'ambiguous') {
    return patch.candidates
      .slice(0, MOST)
      .map(({ line: at, column, end }) => ({ line: at, column, ...(end?.line === at && { endColumn: end.column }) }));
  }
  return line === undefined ? [] : [{ line }];
}

/**
 * Lines with something to look at in them, numbered and marked; with the lines around it where that is one place. The marks stand
 * under what they mean, however wide its characters are.
 *
 * @param lines of the whole text, without LF
 * @param columns that a line may have
 */
export function codeFrame(lines: readonly string[], spots: readonly Spot[], paint: Paint, columns = 100): string[] {
  const around = spots.length === 1 ? 1 : 0;
  const last = Math.max(...spots.map(({ line }) => line)) + around;
  const digits = String(Math.min(last, lines.length)).length;
  const width = Math.max(columns - digits - 5, 20);
  const row = (number: string, mark: string, shown: string): string =>
    `${mark} ${paint.dim(`${number.padStart(digits)} |`)} ${shown}`.trimEnd();
  return spots.flatMap((spot) => {
    const numbers = [...new Set([spot.line - around, spot.line, spot.line + around])];
    return numbers.flatMap((number) => {
      const line = lines[number - 1];
      if (line === undefined) return [];
      const isMeant = number === spot.line;
      const { shown, marks } = fitted(line.replace(/\r$/, ''), isMeant ? spot : { line: number, column: 1 }, width);
      if (!isMeant) return [row(String(number), ' ', shown === '' ? '' : paint.dim(shown))];
      return [row(String(number), paint.red('>'), shown), row('', ' ', paint.red(marks))];
    });
  });
}

// A line as it is shown, and the marks for below it. A long line is cut on either side of its spot.
function fitted(line: string, { column, endColumn }: Spot, width: number): { shown: string; marks: string } {
  const from = column === undefined ? line.length - line.trimStart().length : column - 1;
  const to = endColumn === undefined ? line.trimEnd().length : endColumn - 1;
  // A character has at least a column, but for marks that combine with others; what is farther away is not seen.
  const origin = Math.max(from - 4 * width, 0);
  const parts = inertParts(line.slice(origin, from + 8 * width)).map(({ text, index }) => {
    const shown = text === '\t' ? '    ' : text;
    return { text: shown, index: index + origin, width: stringWidth(shown) };
  });
  const isCut = origin + line.slice(origin, from + 8 * width).length < line.length;
  const end = (first: number): number => {
    let room = width - (first > 0 || origin > 0 ? 1 : 0);
    let at = first;
    for (let part = parts[at]; part && room - part.width >= 1; part = parts[++at]) room -= part.width;
    return !isCut && at === parts.length - 1 && (parts[at]?.width ?? 0) <= room ? at + 1 : at;
  };
  let first = 0;
  // All of the spot is seen where there is room for it, else its beginning.
  while ((parts[end(first)]?.index ?? line.length) < to && (parts[first + 1]?.index ?? line.length) <= from) first += 1;
  const past = end(first);
  const seen = parts.slice(first, past);
  const isLater = first > 0 || origin > 0;
  const widthUpTo = (index: number): number =>
    seen.filter((part) => part.index < index).reduce((sum, part) => sum + part.width, isLater ? 1 : 0);
  const marks = Math.max(widthUpTo(to) - widthUpTo(from), 1);
  return {
    shown: `${isLater ? '…' : ''}${seen.map(({ text }) => text).join('')}${isCut || past < parts.length ? '…' : ''}`,
    marks: `${' '.repeat(widthUpTo(from))}${'^'.repeat(marks)}`,
  };
}
