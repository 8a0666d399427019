import type { Hints } from '../hint.js';
import type { Unclear } from '../patch.js';
import { readHints } from './hints.js';
import { headingLabel, type Label, readLabel } from './labels.js';
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
  /** The file as written; absent when none is named. */
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
  line: number;
  file: string | undefined;
  current?: Quoted;
  wanted?: Quoted;
  isInsertion: boolean;
  isRemoval: boolean;
  isOptional: boolean;
  words: string;
  location: string;
}

function instructionsIn(unit: Unit): Instruction[] {
  const { drafts, loose, location, file, hasNoChange } = draftsOf(unit);
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
      order,
    };
  };
  if (drafts.length === 0 && loose.length === 0) {
    const isSaid = location === '' ? file !== undefined && isNumbered(unit.title) : named !== undefined;
    const isOrder = isSaid && unit.isLeaf && !hasNoChange;
    return isOrder ? [make(unit.line, { kind: 'unclear', why: 'prose' }, [location], undefined)] : [];
  }
  const found = drafts.flatMap((draft) => {
    const order = orderOf(draft, hasNoChange);
    return order ? [make(draft.line, order, [draft.words, draft.location], draft.file)] : [];
  });
  const told = loose.map((line) => make(line, { kind: 'unclear', why: 'prose' }, [location], undefined));
  return [...found, ...told.filter((one) => one.file !== undefined)].toSorted((a, b) => a.line - b.line);
}

function draftsOf(unit: Unit): {
  drafts: Draft[];
  /** Lines that announce an edit which nothing quoted spells out. */
  loose: number[];
  location: string;
  file: string | undefined;
  hasNoChange: boolean;
} {
  const drafts: Draft[] = [];
  const loose: number[] = [];
  let file = pathIn(unit.title);
  let location = '';
  let hasNoChange = false;
  let pending: { label: Label; line: number; words: string } | undefined;
  let readsLocation = false;
  let lastLine = '';
  let options = 0;

  const take = (label: Label, quoted: Quoted, words: string): void => {
    const last = drafts.at(-1);
    const own = pathIn(label.rest);
    const fresh: Draft = {
      line: quoted.line,
      file: own ?? undefined,
      isInsertion: false,
      isRemoval: false,
      isOptional: false,
      words,
      location,
    };
    if (label.role === 'current') {
      drafts.push({ ...fresh, current: quoted, isRemoval: /^(?:remove|delete)/.test(label.name) });
    } else if (label.role === 'new' && last?.current && !last.wanted) {
      last.wanted = quoted;
    } else if (label.role === 'new' && last?.wanted && last.current) {
      last.isOptional = true;
    } else {
      drafts.push({ ...fresh, wanted: quoted, isInsertion: label.role === 'insert', isOptional: options > 1 });
    }
  };
  const drop = (): void => {
    if (pending && pending.label.role !== 'current' && !pending.label.isOpen) loose.push(pending.line);
    pending = undefined;
  };

  for (const piece of unit.body) {
    if (piece.kind === 'block') {
      const isSaid = !pending?.label.isOpen || /[:：]$/.test(pending.words.trim());
      const cue = (isSaid ? pending : undefined) ?? cueOf(lastLine, piece.line);
      if (cue) take(cue.label, { text: trimmed(piece.text), line: piece.line, block: piece }, cue.words);
      pending = undefined;
      readsLocation = false;
      lastLine = '';
      continue;
    }
    const label = readLabel(piece.text);
    lastLine = piece.text;
    if (NO_CHANGE.test(piece.text)) hasNoChange = true;
    if (!label) {
      if (readsLocation) location += ` ${piece.text.trim()}`;
      else if (pending) pending.words += ` ${piece.text.trim()}`;
      continue;
    }
    readsLocation = false;
    switch (label.role) {
      case 'file':
        file = pathIn(label.rest) ?? file;
        break;
      case 'location':
        location = /^lines?/.test(label.name) ? `lines ${label.rest}` : label.rest;
        readsLocation = true;
        break;
      case 'action': {
        const last = drafts.at(-1);
        if (last?.current && !last.wanted && /^remove (?:this|the) (?:entire|whole)\b/i.test(label.rest))
          last.isRemoval = true;
        break;
      }
      case 'option':
        options += 1;
        break;
      case 'prose':
        drop();
        loose.push(piece.line);
        break;
      default: {
        // A place, not a text: “After: line 12”.
        const inline = inlineCode(label.rest);
        drop();
        if (inline !== undefined) take(label, { text: inline, line: piece.line }, label.rest.replace(inline, ''));
        else pending = { label, line: piece.line, words: label.rest };
      }
    }
  }
  drop();
  return { drafts, loose, location, file, hasNoChange };
}

function orderOf(draft: Draft, hasNoChange: boolean): Order | undefined {
  const { current, wanted, isInsertion, isRemoval, isOptional, location, words } = draft;
  if (isOptional) return { kind: 'unclear', why: 'options' };
  if (current?.block?.isBroken || wanted?.block?.isBroken) return { kind: 'unclear', why: 'broken block' };
  if (current && wanted) return { kind: 'substitute', current, wanted };
  if (current) {
    if (isRemoval) return { kind: 'substitute', current, wanted: undefined };
    return hasNoChange ? undefined : { kind: 'unclear', why: 'no new text' };
  }
  if (!wanted) return undefined;
  if (isInsertion) return { kind: 'insert', wanted };
  const { names } = readHints(words, location);
  const named = /\b(?:replace|section (?:starting|beginning) with)\b/i.test(`${words} ${location}`)
    ? names.filter(({ relation, text }) => relation === 'at' && /^#{1,6} /.test(text))
    : [];
  const section = named.length === 1 ? named[0]?.text.replace(/^#{1,6} /, '') : undefined;
  const isSection = /^ {0,3}#{1,6}[ \t]/.test(wanted.text);
  return section && isSection ? { kind: 'section', name: section, wanted } : { kind: 'unclear', why: 'no place' };
}

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
    const file = FILES.has(at) ? FILES.get(at) : draftsOf(at).file;
    FILES.set(at, file);
    if (file !== undefined) return file;
  }
  return undefined;
}

/** The file that a unit itself names, for those below it. */
const FILES = new WeakMap<Unit, string | undefined>();

// A path as fix specs write them: as code, as a link, or bare.
function pathIn(text: string): string | undefined {
  const written = [
    ...text.matchAll(/`([^`\s]{1,300})`|\]\(([^()\s]{1,300})\)|(?:^|[\s(*])([\w.@/-]{1,300})(?=$|[\s),;:*])/g),
  ];
  return written.map(([, coded, linked, bare]) => coded ?? linked ?? bare ?? '').find(isPath);
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
