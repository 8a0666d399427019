import { distance } from 'fastest-levenshtein';
import type { Code, Heading, Html, Nodes, Root } from 'mdast';
import { visitParents } from 'unist-util-visit-parents';
import {
  type Document,
  endOfLine,
  fenceOf,
  isOpen,
  lastLineOf,
  lineOf,
  type Section,
  type Span,
  spanOf,
  startOfLine,
} from './document.js';
import { plainText } from './markdown.js';

/**
 * Where a patch belongs. A patch lists several; the first that is there decides.
 * - `section`: a root-level heading, by its text; names before the last are headings it must stand under
 * - `code`: the fenced code blocks of such a section
 * - `lines`: a range of the unedited original, 1-based and inclusive; a hint, never enough by itself
 */
export type Anchor = SectionAnchor | CodeAnchor | LinesAnchor;

export interface SectionAnchor {
  readonly kind: 'section';
  readonly path: readonly string[];
}

export interface CodeAnchor {
  readonly kind: 'code';
  readonly path: readonly string[];
}

export interface LinesAnchor {
  readonly kind: 'lines';
  readonly from: number;
  readonly to: number;
}

/** How closely a heading must be read to match a name; see {@link findSections}. */
export type Rung = 'exact' | 'undecorated' | 'letter case';

/** A heading that looks like the one sought, inside a block where no heading counts. */
export interface HiddenHeading {
  readonly container: 'code' | 'html' | 'blockquote' | 'list' | 'footnoteDefinition' | 'other';
  /** First line of the block. */
  readonly line: number;
  readonly headingLine: number;
}

/** A closed fenced code block at root level. */
export interface Fence {
  readonly node: Code;
  /** What stands between the two fence lines, the last line end included. */
  readonly content: Span;
}

/** What an anchor comes to in one document. */
export type Location =
  | { readonly kind: 'section'; readonly section: Section; readonly rung: Rung }
  | {
      readonly kind: 'code';
      readonly section: Section;
      readonly rung: Rung;
      readonly fences: readonly Fence[];
      readonly unclosed?: Code;
    }
  | { readonly kind: 'lines'; readonly fence: Fence | undefined }
  | { readonly kind: 'absent'; readonly nearest: readonly Section[]; readonly hidden?: HiddenHeading }
  | { readonly kind: 'ambiguous'; readonly sections: readonly Section[]; readonly rung: Rung };

/** A root-level heading by its name; names before the last are headings that it must stand under. */
export function section(...path: [string, ...string[]]): SectionAnchor {
  return { kind: 'section', path };
}

/** The fenced blocks under such a heading. */
export function codeIn(...path: [string, ...string[]]): CodeAnchor {
  return { kind: 'code', path };
}

/** Lines of the unedited original, 1-based and inclusive. */
export function lines(from: number, to: number = from): LinesAnchor {
  return { kind: 'lines', from, to };
}

export function locate(document: Document, anchor: Anchor): Location {
  switch (anchor.kind) {
    case 'lines':
      return {
        kind: 'lines',
        fence: fences(document).find(({ node }) => lineOf(node) === anchor.from && lastLineOf(node) === anchor.to),
      };
    case 'section':
      return locateSection(document, anchor.path);
    case 'code': {
      const found = locateSection(document, anchor.path);
      if (found.kind !== 'section') return found;
      const { start, end } = found.section.span;
      const isWithin = (node: Nodes): boolean => spanOf(node).start >= start && spanOf(node).start < end;
      const closed = fences(document).filter(({ node }) => isWithin(node));
      const unclosed = document.blocks
        .having('fence')
        .find((block): block is Code => block.type === 'code' && isWithin(block) && isOpen(document, block));
      return { kind: 'code', section: found.section, rung: found.rung, fences: closed, ...(unclosed && { unclosed }) };
    }
  }
}

/**
 * The sections of that name, on the first rung of the ladder that has any: the exact text (NFC, white space folded), then
 * without leading numbering, trailing emoji and a trailing emphasised parenthesis, then with letter case folded.
 */
