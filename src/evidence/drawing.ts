import { eastAsianWidth } from 'get-east-asian-width';

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
}

/**
 * Reads a sequence drawing: actors on top, lifelines below them, texts beside a lifeline, arrows between lifelines. A text
 * goes on in the next line of the same lane unless that opens with a number; an arrow belongs to the text above it.
 * `undefined` when the text is no such drawing.
 */
export function readDrawing(code: string): Drawing | undefined {
  const rows = code.split(/\r?\n/).map(readRow);
  const head = headOf(rows);
  if (!head) return undefined;
  const lanes = lanesOf(rows.slice(0, head.bottom), head.columns);
  if (lanes.filter(({ label }) => label !== '').length < 2) return undefined;
  return { lanes, steps: stepsOf(rows, head.bottom, lanes) };
}

interface Cell {
  readonly character: string;
  readonly column: number;
}
type Row = readonly Cell[];

interface Segment {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

interface Arrow {
  readonly tail: number;
  readonly head: number;
  /** Text that interrupts the shaft. */
  readonly label: string;
}

const VERTICAL = new Set('│┃║|╎┆┊');
const TEE = new Set('├┤┝┥┠┨╞╡╟╢╠╣');
const HORIZONTAL = new Set('─━═-╌┄┈');
const CROSSING = new Set('┴┬┼╂┿+');
const CORNER = new Set('┌┐└┘╭╮╰╯╔╗╚╝┏┓┗┛+');
const RIGHT = new Set('→>▶►⟶▸');
const LEFT = new Set('←<◀◄⟵◂');

const isPost = (character: string): boolean => VERTICAL.has(character) || TEE.has(character);

function readRow(line: string): Row {
  let column = 0;
  return [...line.trimEnd()].map((character) => {
    const cell = { character, column };
    column += isCombining(character) ? 0 : eastAsianWidth(character.codePointAt(0) ?? 0);
    return cell;
  });
}

function isCombining(character: string): boolean {
  return /^(?:\p{Mark}|\u200B|\u200C|\u200D|\uFE0E|\uFE0F)$/u.test(character);
}

// Where the actors' names end and the lifelines begin.
function headOf(rows: readonly Row[]): { bottom: number; columns: readonly number[] } | undefined {
  const borders = rows.flatMap((row, index) => (isBorder(row) ? [index] : []));
  const firstBelow = (from: number): number => rows.findIndex((row, index) => index >= from && posts(row).length >= 2);
  const bottom = borders[1] === undefined ? firstBelow(0) : borders[1] + 1;
  const lifelines = firstBelow(Math.max(bottom, 0));
  if (bottom < 1 || lifelines === -1) return undefined;
  return { bottom, columns: posts(rows[lifelines] ?? []).map(({ column }) => column) };
}

function isBorder(row: Row): boolean {
  return (
    row.filter(({ character }) => CORNER.has(character)).length >= 2 &&
    row.some(({ character }) => HORIZONTAL.has(character)) &&
    row.every(
      ({ character }) =>
        character === ' ' || CORNER.has(character) || HORIZONTAL.has(character) || CROSSING.has(character),
    )
  );
}

function posts(row: Row): Cell[] {
  return row.filter(({ character }) => isPost(character));
}

function lanesOf(head: readonly Row[], columns: readonly number[]): Lane[] {
  const labels = columns.map((): string[] => []);
  for (const row of head) {
    if (isBorder(row)) continue;
    for (const { text, start, end } of segments(row)) labels[nearest(columns, (start + end) / 2)]?.push(text);
  }
  return columns.map((column, lane) => ({ column, label: labels[lane]?.join(' ') ?? '' }));
}

// Runs of text between posts and wide gaps.
function segments(row: Row): Segment[] {
  const found: Segment[] = [];
  let cells: Cell[] = [];
  let gap = 0;
  const close = (): void => {
    const [first] = cells;
    const last = cells.at(-1);
    if (first && last)
      found.push({
        text: cells
          .map(({ character }) => character)
          .join('')
          .trim(),
        start: first.column,
        end: last.column,
      });
    cells = [];
  };
  for (const cell of row) {
    gap = cell.character === ' ' ? gap + 1 : 0;
    if (isPost(cell.character)) close();
    else if (gap === 0) cells.push(cell);
    else if (gap === 1 && cells.length > 0) cells.push(cell);
    else if (gap === 3) close();
  }
  close();
  return found
    .filter(({ text }) => text !== '')
    .map((segment) => ({ ...segment, end: segment.start + [...segment.text].length - 1 }));
}

function stepsOf(rows: readonly Row[], bottom: number, lanes: readonly Lane[]): Step[] {
  const columns = lanes.map(({ column }) => column);
  const steps: { text: string; line: number; lane: number; arrow?: { from: number; to: number } }[] = [];
  let growing: typeof steps = [];
  for (const [line, row] of rows.entries()) {
    if (line < bottom || isBorder(row)) continue;
    const arrows = arrowsOf(row);
    const texts = segments(row.filter((cell) => !arrows.some((arrow) => covers(arrow, cell))));
    const seen: typeof steps = [];
    for (const text of texts) {
      if (!/[\p{L}\p{N}]/u.test(text.text)) continue;
      const lane = laneOf(text, columns);
      const open = growing.find((step) => step.lane === lane && !step.arrow);
      if (open && !/^\d+[.):]/.test(text.text)) {
        open.text += ` ${text.text}`;
        seen.push(open);
      } else if (arrows.length === 0 || text.start < Math.max(...columns)) {
        const step = { text: text.text, line, lane };
        steps.push(step);
        seen.push(step);
      }
    }
    for (const { tail, head, label } of arrows) {
      const arrow = { from: nearest(columns, tail), to: nearest(columns, head) };
      const low = Math.min(arrow.from, arrow.to);
      const high = Math.max(arrow.from, arrow.to);
      const above = steps.findLast(
        (step) => [...growing, ...seen].includes(step) && !step.arrow && step.lane >= low && step.lane <= high,
      );
      if (above && label === '') above.arrow = arrow;
      else steps.push({ text: label, line, lane: low, arrow });
    }
    growing = arrows.length > 0 ? [] : seen;
  }
  return steps;
}

