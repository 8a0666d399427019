import type { Code, RootContent } from 'mdast';
import { visit } from 'unist-util-visit';
import { fences, findSections } from './anchor.js';
import {
  type Document,
  endOfLine,
  lastLineOf,
  lineOf,
  pointAt,
  type Span,
  spanOf,
  startOfLine,
  touchedBy,
} from './document.js';
import { type Hints, headingName, type LineSense, slackOf } from './hint.js';
import { plainText } from './markdown.js';
import {
  findOnAll,
  findPassages,
  type Indent,
  isStructural,
  meet,
  type Passage,
  QUOTE_RUNGS,
  rungsFor,
  textLines,
} from './passage.js';
import type { Change } from './patch.js';
import { readPlace } from './place.js';
import type { Misfit, PartDoubt, PatchStatus, Proposal, Reading, Search } from './state.js';

type Substitution = Extract<Change, { kind: 'substitute' }>;
type TextInsertion = Extract<Change, { kind: 'insertText' }>;

/** What a document says of a quoted text that should become another. */
export function readSubstitution(document: Document, change: Substitution, lines: LineSense): Reading {
  const absent = change.hints.names.filter(
    ({ isRequired, text }) => isRequired && findSections(document, [text]).sections.length !== 1,
  );
  if (absent.length > 0) {
    const misfit = { kind: 'no anchor', names: absent.map(({ text }) => text) } as const;
    return { status: { state: 'missing', misfit }, attempts: [], search: { current: [], wanted: [] } };
  }
  const rungs = rungsFor(document);
  const all = findPassages(document, change.quotation, rungs);
  const done = change.text === '' ? [] : findPassages(document, change.text, rungs);
  const { current, wanted } = apart(all, done);
  const candidates = [...current, ...wanted];
  const search: Search = { current, wanted };
  const answer = (status: PatchStatus, settledBy?: Search['settledBy']): Reading => ({
    status,
    attempts: [],
    search: { ...search, ...(settledBy && { settledBy }) },
  });

  if (current.length === 0 && wanted.length === 0) return unfound(document, change, lines);
  const settled = candidates.length === 1 ? undefined : settle(document, candidates, change.hints, lines);
  const chosen = settled?.passage ?? (candidates.length === 1 ? candidates[0] : undefined);
  if (chosen) {
    const misfit = outsideSections(document, chosen, change.hints);
    if (misfit) return answer({ state: 'missing', misfit });
    const rivals = nearerOnes(document, chosen, change, lines);
    if (rivals.length > 0) {
      return answer({ state: 'ambiguous', candidates: inOrder([chosen, ...rivals]).map(({ span }) => span) });
    }
    return current.includes(chosen)
      ? answer(pending(document, chosen, change), settled?.by)
      : answer({ state: 'applied', span: chosen.span }, settled?.by);
  }
  if (current.length === 0) return answer({ state: 'applied', span: (wanted[0] as Passage).span });
  return answer({ state: 'ambiguous', candidates: inOrder(candidates).map(({ span }) => span) });
}

/** What a document says of a text that should stand at a place. */
export function readTextInsertion(document: Document, { template, hints }: TextInsertion, lines: LineSense): Reading {
  const text = withoutEnds(template.text);
  const wanted = findPassages(document, text, rungsFor(document)).filter((one) => isByItself(document, one));
  const search: Search = { current: [], wanted };
  const [first] = wanted;
  const isTelling = text.length >= TELLING;
  const place = isTelling ? undefined : readPlace(document, template, hints, lines);
  // A few words may stand anywhere: they are what was put in only where that went.
  const done =
    place?.state === 'pending' ? wanted.find(({ span }) => isBeside(document, span, place.edit.span)) : first;
  if (done) return { status: { state: 'applied', span: done.span }, attempts: [], search };
  if (place && first) return { status: place, attempts: [], search };
  const half = standingLines(document, text);
  const [opening] = template.blocks;
  const isThere = opening?.type === 'heading' && findSections(document, [plainText(opening)]).sections.length > 0;
  if (isThere || half.found.length * 2 > half.of) {
    return { status: drifted(document, half.found, text), attempts: [], search };
  }
  return { status: readPlace(document, template, hints, lines), attempts: [], search };
}

