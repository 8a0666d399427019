import { type Hints, headingName } from '../hint.js';
import type { Unclear } from '../patch.js';
import { readHints } from './hints.js';
import { headingLabel, isOption, type Label, readLabel } from './labels.js';
import { type Block, type Piece, readPieces } from './pieces.js';

/** A text quoted in a fix spec. */
export interface Quoted {
  readonly text: string;
  /** 1-based line of the fix spec. */
  readonly line: number;
  /** The block it stands in; a quotation within a line has none. */
  readonly block?: Block;
}

/** What one change of a fix spec asks for. */
export type Order =
  /** The quoted text becomes another; '' removes it. */
  | { readonly kind: 'substitute'; readonly current: Quoted; readonly wanted: Quoted | undefined }
  /** A text comes in. */
  | { readonly kind: 'insert'; readonly wanted: Quoted }
  /** A section, named by its heading, becomes another; without one it goes. */
  | { readonly kind: 'section'; readonly name: string; readonly wanted: Quoted | undefined }
  /** A section comes in as the last part of another. */
  | { readonly kind: 'append'; readonly name: string; readonly wanted: Quoted }
  | { readonly kind: 'unclear'; readonly why: Unclear };

/** One change of a fix spec. */
export interface Instruction {
  readonly title: string;
  /** 1-based line of the fix spec where it begins. */
  readonly line: number;
  /** The file as written; '' when what is named is no single path, absent when none is named. */
  readonly file?: string;
  /** Other paths that the change, or what stands above it, speaks of. */
  readonly mentions: readonly string[];
  readonly hints: Hints;
  readonly order: Order;
  /** Whether it is part of an OpenSpec delta, which speaks of one spec without naming it. */
  readonly isDelta?: true;
}

/** The changes that a fix spec asks for, in its order; none for a document that is no fix spec. */
export function readInstructions(text: string): Instruction[] {
  const pieces = readPieces(text);
  const units = unitsOf(pieces);
  const found = units.flatMap(instructionsIn);
  // One quoted pair or insertion at the least: a document that merely speaks of files is no fix spec.
  const isPlaced = ({ file, mentions, hints }: Instruction): boolean =>
    (file ?? mentions[0] ?? hints.lines ?? hints.names[0]) !== undefined;
  const isQuoted = ({ order, file }: Instruction): boolean =>
    order.kind !== 'unclear' || (order.why !== 'prose' && file !== undefined);
  if (!found.some((one) => isPlaced(one) && isQuoted(one))) return [];
  // Where others say what they change, two texts without a place of any kind are an illustration.
  return found.some(({ file }) => file !== undefined) ? found.filter(isPlaced) : found;
}

/** A heading and the lines and blocks directly under it. */
interface Unit {
  readonly title: string;
  readonly line: number;
  readonly depth: number;
  readonly body: (Block | Extract<Piece, { kind: 'text' }>)[];
  readonly parent: Unit | undefined;
  isLeaf: boolean;
}

function unitsOf(pieces: readonly Piece[]): Unit[] {
  const root: Unit = { title: '', line: 1, depth: 0, body: [], parent: undefined, isLeaf: true };
  const units = [root];
  let last = root;
  for (const piece of pieces) {
    if (piece.kind !== 'heading') {
      last.body.push(piece);
    } else if (headingLabel(piece.text) && last.depth > 0 && piece.depth > last.depth) {
      // “#### Before” is a label that looks like a heading.
      last.body.push({ kind: 'text', line: piece.line, text: `**${piece.text}**:` });
    } else {
      let parent: Unit | undefined = last;
      while (parent && parent.depth >= piece.depth) parent = parent.parent;
      if (parent) parent.isLeaf = false;
      last = { title: piece.text, line: piece.line, depth: piece.depth, body: [], parent, isLeaf: true };
      units.push(last);
    }
  }
  return units;
}

