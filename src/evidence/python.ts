/** A call in Python source. */
export interface Call {
  /** The dotted name that is called, such as `jwt.decode`. */
  readonly callee: string;
  /** Arguments as written, without comments. */
  readonly arguments: readonly string[];
  /** Line of the callee, 0-based, within the source. */
  readonly line: number;
}

/** All calls in Python source, the outer before the inner; comments and strings hold none. */
export function readCalls(source: string): Call[] {
  const code = blank(source, true);
  const kept = blank(source, false);
  let line = 0;
  let counted = 0;
  return [...code.matchAll(/(?<![\w.])([A-Za-z_]\w{0,127}(?:\.[A-Za-z_]\w{0,127}){0,15})[ \t]{0,8}\(/g)].flatMap(
    (match) => {
      if (/\b(?:def|class)[ \t]{1,8}$/.test(code.slice(Math.max(0, match.index - 16), match.index))) return [];
      const open = match.index + match[0].length;
      line += code.slice(counted, match.index).split('\n').length - 1;
      counted = match.index;
      const parts = argumentsAt(code, open);
      return [
        {
          callee: match[1] ?? '',
          arguments: parts.map(([start, end]) => kept.slice(start, end).trim()).filter((text) => text !== ''),
          line,
        },
      ];
    },
  );
}

/** Python source in which comments, and strings too when `strings`, are spaces; offsets and lines stay. */
export function blank(source: string, strings: boolean): string {
  let done = '';
  let at = 0;
  while (at < source.length) {
    const end = source[at] === '#' ? endOf(source, '\n', at, 0) : stringEnd(source, at);
    if (end === undefined) {
      const next = source.slice(at + 1).search(/[#"']/);
      const to = next === -1 ? source.length : at + 1 + next;
      done += source.slice(at, to);
      at = to;
      continue;
    }
    const text = source.slice(at, end);
    done += source[at] === '#' || strings ? text.replace(/[^\n]/g, ' ') : text;
    at = end;
  }
  return done;
}

function stringEnd(source: string, at: number): number | undefined {
  const quote = source[at];
  if (quote !== '"' && quote !== "'") return undefined;
  const mark = source.startsWith(quote.repeat(3), at) ? quote.repeat(3) : quote;
  for (let next = at + mark.length; next < source.length; next += 1) {
    if (source[next] === '\\') next += 1;
    else if (source.startsWith(mark, next)) return next + mark.length;
    else if (source[next] === '\n' && mark.length === 1) return next;
  }
  return source.length;
}

function endOf(source: string, mark: string, from: number, length: number): number {
  const at = source.indexOf(mark, from);
  return at === -1 ? source.length : at + length;
}

// In characters. A longer call is not read, so that calls within calls cost no more than their length allows.
const LONGEST_CALL = 4000;

function argumentsAt(code: string, open: number): [number, number][] {
  const parts: [number, number][] = [];
  let depth = 0;
  let start = open;
  for (let at = open; at < Math.min(code.length, open + LONGEST_CALL); at += 1) {
    const character = code[at] ?? '';
    if ('([{'.includes(character)) depth += 1;
    else if (')]}'.includes(character) && depth === 0) return [...parts, [start, at]];
    else if (')]}'.includes(character)) depth -= 1;
    else if (character === ',' && depth === 0) {
      parts.push([start, at]);
      start = at + 1;
    }
  }
  return [];
}
