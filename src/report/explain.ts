import { type Anchor, describeAnchor, lineRange, quotePath, type Rung } from '../anchor.js';
import { type Document, lastLineOf, lineOf, pointAt } from '../document.js';
import type { Hints, LineSense } from '../hint.js';
import { plainText } from '../markdown.js';
import type { Passage, QuoteRung } from '../passage.js';
import type { Change, Patch } from '../patch.js';
import type { Entry } from '../plan.js';
import type { Attempt } from '../state.js';
import { list } from '../words.js';
import { mendedText, sentenceOf } from './message.js';
import { candidatesOf } from './patch-result.js';
import { unclearText } from './refusal.js';
import { inertLine } from './terminal.js';
import { linesOf, quoted } from './words.js';

/** What a patch does and where it looks, without a document. */
export function describePatch({ id, title, why, change, checks, origin }: Patch): string {
  return [
    `${id}: ${title}`,
    ...(why === undefined ? [] : [`  because: ${why}`]),
    `  ${placeOf(change)}`,
    ...(change.kind === 'replace' ? [`  only where it shows ${change.before.shows}`] : []),
    ...(origin ? [`  from line ${origin.line} of the fix spec${mendedText(origin)}`] : []),
    ...(checks.length > 0 ? [`  answers for ${checks.length === 1 ? 'one claim' : `${checks.length} claims`}`] : []),
  ].join('\n');
}

/** What a patch found in a document, candidate by candidate, and why that decides. */
export function explainEntry(document: Document, entry: Entry, sense: () => LineSense): string {
  const { patch, status, attempts } = entry;
  const heading = headingOf(patch);
  const lines: string[] = [`${inertLine(document.path)}: ${status.state}`];
  if (heading !== '' && attempts.length > 0)
    lines.push(`  - the result itself: no heading “${heading}”, so it is not there yet`);
  if (heading !== '' && attempts.length === 0)
    lines.push(
      `  - the result itself: ${status.state === 'missing' ? 'most of it' : 'it'} is there, so no place for it is sought`,
    );
  lines.push(...searched(document, entry));
  for (const attempt of attempts)
    lines.push(`  - ${describeAnchor(attempt.anchor)}: ${outcome(attempt, patch.change.kind)}`);
  lines.push(`  = ${sentenceOf(document, entry)}`, ...selectors(document, entry, sense));
  const anchors = 'anchors' in patch.change ? patch.change.anchors : [];
  const hint = anchors.find((anchor) => anchor.kind === 'lines');
  if (status.state === 'pending' && hint && heading !== '') {
    lines.push(
      `  - ${describeAnchor(hint)}, as the fix spec also says: ${hintAnswer(document, status.edit.span.start, hint.from)}`,
    );
  }
  return lines.join('\n');
}

/** How a patch was located, in a few words; nothing where it has no place. */
export function locatedBy(
  document: Document,
  { patch: { change }, status, attempts, search, within }: Entry,
): { located?: string } {
  if (status.state !== 'pending' && status.state !== 'applied') return {};
  if (within !== undefined) return { located: `in what \`${within}\` brings` };
  if (search?.settledBy === 'line range')
    return { located: 'by its line range, which is one block that begins as quoted' };
  const at = status.state === 'pending' ? status.edit.span : status.span;
  const passage =
    [...(search?.current ?? []), ...(search?.wanted ?? [])].find(({ span }) => span.start === at.start) ??
    search?.wanted[0];
  const settled = search?.settledBy ? `, chosen by its ${search.settledBy}` : '';
  if (passage) return { located: `${QUOTED[passage.rung]}${settled}` };
  if (change.kind === 'insertText') return { located: `${besideText(change.hints)}${hintOf(change.hints)}` };
  const last = attempts.at(-1);
  if (last)
    return { located: `${describeAnchor(last.anchor)}: ${outcome(last, change.kind).replace('; this decides', '')}` };
  return { located: `by what stands on ${linesOf(document, at)}` };
}

// What would make one of several places the one that is meant.
function selectors(document: Document, entry: Entry, sense: () => LineSense): string[] {
  if (entry.status.state !== 'ambiguous') return [];
  const where = entry.patch.origin ? 'in the fix spec, behind **Location**:' : 'as the anchor of the patch:';
  const found = candidatesOf(document, entry, sense);
  if (found.every(({ selector }) => selector === undefined))
    return ['  ? nothing that could be written tells one of them from the others; rename a heading'];
  return [
    `  ? to mean one of them, write ${where}`,
    ...found.map(({ line, selector }) => `      line ${line}: ${selector ?? 'nothing tells it from the others'}`),
  ];
}

