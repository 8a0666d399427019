import { type Document, endOfLine, pointAt, readDocument, type Span, touchedBy } from './document.js';
import { applyEdits, findClash, type Piece, piecesOf } from './edit.js';
import { type LineSense, slackOf, UNEDITED } from './hint.js';
import type { Change, Patch } from './patch.js';
import type { PatchStatus, Proposal, Reading } from './state.js';
import { statusOf } from './status.js';

/** One patch in a plan. `edit` is there when the plan changes something for it. */
export interface Entry extends Reading {
  readonly patch: Patch;
  readonly edit?: Proposal;
  /** Id of the patch whose text this one was located in. */
  readonly within?: string;
}

/** An edit of a plan, and whose it is. */
export type PlannedEdit = Proposal & { readonly patch: Patch };

/** What a set of patches makes of one document. */
export interface Plan {
  readonly document: Document;
  /** The patches of which those planned are some. */
  readonly all: readonly Patch[];
  /** In the order of the patches given. */
  readonly entries: readonly Entry[];
  /** In the order in which they stand in the text; none when a patch is refused. */
  readonly edits: readonly PlannedEdit[];
  /** The finished text: the document's own when a patch is refused. */
  readonly text: string;
}

/**
 * Locates every patch in one reading of the document and makes all edits at once, all or none.
 *
 * @param overwrite ids of the patches whose drifted text is brought back to the template
 * @param all the patches of which these are some, in the order of their set: what the others did has moved places
 */
export function plan(
  document: Document,
  patches: readonly Patch[],
  overwrite: ReadonlySet<string> = new Set(),
  all: readonly Patch[] = patches,
): Plan {
  const readings = readAll(document, patches, all);
  let entries = withConflicts(
    patches.map((patch, index): Entry => {
      const reading = readings[index] as Reading;
      const edit = editOf(reading.status, overwrite.has(patch.id));
      return { ...reading, patch, ...(edit && { edit }) };
    }),
  );
  let edits = seal(document, entries);
  for (let isDone = false; !isDone; ) {
    const grown = grow(document, entries, edits);
    isDone = grown === undefined;
    if (grown) ({ entries, edits } = grown);
  }
  if (entries.some(({ status }) => isRefused(status)))
    return { document, all, entries, edits: [], text: document.text };
  return { document, all, entries, edits, text: applyEdits(document.text, edits) };
}

/**
 * What a document says of each patch. Line numbers speak of the unedited original: those that the patches found to be applied have
 * moved are counted back, and where the others do not agree with the document, none is believed.
 */
export function readAll(document: Document, patches: readonly Patch[], all: readonly Patch[] = patches): Reading[] {
  const readings = all.map((patch) => statusOf(document, patch));
  const isLine = ({ change }: Patch): boolean => 'hints' in change && change.hints.lines !== undefined;
  const sense = all.some(isLine) ? senseOf(document, all, readings) : UNEDITED;
  const settled = all.map((patch, index) =>
    sense !== UNEDITED && isLine(patch) ? statusOf(document, patch, sense) : (readings[index] as Reading),
  );
  const ordered = settled.map((reading, index) => amongSiblings(document, all, settled, reading, index));
  return patches.map((patch) => ordered[all.indexOf(patch)] ?? statusOf(document, patch, sense));
}

// What other patches of the set have put at the same place already: a patch goes before or behind it as it would in one run.
function amongSiblings(
  document: Document,
  all: readonly Patch[],
  readings: readonly Reading[],
  reading: Reading,
  index: number,
): Reading {
  const { status } = reading;
  const own = all[index] as Patch;
  if (status.state !== 'pending' || status.edit.span.start !== status.edit.span.end || !isInsertion(own))
    return reading;
  const anchor = reading.attempts.at(-1)?.location;
  const holdsAnchor = ({ start, end }: Span): boolean =>
    anchor?.kind === 'section' && anchor.section.span.start >= start && anchor.section.span.start < end;
  // What brought the anchor itself is no sibling.
  const standing = readings.flatMap(({ status: { state, ...rest } }, at) =>
    at !== index && state === 'applied' && 'span' in rest && isInsertion(all[at] as Patch) && !holdsAnchor(rest.span)
      ? [{ patch: all[at] as Patch, at, span: rest.span }]
      : [],
  );
  const isFirst = (one: Patch, at: number): boolean => (atOnePlace(one, own) || at - index) < 0;
  const { text } = document;
  let offset = status.edit.span.start;
  for (let isMoved = true; isMoved; ) {
    const behind = standing.find(
      ({ patch, at, span }) =>
        isFirst(patch, at) && span.start >= offset && text.slice(offset, span.start).trim() === '',
    );
    const before = standing.find(
      ({ patch, at, span }) => !isFirst(patch, at) && span.end <= offset && text.slice(span.end, offset).trim() === '',
    );
    isMoved = (behind ?? before) !== undefined;
    if (behind) offset = behind.span.end;
    else if (before) offset = text.slice(0, before.span.start).trimEnd().length;
  }
  if (offset === status.edit.span.start) return reading;
  const span = { start: offset, end: offset };
  const touches = status.edit.isBlock ? span : touchedBy(document, span);
  const place = { line: pointAt(text, offset).line, offset };
  return { ...reading, status: { ...status, edit: { ...status.edit, span, touches }, place } };
}

