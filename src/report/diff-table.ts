import { diffWordsWithSpace, type StructuredPatchHunk } from 'diff';
import type { Element, ElementContent } from 'hast';
import { h } from 'hastscript';
import { visible } from './terminal.js';

/**
 * Hunks as a table with line numbers, the words that differ marked.
 *
 * @param shift lines by which the new side stands lower than its hunks say
 */
export function diffTable(hunks: readonly StructuredPatchHunk[], shift: number): Element {
  const rows = hunks.flatMap((hunk, index) => [
    ...(index === 0 ? [] : [h('tr', { className: ['gap'] }, [h('td', { colSpan: 4 }, '⋯')])]),
    ...hunkRows(hunk, shift),
  ]);
  return h('div', { className: ['diff-box'], tabIndex: 0 }, [
    h('table', { className: ['diff'] }, [
      h('thead', { className: ['sr-only'] }, [
        h(
          'tr',
          ['Line before', 'Line after', 'Change', 'Text'].map((name) => h('th', { scope: 'col' }, name)),
        ),
      ]),
      h('tbody', rows),
    ]),
  ]);
}

function hunkRows({ oldStart, newStart, lines }: StructuredPatchHunk, shift: number): Element[] {
  const rows: Element[] = [];
  let [before, after] = [oldStart, newStart + shift];
  const row = (kind: 'add' | 'del' | '', mark: string, content: ElementContent[]): void => {
    const number = (value: number | undefined): Element =>
      h('td', { className: ['n'] }, value === undefined ? '' : String(value));
    rows.push(
      h('tr', { className: kind === '' ? [] : [kind] }, [
        number(kind === 'add' ? undefined : before++),
        number(kind === 'del' ? undefined : after++),
        h('td', mark),
        h('td', content),
      ]),
    );
  };
  for (let at = 0; at < lines.length; ) {
    const run = (mark: string): string[] => {
      const from = at;
      while (lines[at]?.startsWith(mark) || lines[at]?.startsWith('\\')) at += 1;
      return lines
        .slice(from, at)
        .filter((line) => line.startsWith(mark))
        .map((line) => line.slice(1).replace(/\r$/, ''));
    };
    for (const line of run(' ')) row('', ' ', [{ type: 'text', value: visible(line) }]);
    const { removed, added } = wordDiff(run('-'), run('+'));
    for (const line of removed) row('del', '−', line);
    for (const line of added) row('add', '+', line);
  }
  return rows;
}

/** Characters beyond which the words of two texts are not compared, and words in which they may differ. */
const WORDS = 20_000;
const DIFFERENCES = 2000;

// Lines with the words that differ marked, when they have something in common.
function wordDiff(
  old: readonly string[],
  now: readonly string[],
): { removed: ElementContent[][]; added: ElementContent[][] } {
  const plain = (lines: readonly string[]): ElementContent[][] =>
    lines.map((line) => [{ type: 'text', value: visible(line) }]);
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
        if (piece !== '')
          lines.at(-1)?.push(isMarked ? h(tag, visible(piece)) : { type: 'text', value: visible(piece) });
      }
    }
    return lines;
  };
  return { removed: side('added', 'del'), added: side('removed', 'ins') };
}
