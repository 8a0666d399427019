import { diffWordsWithSpace, type StructuredPatchHunk } from 'diff';
import type { Element, ElementContent } from 'hast';
import { h } from 'hastscript';
import { visible } from './terminal.js';

/** Lines, 1-based and inclusive. */
export interface LineRange {
  readonly from: number;
  readonly to: number;
}

/** The lines of the text as it stood, and of the finished one, that are to be seen. */
export interface Shown {
  readonly old: LineRange;
  readonly now: LineRange;
}

/** Lines that are shown around those. */
const AROUND = 3;

/**
 * The part of a diff that is about some lines, as a table with the words that differ marked. What other edits change around them is
 * shown as it comes to be.
 */
export function diffTable(hunks: readonly StructuredPatchHunk[], shown: Shown): Element {
  const rows = hunks.flatMap((hunk) => {
    const all = hunkRows(hunk);
    const isMeant = ({ before, after }: Row): boolean =>
      (after === undefined && isIn(before, shown.old)) || (before === undefined && isIn(after, shown.now));
    const first = all.findIndex(isMeant);
    return first === -1 ? [] : all.slice(Math.max(first - AROUND, 0), all.findLastIndex(isMeant) + AROUND + 1);
  });
  return h('div', { className: ['diff-box'], tabIndex: 0 }, [
    h('table', { className: ['diff'] }, [
      h('thead', { className: ['sr-only'] }, [
        h(
          'tr',
          ['Line before', 'Line after', 'Change', 'Text'].map((name) => h('th', { scope: 'col' }, name)),
        ),
      ]),
      h('tbody', rows.map(rowElement)),
    ]),
  ]);
}

function isIn(line: number | undefined, { from, to }: LineRange): boolean {
  return line !== undefined && line >= from && line <= to;
}

/** A line of a diff; it stands in one of the texts or in both. */
interface Row {
  readonly before?: number;
  readonly after?: number;
  readonly content: readonly ElementContent[];
}

function rowElement({ before, after, content }: Row): Element {
  const kind = before === undefined ? 'add' : after === undefined ? 'del' : '';
  const number = (value: number | undefined): Element =>
    h('td', { className: ['n'] }, value === undefined ? '' : String(value));
  return h('tr', { className: kind === '' ? [] : [kind] }, [
    number(before),
    number(after),
    h('td', kind === 'add' ? '+' : kind === 'del' ? '−' : ' '),
    h('td', [...content]),
  ]);
}

function hunkRows({ oldStart, newStart, lines }: StructuredPatchHunk): Row[] {
  const rows: Row[] = [];
  let [before, after] = [oldStart, newStart];
  for (let at = 0; at < lines.length; ) {
    const run = (mark: string): string[] => {
      const from = at;
      while (lines[at]?.startsWith(mark) || lines[at]?.startsWith('\\')) at += 1;
      return lines
        .slice(from, at)
        .filter((line) => line.startsWith(mark))
        .map((line) => line.slice(1).replace(/\r$/, ''));
    };
    for (const line of run(' ')) rows.push({ before: before++, after: after++, content: [text(line)] });
    const { removed, added } = wordDiff(run('-'), run('+'));
    for (const content of removed) rows.push({ before: before++, content });
    for (const content of added) rows.push({ after: after++, content });
  }
  return rows;
}

function text(value: string): ElementContent {
  return { type: 'text', value: visible(value) };
}

/** Characters beyond which the words of two texts are not compared, and words in which they may differ. */
const WORDS = 20_000;
const DIFFERENCES = 2000;

// Lines with the words that differ marked, when they have something in common.
function wordDiff(
  old: readonly string[],
  now: readonly string[],
): { removed: ElementContent[][]; added: ElementContent[][] } {
  const plain = (lines: readonly string[]): ElementContent[][] => lines.map((line) => [text(line)]);
  const [before, after] = [old.join('\n'), now.join('\n')];
  const isComparable = old.length > 0 && now.length > 0 && before.length + after.length <= WORDS;
  if (!isComparable) return { removed: plain(old), added: plain(now) };
  const parts = diffWordsWithSpace(before, after, { maxEditLength: DIFFERENCES });
  if (!parts) return { removed: plain(old), added: plain(now) };
  const common = parts
    .filter(({ added, removed }) => !added && !removed)
    .reduce((sum, { value }) => sum + value.trim().length, 0);
  if (common * 4 < Math.min(before.length, after.length)) return { removed: plain(old), added: plain(now) };
  const side = (skipped: 'added' | 'removed', tag: 'ins' | 'del'): ElementContent[][] => {
    const lines: ElementContent[][] = [[]];
    for (const part of parts) {
      if (part[skipped]) continue;
      const isMarked = part.added === true || part.removed === true;
      for (const [index, piece] of part.value.split('\n').entries()) {
        if (index > 0) lines.push([]);
        if (piece !== '') lines.at(-1)?.push(isMarked ? h(tag, visible(piece)) : text(piece));
      }
    }
    return lines;
  };
  return { removed: side('added', 'del'), added: side('removed', 'ins') };
}