/** Characters from which on a text is not written twice by chance. */
const TELLING = 30;

// Other texts may have come in at the same place.
function isBeside({ text }: Document, { start }: Span, place: Span): boolean {
  return Math.abs(pointAt(text, start).line - pointAt(text, place.start).line) <= 30;
}

// Whole lines, which are no part of a longer paragraph.
function isByItself(document: Document, { span }: Passage): boolean {
  const { text, tree } = document;
  const before = text.slice(startOfLine(text, span.start), span.start);
  const behind = text.slice(span.end, endOfLine(text, span.end));
  if (!/^[ \t]{0,400}(?:(?:[-*+>]|\d{1,9}[.)])[ \t]{1,8}){0,6}$/.test(before) || behind.trim() !== '') return false;
  let isPart = false;
  visit(tree, 'paragraph', (paragraph) => {
    const own = spanOf(paragraph);
    if (own.start < span.end && own.end > span.start && (own.start < span.start || own.end > span.end)) {
      isPart ||= text.slice(own.start, own.end).trim() !== text.slice(span.start, span.end).trim();
    }
  });
  return !isPart;
}

// Where one lies within the other they are one place: read more closely it is the one, else the longer.
function apart(
  current: readonly Passage[],
  wanted: readonly Passage[],
): { current: readonly Passage[]; wanted: readonly Passage[] } {
  const closeness = ({ rung }: Passage): number => QUOTE_RUNGS.indexOf(rung);
  const length = ({ span }: Passage): number => span.end - span.start;
  // Whether the first is what stands there rather than the second.
  const isBetter = (a: Passage, b: Passage): boolean =>
    isWithin(b.span, a.span) || isWithin(a.span, b.span)
      ? length(a) === length(b)
        ? closeness(a) < closeness(b)
        : length(a) > length(b)
      : closeness(a) < closeness(b);
  return {
    current: current.filter((one) => !wanted.some((other) => meet(one, other) && !isBetter(one, other))),
    wanted: wanted.filter((one) => !current.some((other) => meet(one, other) && isBetter(other, one))),
  };
}

function isWithin(inner: Span, outer: Span): boolean {
  return inner.start >= outer.start && inner.end <= outer.end;
}

function pending(document: Document, passage: Passage, { quotation, text }: Substitution): PatchStatus {
  const { span, rung } = passage;
  const doubled = addedTwice(document, quotation, text);
  if (doubled) {
    const actual = document.text.slice(doubled.start, doubled.end);
    return { state: 'drifted', span: doubled, expected: text, actual };
  }
  const wanted =
    indented(text, passage.indent).replaceAll('\n', document.eol) + hardBreakOf(document, passage, quotation);
  const made = text === '' ? removal(document, span) : { span, text: wanted };
  const isPart = rung === 'part of a line' || !isLines(document, span);
  const why =
    text === ''
      ? removalDoubt(document, span, made.span)
      : isPart
        ? partDoubt(document, span, quotation, text)
        : undefined;
  if (why) {
    const { line } = pointAt(document.text, span.start);
    return { state: 'missing', misfit: { kind: 'part', line, why } };
  }
  const edit: Proposal = {
    ...made,
    touches: touchedBy(document, made.span),
    ...((text === '' || isPart) && { keepsKinds: true }),
  };
  return { state: 'pending', edit, place: passage };
}

// Where lines that a change would add to what it quotes stand already.
function addedTwice(document: Document, quotation: string, text: string): Span | undefined {
  const more = text.startsWith(`${quotation}\n`)
    ? text.slice(quotation.length)
    : text.endsWith(`\n${quotation}`)
      ? text.slice(0, text.length - quotation.length)
      : '';
  const added = withoutEnds(more);
  return added.trim().length > 8 ? findOnAll(document, added, ['exact', 'white space'])[0]?.span : undefined;
}