interface Draft {
  readonly line: number;
  readonly file: string | undefined;
  readonly current?: Quoted;
  wanted?: Quoted;
  readonly isInsertion: boolean;
  isRemoval: boolean;
  /** Whether it is quoted only to say that it stays. */
  isKept?: true;
  /** Why it cannot be carried out, found beside its texts. */
  doubt?: Unclear;
  readonly words: string;
  readonly location: string;
}

function instructionsIn(unit: Unit): Instruction[] {
  if (WITHDRAWN.test(unit.title)) return [];
  const { drafts, loose, location, file, hasNoChange } = readUnit(unit);
  const named = file ?? inheritedFile(unit.parent);
  const mentions = mentionsOf(unit);
  const titleLines = readHints(unit.title).lines;
  let lastPath: string | undefined;
  const make = (line: number, order: Order, words: readonly string[], own: string | undefined): Instruction => {
    // “Add to the tests:”, in the file of the change before it.
    const path = own ?? file ?? lastPath ?? named;
    lastPath = path;
    const hints = readHints(...words);
    return {
      title: titleOf(unit.title),
      line,
      ...(path !== undefined && { file: path }),
      mentions,
      hints: hints.lines || !titleLines ? hints : { ...hints, lines: titleLines },
      order: hints.isSeveral && order.kind !== 'unclear' ? { kind: 'unclear', why: 'several places' } : order,
    };
  };
  if (drafts.length === 0 && loose.length === 0) {
    const isTitled = isNumbered(unit.title) && (file !== undefined || isEdit(unit));
    const isSaid = named !== undefined && (location !== '' || isTitled);
    const isOrder = isSaid && unit.isLeaf && !hasNoChange;
    return isOrder ? [make(unit.line, { kind: 'unclear', why: 'prose' }, [location], undefined)] : [];
  }
  const found = drafts.flatMap((draft) => {
    const order = orderOf(draft);
    return order ? [make(draft.line, order, [draft.words, draft.location], draft.file)] : [];
  });
  const told = loose.map((line) => make(line, { kind: 'unclear', why: 'prose' }, [location], undefined));
  return [...found, ...told.filter((one) => one.file !== undefined)].toSorted((a, b) => a.line - b.line);
}

// Words that ask for an edit, in a change that names no file of its own.
function isEdit({ title, body }: Unit): boolean {
  const said = [title, ...body.map(({ text }) => text)].join(' ').slice(0, 2000);
  return (
    /\b(?:change|replace|remove|delete|rename|reword|rewrite|insert)\b/i.test(said) &&
    !/^\W{0,4}(?:\w{1,20} )?\d{0,3}\W{0,4}(?:verify|run|test|review|check)\b/i.test(title)
  );
}

const WITHDRAWN = /^\W{0,4}(?:rejected|withdrawn|superseded|obsolete|declined|not applied|do not apply)\b/i;

/** What stands directly under a heading. */
interface UnitReading {
  readonly drafts: readonly Draft[];
  /** Lines that announce an edit which nothing quoted spells out. */
  readonly loose: readonly number[];
  readonly location: string;
  /** '' when a file is named, but not by one path. */
  readonly file: string | undefined;
  readonly hasNoChange: boolean;
}

const READINGS = new WeakMap<Unit, UnitReading>();

function readUnit(unit: Unit): UnitReading {
  const known = READINGS.get(unit);
  if (known) return known;
  const reader = new UnitReader(unit);
  READINGS.set(unit, reader);
  return reader;
}

/** Reads the lines of a unit one by one: a label waits for its block, and nothing may stand between the two. */
class UnitReader implements UnitReading {
  readonly drafts: Draft[] = [];
  readonly loose: number[] = [];
  location = '';
  file: string | undefined;
  hasNoChange = false;
  #pending: { readonly label: Label; readonly line: number; words: string } | undefined;
  /** What the lines that follow go on with. */
  #goesOn: 'location' | 'files' | undefined;
  #lastLine = '';
  #isOffered: boolean;
  #isForbidden = false;

