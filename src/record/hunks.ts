import { diffArrays } from 'diff';
import { lineRange } from '../anchor.js';
import { readDocument, type Section } from '../document.js';
import { plainText } from '../markdown.js';

/** Lines `[from, to)` of the former text, 0-based, that have become others. */
export interface Hunk {
  readonly from: number;
  readonly to: number;
  readonly lines: readonly string[];
  /** The section that is all of it: one that came, or one that went, be it for others that came. */
  readonly section?: Section;
}

/** A text and its sections; lines without line ends. */
export interface Side {
  readonly text: string;
  readonly lines: readonly string[];
  readonly sections: readonly Section[];
  /** The blocks at the root, as half-open ranges of lines. */
  readonly blocks: readonly { readonly from: number; readonly to: number; readonly isFlow: boolean }[];
}

/** A text of which LF line ends, and one at its end, are all that there are. */
export function sideOf(path: string, text: string): Side {
  const { sections, tree } = readDocument(path, text);
  const blocks = tree.children.map(({ type, position }) => ({
    from: (position?.start.line ?? 1) - 1,
    to: position?.end.line ?? 1,
    // What is one thing: a change in two of its places is one change.
    isFlow: type !== 'list' && type !== 'heading',
  }));
  return { text, lines: text.replace(/\n$/, '').split('\n'), sections, blocks };
}

/** The former text with some hunks carried out. */
export function withHunks({ lines }: Pick<Side, 'lines'>, hunks: readonly Hunk[]): string {
  const made: string[] = [];
  let at = 0;
  for (const hunk of hunks) {
    made.push(...lines.slice(at, hunk.from), ...hunk.lines);
    at = hunk.to;
  }
  return `${[...made, ...lines.slice(at)].join('\n')}\n`;
}

/** “line 8” or “lines 8-33” of a hunk, for people. */
export function hunkLines({ from, to }: Hunk): string {
  return lineRange(from + 1, Math.max(from + 1, to));
}

/**
 * What became of a text, in its order: sections that came or went as a whole, and between them the lines that changed. Together they
 * make the one text of the other.
 */
export function hunksBetween(before: Side, after: Side): Hunk[] {
  let came = wholeSections(after, before);
  let went = wholeSections(before, after);
  for (;;) {
    const kept = without(before, went);
    const now = without(after, came);
    const runs = runsOf(
      kept.map((at) => before.lines[at] as string),
      now.map((at) => after.lines[at] as string),
    );
    const lineAt = (at: number): number => kept[at] ?? before.lines.length;
    const changed = runs.filter(({ isKept }) => !isKept);
    // Lines that changed must stand together in both texts, and a section that came between lines that stayed.
    const torn = went.find((one) => changed.some(({ from, to }) => isAmong(kept, from, to, cutOf(before, one).from)));
    const places = came.map((one) => placeOf(runs, now.filter((at) => at < cutOf(after, one).from).length));
    const lost = came.find(
      (one, at) =>
        places[at] === undefined || changed.some(({ start, end }) => isAmong(now, start, end, cutOf(after, one).from)),
    );
    if (torn || lost) {
      went = went.filter((one) => one !== torn);
      came = came.filter((one) => one !== lost);
      continue;
    }
    const rewritten = changed.map(
      ({ from, to, start, end }): Hunk => ({
        from: lineAt(from),
        to: from === to ? lineAt(from) : lineAt(to - 1) + 1,
        lines: now.slice(start, end).map((at) => after.lines[at] as string),
      }),
    );
    const arrived = came.map((section, at): Hunk => {
      const { from, to } = cutOf(after, section);
      const place = lineAt(places[at] ?? 0);
      return { from: place, to: place, lines: after.lines.slice(from, to), section };
    });
    const gone = went.map((section): Hunk => ({ ...cutOf(before, section), lines: [], section }));
    const all = [...rewritten, ...arrived, ...gone].toSorted((a, b) => a.from - b.from || a.to - b.to);
    return merged(before, all);
  }
}

