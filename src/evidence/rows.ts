import { eastAsianWidth } from 'get-east-asian-width';

interface Cell {
  readonly character: string;
  readonly column: number;
}

/** A run of text in a row. Columns are those of a terminal, 0-based. */
export interface Segment {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** An arrow in a row, from the column of its tail to that of its head. */
export interface Arrow {
  readonly tail: number;
  readonly head: number;
  /** Text that interrupts the shaft. */
  readonly label: string;
}

/** One line of a drawing. */
export interface Row {
  readonly cells: readonly Cell[];
  /** The vertical lines, those with a branch included. */
  readonly posts: readonly Cell[];
  /** In both directions, dashed or not, with a text on the shaft or without. */
  readonly arrows: readonly Arrow[];
  /** Whether it is the top or bottom of boxes, and nothing else. */
  readonly isBorder: boolean;
}

const VERTICAL = new Set('│┃║|╎┆┊');
const TEE = new Set('├┤┝┥┠┨╞╡╟╢╠╣');
const HORIZONTAL = new Set('─━═-╌┄┈.·=');
const CROSSING = new Set('┴┬┼╂┿╤╧╪+');
const CORNER = new Set('┌┐└┘╭╮╰╯╔╗╚╝┏┓┗┛+');
const RIGHT = new Set('→>▶►⟶▸➤➔➜⇒❯');
const LEFT = new Set('←<◀◄⟵◂⇐❮');

const TAB = 8;

/** Whether a line has two vertical lines or more, before anybody takes it apart. */
export function hasPosts(line: string): boolean {
  const first = line.search(POST);
  return first !== -1 && line.slice(first + 1).search(POST) !== -1;
}

/** What {@link VERTICAL} and {@link TEE} have. */
const POST = /[│┃║|╎┆┊├┤┝┥┠┨╞╡╟╢╠╣]/;

const isPost = (character: string): boolean => VERTICAL.has(character) || TEE.has(character);

/** A line, taken apart. */
export function readRow(line: string): Row {
  const cells = cellsOf(line.trimEnd());
  return {
    cells,
    posts: cells.filter(({ character }) => isPost(character)),
    arrows: arrowsOf(cells),
    isBorder: isBorder(cells),
  };
}

// Characters with the columns that a terminal gives them.
function cellsOf(line: string): Cell[] {
  let column = 0;
  return [...line].map((character) => {
    const cell = { character: character === '\t' ? ' ' : character, column };
    if (character === '\t') column += TAB - (column % TAB);
    else if (character >= ' ' && character <= '~') column += 1;
    else if (!isCombining(character)) column += eastAsianWidth(character.codePointAt(0) ?? 0);
    return cell;
  });
}

function isCombining(character: string): boolean {
  // Latin letters, box drawings and arrows; to look the others up takes longer than to read the rest of a drawing.
  if (/^[\0-\u02FF\u2010-\u2027\u2190-\u27BF]/.test(character)) return false;
  return /^(?:\p{Mark}|\u200B|\u200C|\u200D|\uFE0E|\uFE0F)$/u.test(character);
}

function isBorder(cells: readonly Cell[]): boolean {
  return (
    cells.filter(({ character }) => CORNER.has(character)).length >= 2 &&
    cells.some(({ character }) => HORIZONTAL.has(character)) &&
    cells.every(
      ({ character }) =>
        character === ' ' || CORNER.has(character) || HORIZONTAL.has(character) || CROSSING.has(character),
    )
  );
}

/** Runs of text between posts and gaps of three spaces. */
export function segments(cells: readonly Cell[]): Segment[] {
  const found: Segment[] = [];
  let open: { text: string; start: number; end: number } | undefined;
  let gap = '';
  for (const { character, column } of cells) {
    if (isPost(character)) {
      open = undefined;
      gap = '';
      continue;
    }
    if (character === ' ') {
      gap += ' ';
      if (gap.length === 3) open = undefined;
      continue;
    }
    if (!open) {
      open = { text: '', start: column, end: column };
      found.push(open);
      gap = '';
    }
    open.text += gap + character;
    open.end = column;
    gap = '';
  }
  return found;
}

function arrowsOf(row: readonly Cell[]): Arrow[] {
  return row.flatMap(({ character, column }, at) => {
    const step = RIGHT.has(character) ? -1 : LEFT.has(character) ? 1 : 0;
    if (step === 0) return [];
    let end = at;
    let length = 0;
    for (let next = nextShaft(row, end, step); next !== undefined; next = nextShaft(row, end, step)) {
      end = next;
      length += 1;
    }
    const touches = isPost(row[at - step]?.character ?? '');
    if (length === 0 || (length === 1 && !touches)) return [];
    const isLoop = '┐┘╮╯┌└╭╰'.includes(row[end + step]?.character ?? ' ');
    const beyond = isLoop ? undefined : labelledTail(row, end, step);
    const post = [end + step, end + 2 * step].find((place) => isPost(row[place]?.character ?? ''));
    const tail = post ?? beyond?.tail ?? end;
    return [
      { head: column, tail: row[tail]?.column ?? column, label: post === undefined ? (beyond?.label ?? '') : '' },
    ];
  });
}

// The next cell of a shaft, over one space of a dashed one.
function nextShaft(row: readonly Cell[], at: number, step: number): number | undefined {
  if (isShaft(row[at + step])) return at + step;
  return row[at + step]?.character === ' ' && isShaft(row[at + 2 * step]) && isShaft(row[at])
    ? at + 2 * step
    : undefined;
}

// A shaft that a text interrupts, or that begins behind a text, comes from the post before that text.
function labelledTail(row: readonly Cell[], end: number, step: number): { tail: number; label: string } | undefined {
  let at = end + step;
  let label = '';
  while (row[at] && !isPost(row[at]?.character ?? '')) {
    const { character } = row[at] as Cell;
    label = step < 0 ? character + label : label + character;
    at += step;
  }
  if (!row[at]) return undefined;
  const letters = [...label].filter(
    (character) => character === '-' || character === '.' || !HORIZONTAL.has(character),
  );
  return { tail: at, label: /[^-. ](?:.*[^-. ])?/s.exec(letters.join(''))?.[0] ?? '' };
}

function isShaft(cell: Cell | undefined): boolean {
  return cell !== undefined && (HORIZONTAL.has(cell.character) || CROSSING.has(cell.character));
}

/** Whether a cell is part of an arrow. */
export function covers({ tail, head }: Arrow, { column }: Cell): boolean {
  return column >= Math.min(tail, head) && column <= Math.max(tail, head);
}