  constructor(unit: Unit) {
    const paths = pathsIn(unit.title);
    if (paths.length === 1) this.file = paths[0];
    this.#isOffered = isOption(unit.title);
    for (const piece of unit.body) {
      if (piece.kind === 'block') this.#readBlock(piece);
      else this.#readLine(piece.text, piece.line);
    }
    this.#drop();
    const isBroken = unit.body.some((piece) => piece.kind === 'block' && piece.isBroken);
    for (const draft of this.drafts) {
      if (isBroken) draft.doubt = 'broken block';
      else if (this.#isForbidden) draft.doubt = 'prose';
    }
  }

  #readBlock(block: Block): void {
    const cue = this.#isSaid() ? this.#pending : cueOf(this.#lastLine, block.line);
    const quoted: Quoted = { text: trimmed(block.text), line: block.line, block };
    const last = this.drafts.at(-1);
    if (cue) this.#take(cue.label, quoted, cue.words);
    else if (last && /^(?:and|or|also|plus|then)\b/i.test(this.#lastLine.trim())) {
      // A second text for the same change.
      last.doubt = /^or\b/i.test(this.#lastLine.trim()) ? 'options' : 'several places';
    } else this.#drop();
    this.#pending = undefined;
    this.#goesOn = undefined;
    this.#lastLine = '';
  }

  // Whether a label has said all: its colon has come, and its parentheses are closed.
  #isSaid(): boolean {
    if (!this.#pending) return false;
    const words = this.#pending.words.trim();
    if (this.#pending.label.isOpen) return /[:：]$/.test(words);
    return words === '' || /[:：]$/.test(words) || (words.startsWith('(') && words.endsWith(')'));
  }

  #readLine(text: string, line: number): void {
    const label = readLabel(text);
    this.#lastLine = text;
    const last = this.drafts.at(-1);
    // What follows a quoted text speaks of it; what stands before one, of something else.
    if (NO_CHANGE.test(text) && (last ? last.current && !last.wanted : !this.#pending)) {
      if (last) last.isKept = true;
      else this.hasNoChange = true;
    }
    if (/\bdo not (?:do|apply|use|make) th(?:is|ese|at)\b/i.test(text)) this.#isForbidden = true;
    if (!label) {
      if (this.#goesOn === 'location') this.location += ` ${text.trim()}`;
      else if (this.#goesOn === 'files') this.#readFile(text);
      else if (this.#isSaid()) this.#drop();
      else if (this.#pending) this.#pending.words += ` ${text.trim()}`;
      return;
    }
    this.#goesOn = undefined;
    switch (label.role) {
      case 'file':
        this.file = undefined;
        if (label.rest === '') this.#goesOn = 'files';
        else this.#readFile(label.rest);
        break;
      case 'location':
        this.location = /^lines?/.test(label.name) ? `lines ${label.rest}` : label.rest;
        this.#goesOn = 'location';
        break;
      case 'action': {
        const last = this.drafts.at(-1);
        if (last?.current && !last.wanted && /^remove (?:this|the) (?:entire|whole)\b/i.test(label.rest))
          last.isRemoval = true;
        break;
      }
      case 'option': {
        this.#drop();
        const last = this.drafts.at(-1);
        if (last) last.doubt = 'options';
        this.#isOffered = true;
        break;
      }
      case 'prose':
        this.#drop();
        this.loose.push(line);
        break;
      default:
        this.#drop();
        this.#readSide(label, line);
    }
  }

  #readSide(label: Label, line: number): void {
    const inline = inlineCode(label.rest);
    if (inline !== undefined) {
      this.#take(label, { text: inline, line }, label.rest.replace(inline, ''));
      return;
    }
    this.#pending = { label, line, words: label.rest };
    // Words behind the colon are the text itself, and not quoted.
    const isWords = !label.isOpen && label.rest !== '' && !label.rest.startsWith('(') && !/[:：]$/.test(label.rest);
    if (isWords) this.#drop();
  }

  #readFile(text: string): void {
    const path = onlyPath(text);
    if (text.trim() === '') return;
    // Two files, or words that are no path.
    this.file = path === undefined || (this.file !== undefined && this.file !== path) ? '' : path;
  }

  #take(label: Label, quoted: Quoted, words: string): void {
    const last = this.drafts.at(-1);
    const [own, ...others] = pathsIn(label.rest);
    const fresh = {
      line: quoted.line,
      file: others.length > 0 ? undefined : own,
      isInsertion: label.role === 'insert',
      isRemoval: label.role === 'current' && /^(?:remove|delete)/.test(label.name),
      words,
      location: this.location,
      ...(this.#isOffered && { doubt: 'options' as const }),
    };
    if (label.role === 'current') {
      this.drafts.push({ ...fresh, current: quoted });
    } else if (label.role === 'new' && last?.current && !last.wanted) {
      last.wanted = quoted;
    } else if (label.role === 'new' && last?.current) {
      last.doubt = 'options';
    } else {
      this.drafts.push({ ...fresh, wanted: quoted });
    }
  }

  // A label whose text never came.
  #drop(): void {
    if (this.#pending && (this.#pending.label.role !== 'current' || this.#pending.label.isOpen))
      this.loose.push(this.#pending.line);
    this.#pending = undefined;
  }
}

function orderOf(draft: Draft): Order | undefined {
  const { current, wanted, isInsertion, isRemoval, doubt, location, words } = draft;
  if (doubt) return { kind: 'unclear', why: doubt };
  if (wanted && isLeftOut(wanted, current)) return { kind: 'unclear', why: 'left out' };
  if (current && wanted) return { kind: 'substitute', current, wanted };
  if (current) {
    if (isRemoval) return { kind: 'substitute', current, wanted: undefined };
    return draft.isKept ? undefined : { kind: 'unclear', why: 'no new text' };
  }
  if (!wanted) return undefined;
  if (isInsertion) return { kind: 'insert', wanted };
  const { names } = readHints(words, location);
  const named = /\b(?:replace|section (?:starting|beginning) with)\b/i.test(`${words} ${location}`)
    ? names.filter(({ relation, text }) => relation === 'at' && /^#{1,6} /.test(text))
    : [];
  const section = named.length === 1 && named[0] ? headingName(named[0].text) : undefined;
  const isSection = /^ {0,3}#{1,6}[ \t]/.test(wanted.text);
  return section && isSection ? { kind: 'section', name: section, wanted } : { kind: 'unclear', why: 'no place' };
}

// A new text with a line that only says that something stays as it is, or that is a diff.
function isLeftOut({ text, block }: Quoted, current: Quoted | undefined): boolean {
  if (/^(?:diff|patch)\b/i.test(block?.info ?? '')) return true;
  const standing = new Set(current?.text.split('\n').map((line) => line.trim()));
  return text.split('\n').some((line) => {
    const said = line
      .trim()
      .replace(/^(?:\/\/|#|<!--|\/\*|--|;|\*)/, '')
      .replace(/(?:-->|\*\/)$/, '')
      .trim();
    return ELISION.test(said) && !standing.has(line.trim());
  });
}

const ELISION =
  /^(?:\.{3}|…)(?:[^.…]{0,80}(?:\.{3}|…))?$|^(?:\.{3}|…)? ?\[?(?:the )?(?:rest|same|existing|remaining|unchanged|previous)\b[^\]]{0,80}(?:\]|\.{3}|…)$/i;

// A sentence before a block that says what the block is for.
function cueOf(text: string, line: number): { label: Label; line: number; words: string } | undefined {
  const words = text.trim();
  if (!/[:：]$/.test(words)) return undefined;
  const said = words.slice(0, -1).trimEnd();
  const isNew = (/\breplace\b/i.test(said) && /\bwith$/i.test(said)) || /\bchange (?:it |this )?to$/i.test(said);
  const role = isNew ? 'new' : /^(?:add|insert|append)\b/i.test(words) ? 'insert' : undefined;
  return role && { label: { role, name: role, rest: words, isOpen: false }, line, words };
}

function inheritedFile(unit: Unit | undefined): string | undefined {
  for (let at = unit; at; at = at.parent) {
    const { file } = readUnit(at);
    if (file !== undefined) return file;
  }
  return undefined;
}

// What a label names as its file, when that is one path: as code, word for word, as a link, or bare.
function onlyPath(text: string): string | undefined {
  const written = text.replace(/^\s{0,8}[-*+] /, '').trim();
  const coded = [...written.matchAll(/`([^`\n]{1,300})`/g)].map(([, path]) => path ?? '');
  if (coded.length > 0) return coded.length === 1 && !/\b(?:and|or)\b|,/.test(outside(written)) ? coded[0] : undefined;
  const linked = [...written.matchAll(/\]\(([^()\s]{1,300})\)/g)].map(([, path]) => path ?? '');
  if (linked.length > 0) return linked.length === 1 ? linked[0] : undefined;
  const bare = written
    .replaceAll('**', '')
    .replace(/\([^()]{0,200}\)$/, '')
    .trim();
  return /^[^\s,;*?]{1,300}$/.test(bare) ? bare : undefined;
}

// A line without what it quotes as code and without a note in parentheses.
function outside(text: string): string {
  return text.replace(/`[^`\n]{1,300}`/g, ' ').replace(/\([^()]{0,200}\)/g, ' ');
}

// The paths that a line speaks of, each once.
function pathsIn(text: string): string[] {
  const written = [
    ...text.matchAll(/`([^`\s]{1,300})`|\]\(([^()\s]{1,300})\)|(?:^|[\s(*])([\w.@/-]{1,300})(?=$|[\s),;:*])/g),
  ];
  return [...new Set(written.map(([, coded, linked, bare]) => coded ?? linked ?? bare ?? '').filter(isPath))];
}

function isPath(text: string): boolean {
  if (/^[a-z]{1,10}:\/\//i.test(text)) return false;
  return /^(?:[\w.@~-]{1,100}\/|\/){1,30}[\w.@-]{1,100}\.[a-z]\w{0,9}$/i.test(text) || DOCUMENT.test(text);
}

// A name without a folder is a path only where its ending says so: `m.page` is code.
const DOCUMENT =
  /^[\w.-]{1,100}\.(?:md|mdx|markdown|txt|rst|adoc|ya?ml|json|toml|py|[cm]?[jt]sx?|go|rs|sh|sql|html?|css)$/i;

function mentionsOf(unit: Unit): string[] {
  const found = new Set<string>();
  for (let at: Unit | undefined = unit; at; at = at.parent) for (const path of ownMentions(at)) found.add(path);
  return [...found].slice(0, 100);
}

function ownMentions(unit: Unit): readonly string[] {
  const known = MENTIONS.get(unit);
  if (known) return known;
  const texts = [unit.title, ...unit.body.flatMap((piece) => (piece.kind === 'text' ? [piece.text] : []))];
  const quoted = texts.flatMap((text) => [...text.matchAll(/`([^`\s]{1,300})`/g)].map(([, path]) => path ?? ''));
  const found = [...new Set(quoted.filter(isPath))].slice(0, 100);
  MENTIONS.set(unit, found);
  return found;
}

const MENTIONS = new WeakMap<Unit, readonly string[]>();

// The code that is all there is behind a label: “**New text**: `…`”.
function inlineCode(rest: string): string | undefined {
  return /^(?:\([^()]{0,200}\)\s{0,4})?`([^`\n]{1,1000})`\s{0,8}$/.exec(rest)?.[1];
}

function isNumbered(title: string): boolean {
  return /^(?:[\p{L}]{1,20}[ -])?[\p{L}-]{0,8}\d[\w.-]{0,12}(?:[.:)]|\s|$)/u.test(title);
}

function titleOf(title: string): string {
  return title.replaceAll('**', '').trim();
}

// Empty lines at the ends of a quotation say nothing.
function trimmed(text: string): string {
  const lines = text.split('\n');
  let from = 0;
  let to = lines.length;
  while (from < to && lines[from]?.trim() === '') from += 1;
  while (to > from && lines[to - 1]?.trim() === '') to -= 1;
  return lines.slice(from, to).join('\n');
}

const NO_CHANGE = /\bno (?:change|edit|update)s? (?:is |are )?(?:needed|required|necessary)\b/i;
