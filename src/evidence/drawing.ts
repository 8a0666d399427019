import { isAscii } from '../words.js';
import { type Arrow, covers, hasPosts, type Row, readRow, type Segment, segments } from './rows.js';

/** A column of a sequence drawing: an actor's lifeline. */
export interface Lane {
  readonly label: string;
  /** Terminal column of the lifeline, 0-based. */
  readonly column: number;
}

/** Something that a sequence drawing shows. Lanes are indices into {@link Drawing.lanes}. */
export interface Step {
  readonly text: string;
  /** Line of the text, or of the arrow where it has none; 0-based, within the code block. */
  readonly line: number;
  /** The lane in whose column the text stands. */
  readonly lane: number;
  /** The arrow drawn for it; none when an actor does something by itself. */
  readonly arrow?: { readonly from: number; readonly to: number };
}

/** What a sequence drawing in box or ASCII characters means. */
export interface Drawing {
  readonly lanes: readonly Lane[];
  readonly steps: readonly Step[];
  /** Whether every line belongs to the drawing: nothing else stands in the block. */
  readonly isWhole: boolean;
}

/**
 * Reads a sequence drawing: actors on top, lifelines below them, texts beside a lifeline, arrows between lifelines. A text
 * goes on in the next line of the same lane unless that opens with a number; an arrow belongs to the text above it.
 * `undefined` when the text is no such drawing.
 */
export function readDrawing(code: string): Drawing | undefined {
  if (!known.has(code)) {
    if (known.size >= 8) known.clear();
    known.set(code, drawingIn(code));
  }
  return known.get(code);
}

// One drawing is asked for again and again: what it is, whether it is wrong, by each claim on it.
const known = new Map<string, Drawing | undefined>();

function drawingIn(code: string): Drawing | undefined {
  const lines = code.split(/\r?\n/);
  // Nobody draws wider than this, and no text of a stranger may cost more to read than it is worth.
  if (lines.length > 2000 || lines.some((line) => line.length > 500) || !lines.some(hasPosts)) return undefined;
  const rows = lines.map(readRow);
  const head = headOf(rows);
  if (!head) return undefined;
  const lanes = lanesOf(rows.slice(0, head.bottom), head.columns);
  if (!lanes.every(isLane) || lanes.filter(({ label }) => label !== '').length < 2) return undefined;
  // Code has posts too, such as `||`, but lifelines go on from row to row.
  const body = rows.slice(head.bottom).filter(({ cells }) => cells.length > 0);
  if (body.filter(({ posts }) => posts.length >= 2).length * 2 < body.length) return undefined;
  const isWhole = rows.every(
    (row, line) => row.cells.length === 0 || line < head.bottom || row.isBorder || isDrawn(row),
  );
  return { lanes, steps: stepsOf(rows, head.bottom, lanes), isWhole };
}

// Where the actors' names end and the lifelines begin.
function headOf(rows: readonly Row[]): { bottom: number; columns: readonly number[] } | undefined {
  const borders = rows.flatMap(({ isBorder }, index) => (isBorder ? [index] : []));
  const firstBelow = (from: number): number => rows.findIndex(({ posts }, index) => index >= from && posts.length >= 2);
  const bottom = borders[1] === undefined ? firstBelow(0) : borders[1] + 1;
  const lifelines = firstBelow(Math.max(bottom, 0));
  if (bottom < 1 || lifelines === -1) return undefined;
  return { bottom, columns: rows[lifelines]?.posts.map(({ column }) => column) ?? [] };
}

function lanesOf(head: readonly Row[], columns: readonly number[]): Lane[] {
  const labels = columns.map((): string[] => []);
  for (const { cells, isBorder } of head) {
    if (isBorder) continue;
    for (const { text, start, end } of segments(cells)) labels[nearest(columns, (start + end) / 2)]?.push(text);
  }
  return columns.map((column, lane) => ({ column, label: labels[lane]?.join(' ') ?? '' }));
}

function isLane({ label, column }: Lane, index: number, lanes: readonly Lane[]): boolean {
  const next = lanes[index + 1];
  return label.length <= 80 && (!next || next.column - column >= 4);
}

interface OpenStep extends Segment {
  full: string;
  line: number;
  lane: number;
  arrow?: { from: number; to: number };
}

