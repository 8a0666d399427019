import { distance } from 'fastest-levenshtein';
import type { RootContent } from 'mdast';
import { type Anchor, type Fence, fences, findSections, type Location, locate, section } from './anchor.js';
import {
  type Document,
  doubtfulFence,
  enclosing,
  fenceOf,
  isOpen,
  lastBlock,
  lineOf,
  type Section,
  type Span,
  separatorsAtEnd,
  spanOf,
  startOfLine,
} from './document.js';
import { type LineSense, UNEDITED } from './hint.js';
import { openHtmlAt } from './html.js';
import { normalCode, normalForm, plainText } from './markdown.js';
import type { Change, Patch } from './patch.js';
import { readSubstitution, readTextInsertion } from './quoted.js';
import type { Attempt, Misfit, PatchStatus, Proposal, Reading } from './state.js';
import type { Template } from './template.js';

/**
 * Compares a document with what the patch wants and with what it was written against. Changes nothing.
 *
 * @param lines what line numbers of the original are worth in this document
 */
export function statusOf(document: Document, { change }: Patch, lines: LineSense = UNEDITED): Reading {
  switch (change.kind) {
    case 'replace':
      return readReplacement(document, change);
    case 'insertAfter':
    case 'append':
      return readInsertion(document, change);
    case 'replaceSection':
      return readSection(document, change);
    case 'substitute':
      return readSubstitution(document, change, lines);
    case 'insertText':
      return readTextInsertion(document, change, lines);
    case 'unclear':
      return {
        status:
          change.why === 'options'
            ? { state: 'conflict' }
            : { state: 'missing', misfit: { kind: 'unclear', why: change.why } },
        attempts: [],
      };
  }
}

type Replacement = Extract<Change, { kind: 'replace' }>;
type Insertion = Extract<Change, { kind: 'insertAfter' | 'append' }>;
type SectionReplacement = Extract<Change, { kind: 'replaceSection' }>;

function readReplacement(document: Document, change: Replacement): Reading {
  const after = change.template.code.value;
  const isAfter = ({ node }: Fence): boolean => normalCode(node.value) === normalCode(after);
  const attempts: Attempt[] = [];
  let misfit: Misfit | undefined;
  for (const anchor of change.anchors) {
    const location = locate(document, anchor);
    attempts.push({ anchor, location });
    switch (location.kind) {
      case 'ambiguous':
        return { status: ambiguous(anchor, location.sections), attempts };
      case 'absent':
        // Lines speak of the unedited original, and a heading that a block swallowed says that this is another text.
        if (location.hidden) return { status: { state: 'missing' }, attempts };
        break;
      case 'lines':
        if (!location.fence) break;
        if (isAfter(location.fence) || change.before.test(location.fence.node.value)) {
          return { status: fenceStatus(document, location.fence, change, after), attempts };
        }
        misfit = { kind: 'unrecognised', fence: location.fence };
        break;
      case 'code':
        return { status: codeStatus(document, { anchor, location }, change, after), attempts };
      case 'section':
        throw new Error('Expected a replacement to be anchored on code or lines');
    }
  }
  // The result may stand where no anchor leads any more: the heading was renamed after the patch was applied.
  const done = fences(document).find(isAfter);
  if (done) return { status: { state: 'applied', span: spanOf(done.node) }, attempts };
  return { status: { state: 'missing', ...(misfit && { misfit }) }, attempts };
}

function codeStatus(
  document: Document,
  { anchor, location }: { anchor: Anchor; location: Extract<Location, { kind: 'code' }> },
  change: Replacement,
  after: string,
): PatchStatus {
  if (location.unclosed) return { state: 'missing', misfit: { kind: 'open block', block: location.unclosed } };
  const meant = location.fences.filter(({ node }) => change.subject.test(node.value));
  const candidates = meant.length > 0 ? meant : location.fences;
  const known =
    candidates.filter(({ node }) => normalCode(node.value) === normalCode(after))[0] ??
    only(candidates.filter(({ node }) => change.before.test(node.value))) ??
    only(candidates);
  if (known) {
    const status = fenceStatus(document, known, change, after);
    // What is recognised as a whole is what it looks like; anything else may be a block that swallowed others.
    const misfit = status.state === 'drifted' ? misfitAt(document, known.node) : undefined;
    return misfit ? { state: 'missing', misfit } : status;
  }
  if (candidates.length === 0) return { state: 'missing', misfit: { kind: 'no fence', section: location.section } };
  return { state: 'ambiguous', anchor, candidates: candidates.map(({ node }) => spanOf(node)) };
}

