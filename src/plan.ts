import { type Document, endOfLine } from './document.js';
import { applyEdits, findClash } from './edit.js';
import type { Patch } from './patch.js';
import { type Attempt, type PatchStatus, type Proposal, statusOf } from './status.js';

/** One patch in a plan. `edit` is there when the plan changes something for it. */
export interface Entry {
  readonly patch: Patch;
  readonly status: PatchStatus;
  readonly attempts: readonly Attempt[];
  readonly edit?: Proposal;
}

/** An edit of a plan, and whose it is. */
export interface PlannedEdit extends Proposal {
  readonly patch: Patch;
}

/** What a set of patches makes of one document. */
export interface Plan {
  readonly document: Document;
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
 */
export function plan(document: Document, patches: readonly Patch[], overwrite: ReadonlySet<string> = new Set()): Plan {
  const entries = withConflicts(
    patches.map((patch) => {
      const { status, attempts } = statusOf(document, patch);
      const edit = editOf(status, overwrite.has(patch.id));
      return { patch, status, attempts, ...(edit && { edit }) };
    }),
  );
  if (entries.some(({ status }) => isRefused(status))) return { document, entries, edits: [], text: document.text };
  const edits = seal(document, entries);
  return { document, entries, edits, text: applyEdits(document.text, edits) };
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
  const clash = findClash(entries.flatMap((entry) => (entry.edit ? [{ ...entry.edit, entry }] : [])));
  if (!clash) return [...entries];
  const [first, second] = clash;
  return entries.map((entry) => {
    const other = entry === first.entry ? second : entry === second.entry ? first : undefined;
    if (!other || !entry.edit) return entry;
    return { ...entry, status: { state: 'conflict', edit: entry.edit, with: other.entry.patch.id } };
  });
}

// The one seam rule, its second half: an insertion brings the blank line before it, and the last one at a place brings
// the blank line behind it where the document has none.
function seal(document: Document, entries: readonly Entry[]): PlannedEdit[] {
  const edits = entries.flatMap(({ patch, edit }) => (edit ? [{ ...edit, patch }] : [])).toSorted(byPlace);
  return edits.map((edit, index) => {
    const { start, end } = edit.span;
    const isLastHere = edits[index + 1]?.span.start !== start;
    return start === end && isLastHere && !isBlankAfter(document.text, end)
      ? { ...edit, text: edit.text + document.eol }
      : edit;
  });
}

// Where insertions meet: the deeper section first, so that none becomes the parent of another; at one depth what follows
// a section before what ends its parent; then the order of the set. Each is the order in which one run per patch, in any
// order, would leave them.
function byPlace(a: PlannedEdit, b: PlannedEdit): number {
  const byOffset = a.span.start - b.span.start || a.span.end - b.span.end;
  if (byOffset !== 0 || a.patch.change.kind === 'replace' || b.patch.change.kind === 'replace') return byOffset;
  const byDepth = b.patch.change.template.heading.depth - a.patch.change.template.heading.depth;
  return byDepth || Number(a.patch.change.kind === 'append') - Number(b.patch.change.kind === 'append');
}

function isBlankAfter(text: string, offset: number): boolean {
  const next = text.indexOf('\n', offset);
  return next === -1 || text.slice(next + 1, endOfLine(text, next + 1)).trim() === '';
}
