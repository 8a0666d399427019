import type { Hints, LineHint, Named, Relation } from '../hint.js';

/**
 * Reads the words on a place: `After line 67 (after Better Auth Installation section)`.
 *
 * @param texts each for itself, the nearest to the change first: its line numbers count
 */
export function readHints(...texts: readonly string[]): Hints {
  const read = texts.map(readWords);
  const { lines, isSeveral } = read.find((hints) => hints.lines || hints.isSeveral) ?? {};
  return { ...(lines && { lines }), names: read.flatMap(({ names }) => names), ...(isSeveral && { isSeveral }) };
}

function readWords(words: string): Hints {
  const text = words.replaceAll('**', '').replace(/\s+/g, ' ').slice(0, 2000);
  const names: Named[] = [];
  let lines: LineHint | undefined;
  let relation: Relation = 'at';
  let isDirect = false;
  // Words since the last relation, quotation or mark: a heading's, when “section” follows.
  let run: string[] = [];
  for (const token of tokensOf(text)) {
    const word = token.text.toLowerCase();
    if (token.kind === 'quote') {
      const [, behind] = /^\s{0,3}(?:sub-?)?(section|heading)\b/i.exec(text.slice(token.end, token.end + 16)) ?? [];
      const before = run.findLast((part) => /^(?:section|heading)$/i.test(part));
      const kind = (behind ?? before)?.toLowerCase();
      const isEnd = relation === 'at' && run.some((part) => part.toLowerCase() === 'end');
      const isMarked = /^#{1,6} /.test(token.text);
      const isHeading = isEnd ? false : kind === undefined ? isDirect && isMarked : kind === 'heading';
      names.push({
        relation: isEnd ? 'after' : relation,
        text: token.text,
        isSection: kind !== undefined || isMarked,
        ...((isEnd || isHeading || kind !== undefined) && { isHeading }),
      });
    } else if (token.kind === 'lines') {
      lines ??= { relation, ...token.lines };
    } else if (RELATIONS.has(word)) {
      isDirect = /^(?:directly|immediately|right)$/i.test(run.at(-1) ?? '');
      // “Directly under the heading” is a place, “under the heading” a part of the file.
      relation = isDirect && word === 'under' ? 'after' : (RELATIONS.get(word) ?? relation);
    } else if (token.kind === 'mark') {
      if (token.text === '.') relation = 'at';
    } else {
      const name = run.slice(run.findIndex((part) => /^\p{Lu}/u.test(part)));
      if (word === 'section' && name.some((part) => /^\p{Lu}/u.test(part)))
        names.push({ relation, text: name.join(' '), isSection: true });
      if (/^\d{1,4}$/.test(word) && NUMBERED.has(run.at(-1)?.toLowerCase() ?? ''))
        names.push({ relation, text: `item ${word}`, isSection: false });
      run.push(token.text);
      continue;
    }
    run = [];
  }
  return { ...(lines && { lines }), names, ...(SEVERAL.test(text) && { isSeveral: true }) };
}

const SEVERAL =
  /\b(?:[Ll]ines?|L) ?\d{1,7}(?:, ?\d{1,7}|,? and \d{1,7}(?!\d| ?[-–—]))|\b(?:all|every|each|both) (?:\w{1,20} )?(?:occurrences?|instances?|places|matches)\b/i;

type Token =
  | { readonly kind: 'quote' | 'word' | 'mark'; readonly text: string; readonly end: number }
  | { readonly kind: 'lines'; readonly text: string; readonly end: number; readonly lines: Omit<LineHint, 'relation'> };

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    const quote = quoteAt(text, at);
    const token = quote ?? linesAt(text, at) ?? wordAt(text, at);
    if (token) tokens.push(token);
    at = token?.end ?? at + 1;
  }
  return tokens;
}

function quoteAt(text: string, at: number): Token | undefined {
  const opening = text.startsWith('``', at) ? '``' : (text[at] ?? '');
  const closing = QUOTES.get(opening);
  const end = closing === undefined ? -1 : text.indexOf(closing, at + opening.length);
  if (closing === undefined || end === -1 || end - at > 400) return undefined;
  const inner = text.slice(at + opening.length, end).trim();
  return inner === '' ? undefined : { kind: 'quote', text: inner, end: end + closing.length };
}

function linesAt(text: string, at: number): Token | undefined {
  if (/[\p{L}\p{N}]/u.test(text[at - 1] ?? '')) return undefined;
  const [all, before = '', inside = '', first = '', last] =
    /^(~ ?)?(?:[Ll]ines?|L) ?(~ ?)?(\d{1,7})(?: ?(?:-|–|—|to|through|and) ?(\d{1,7}))?/.exec(text.slice(at, at + 60)) ??
    [];
  if (all === undefined) return undefined;
  const from = Number(first);
  const lines = { from, to: Math.max(from, Number(last ?? from)), isRough: before !== '' || inside !== '' };
  return { kind: 'lines', text: all, end: at + all.length, lines };
}

function wordAt(text: string, at: number): Token | undefined {
  const [word] = /^[\p{L}\p{N}](?:[\p{L}\p{N}&/'-]|\.(?=[\p{L}\p{N}])){0,60}/u.exec(text.slice(at, at + 80)) ?? [];
  if (word !== undefined) return { kind: 'word', text: word, end: at + word.length };
  return /[.,;:()]/.test(text[at] ?? '') ? { kind: 'mark', text: text[at] ?? '', end: at + 1 } : undefined;
}

const QUOTES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['“', '”'],
  ['`', '`'],
  ['``', '``'],
  ['‘', '’'],
  ['「', '」'],
]);

const NUMBERED: ReadonlySet<string> = new Set(['point', 'item', 'step', 'bullet', 'number']);

const RELATIONS: ReadonlyMap<string, Relation> = new Map([
  ['after', 'after'],
  ['behind', 'after'],
  ['below', 'after'],
  ['before', 'before'],
  ['above', 'before'],
  ['in', 'in'],
  ['inside', 'in'],
  ['within', 'in'],
  ['under', 'in'],
  ['from', 'at'],
  ['through', 'at'],
]);
