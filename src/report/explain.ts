import { describeAnchor, quotePath, type Rung } from '../anchor.js';
import { type Document, lastLineOf, lineOf, pointAt } from '../document.js';
import { plainText } from '../markdown.js';
import type { Patch } from '../patch.js';
import type { Entry } from '../plan.js';
import type { Attempt } from '../status.js';
import { sentenceOf } from './message.js';
import { inertLine } from './terminal.js';
import { linesOf, list } from './words.js';

/** What a patch does and where it looks, without a document. */
export function describePatch({ id, title, change, checks }: Patch): string {
  return [
    `${id}: ${title}`,
    `  ${placeOf(change)}`,
    ...(change.kind === 'replace' ? [`  only where it shows ${change.before.shows}`] : []),
    `  answers for ${checks.length === 1 ? 'one claim' : `${checks.length} claims`}`,
  ].join('\n');
}

/** What a patch found in a document, candidate by candidate, and why that decides. */
export function explainEntry(document: Document, entry: Entry): string {
  const { patch, status, attempts } = entry;
  const heading = headingOf(patch);
  const lines: string[] = [`${inertLine(document.path)}: ${status.state}`];
  if (heading !== '' && attempts.length > 0)
    lines.push(`  - the result itself: no heading “${heading}”, so it is not there yet`);
  if (heading !== '' && attempts.length === 0)
    lines.push(
      `  - the result itself: ${status.state === 'missing' ? 'most of it' : 'it'} is there, so no place for it is sought`,
    );
  for (const attempt of attempts) lines.push(`  - ${describeAnchor(attempt.anchor)}: ${outcome(attempt)}`);
  lines.push(`  = ${sentenceOf(document, entry)}`);
  const hint = patch.change.anchors.find((anchor) => anchor.kind === 'lines');
  if (status.state === 'pending' && hint && heading !== '') {
    lines.push(
      `  - ${describeAnchor(hint)}, as the fix spec also says: ${hintAnswer(document, status.edit.span.start, hint.from)}`,
    );
  }
  return lines.join('\n');
}

// Line numbers are hints: they can stand in for the heading of a block, but only confirm where a section goes.
function placeOf({ kind, anchors }: Patch['change']): string {
  const all = anchors.map(describeAnchor);
  const places = anchors.filter((anchor) => anchor.kind !== 'lines').map(describeAnchor);
  const hints = anchors.filter((anchor) => anchor.kind === 'lines').map(describeAnchor);
  const hint = hints.length > 0 ? ` (${list(hints)} in the unedited file)` : '';
  switch (kind) {
    case 'replace':
      return `replaces the block among ${all.join(', else ')}`;
    case 'append':
      return `adds a section as the last part of ${places.join(', else ')}${hint}`;
    case 'insertAfter':
      return `adds a section behind ${places.join(', else ')}${hint}`;
  }
}

function outcome({ location }: Attempt): string {
  switch (location.kind) {
    case 'section':
      return `line ${location.section.line}, ${RUNGS[location.rung]}; this decides`;
    case 'code': {
      const blocks = location.fences.map(({ node }) => `lines ${lineOf(node)}-${lastLineOf(node)}`);
      return `heading on line ${location.section.line}, ${RUNGS[location.rung]}; ${blocks.length === 0 ? 'no closed fenced block under it' : `under it ${list(blocks)}`}; this decides`;
    }
    case 'lines':
      return location.fence ? 'exactly one fenced block stands there' : 'no block begins and ends exactly there';
    case 'ambiguous':
      return `stands on ${list(location.sections.map(({ line, path }) => `line ${line} (${quotePath(path)})`))}; too many`;
    case 'absent': {
      const { hidden, nearest } = location;
      if (hidden) return `no heading, only inside a block on line ${hidden.line}`;
      return nearest[0] ? `not there; nearest is “${nearest[0].name}” (line ${nearest[0].line})` : 'not there';
    }
  }
}

const RUNGS: Record<Rung, string> = {
  exact: 'by its exact text',
  undecorated: 'by its text without numbering, emoji and note',
  'letter case': 'by its text with letter case folded',
};

// A line number speaks of the unedited original: it agrees when it lies in the gap where the section goes.
function hintAnswer(document: Document, offset: number, hint: number): string {
  const { line } = pointAt(document.text, offset);
  const next = document.tree.children.find((block) => lineOf(block) > line);
  if (hint >= line && (!next || hint < lineOf(next))) return 'agrees with the place found by heading';
  const within = document.sections.findLast(
    ({ span }) => pointAt(document.text, span.start).line <= hint && hint <= pointAt(document.text, span.end).line,
  );
  const lies = within ? `lies inside “${within.name}” (${linesOf(document, within.span)})` : 'lies elsewhere';
  return `${lies}; the heading wins`;
}

// The heading that a patch adds, '' for a replacement.
function headingOf(patch: Patch): string {
  return patch.change.kind === 'replace' ? '' : plainText(patch.change.template.heading);
}