export function findSections(
  document: Document,
  path: readonly string[],
): { rung: Rung; sections: readonly Section[] } {
  const wanted = readings(path.at(-1) ?? '');
  for (const rung of RUNGS) {
    const sections = document.sections.filter(
      (candidate) => readingsOf(candidate)[rung] === wanted[rung] && standsUnder(candidate, path.slice(0, -1)),
    );
    if (sections.length > 0) return { rung, sections };
  }
  return { rung: 'exact', sections: [] };
}

/** All closed fenced code blocks at root level, in the order of the document. */
export function fences(document: Document): Fence[] {
  return document.blocks.having('fence').flatMap((node) => {
    if (node.type !== 'code' || fenceOf(document, node) === '' || isOpen(document, node)) return [];
    const { start, end } = spanOf(node);
    const opening = endOfLine(document.text, start);
    const content = {
      start: opening + (document.text[opening] === '\r' ? 2 : 1),
      end: startOfLine(document.text, end),
    };
    return [{ node, content }];
  });
}

/** The anchor in words, for people. */
export function describeAnchor(anchor: Anchor): string {
  switch (anchor.kind) {
    case 'section':
      return quotePath(anchor.path);
    case 'code':
      return `the fenced blocks under ${quotePath(anchor.path)}`;
    case 'lines':
      return lineRange(anchor.from, anchor.to);
  }
}

/** “line 8” or “lines 8-33”. */
export function lineRange(from: number, to: number): string {
  return from === to ? `line ${from}` : `lines ${from}-${to}`;
}

/** Heading names as messages and selectors write them: `“Prerequisites” › “Better Auth Installation”`. */
export function quotePath(path: readonly string[]): string {
  return path.map((name) => `“${name}”`).join(' › ');
}

const RUNGS: readonly Rung[] = ['exact', 'undecorated', 'letter case'];

function locateSection(document: Document, path: readonly string[]): Location {
  const { rung, sections } = findSections(document, path);
  const [first] = sections;
  if (first && sections.length === 1) return { kind: 'section', section: first, rung };
  if (first) return { kind: 'ambiguous', sections, rung };
  const hidden = findHidden(document, path.at(-1) ?? '');
  return { kind: 'absent', nearest: nearestSections(document, path.at(-1) ?? ''), ...(hidden && { hidden }) };
}

function standsUnder(candidate: Section, ancestors: readonly string[]): boolean {
  let depth = 0;
  for (const name of ancestors) {
    const wanted = readings(name)['letter case'];
    const above = candidate.path.slice(depth, -1);
    const at = above.findIndex((ancestor) => readings(ancestor)['letter case'] === wanted);
    if (at === -1) return false;
    depth += at + 1;
  }
  return true;
}

function readings(written: string): Record<Rung, string> {
  const name = written.normalize('NFC');
  const undecorated = withoutNumbering(withoutTrailingEmoji(name));
  return { exact: name, undecorated, 'letter case': undecorated.toLowerCase() };
}

// Every patch asks every heading.
const known = new WeakMap<Section, Record<Rung, string>>();

function readingsOf(section: Section): Record<Rung, string> {
  let own = known.get(section);
  if (!own) {
    own = { ...readings(withoutNote(section.heading)), exact: section.name };
    known.set(section, own);
  }
  return own;
}

// “Prerequisites *(mandatory)* ✅” without its note and its mark.
function withoutNote(heading: Heading): string {
  const children = [...heading.children];
  for (;;) {
    const last = children.at(-1);
    if (!last) return '';
    const text = plainText(last);
    const isNote = last.type === 'emphasis' && text.startsWith('(') && text.endsWith(')');
    const isBlank = last.type === 'text' && withoutTrailingEmoji(text) === '';
    if (!isNote && !isBlank) return withoutTrailingEmoji(plainText({ ...heading, children }));
    children.pop();
  }
}

function withoutTrailingEmoji(name: string): string {
  if (/[!-~]$/.test(name)) return name;
  const points = [...name];
  while (points.length > 0 && EMOJI.test(points.at(-1) ?? '')) points.pop();
  return points.join('');
}