/** What line numbers of the unedited original are worth in a document to which some of these patches may have been applied. */
export function lineSenseOf(document: Document, all: readonly Patch[]): LineSense {
  return senseOf(
    document,
    all,
    all.map((patch) => statusOf(document, patch)),
  );
}

function senseOf(document: Document, patches: readonly Patch[], readings: readonly Reading[]): LineSense {
  const moves = readings.flatMap(({ status }, index): { line: number; by: number }[] => {
    const by = growthOf(patches[index] as Patch);
    if (status.state !== 'applied' || by === 0 || status.isGone) return [];
    return [{ line: pointAt(document.text, status.span.end).line, by }];
  });
  const original = (line: number): number =>
    line - moves.filter((move) => move.line < line).reduce((sum, { by }) => sum + by, 0);
  // Lines that are gone already have moved others, from where nobody can tell.
  const isBlind = readings.some(
    ({ status }, index) => status.state === 'applied' && status.isGone && isRemoval((patches[index] as Patch).change),
  );
  if (isBlind) return { original, isTrusted: false };
  let trust = 0;
  for (const [index, { status, search }] of readings.entries()) {
    const { change } = patches[index] as Patch;
    if (change.kind !== 'substitute' || !change.hints.lines || search?.settledBy) continue;
    if (status.state !== 'pending' && status.state !== 'applied') continue;
    const span = status.state === 'pending' ? status.edit.span : status.span;
    const line = original(pointAt(document.text, span.start).line);
    const { lines } = change.hints;
    const isRight = line >= lines.from - slackOf(lines) && line <= lines.to + slackOf(lines);
    trust += isRight ? 1 : -1;
  }
  return moves.length === 0 && trust >= 0 ? UNEDITED : { original, isTrusted: trust >= 0 };
}

function isRemoval(change: Change): boolean {
  return change.kind === 'substitute' ? change.text === '' : change.kind === 'replaceSection' && !change.template;
}

// Lines by which a patch makes a document longer.
function growthOf({ change }: Patch): number {
  const count = (text: string): number => text.trim().split('\n').length;
  switch (change.kind) {
    case 'substitute':
      return change.text === '' ? 0 : count(change.text) - count(change.quotation);
    case 'insertAfter':
    case 'append':
      return count(change.template.text) + 1;
    case 'insertText':
      return count(change.template.text) + (change.template.blocks.length > 1 ? 1 : 0);
    default:
      return 0;
  }
}

// Patches without a place may have it in what the others bring: they are sought once more in the text that those make.
function grow(
  document: Document,
  entries: readonly Entry[],
  edits: readonly PlannedEdit[],
): { entries: Entry[]; edits: PlannedEdit[] } | undefined {
  const lost = entries.filter(({ status }) => status.state === 'missing' && status.misfit?.kind !== 'unclear');
  if (lost.length === 0 || edits.length === 0 || findClash(edits)) return undefined;
  const made = readDocument(document.path, applyEdits(document.text, edits), [document.blocks]);
  const pieces = piecesOf(document.text.length, edits);
  for (const entry of lost) {
    const reading = statusOf(made, entry.patch);
    if (reading.status.state !== 'pending') continue;
    const merged = mergeInto(pieces, edits, reading.status.edit);
    if (!merged) continue;
    const { start } = merged.edit.span;
    const place = { line: pointAt(document.text, start).line, offset: start };
    const { patch: within, ...edit } = merged.edit;
    const placed: Entry = {
      ...entry,
      ...reading,
      status: { state: 'pending', edit, place },
      edit,
      within: within.id,
    };
    return { entries: entries.map((one) => (one === entry ? placed : one)), edits: merged.edits };
  }
  return undefined;
}

