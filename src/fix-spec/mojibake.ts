import { isUtf8 } from 'node:buffer';

/** A place in {@link Recovered.text}: the line is 1-based, `offset` is a UTF-16 index. */
export interface Place {
  readonly line: number;
  readonly offset: number;
}

/** A character that had lost bytes and was told by the witnesses. */
export interface Told extends Place {
  readonly character: string;
}

/** A character that lost bytes and could be several, in the order of their code points: U+FFFD stands for it. */
export interface Doubtful extends Place {
  readonly candidates: readonly string[];
}

/** A text as it was meant. */
export interface Recovered {
  /** Lines and ASCII are those of the mangled text. One U+FEFF leads it where any did, mangled or not. */
  readonly text: string;
  /** How many characters were mangled: all that are not ASCII, doubtful ones included. */
  readonly mangled: number;
  readonly told: readonly Told[];
  readonly doubtful: readonly Doubtful[];
}

/**
 * Undoes mojibake: UTF-8 that was read as Windows-1252 and saved again as UTF-8. The five bytes that Windows-1252 leaves
 * undefined may have been kept as C1 controls or dropped. A character that lost some of them is certain when exactly one
 * of those it could be occurs in `witnesses`, such as the documents to be changed, or undamaged in the text itself.
 *
 * Undefined for a text that is not mojibake, as far as can be told:
 * - All of it must have been mangled. One character that no mangling leaves (✅, 日, a quotation mark of its own) makes
 *   the text a mixture, in which “Ã©” may stand for itself, and so nothing is changed.
 * - Some of it must be what no one writes, such as “â†’” or “Ã©”. “JOSÉ’s” could be one too, but ɒ was not meant.
 * - Little of it may be what people do write, such as “é” or “â”, which could also be a character that lost bytes.
 *
 * Mojibake that was quoted on purpose in a text of otherwise plain ASCII cannot be told from a mangled text. Text that was
 * mangled twice comes back mangled once.
 */
export function recoverMojibake(text: string, witnesses: readonly string[]): Recovered | undefined {
  const hasMark = text.startsWith('\uFEFF');
  const body = hasMark ? text.slice(1) : text;
  const bytes = bytesOf(body);
  const sequences = readSequences(bytes);
  if (!sequences) return undefined;
  const whole = sequences.filter(({ lost }) => lost === 0).flatMap(({ candidates }) => candidates);
  const seen = new Set([...witnesses, whole.join('')].flatMap(foreignIn));
  const characters = sequences.map((sequence) => ({ ...sequence, character: identify(sequence, seen) }));
  return isMojibake(bytes, characters) ? assemble(body, hasMark, characters) : undefined;
}

// What Windows-1252 makes of the bytes 80 to 9F; from A0 on it is Latin-1. The five undefined ones as in the WHATWG's.
const HIGH = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ';
const UNDEFINED = ['\x81', '\x8D', '\x8F', '\x90', '\x9D'];

// A byte that UTF-8 never has, for characters outside Windows-1252.
const NO_BYTE = '\xFF';

// Only continuation bytes are ever lost, so a character still begins at its first byte and ends before the next one's.
const SEQUENCE = /[\xC2-\xF4][\x80-\xBF]{0,3}|[\x80-\xFF]/g;

// As Windows-1252, the end of a word: a letter or ×, then at most two of a no-break space, a dash and …‘’“”›»™®°·, or a
// no-break space and whatever sign comes next. Not “Â” or “Ã” with one of these: words rarely end so, while a mangled
// no-break space, ° or à reads like that.
const ORDINARY =
  /^(?:[\xC2\xC3]|[\xC4-\xF4](?:[\x85\x91-\x94\x96\x97\x99\x9B\xA0\xAE\xB0\xB7\xBB]{0,2}|\xA0[\x80-\xBF]))$/;

// For one sequence that could be ordinary writing, so many must be there that could not.
const EVIDENCE = 4;

/** What is left of one character. */
interface Sequence {
  readonly at: number;
  /** One byte per UTF-16 unit. */
  readonly bytes: string;
  /** How many bytes are missing. */
  readonly lost: number;
  /** All characters that it can be; exactly one when nothing was lost. */
  readonly candidates: readonly string[];
}

