/**
 * Block quotes and lists that may open on one line. The parser's time and stack grow with their number; of 33,217 real
 * documents none has more than 9.
 */
export const MAX_NESTING = 200;

/** A text whose blocks nest too deeply to be parsed. */
export class NestingError extends Error {
  /** 1-based. */
  readonly line: number;

  constructor(line: number) {
    super(`line ${line} opens more than ${MAX_NESTING} block quotes or lists`);
    this.line = line;
  }
}

/**
 * Refuses a text with a line that opens too many containers, in one pass and without parsing. Thematic breaks (`- - -`)
 * only look like that, and code may.
 *
 * @throws NestingError
 */
export function refuseDeepNesting(text: string): void {
  let fence = '';
  for (let start = 0, line = 1; start < text.length; line += 1) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    const mark = fenceAt(text, start, end);
    if (fence === '') fence = mark;
    else if (mark.startsWith(fence)) fence = '';
    // What looks like a fence may be none, such as one in a comment; code has no such lines either.
    const most = fence === '' ? MAX_NESTING : 5 * MAX_NESTING;
    if (opensMore(most, text, start, end)) throw new NestingError(line);
    start = end + 1;
  }
}

/** The three or more backticks or tildes by which a line from `start` to `end` opens or closes a code block; '' for none. */
export function fenceAt(text: string, start: number, end: number): string {
  let at = start;
  while (at < end && at < start + 4 && text[at] === ' ') at += 1;
  const mark = text[at];
  if (at === start + 4 || (mark !== '`' && mark !== '~')) return '';
  const from = at;
  while (at < end && text[at] === mark) at += 1;
  const isText = at - from < 3 || (mark === '`' && text.slice(at, end).includes('`'));
  return isText ? '' : text.slice(from, at);
}

function opensMore(most: number, text: string, start: number, end: number): boolean {
  let count = 0;
  let others = 0;
  let first = '';
  for (let at = start; at < end; ) {
    const character = text[at] ?? '';
    if (character === ' ' || character === '\t' || character === '\r') at += 1;
    else {
      const next = afterMarker(text, at, end);
      if (next === at) return count > most;
      first ||= character;
      if (character !== first) others += 1;
      count += 1;
      at = next;
    }
  }
  const isThematicBreak = others === 0 && (first === '-' || first === '*');
  return count > most && !isThematicBreak;
}

// The offset behind the marker of a block quote or list item, or `at` where there is none.
function afterMarker(text: string, at: number, end: number): number {
  if (text[at] === '>') return at + 1;
  let last = at;
  while (last < end && last < at + 9 && isDigit(text[last])) last += 1;
  const mark = text[last] ?? '';
  if (!(last === at ? '-+*' : '.)').includes(mark) || last === end) return at;
  const isAlone = last + 1 >= end || ' \t\r'.includes(text[last + 1] ?? '');
  return isAlone ? last + 1 : at;
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}