function stepsOf(rows: readonly Row[], bottom: number, lanes: readonly Lane[]): Step[] {
  const columns = lanes.map(({ column }) => column);
  const steps: OpenStep[] = [];
  const body = rows.flatMap((row, line) =>
    line >= bottom && !row.isBorder && isDrawn(row) ? [{ arrows: row.arrows, texts: textsOf(row), line }] : [],
  );
  // Texts stand above their arrows, unless the first arrow has none above it.
  const firstArrow = body.findIndex(({ arrows }) => arrows.some(({ label }) => label === ''));
  const firstText = body.findIndex(({ texts }) => texts.length > 0);
  const isLabelBelow = firstArrow !== -1 && firstText !== -1 && firstArrow < firstText;
  /** Texts of the row above, which may go on. */
  let growing: OpenStep[] = [];
  /** Texts that wait for an arrow; empty rows between do not matter. */
  let waiting: OpenStep[] = [];
  const orphans: { arrow: Arrow; line: number }[] = [];
  for (const { arrows, texts, line } of body) {
    const seen: OpenStep[] = [];
    for (const text of texts) {
      const lane = laneOf(text, columns);
      const open = growing.find((step) => step.lane === lane && !step.arrow);
      if (open && goesOn(open, text)) {
        open.full += ` ${text.text}`;
        seen.push(open);
        continue;
      }
      const step: OpenStep = { ...text, full: text.text, line, lane };
      steps.push(step);
      seen.push(step);
    }
    for (const arrow of arrows) {
      const labelled =
        arrow.label === '' && !isLabelBelow
          ? [...waiting, ...seen].findLast((step) => !step.arrow && overlaps(arrow, step))
          : undefined;
      if (labelled) labelled.arrow = lanesOfArrow(arrow, columns);
      else if (arrow.label === '') orphans.push({ arrow, line });
      else {
        const { from, to } = lanesOfArrow(arrow, columns);
        const span = { start: Math.min(arrow.tail, arrow.head), end: Math.max(arrow.tail, arrow.head) };
        steps.push({
          ...span,
          text: arrow.label,
          full: arrow.label,
          line,
          lane: Math.min(from, to),
          arrow: { from, to },
        });
      }
    }
    growing = arrows.length > 0 ? [] : seen;
    if (texts.length > 0) waiting = seen;
    else if (arrows.length > 0) waiting = [];
  }
  // An arrow without a text above it belongs to the next text below it that has none.
  for (const { arrow, line } of orphans) {
    const below = steps.find((step) => step.line > line && !step.arrow && overlaps(arrow, step));
    if (below) below.arrow = lanesOfArrow(arrow, columns);
  }
  return steps.map(({ full, line, lane, arrow }) => ({ text: full, line, lane, ...(arrow && { arrow }) }));
}

// A row outside all lifelines, such as a legend, is no part of the drawing.
function isDrawn({ posts, arrows }: Row): boolean {
  return posts.length > 0 || arrows.length > 0;
}

function textsOf({ cells, arrows }: Row): Segment[] {
  return segments(cells.filter((cell) => !arrows.some((arrow) => covers(arrow, cell)))).filter(isStepText);
}

// Remarks beside the drawing begin with an arrow or a mark: “← created here”, “❌ WRONG”.
function isStepText({ text }: Segment): boolean {
  if (/^[←→<>]/.test(text) || (!isAscii(text.charAt(0)) && /^\p{Extended_Pictographic}/u.test(text))) return false;
  return /[a-z\d]/i.test(text) || /[\p{L}\p{N}]/u.test(text);
}

const NUMBERED = /^(?:\(?\d+[.):]|#\d|[①-⑳]|step \d|[•*-] )/i;

// Where steps are numbered only a number opens the next. Elsewhere a capital at the same indentation does, unless the text
// above is plainly unfinished.
function goesOn(open: OpenStep, { text, start }: Segment): boolean {
  if (NUMBERED.test(text)) return false;
  if (NUMBERED.test(open.text) || start > open.start) return true;
  return (
    !/^\p{Lu}\p{Ll}/u.test(text) || /(?:[,&+]|\b(?:and|or|by|with|in|on|the|a|of|to|from|via|for))$/i.test(open.full)
  );
}

function laneOf({ start, end }: Segment, columns: readonly number[]): number {
  const beside = columns.findIndex((column) => start > column && start - column <= 3);
  if (beside !== -1) return beside;
  const behind = columns.findIndex((column) => end < column && column - end <= 3);
  if (behind !== -1) return behind;
  const covered = columns.flatMap((column, lane) => (start <= column && column <= end ? [lane] : []));
  if (covered.length === 1) return covered[0] ?? 0;
  return Math.max(
    0,
    columns.findLastIndex((column) => column <= start),
  );
}

function lanesOfArrow({ tail, head }: Arrow, columns: readonly number[]): { from: number; to: number } {
  return { from: nearest(columns, tail), to: nearest(columns, head) };
}

function overlaps({ tail, head }: Arrow, { start, end }: Segment): boolean {
  return start < Math.max(tail, head) && end > Math.min(tail, head);
}

function nearest(columns: readonly number[], column: number): number {
  return columns.reduce(
    (best, candidate, lane) => (Math.abs(candidate - column) < Math.abs((columns[best] ?? 0) - column) ? lane : best),
    0,
  );
}