/** With its character where that is certain. */
type Identified = Sequence & { readonly character: string | undefined };

/** The bytes that were read as `text`, one per UTF-16 unit, so that offsets are the same. */
function bytesOf(text: string): string {
  return text.replace(/[^\0-\x7F\xA0-\xFF]/g, (character) => {
    const index = HIGH.indexOf(character);
    return index === -1 ? NO_BYTE : String.fromCharCode(0x80 + index);
  });
}

/** All that is not ASCII, or undefined when some of it is not UTF-8, whatever was lost. */
function readSequences(text: string): Sequence[] | undefined {
  const sequences: Sequence[] = [];
  const known = new Map<string, Omit<Sequence, 'at'>>();
  for (const { 0: bytes, index: at } of text.matchAll(SEQUENCE)) {
    const lost = lengthOf(bytes) - bytes.length;
    const sequence = known.get(bytes) ?? { bytes, lost, candidates: candidatesOf(bytes, lost) };
    if (sequence.candidates.length === 0) return undefined;
    known.set(bytes, sequence);
    sequences.push({ at, ...sequence });
  }
  return sequences;
}

/** How many bytes the character has that begins with the first of these. */
function lengthOf(bytes: string): number {
  if (bytes < '\xE0') return 2;
  return bytes < '\xF0' ? 3 : 4;
}

function candidatesOf(bytes: string, lost: number): string[] {
  let completions = new Set([bytes]);
  for (let missing = lost; missing > 0; missing -= 1) completions = new Set([...completions].flatMap(withOneMore));
  return [...completions].toSorted().flatMap((completion) => {
    const buffer = Buffer.from(completion, 'latin1');
    return isUtf8(buffer) ? [buffer.toString('utf8')] : [];
  });
}

/** `bytes` with one of the undefined bytes put in anywhere behind the first. */
function withOneMore(bytes: string): string[] {
  return Array.from(bytes, (_byte, index) => [bytes.slice(0, index + 1), bytes.slice(index + 1)] as const).flatMap(
    ([before, after]) => UNDEFINED.map((byte) => before + byte + after),
  );
}

function foreignIn(text: string): string[] {
  return [...new Set(text.match(/[^\0-\x7F]/gu))];
}

function identify({ lost, candidates }: Sequence, seen: ReadonlySet<string>): string | undefined {
  const possible = lost === 0 ? candidates : candidates.filter((candidate) => seen.has(candidate));
  return possible.length === 1 ? possible[0] : undefined;
}

function isMojibake(text: string, characters: readonly Identified[]): boolean {
  let strange = 0;
  let ordinary = 0;
  for (const { at, bytes, character } of characters) {
    const isOrdinary = ORDINARY.test(bytes);
    if (character !== undefined && !isOrdinary) strange += 1;
    if (character === undefined && isOrdinary) ordinary += 1;
    if (character === undefined && isInWord(text, at, bytes)) return false;
  }
  return strange > 0 && strange >= EVIDENCE * ordinary;
}

// The é of “café”. A capital is no sign: “TÅkyÅ” was “Tōkyō”.
function isInWord(text: string, at: number, bytes: string): boolean {
  return bytes.length === 1 && bytes >= '\xE0' && /[A-Za-z]/.test(text.slice(Math.max(at - 1, 0), at + 2));
}

function assemble(body: string, hasMark: boolean, characters: readonly Identified[]): Recovered {
  const told: Told[] = [];
  const doubtful: Doubtful[] = [];
  const parts = hasMark && !(characters[0]?.at === 0 && characters[0].character === '\uFEFF') ? ['\uFEFF'] : [];
  let offset = parts.length;
  let line = 1;
  let done = 0;
  for (const { at, bytes, lost, candidates, character } of characters) {
    const between = body.slice(done, at);
    offset += between.length;
    line += between.split('\n').length - 1;
    if (character === undefined) doubtful.push({ line, offset, candidates });
    else if (lost > 0) told.push({ line, offset, character });
    const written = character ?? '\uFFFD';
    parts.push(between, written);
    offset += written.length;
    done = at + bytes.length;
  }
  return { text: parts.join('') + body.slice(done), mangled: characters.length, told, doubtful };
}