// An edit of the text that other edits made, as one with those that it meets. None when it meets none: then its place is in the
// document, and was not certain there.
function mergeInto(
  pieces: readonly Piece<PlannedEdit>[],
  edits: readonly PlannedEdit[],
  { span, text, touches: reach }: Proposal,
): { edit: PlannedEdit; edits: PlannedEdit[] } | undefined {
  const met = pieces.filter((piece) => piece.span.start <= span.end && piece.span.end >= span.start);
  const parts = met.flatMap(({ edit }) => (edit ? [edit] : []));
  const [owner] = parts;
  if (!owner) return undefined;
  const offset = (at: number, piece: Piece<PlannedEdit>): number =>
    Math.min(Math.max(piece.from.start + at - piece.span.start, piece.from.start), piece.from.end);
  const first = met.find(({ edit }) => edit) as Piece<PlannedEdit>;
  const last = met.findLast(({ edit }) => edit) as Piece<PlannedEdit>;
  const isBefore = span.start < first.span.start;
  const isBehind = span.end > last.span.end;
  const head = met[0] as Piece<PlannedEdit>;
  const tail = met.at(-1) as Piece<PlannedEdit>;
  const whole: Span = {
    start: isBefore ? offset(span.start, head) : first.from.start,
    end: isBehind ? offset(span.end, tail) : last.from.end,
  };
  const before = isBefore ? '' : (first.edit as PlannedEdit).text.slice(0, span.start - first.span.start);
  const behind = isBehind ? '' : (last.edit as PlannedEdit).text.slice(span.end - last.span.start);
  const reached = pieces.filter((piece) => piece.span.start <= reach.end && piece.span.end >= reach.start);
  const touches: Span = {
    start: Math.min(whole.start, offset(reach.start, reached[0] ?? head), ...parts.map((part) => part.touches.start)),
    end: Math.max(whole.end, offset(reach.end, reached.at(-1) ?? tail), ...parts.map((part) => part.touches.end)),
  };
  const edit: PlannedEdit = { patch: owner.patch, span: whole, text: before + text + behind, touches };
  const rest = edits.flatMap((one) => (parts.includes(one) ? (one === owner ? [edit] : []) : [one]));
  return { edit, edits: rest };
}

/** Whether a state by itself keeps the whole file from being written. */
export function isRefused({ state }: Pick<PatchStatus, 'state'>): boolean {
  return state === 'missing' || state === 'ambiguous' || state === 'conflict';
}

function editOf(status: PatchStatus, overwrite: boolean): Proposal | undefined {
  if (status.state === 'pending') return status.edit;
  return status.state === 'drifted' && overwrite ? status.restore : undefined;
}

function withConflicts(entries: readonly Entry[]): Entry[] {
  const edits = entries.flatMap((entry) => (entry.edit ? [{ ...entry.edit, entry }] : []));
  const clash = findClash(edits) ?? findTwins(edits);
  if (!clash) return [...entries];
  const [first, second] = clash;
  return entries.map((entry) => {
    const other = entry === first.entry ? second : entry === second.entry ? first : undefined;
    if (!other || !entry.edit) return entry;
    const { edit, ...rest } = entry;
    return { ...rest, status: { state: 'conflict', edit, with: other.entry.patch.id } };
  });
}

// The same text twice at one place.
function findTwins<T extends Proposal>(edits: readonly T[]): readonly [T, T] | undefined {
  const seen = new Map<string, T>();
  for (const edit of edits) {
    const key = `${edit.span.start} ${edit.span.end} ${edit.text}`;
    const twin = seen.get(key);
    if (twin) return [twin, edit];
    seen.set(key, edit);
  }
  return undefined;
}

// The one seam rule, its second half: an insertion brings the blank line before it, and the last one at a place brings
// the blank line behind it where the document has none.
function seal(document: Document, entries: readonly Entry[]): PlannedEdit[] {
  const edits = entries.flatMap(({ patch, edit }) => (edit ? [{ ...edit, patch }] : [])).toSorted(byPlace);
  return edits.map((edit, index) => {
    const { start, end } = edit.span;
    const isLastHere = edits[index + 1]?.span.start !== start;
    return edit.isBlock && start === end && isLastHere && !isBlankAfter(document.text, end)
      ? { ...edit, text: edit.text + document.eol }
      : edit;
  });
}

// Where insertions meet: the deeper section first, so that none becomes the parent of another; at one depth what follows
// a section before what ends its parent; then the order of the set. Each is the order in which one run per patch, in any
// order, would leave them.
function byPlace(a: PlannedEdit, b: PlannedEdit): number {
  return a.span.start - b.span.start || a.span.end - b.span.end || atOnePlace(a.patch, b.patch);
}

function atOnePlace({ change: one }: Patch, { change: other }: Patch): number {
  if (!isSectionInsertion(one) || !isSectionInsertion(other)) return 0;
  const byDepth = other.template.heading.depth - one.template.heading.depth;
  return byDepth || Number(one.kind === 'append') - Number(other.kind === 'append');
}

function isInsertion({ change }: Patch): boolean {
  return isSectionInsertion(change) || change.kind === 'insertText';
}

function isSectionInsertion(change: Change): change is Extract<Change, { kind: 'insertAfter' | 'append' }> {
  return change.kind === 'insertAfter' || change.kind === 'append';
}

function isBlankAfter(text: string, offset: number): boolean {
  const next = text.indexOf('\n', offset);
  return next === -1 || text.slice(next + 1, endOfLine(text, next + 1)).trim() === '';
}