// Outermost sections that have no like in the other text: neither their name nor most of what stands in them.
function wholeSections(side: Side, other: Side): Section[] {
  const names = new Set(other.sections.map(({ name }) => name));
  const lines = new Set(other.lines.filter((line) => line.trim().length > 3));
  const found: Section[] = [];
  for (const section of side.sections) {
    if (found.some(({ span }) => span.start <= section.span.start && span.end >= section.span.end)) continue;
    const { from, to } = cutOf(side, section);
    const own = side.lines.slice(from + 1, to).filter((line) => line.trim().length > 3);
    const known = own.filter((line) => lines.has(line)).length;
    const inner = section.blocks.flatMap((block) => (block.type === 'heading' ? [plainText(block)] : []));
    if (inner.every((name) => !names.has(name)) && known * 2 <= own.length) found.push(section);
  }
  return found;
}

// The lines that go with a section: its own and the empty ones behind it, at the end of a text those before it.
function cutOf({ lines, text }: Side, { line, span }: Section): { from: number; to: number } {
  let [from, to] = [line - 1, line - 1 + text.slice(span.start, span.end).split('\n').length];
  const isBlank = (at: number): boolean => lines[at]?.trim() === '';
  if (to >= lines.length) while (isBlank(from - 1)) from -= 1;
  else while (isBlank(to)) to += 1;
  return { from, to };
}

// The indexes of the lines that stay when some sections are cut out.
function without(side: Side, sections: readonly Section[]): number[] {
  const cuts = sections.map((section) => cutOf(side, section));
  return side.lines.flatMap((_, at) => (cuts.some(({ from, to }) => at >= from && at < to) ? [] : [at]));
}

/** Lines `[from, to)` of one text that are, or have become, `[start, end)` of the other. */
interface Run {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly end: number;
  readonly isKept: boolean;
}

function runsOf(before: readonly string[], after: readonly string[]): Run[] {
  const runs: Run[] = [];
  let [from, start] = [0, 0];
  for (const { value, added, removed } of diffArrays([...before], [...after])) {
    const to = added ? from : from + value.length;
    const end = removed ? start : start + value.length;
    const last = runs.at(-1);
    const isKept = !added && !removed;
    if (last && !last.isKept && !isKept) runs[runs.length - 1] = { ...last, to, end };
    else runs.push({ from, to, start, end, isKept });
    [from, start] = [to, end];
  }
  return runs;
}

// Whether a line that was cut out stood among some that were kept.
function isAmong(kept: readonly number[], from: number, to: number, line: number): boolean {
  return to > from && (kept[from] as number) < line && line <= (kept[to - 1] as number);
}

// Where the one text has what stands before line `start` of the other: undefined inside of what changed.
function placeOf(runs: readonly Run[], start: number): number | undefined {
  const run = runs.find((one) => one.isKept && one.start <= start && start <= one.end);
  return run && run.from + start - run.start;
}

function merged(before: Side, hunks: readonly Hunk[]): Hunk[] {
  const result: Hunk[] = [];
  for (const hunk of hunks) {
    const last = result.at(-1);
    if (!last) result.push(hunk);
    else if (isReplacement(last, hunk))
      result[result.length - 1] = { ...joined(before, last, hunk), section: goneOf(last, hunk) };
    else if (!last.section && !hunk.section && (hunk.from === last.to || isOneBlock(before, last, hunk)))
      result[result.length - 1] = joined(before, last, hunk);
    else result.push(hunk);
  }
  return result;
}

// One section that went and one that came in its place.
function isReplacement(one: Hunk, other: Hunk): boolean {
  const isGone = ({ lines }: Hunk): boolean => lines.length === 0;
  const depths = [one.section?.depth, other.section?.depth];
  return (
    one.section !== undefined &&
    other.section !== undefined &&
    one.to === other.from &&
    depths[0] === depths[1] &&
    isGone(one) !== isGone(other) &&
    !isSwap(one) &&
    !isSwap(other)
  );
}

function isSwap({ from, to, lines }: Hunk): boolean {
  return to > from && lines.length > 0;
}

function goneOf(one: Hunk, other: Hunk): Section {
  return (one.lines.length === 0 ? one.section : other.section) as Section;
}

function isOneBlock({ blocks }: Side, one: Hunk, other: Hunk): boolean {
  return blocks.some(
    ({ from, to, isFlow }) => isFlow && one.from >= from && one.to > from && other.from < to && other.to <= to,
  );
}

/** Two hunks and what stands between them as one. */
export function joined(before: Pick<Side, 'lines'>, one: Hunk, other: Hunk): Hunk {
  return {
    from: one.from,
    to: other.to,
    lines: [...one.lines, ...before.lines.slice(one.to, other.from), ...other.lines],
  };
}