function laneOf({ start, end }: Segment, columns: readonly number[]): number {
  const beside = columns.findIndex((column) => start > column && start - column <= 3);
  if (beside !== -1) return beside;
  const covered = columns.flatMap((column, lane) => (start <= column && column <= end ? [lane] : []));
  if (covered.length === 1) return covered[0] ?? 0;
  return Math.max(
    0,
    columns.findLastIndex((column) => column <= start),
  );
}

function arrowsOf(row: Row): Arrow[] {
  return row.flatMap(({ character, column }, at) => {
    const step = RIGHT.has(character) ? -1 : LEFT.has(character) ? 1 : 0;
    if (step === 0 || !isShaft(row[at + step]) || !isShaft(row[at + 2 * step])) return [];
    let end = at + step;
    while (isShaft(row[end + step])) end += step;
    const beyond = labelledTail(row, end, step);
    const tail = isPost(row[end + step]?.character ?? '') ? end + step : (beyond?.tail ?? end);
    return [{ head: column, tail: row[tail]?.column ?? column, label: tail === beyond?.tail ? beyond.label : '' }];
  });
}

// A shaft that a text interrupts goes on behind it, up to its post.
function labelledTail(row: Row, end: number, step: number): { tail: number; label: string } | undefined {
  let at = end + step;
  let label = '';
  while (row[at] && !isPost(row[at]?.character ?? '')) {
    const { character } = row[at] as Cell;
    label = step < 0 ? character + label : label + character;
    at += step;
  }
  if (!row[at] || !isShaft(row[at - step])) return undefined;
  return {
    tail: at,
    label: [...label]
      .filter((character) => !HORIZONTAL.has(character) || character === '-')
      .join('')
      .replace(/^[- ]+|[- ]+$/g, ''),
  };
}

function isShaft(cell: Cell | undefined): boolean {
  return cell !== undefined && (HORIZONTAL.has(cell.character) || CROSSING.has(cell.character));
}

function covers({ tail, head }: Arrow, { column }: Cell): boolean {
  return column >= Math.min(tail, head) && column <= Math.max(tail, head);
}

function nearest(columns: readonly number[], column: number): number {
  return columns.reduce(
    (best, candidate, lane) => (Math.abs(candidate - column) < Math.abs((columns[best] ?? 0) - column) ? lane : best),
    0,
  );
}
