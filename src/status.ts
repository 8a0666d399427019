import type { RootContent } from 'mdast';
import { type Anchor, type Fence, fences, findSections, type Location, locate, section } from './anchor.js';
import {
  type Document,
  type Doubt,
  doubtfulFence,
  enclosing,
  isOpen,
  lastBlock,
  lineOf,
  type Section,
  type Span,
  separatorsAtEnd,
  spanOf,
  startOfLine,
} from './document.js';
import type { Edit } from './edit.js';
import { type OpenHtml, openHtmlAt } from './html.js';
import { normalCode, normalForm, plainText } from './markdown.js';
import type { Change, Patch } from './patch.js';
import type { Template } from './template.js';

/** One anchor and what it came to, kept so that a report can tell the whole story. */
export interface Attempt {
  readonly anchor: Anchor;
  readonly location: Location;
}

/** Why a place that was found does not serve. */
export type Misfit =
  | { readonly kind: 'no fence'; readonly section: Section }
  | { readonly kind: 'open block'; readonly block: RootContent }
  | { readonly kind: 'doubtful fence'; readonly doubt: Doubt }
  | { readonly kind: 'open HTML'; readonly open: OpenHtml }
  /** Most of the section stands there already, without its heading. */
  | { readonly kind: 'headless'; readonly line: number; readonly heading: string }
  | { readonly kind: 'unrecognised'; readonly fence: Fence }
  | { readonly kind: 'too deep'; readonly section: Section; readonly depth: number };

/** An edit, and what it may change: all else must be read as before. */
export interface Proposal extends Edit {
  /** The children of the root that it touches; empty for an insertion between two of them. */
  readonly touches: Span;
  /** What must stand in their place, when that is known. */
  readonly blocks?: readonly RootContent[];
}

/** What a document says of a patch: what is there, against what we want and what we were written against. */
export type PatchStatus =
  | { readonly state: 'pending'; readonly edit: Proposal; readonly place: Section | Fence }
  | { readonly state: 'applied'; readonly span: Span }
  /** `expected` and `actual` are normal forms; `restore` brings the template back. */
  | {
      readonly state: 'drifted';
      readonly span: Span;
      readonly expected: string;
      readonly actual: string;
      readonly restore: Proposal;
    }
  | { readonly state: 'missing'; readonly misfit?: Misfit }
  | { readonly state: 'ambiguous'; readonly anchor: Anchor; readonly candidates: readonly Span[] }
  /** Only a plan sets this: the edit claims text that the patch `with` claims too. */
  | { readonly state: 'conflict'; readonly edit: Proposal; readonly with: string };

export interface Reading {
  readonly status: PatchStatus;
  /** The anchors tried, in order, up to the one that decided. */
  readonly attempts: readonly Attempt[];
}

/** Compares a document with what the patch wants and with what it was written against. Changes nothing. */
export function statusOf(document: Document, patch: Patch): Reading {
  const { change } = patch;
  return change.kind === 'replace' ? readReplacement(document, change) : readInsertion(document, change);
}

type Replacement = Extract<Change, { kind: 'replace' }>;
type Insertion = Exclude<Change, { kind: 'replace' }>;

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

function sectionStatus(document: Document, standing: Section, template: Template): PatchStatus {
  const blocks = [...standing.blocks, ...tailOf(document, standing, separatorsAtEnd(template.blocks))];
  const span = { start: standing.span.start, end: spanOf(blocks.at(-1) ?? standing.heading).end };
  const expected = template.normalForm;
  const actual = normalForm(blocks);
  if (actual === expected) return { state: 'applied', span };
  const restore = { span, text: bodyOf(template, document.eol), touches: span, blocks: template.blocks };
  return { state: 'drifted', span, expected, actual, restore };
}

// Definitions and rules behind a section are the document's, but for as many as the template itself ends with.
function tailOf({ tree }: Document, { index, blocks }: Section, count: number): readonly RootContent[] {
  const end = index + blocks.length;
  const behind = tree.children.slice(end, end + count);
  return behind.slice(0, separatorsAtEnd(behind) === behind.length ? count : 0);
}

// The template's section under another heading: it was renamed, so it must not be inserted again.
function findTwin(document: Document, template: Template): Section | undefined {
  const [, ...wanted] = template.blocks;
  // A short body, such as “None.”, tells nothing: many sections have it.
  if (template.text.slice(spanOf(template.heading).end).length < 100) return undefined;
  return document.sections.find(
    ({ blocks }) =>
      blocks.length === wanted.length + 1 &&
      wanted.every((block, index) => block.type === blocks[index + 1]?.type) &&
      normalForm(blocks.slice(1)) === normalForm(wanted),
  );
}

// Line of the first part of the template that stands in the document, when most of them do: the section is there, but its
// heading is gone, so neither is it applied nor may it come a second time.
function findHeadless(document: Document, template: Template): number | undefined {
  const parts = new Set(template.blocks.slice(1).flatMap(partOf));
  const standing = document.tree.children.filter((block) => partOf(block).some((part) => parts.has(part)));
  const found = new Set(standing.flatMap(partOf));
  // One heading alone, such as “Purpose”, is chance.
  const isChance = found.size < 2 && standing.every(({ type }) => type === 'heading');
  return found.size * 2 > parts.size && !isChance && standing[0] ? lineOf(standing[0]) : undefined;
}

// What tells one section from another: its sub-headings, and code of some length.
function partOf(block: RootContent): string[] {
  if (block.type === 'heading') return [plainText(block)];
  return block.type === 'code' && block.value.split('\n').length > 3 ? [normalCode(block.value)] : [];
}

function placeStatus(document: Document, place: Section, depth: number, { kind, template }: Insertion): PatchStatus {
  const shallowest = Math.min(...place.blocks.slice(1).map((block) => (block.type === 'heading' ? block.depth : 7)));
  if (kind === 'append' && (depth <= place.depth || depth > shallowest)) {
    return { state: 'missing', misfit: { kind: 'too deep', section: place, depth } };
  }
  const level = kind === 'append' ? place.depth : Math.min(place.depth, depth);
  const block = lastBlock(document, place, level);
  const misfit = misfitAt(document, block);
  if (misfit) return { state: 'missing', misfit };
  const at = spanOf(block).end;
  const span = { start: at, end: at };
  const text = document.eol + document.eol + bodyOf(template, document.eol);
  const edit = { span, text, touches: span, blocks: template.blocks };
  return { state: 'pending', edit, place: enclosing(document, place, level) };
}

// Whether text at or behind a block may not be what it looks like.
function misfitAt(document: Document, block: RootContent): Misfit | undefined {
  if (isOpen(document, block)) return { kind: 'open block', block };
  const doubt = doubtfulFence(document);
  if (doubt && spanOf(block).end > spanOf(doubt.from).start) return { kind: 'doubtful fence', doubt };
  const open = openHtmlAt(document.tree, spanOf(block).end);
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