// One character of an emoji sequence, or the space before it; digits and # are emoji components but also text.
const EMOJI = /^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|[\u200D\uFE0E\uFE0F\s])$/u;

function withoutNumbering(name: string): string {
  return name.replace(/^\d{1,4}(?:\.\d{1,4}){0,5}[.):]?\s+(?=\S)/, '');
}

function nearestSections(document: Document, name: string): Section[] {
  const wanted = readings(name)['letter case'].slice(0, 200);
  return document.sections
    .slice(0, 2000)
    .map((candidate) => ({ candidate, far: distance(wanted, readings(candidate.name)['letter case'].slice(0, 200)) }))
    .filter(({ candidate, far }) => far <= Math.max(wanted.length, Math.min(candidate.name.length, 200)) / 2)
    .toSorted((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

function findHidden(document: Document, name: string): HiddenHeading | undefined {
  const wanted = readings(name)['letter case'];
  let hidden: HiddenHeading | undefined;
  // In code and HTML the name stands as it is, while a heading can be written in many ways.
  const { blocks } = document;
  const words = wanted.match(/[a-z]+/g) ?? [];
  const isNamed = (text: string): boolean => words.every((word) => text.includes(word));
  const chunks = blocks.chunks.filter((chunk) =>
    chunk.kind !== 'heading' && blocks.mayHold(chunk, 'heading')
      ? true
      : (blocks.mayHold(chunk, 'code') || blocks.mayHold(chunk, 'html')) && isNamed(blocks.textOf(chunk).toLowerCase()),
  );
  const root: Root = { type: 'root', children: blocks.of(chunks) };
  visitParents(root, (node, ancestors) => {
    const outermost = ancestors[1] ?? node;
    const inside = (headingLine: number): void => {
      hidden ??= { container: containerOf(outermost), line: lineOf(outermost), headingLine };
    };
    if (node.type === 'code' || node.type === 'html') {
      // Letter case counts here: “# prerequisites” in a shell block is a comment.
      const at = headingLines(node, document).find(
        (line) => readings(line.text).undecorated === readings(name).undecorated,
      );
      if (at) inside(lineOf(node) + at.offset);
    }
    if (node.type === 'heading' && ancestors.length > 1 && readings(plainText(node))['letter case'] === wanted)
      inside(lineOf(node));
  });
  return hidden;
}

// Lines of a block that would be headings outside of it.
function headingLines(node: Code | Html, document: Document): { text: string; offset: number }[] {
  const shift = node.type === 'code' && fenceOf(document, node) !== '' ? 1 : 0;
  const lines = node.value.split('\n').map((line) => (node.type === 'html' ? withoutTags(line) : line));
  return lines.flatMap((line, index) => {
    const opening = /^ {0,3}#{1,6}[ \t]+/.exec(line);
    if (opening) return [{ text: withoutClosingMarks(line.slice(opening[0].length).trimEnd()), offset: index + shift }];
    const isUnderlined = /^ {0,3}(?:=+|-+)[ \t]*$/.test(lines[index + 1]?.slice(0, 500) ?? '') && line.trim() !== '';
    return isUnderlined ? [{ text: line.trim(), offset: index + shift }] : [];
  });
}

// “<!-- ## A -->” and “<pre>## A</pre>” hide a heading in one line.
function withoutTags(line: string): string {
  return line
    .slice(0, 500)
    .replace(/^ {0,3}<(?:!--|[a-z]{1,20}[^<>]{0,200}>)[ \t]*/i, '')
    .replace(/(?:--!?>|<\/[a-z]{1,20}>)[ \t]*$/i, '')
    .trimEnd();
}

/** The text of an ATX heading without the marks that close it: `Setup ##` is “Setup”. */
export function withoutClosingMarks(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === '#') end -= 1;
  return end < text.length && /\s/.test(text[end - 1] ?? ' ') ? text.slice(0, end).trimEnd() : text;
}

function containerOf(node: Nodes): HiddenHeading['container'] {
  switch (node.type) {
    case 'code':
    case 'html':
    case 'blockquote':
    case 'list':
    case 'footnoteDefinition':
      return node.type;
    default:
      return 'other';
  }
}