function fenceStatus(document: Document, fence: Fence, change: Replacement, after: string): PatchStatus {
  const actual = normalCode(fence.node.value);
  const expected = normalCode(after);
  const span = spanOf(fence.node);
  if (actual === expected) return { state: 'applied', span };
  // The parser takes the fence's own indentation off every line of the content.
  const indent = document.text.slice(startOfLine(document.text, span.start), span.start);
  const content = after.replace(/^(?=.)/gm, indent);
  const edit: Proposal = {
    span: fence.content,
    text: `${content}\n`.replaceAll('\n', document.eol),
    touches: span,
    // A replaced block keeps its fence and its info string.
    blocks: [{ ...fence.node, value: after }],
  };
  if (change.before.test(fence.node.value)) return { state: 'pending', edit, place: fence };
  return { state: 'drifted', span, expected, actual, restore: edit };
}

function readInsertion(document: Document, change: Insertion): Reading {
  const landmark = change.template.heading;
  const name = plainText(landmark);
  const { sections } = findSections(document, [name]);
  const [present] = sections;
  if (sections.length > 1) {
    return { status: ambiguous(section(name), sections), attempts: [] };
  }
  const standing = present ?? findTwin(document, change.template);
  if (standing) return { status: sectionStatus(document, standing, change.template), attempts: [] };

  const headless = findHeadless(document, change.template);
  if (headless !== undefined) {
    return { status: { state: 'missing', misfit: { kind: 'headless', line: headless, heading: name } }, attempts: [] };
  }

  const attempts: Attempt[] = [];
  for (const anchor of change.anchors) {
    const location = locate(document, anchor);
    attempts.push({ anchor, location });
    switch (location.kind) {
      case 'ambiguous':
        return { status: ambiguous(anchor, location.sections), attempts };
      case 'absent':
      case 'lines':
        break; // A line number alone recognises nothing, so it can confirm a place but never give one.
      case 'section':
        return { status: placeStatus(document, location.section, landmark.depth, change), attempts };
      case 'code':
        throw new Error('Expected an insertion to be anchored on a section or lines');
    }
  }
  return { status: { state: 'missing' }, attempts };
}

// A section that is named: it becomes the template, or goes. Whatever it says, unless it is known what it said before.
function readSection(document: Document, { anchors, before, template }: SectionReplacement): Reading {
  const attempts: Attempt[] = [];
  for (const anchor of anchors) {
    const location = locate(document, anchor);
    attempts.push({ anchor, location });
    if (location.kind === 'ambiguous') return { status: ambiguous(anchor, location.sections), attempts };
    if (location.kind !== 'section') continue;
    const { span, blocks } = location.section;
    if (template && normalForm(blocks) === template.normalForm) return { status: { state: 'applied', span }, attempts };
    const misfit = misfitAt(document, blocks.at(-1) ?? location.section.heading);
    if (misfit) return { status: { state: 'missing', misfit }, attempts };
    const edit = sectionEdit(document, span, template);
    const lost = before || !template ? [] : lostParts(blocks, template);
    const actual = normalForm(blocks);
    const isOther = before !== undefined && actual !== before.normalForm;
    const status: PatchStatus =
      isOther || lost.length > 0
        ? { state: 'drifted', span, expected: template?.normalForm ?? '', actual, restore: edit, lost }
        : { state: 'pending', edit, place: location.section };
    return { status, attempts };
  }
  // Under the template's own heading it may have been put in already.
  const sections = template ? findSections(document, [plainText(template.heading)]).sections : [];
  const done = sections.find(({ blocks }) => normalForm(blocks) === template?.normalForm);
  if (done) return { status: { state: 'applied', span: done.span }, attempts };
  const [standing] = sections;
  // It was put in, and edited since.
  if (template && before && standing && sections.length === 1) {
    const { span, blocks } = standing;
    const restore = sectionEdit(document, span, template);
    const actual = normalForm(blocks);
    return { status: { state: 'drifted', span, expected: template.normalForm, actual, restore }, attempts };
  }
  // What was to go stands under another heading.
  if (!template && before && findTwin(document, before)) return { status: { state: 'missing' }, attempts };
  if (!template) {
    const isNear = anchors.some((anchor) => anchor.kind !== 'lines' && hasTypo(document, anchor.path.at(-1) ?? ''));
    return {
      status: isNear ? { state: 'missing' } : { state: 'applied', span: { start: 0, end: 0 }, isGone: true },
      attempts,
    };
  }
  return { status: { state: 'missing' }, attempts };
}

