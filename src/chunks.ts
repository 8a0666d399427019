import { fenceAt } from './nesting.js';

/**
 * A stretch of a text that is read without the rest of it: what stands before it is closed where it begins, and it is closed
 * where it ends. Chunks follow each other without a gap.
 */
export interface Chunk {
  /** One ATX heading; one fenced code block, closed by its fence; YAML at the start; anything else. */
  readonly kind: 'heading' | 'code' | 'front matter' | 'other';
  /** UTF-16 offsets of starts of lines, or the end of the text. */
  readonly start: number;
  readonly end: number;
  /** 1-based. */
  readonly line: number;
}

/**
 * Cuts a text before and behind every ATX heading and every fenced code block that begins in the first column. Nothing but another
 * such block or HTML holds a line of that kind: no list, quote or footnote reaches to what is not indented, and no paragraph, table
 * or definition goes on with it (CommonMark 0.31.2, sections 4.2, 4.5 to 4.8, 5.1 to 5.3). The same is true of any other line that
 * begins there behind an empty one, unless a list, quote or footnote begins with it. Whether HTML or an indented fence is open only
 * the parser knows, but for comments.
 *
 * @param from offset at which to begin, behind a BOM
 * @param isClosed whether all is closed at the end of a stretch that begins in it
 */
export function chunksOf(text: string, from: number, isClosed: (stretch: Chunk) => boolean): Chunk[] {
  const starts = startsOfLines(text, from);
  const yaml = frontMatter(text, starts);
  const chunks: Chunk[] = [];
  let open = 0;
  const stretch = (kind: Chunk['kind'], to: number): Chunk => {
    const [start = text.length, end = text.length] = [starts[open], starts[to]];
    return { kind, start, end, line: 1 + open };
  };
  const cut = (kind: Chunk['kind'], to: number): void => {
    if (open < to) chunks.push(stretch(kind, to));
    open = to;
  };
  // The parser ends lines at a lone CR as well, which nobody writes.
  if (/\r(?!\n)/.test(text)) {
    cut(yaml === 0 ? 'other' : 'front matter', starts.length);
    return chunks;
  }
  cut('front matter', yaml);
  let isInDoubt = false;
  // What was open a moment ago likely still is: the next question comes when there is twice as much to ask about.
  let ask = 0;
  for (let at = yaml; at < starts.length; at += 1) {
    const mark = markOf(text, starts[at] as number, starts[at + 1] ?? text.length);
    if (mark === 'text' && !isApart(text, starts, at)) continue;
    if (mark === 'doubt' || (isInDoubt && mark === 'comment')) {
      isInDoubt = true;
      continue;
    }
    if (isInDoubt && (at < ask || !isClosed(stretch('other', at)))) {
      if (at >= ask) ask = at + (at - open);
      continue;
    }
    isInDoubt = false;
    if (mark === 'comment') {
      at = lineWith(starts, text.indexOf('-->', (starts[at] as number) + 4));
      continue;
    }
    if (mark === 'text') {
      cut('other', at);
      continue;
    }
    const last = mark === 'heading' ? at : closingFence(text, starts, at, mark.fence);
    // An open one is all the rest.
    if (last === -1) break;
    cut('other', at);
    cut(mark === 'heading' ? 'heading' : 'code', last + 1);
    at = last;
  }
  cut('other', starts.length);
  return chunks;
}

type Mark = 'text' | 'heading' | 'comment' | 'doubt' | { readonly fence: string };

// What begins on a line, if it is in no block that began before.
function markOf(text: string, start: number, end: number): Mark {
  let at = start;
  while (at < start + 3 && text[at] === ' ') at += 1;
  const isFirstColumn = at === start;
  switch (text[at]) {
    case '#':
      return isFirstColumn && HEADING.test(text.slice(start, start + 8)) ? 'heading' : 'text';
    case '`':
    case '~': {
      const fence = fenceAt(text, start, end);
      return fence === '' ? 'text' : isFirstColumn ? { fence } : 'doubt';
    }
    case '<':
      return isFirstColumn && /^<!--(?!-?>)/.test(text.slice(start, start + 6)) ? 'comment' : 'doubt';
    default:
      return 'text';
  }
}

// Whether a line begins in the first column behind an empty one, and no container with it: a list would go on, and what is open in
// another container would end a line further on.
function isApart(text: string, starts: readonly number[], at: number): boolean {
  const start = starts[at] as number;
  return /^[^ \t\r\n\d*+>[-]/.test(text.charAt(start)) && /^[ \t]*\r?\n$/.test(text.slice(starts[at - 1], start));
}

const HEADING = /^#{1,6}(?:[ \t\r\n]|$)/;

function closingFence(text: string, starts: readonly number[], opening: number, fence: string): number {
  for (let at = opening + 1; at < starts.length; at += 1) {
    const start = starts[at] as number;
    const end = starts[at + 1] ?? text.length;
    const mark = fenceAt(text, start, end);
    if (mark.startsWith(fence) && /^[ \t\r\n]*$/.test(text.slice(text.indexOf(mark, start) + mark.length, end)))
      return at;
  }
  return -1;
}

// How many lines are front matter. Always on it misreads a document that merely opens with a thematic break
// (micromark-extension-frontmatter, issue 5), so it counts only where the opening fence has a closing one.
function frontMatter(text: string, starts: readonly number[]): number {
  const isFence = (at: number): boolean =>
    /^---[ \t]*\r?\n?$/.test(text.slice(starts[at], starts[at + 1]).slice(0, 500));
  if (starts.length === 0 || !isFence(0)) return 0;
  for (let at = 1; at < Math.min(starts.length, 2000); at += 1) if (isFence(at)) return at + 1;
  return 0;
}

// Index of the line that holds an offset; that of the last one for -1, where something is missing.
function lineWith(starts: readonly number[], offset: number): number {
  if (offset === -1) return starts.length - 1;
  let [low, high] = [0, starts.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] as number) <= offset) low = middle;
    else high = middle;
  }
  return low;
}

function startsOfLines(text: string, from: number): number[] {
  const starts: number[] = [];
  for (let at = from; at < text.length; ) {
    starts.push(at);
    const newline = text.indexOf('\n', at);
    at = newline === -1 ? text.length : newline + 1;
  }
  return starts;
}
