import { type Document, pointAt, type Span, spanOf } from '../document.js';
import type { LineSense } from '../hint.js';
import type { Entry, Plan } from '../plan.js';
import type { Candidate, EditResult, PatchResult } from '../result.js';
import { regionsOf } from '../verify.js';
import { sentenceOf } from './message.js';
import { selectorOf } from './selector.js';

/**
 * One patch of a plan as reports show it.
 *
 * @param sense what line numbers of the unedited file are worth in the document
 */
export function patchResult(document: Document, entry: Entry, sense: () => LineSense): PatchResult {
  const { patch, status, edit, within } = entry;
  const span = spanAt(entry);
  return {
    id: patch.id,
    title: patch.title,
    ...(patch.why !== undefined && { why: patch.why }),
    state: status.state,
    ...(span && { start: pointAt(document.text, span.start), end: pointAt(document.text, span.end) }),
    message: sentenceOf(document, entry),
    candidates: candidatesOf(document, entry, sense),
    ...(patch.origin && { origin: patch.origin }),
    ...(within !== undefined && { within }),
    isEdited: edit !== undefined,
  };
}

/** The edits of a plan as reports show them. */
export function editResults(plan: Plan): EditResult[] {
  return regionsOf(plan).flatMap(({ edits, span: before, after }) =>
    edits.map(({ patch, span, text }) => ({ patch: patch.id, span, text, before, after })),
  );
}

function spanAt({ status }: Entry): Span | undefined {
  switch (status.state) {
    case 'pending':
      return 'node' in status.place ? spanOf(status.place.node) : status.edit.span;
    case 'applied':
      return status.isGone ? undefined : status.span;
    case 'drifted':
      return status.span;
    case 'conflict':
      return status.edit?.span;
    case 'missing':
    case 'ambiguous':
      return undefined;
  }
}

/** Places for which it is told how to mean them. */
const SELECTORS = 5;

/** Where a patch could belong: every place of an ambiguous one, the nearest headings of a missing one. */
export function candidatesOf(
  document: Document,
  { patch, status, attempts }: Entry,
  sense: () => LineSense,
): Candidate[] {
  if (status.state === 'ambiguous') {
    const { anchor, candidates, isPlace } = status;
    return candidates.slice(0, 100).map((place, index) => {
      const { start, end } = place;
      // Each is tried, which takes its time.
      const selector =
        isPlace || index >= SELECTORS ? undefined : selectorOf(document, patch, sense, anchor, place, candidates);
      const section = document.sections.findLast(({ span }) => span.start <= start);
      return {
        ...pointAt(document.text, start),
        path: section?.path ?? [],
        ...(end > start && { end: pointAt(document.text, end) }),
        ...(selector !== undefined && { selector }),
      };
    });
  }
  if (status.state !== 'missing') return [];
  return attempts
    .flatMap(({ location }) => (location.kind === 'absent' ? location.nearest : []))
    .map(({ span, path }) => ({ ...pointAt(document.text, span.start), path }));
}