function sectionEdit(document: Document, span: Span, template: Template | undefined): Proposal {
  if (template) return { span, text: bodyOf(template, document.eol), touches: span, blocks: template.blocks };
  const gone = removalOf(document, span);
  return { span: gone, text: '', touches: { start: gone.start, end: span.end }, blocks: [] };
}

// Whether a heading is there that a slip of the pen tells from a name. Names of few letters, and such as “Phase 1” and “Phase 2”,
// are others.
function hasTypo({ sections }: Document, name: string): boolean {
  const fold = (text: string): string => text.replace(/^[\p{L} ]{1,40}:\s{1,8}/u, '').toLowerCase();
  const numbers = (text: string): string => text.replace(/\D+/g, ' ').trim();
  const wanted = fold(name);
  return sections.some(({ name: standing }) => {
    const far = distance(wanted.slice(0, 200), fold(standing).slice(0, 200));
    return far <= 3 && far * 4 <= wanted.length && numbers(standing) === numbers(name);
  });
}

// A section goes with the empty lines on one side: those before what follows, or at the end of a document those before itself.
function removalOf({ text, tree }: Document, { start, end }: Span): Span {
  const next = tree.children.find((block) => spanOf(block).start >= end);
  if (next) return { start, end: startOfLine(text, spanOf(next).start) };
  const last = tree.children.findLast((block) => spanOf(block).end <= start);
  return { start: last ? spanOf(last).end : start, end };
}

// A text that repeats some parts of the section and lacks others may have been written before those came: to replace the section
// by it would lose them; so may one that has no parts. One with others in their stead is a new text.
function lostParts(blocks: readonly RootContent[], { blocks: wanted }: Template): { name: string; line: number }[] {
  const parts = (all: readonly RootContent[]): { name: string; line: number }[] =>
    all
      .slice(1)
      .flatMap((block) => (block.type === 'heading' ? [{ name: plainText(block), line: lineOf(block) }] : []));
  const kept = new Set(parts(wanted).map(({ name }) => name));
  const standing = parts(blocks);
  const isOld = kept.size === 0 || standing.some(({ name }) => kept.has(name));
  return isOld ? standing.filter(({ name }) => !kept.has(name)) : [];
}

function sectionStatus(document: Document, standing: Section, template: Template): PatchStatus {
  const blocks = [...standing.blocks, ...tailOf(document, standing, separatorsAtEnd(template.blocks))];
  const span = { start: standing.span.start, end: spanOf(blocks.at(-1) ?? standing.heading).end };
  if (document.blocks.isSame(span, template.source)) return { state: 'applied', span };
  const expected = template.normalForm;
  const actual = normalForm(blocks);
  if (actual === expected) return { state: 'applied', span };
  const restore = { span, text: bodyOf(template, document.eol), touches: span, blocks: template.blocks };
  return { state: 'drifted', span, expected, actual, restore };
}

// Definitions and rules behind a section are the document's, but for as many as the template itself ends with.
function tailOf({ blocks, text }: Document, { span }: Section, count: number): readonly RootContent[] {
  if (count === 0) return [];
  const behind = blocks.between(span.end, text.length).slice(0, count);
  return behind.slice(0, separatorsAtEnd(behind) === behind.length ? count : 0);
}