// Line numbers are hints: they can stand in for the heading of a block, but only confirm where a section goes.
function placeOf(change: Change): string {
  switch (change.kind) {
    case 'replace':
      return `replaces the block among ${change.anchors.map(describeAnchor).join(', else ')}`;
    case 'append':
      return `adds a section as the last part of ${placesOf(change.anchors)}`;
    case 'insertAfter':
      return `adds a section behind ${placesOf(change.anchors)}`;
    case 'replaceSection':
      return `${change.template ? 'replaces' : 'removes'} the section ${placesOf(change.anchors)}`;
    case 'substitute': {
      const does = change.text === '' ? 'removes' : 'replaces';
      const by = change.text === '' ? '' : ` by ${lineCount(change.text)}: ${quoted(change.text)}`;
      return `${does} ${lineCount(change.quotation)}${hintOf(change.hints)}: ${quoted(change.quotation)}${by}`;
    }
    case 'insertText': {
      const where = besideText(change.hints);
      return `inserts ${lineCount(change.template.text.trim())}${hintOf(change.hints)}: ${quoted(change.template.text)}${where === '' ? '' : `, ${where}`}`;
    }
    case 'unclear':
      return unclearText(change.why);
  }
}

function placesOf(anchors: readonly Anchor[]): string {
  const places = anchors.filter((anchor) => anchor.kind !== 'lines').map(describeAnchor);
  const hints = anchors.filter((anchor) => anchor.kind === 'lines').map(describeAnchor);
  return `${places.join(', else ')}${hints.length > 0 ? ` (${list(hints)} in the unedited file)` : ''}`;
}

// “after “Setup”, before “Use””.
function besideText({ names }: Hints): string {
  const sides = names.filter(({ relation }) => relation === 'after' || relation === 'before');
  return list(sides.map(({ relation, text }) => `${relation} ${quoted(text)}`));
}

function hintOf({ lines }: Hints): string {
  return lines ? ` (${lines.isRough ? 'about ' : ''}${lineRange(lines.from, lines.to)} in the unedited file)` : '';
}

function lineCount(text: string): string {
  const count = text.split('\n').length;
  return count === 1 ? 'one line' : `${count} lines`;
}

// How a quoted text was sought: on which rung it was found, and what chose among several places.
function searched(document: Document, { patch: { change }, search, within }: Entry): string[] {
  if (!search) return [];
  const found = (passages: readonly Passage[]): string =>
    passages.length === 0
      ? 'does not stand there as a whole'
      : passages
          .slice(0, 5)
          .map(({ span, rung }) => `${linesOf(document, span)}, ${QUOTED[rung]}`)
          .join('; ');
  const isRemoval = change.kind === 'substitute' && change.text === '';
  return [
    ...(within === undefined ? [] : [`  - in the document itself it has no place, but in what \`${within}\` brings`]),
    ...(isRemoval || within !== undefined ? [] : [`  - the text as it should be: ${found(search.wanted)}`]),
    ...(change.kind === 'substitute' && within === undefined
      ? [
          `  - the text as it stands: ${search.settledBy === 'line range' ? 'only its beginning is quoted, and the lines it names are exactly one block that begins so' : found(search.current)}`,
        ]
      : []),
    ...(search.settledBy === 'line' ? ['  - the line it names chooses among them'] : []),
    ...(search.settledBy === 'section' ? ['  - the section it names chooses among them'] : []),
  ];
}

const QUOTED: Record<QuoteRung, string> = {
  exact: 'word for word',
  'part of a line': 'word for word, as part of a line',
  'white space': 'with other spaces',
  're-flowed': 'with other line breaks',
  markup: 'with other markup',
};

function outcome({ location }: Attempt, kind: Change['kind']): string {
  switch (location.kind) {
    case 'section':
      return `line ${location.section.line}, ${RUNGS[location.rung]}; this decides`;
    case 'code': {
      const blocks = location.fences.map(({ node }) => `lines ${lineOf(node)}-${lastLineOf(node)}`);
      return `heading on line ${location.section.line}, ${RUNGS[location.rung]}; ${blocks.length === 0 ? 'no closed fenced block under it' : `under it ${list(blocks)}`}; this decides`;
    }
    case 'lines':
      if (kind !== 'replace') return 'a line number alone is no place';
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
  const { change } = patch;
  return change.kind === 'insertAfter' || change.kind === 'append' ? plainText(change.template.heading) : '';
}