// Spaces at the end of a line that its quotation lacks: they break the line, and stay.
function hardBreakOf({ text }: Document, { span, rung }: Passage, quotation: string): string {
  if (rung !== 'white space' || quotation !== quotation.trimEnd()) return '';
  const standing = text.slice(span.start, span.end);
  return standing.slice(standing.trimEnd().length);
}

// From the start of a line to the end of one.
function isLines({ text }: Document, { start, end }: Span): boolean {
  return start === startOfLine(text, start) && end === endOfLine(text, end);
}

// What stands on the line before and behind a part of it must bear what the part becomes.
function partDoubt(document: Document, span: Span, quotation: string, text: string): PartDoubt | undefined {
  if (text.includes('\n') && !quotation.includes('\n')) return 'lines';
  if (isStructural(text) && !isStructural(quotation)) return 'kind';
  return cellMarks(text) !== cellMarks(quotation) && isInRow(document, span) ? 'cells' : undefined;
}

function cellMarks(text: string): number {
  return text.match(/(?<!\\)\|/g)?.length ?? 0;
}

function isInRow({ tree }: Document, { start, end }: Span): boolean {
  let isIn = false;
  visit(tree, 'tableRow', (row) => {
    if (row.position && spanOf(row).start <= start && spanOf(row).end >= end) isIn = true;
  });
  return isIn;
}