// The template's section under another heading: it was renamed, so it must not be inserted again.
function findTwin(document: Document, template: Template): Section | undefined {
  const body = template.text.slice(spanOf(template.heading).end);
  // A short body, such as “None.”, tells nothing: many sections have it.
  if (body.length < 100) return undefined;
  // Words are the same in whatever dress Markdown has, but for a character reference. Where one is missing nothing need be parsed.
  const words = [...new Set(body.match(/(?<![&\w])[a-z]{5,40}\b/gi))];
  const alike = document.sections.filter((section) => {
    const text = document.text.slice(spanOf(section.heading).end, section.limit);
    return words.every((word) => text.includes(word)) || /&(?:#|[a-z])/i.test(text);
  });
  if (alike.length === 0) return undefined;
  const [, ...wanted] = template.blocks;
  // What reads otherwise at its beginning need not be brought to normal form.
  const opening = (block: RootContent | undefined): string =>
    block === undefined || block.type === 'code' ? '' : plainText(block).replace(/\s+/g, '');
  const wantedOpening = opening(wanted[0]);
  return alike.find(
    ({ blocks }) =>
      blocks.length === wanted.length + 1 &&
      opening(blocks[1]) === wantedOpening &&
      wanted.every((block, index) => block.type === blocks[index + 1]?.type) &&
      normalForm(blocks.slice(1)) === normalForm(wanted),
  );
}

// Line of the first part of the template that stands in the document, when most of them do: the section is there, but its
// heading is gone, so neither is it applied nor may it come a second time.
function findHeadless(document: Document, template: Template): number | undefined {
  const [, ...below] = template.source.having('heading', 'fence');
  const parts = new Set(below.flatMap((block) => partOf(template, block)));
  const standing = document.blocks
    .having('heading', 'fence')
    .filter((block) => partOf(document, block).some((part) => parts.has(part)));
  const found = new Set(standing.flatMap((block) => partOf(document, block)));
  // One heading alone, such as “Purpose”, is chance.
  const isChance = found.size < 2 && standing.every(({ type }) => type === 'heading');
  return found.size * 2 > parts.size && !isChance && standing[0] ? lineOf(standing[0]) : undefined;
}

// What tells one section from another: its sub-headings, and fenced code of some length.
function partOf(of: Pick<Document, 'text'>, block: RootContent): string[] {
  if (block.type === 'heading') return [plainText(block)];
  if (block.type !== 'code' || fenceOf(of, block) === '') return [];
  return block.value.split('\n').length > 3 ? [normalCode(block.value)] : [];
}

function placeStatus(document: Document, place: Section, depth: number, { kind, template }: Insertion): PatchStatus {
  const parts = document.sections.filter(
    ({ line, heading }) => line > place.line && spanOf(heading).start < place.limit,
  );
  if (kind === 'append' && (depth <= place.depth || parts.some((part) => depth > part.depth))) {
    return { state: 'missing', misfit: { kind: 'too deep', section: place, depth } };
  }
  const level = kind === 'append' ? place.depth : Math.min(place.depth, depth);
  const block = lastBlock(document, place, level);
  const misfit = misfitAt(document, block);
  if (misfit) return { state: 'missing', misfit };
  const at = spanOf(block).end;
  const span = { start: at, end: at };
  const text = document.eol + document.eol + bodyOf(template, document.eol);
  const edit = { span, text, touches: span, blocks: template.blocks, isBlock: true };
  return { state: 'pending', edit, place: enclosing(document, place, level) };
}

// Whether text at or behind a block may not be what it looks like.
function misfitAt(document: Document, block: RootContent): Misfit | undefined {
  if (isOpen(document, block)) return { kind: 'open block', block };
  const doubt = doubtfulFence(document);
  if (doubt && spanOf(block).end > spanOf(doubt.from).start) return { kind: 'doubtful fence', doubt };
  const { end } = spanOf(block);
  const open = openHtmlAt(document.blocks.havingBefore(end, 'html'), end);
  return open && { kind: 'open HTML', open };
}

function bodyOf({ text }: Template, eol: string): string {
  return text.trimEnd().replaceAll('\n', eol);
}

function ambiguous(anchor: Anchor, sections: readonly Section[]): PatchStatus {
  return { state: 'ambiguous', anchor, candidates: sections.map(({ span }) => span) };
}

function only<T>(values: readonly T[]): T | undefined {
  return values.length === 1 ? values[0] : undefined;
}