// A removal may leave neither an empty item, heading or line nor the children of an item without it.
function removalDoubt({ text, tree }: Document, span: Span, gone: Span): PartDoubt | undefined {
  const rest =
    text.slice(startOfLine(text, gone.start), gone.start) +
    (gone.end > span.end ? '' : text.slice(gone.end, endOfLine(text, gone.end)));
  const isWhole = gone.start !== span.start || gone.end !== span.end;
  const mark = rest.replaceAll('>', ' ').trim();
  if (!isWhole && /^(?:[-*+]|\d{1,9}[.)]|#{1,6})?\s{0,8}(?:\[[ xX]\])?$/.test(mark)) return 'bare';
  let hasChildren = false;
  visit(tree, 'listItem', (item) => {
    if (!item.position) return;
    const { start, end } = spanOf(item);
    if (start >= span.start && start < span.end && end > span.end) hasChildren = true;
  });
  return hasChildren ? 'children' : undefined;
}

function indented(text: string, { add, drop }: Indent): string {
  return text
    .split('\n')
    .map((line) => {
      const own = line.length - line.trimStart().length;
      return line.trim() === '' ? line : add + line.slice(Math.min(own, drop));
    })
    .join('\n');
}

// Whole lines go with a line end, and with an empty line where that leaves two.
function removal(document: Document, span: Span): { span: Span; text: string } {
  const lines = textLines(document);
  const first = lines.findIndex(({ start }) => start === span.start);
  const last = lines.findIndex(({ end }) => end === span.end);
  if (first === -1 || last === -1) return { span, text: '' };
  const isBlank = (at: number): boolean => lines[at] === undefined || lines[at].text.trim() === '';
  if (lines.slice(last + 1).every(({ text }) => text.trim() === '')) {
    const above = lines.slice(0, first).findLast(({ text }) => text.trim() !== '');
    return { span: { start: above?.end ?? span.start, end: span.end }, text: '' };
  }
  const next = isBlank(first - 1) && isBlank(last + 1) ? lines[last + 2] : lines[last + 1];
  return { span: { start: span.start, end: next?.start ?? span.end }, text: '' };
}

// The one candidate that the line numbers, or the section named, speak of.
function settle(
  document: Document,
  candidates: readonly Passage[],
  hints: Hints,
  lines: LineSense,
): { passage: Passage; by: 'line' | 'section' } | undefined {
  // Nothing tells what lines mean to a text whose language is not known.
  if (!document.isMarkdown) return undefined;
  const byLine = nearLines(document, candidates, hints, lines);
  const bySection = inSections(document, candidates, hints);
  const [atLine] = byLine;
  const [inside] = bySection;
  if (byLine.length === 1 && atLine && (bySection.length === 0 || bySection.includes(atLine)))
    return { passage: atLine, by: 'line' };
  if (bySection.length === 1 && inside && (byLine.length === 0 || byLine.includes(inside)))
    return { passage: inside, by: 'section' };
  return undefined;
}

function nearLines(
  document: Document,
  candidates: readonly Passage[],
  { lines: hint }: Hints,
  lines: LineSense,
): readonly Passage[] {
  if (!hint || !lines.isTrusted) return [];
  const far = (passage: Passage): number => {
    const line = lines.original(pointAt(document.text, passage.span.start).line);
    return line < hint.from ? hint.from - line : Math.max(line - hint.to, 0);
  };
  const slack = slackOf(hint);
  const near = candidates.filter((one) => far(one) <= slack);
  // Two within reach of a number that may be off are too many, unless it is right for one.
  const right = near.filter((one) => far(one) === 0);
  return near.length > 1 && right.length === 1 && !hint.isRough ? right : near;
}

function inSections(document: Document, candidates: readonly Passage[], { names }: Hints): readonly Passage[] {
  const spans = names.flatMap(({ text }) => {
    const { sections } = findSections(document, [headingName(text)]);
    return sections.length === 1 && sections[0] ? [sections[0].span] : [];
  });
  if (spans.length === 0) return [];
  return candidates.filter(({ span }) => spans.every((outer) => isWithin(span, outer)));
}

// A section that stands once and is said to hold the text, when what was found lies elsewhere.
function outsideSections(document: Document, { span }: Passage, { names }: Hints): Misfit | undefined {
  // “In the bullet ‘Retries’”: what the passage itself says names no section around it.
  const own = document.text.slice(span.start, span.end).toLowerCase();
  const said = names.filter(
    ({ relation, isSection, text }) =>
      (isSection && (relation === 'in' || relation === 'at')) ||
      (relation === 'in' && !own.includes(text.toLowerCase())),
  );
  const sections = said.flatMap(({ text }) => {
    const found = findSections(document, [headingName(text)]).sections;
    return found.length === 1 ? found : [];
  });
  if (sections.length === 0 || sections.some((one) => isWithin(span, one.span))) return undefined;
  const { line } = pointAt(document.text, span.start);
  return { kind: 'elsewhere', line, names: sections.map(({ name }) => name) };
}

// Passages near the lines named, which only a looser reading finds, when the closest reading leads far away from them.
function nearerOnes(
  document: Document,
  chosen: Passage,
  { quotation, text, hints }: Substitution,
  lines: LineSense,
): readonly Passage[] {
  if (!hints.lines || !lines.isTrusted || nearLines(document, [chosen], hints, lines).length > 0) return [];
  const others = [quotation, text].flatMap((one) => findOnAll(document, one, rungsFor(document)));
  return nearLines(
    document,
    others.filter((one) => !meet(one, chosen)),
    hints,
    lines,
  );
}

function unfound(document: Document, change: Substitution, lines: LineSense): Reading {
  const search: Search = { current: [], wanted: [] };
  const whole = beginningOf(document, change, lines);
  if (whole) {
    return { status: whole, attempts: [], search: { ...search, settledBy: 'line range' } };
  }
  const before = standingLines(document, change.quotation, change.text);
  const after = standingLines(document, change.text, change.quotation);
  if (change.text === '' && before.found.length === 0) {
    const like = likeLines(document, change.quotation);
    if (like) return { status: { state: 'missing', misfit: { kind: 'like', line: like } }, attempts: [], search };
    // What was to be removed is not there.
    return { status: { state: 'applied', span: { start: 0, end: 0 }, isGone: true }, attempts: [], search };
  }
  // More of the one than of the other: lines that both texts share with their surroundings prove nothing.
  if (after.found.length > 0 && after.found.length * before.of >= before.found.length * after.of)
    return { status: drifted(document, after.found, change.text), attempts: [], search };
  const misfit: Misfit =
    before.found.length > 0 ? { kind: 'partial', lines: before.found, of: before.of } : { kind: 'gone' };
  return { status: { state: 'missing', misfit }, attempts: [], search };
}

function drifted(document: Document, found: readonly number[], expected: string): PatchStatus {
  const lines = textLines(document);
  const [first = 1] = found;
  const last = found.at(-1) ?? first;
  const span = { start: lines[first - 1]?.start ?? 0, end: lines[last - 1]?.end ?? 0 };
  return { state: 'drifted', span, expected, actual: document.text.slice(span.start, span.end) };
}

// The lines of a quoted text that stand in a document, each once: those of some length, which `other` has not.
function standingLines(document: Document, text: string, other = ''): { found: readonly number[]; of: number } {
  const fold = (line: string): string => line.replace(/\s+/g, ' ').trim();
  const shared = new Set(other.split('\n').map(fold));
  const wanted = new Set(
    text
      .split('\n')
      .map(fold)
      .filter((line) => line.length >= 8 && !shared.has(line)),
  );
  const found = new Map<string, number>();
  for (const [index, { text: line }] of textLines(document).entries()) {
    const folded = fold(line);
    if (wanted.has(folded) && !found.has(folded)) found.set(folded, index + 1);
  }
  return { found: [...found.values()].toSorted((a, b) => a - b), of: wanted.size };
}

// The first of lines that say the same but for letter case and punctuation, 1-based.
function likeLines(document: Document, quotation: string): number | undefined {
  const bareLine = (line: string): string => line.replace(/[^\p{L}\p{N}]/gu, '').toLowerCase();
  const wanted = quotation.split('\n').map(bareLine);
  if (wanted.join('').length < 8) return undefined;
  const standing = textLines(document).map(({ text }) => bareLine(text));
  const at = standing.findIndex((_, from) => wanted.every((line, index) => standing[from + index] === line));
  return at === -1 ? undefined : at + 1;
}

// A quotation that breaks off stands for a whole block only where its line range is exactly that block, and it is how the block
// begins, up to spaces and the marks by which its author says that it is wrong.
function beginningOf(
  document: Document,
  { quotation, text, hints }: Substitution,
  lines: LineSense,
): PatchStatus | undefined {
  const { lines: range } = hints;
  const quoted = quotation.split('\n');
  if (!range || range.isRough || range.relation !== 'at' || quoted.length < 3) return undefined;
  const isRange = (block: RootContent): boolean =>
    lines.original(lineOf(block)) === range.from && lines.original(lastLineOf(block)) === range.to;
  const block = document.tree.children.find(isRange);
  const fence = fences(document).find(({ node }) => node === block);
  if (block?.type !== 'code' || !fence) return undefined;
  const standing = (block as Code).value.split('\n');
  const isBeginning =
    quoted.length < standing.length && quoted.every((line, at) => bare(line) === bare(standing[at] ?? ''));
  // Content that fences itself in would end the block.
  if (!isBeginning || text.split('\n').some((line) => /^[ \t]{0,40}(?:`{3}|~{3})/.test(line))) return undefined;
  const touches = spanOf(block);
  const edit: Proposal = {
    span: fence.content,
    text: `${text}\n`.replaceAll('\n', document.eol),
    touches,
    blocks: [{ ...block, value: text }],
  };
  return { state: 'pending', edit, place: fence };
}

function bare(line: string): string {
  const words = line.split(/\s+/).filter((word) => word !== '');
  while (MARK.test(words.at(-1) ?? '')) words.pop();
  return words.join('');
}

// U+FFFD too: the mark may have arrived damaged.
const MARK = /^(?:[!\uFFFD]|\p{Extended_Pictographic}|\p{Emoji_Modifier}|\u{FE0F}|[✗✘]){1,8}$|^(?:WRONG|INCORRECT)!?$/u;

function inOrder(passages: readonly Passage[]): Passage[] {
  return passages.toSorted((a, b) => a.span.start - b.span.start);
}

function withoutEnds(text: string): string {
  return text.replace(/^(?:[ \t]*\n)+/, '').trimEnd();
}
