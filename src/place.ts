import type { Code, ListItem, RootContent } from 'mdast';
import { visit } from 'unist-util-visit';
import { findSections } from './anchor.js';
import {
  type Document,
  lastBlock,
  lastLineOf,
  lineOf,
  type Section,
  type Span,
  spanOf,
  startOfLine,
  touchedBy,
} from './document.js';
import { type Hints, headingName, type LineSense, type Named, slackOf } from './hint.js';
import { findBeginnings, findOnAll, findPassages, type Passage, rungsFor, textLines } from './passage.js';
import type { Gap, Misfit, PatchStatus, Proposal } from './state.js';
import type { Template } from './template.js';

/**
 * Where a text goes that is named by what stands before or behind it. Each name allows some gaps between lines; the place is
 * certain when they have exactly one in common. A line number chooses among several, but recognises nothing by itself.
 */
export function readPlace(document: Document, template: Template, hints: Hints, lines: LineSense): PatchStatus {
  const sides = hints.names.filter(({ relation }) => relation === 'after' || relation === 'before');
  const allowed = sides.map((named) => ({ named, gaps: gapsOf(document, named, template) }));
  const lost = allowed.filter(({ gaps }) => gaps.length === 0);
  if (sides.length === 0 || lost.length > 0) {
    return { state: 'missing', misfit: { kind: 'no anchor', names: lost.map(({ named }) => named.text) } };
  }
  const scopes = scopesOf(document, hints);
  const common = [...new Set((allowed[0]?.gaps ?? []).map(({ line }) => line))]
    .filter((line) => allowed.every(({ gaps }) => gaps.some((gap) => gap.line === line)))
    .filter((line) => scopes.every(({ from, to }) => line >= from && line <= to));
  if (common.length === 0) {
    const found = allowed.flatMap(({ gaps }) => gaps.slice(0, 1).map(({ line }) => line));
    return {
      state: 'missing',
      misfit: { kind: 'contradiction', lines: [...new Set(found)].toSorted((a, b) => a - b) },
    };
  }
  const near = document.isMarkdown ? common.filter((line) => isNear(line, hints, lines)) : [];
  const [chosen] = common.length === 1 ? common : near;
  if (chosen === undefined || (common.length > 1 && near.length > 1)) {
    return { state: 'ambiguous', candidates: common.map((line) => spanOfLine(document, line)), isPlace: true };
  }
  // An item and the last of its children end on one line, but what follows the one is no sibling of the other.
  const items = allowed.flatMap(({ gaps }) =>
    gaps.flatMap(({ line, item }) => (line === chosen && item ? [item] : [])),
  );
  const byLead = new Map(items.map((item) => [leadOf(document, item), item]));
  if (byLead.size > 1) {
    return { state: 'ambiguous', candidates: [...byLead.values()].map((item) => spanOfLine(document, lineOf(item))) };
  }
  return inserted(document, template, chosen, items[0]);
}

/** The line behind which a text can stand, 0 for the start of the document, and the list item that is named by it. */
interface Spot {
  readonly line: number;
  readonly item?: ListItem;
}

// Where a text can stand that goes before or after what is named.
function gapsOf(document: Document, named: Named, template: Template): readonly Spot[] {
  const { relation, text, isSection } = named;
  const name = text.replace(/(?:…|\.{3})$/, '').trim();
  const heading = headingName(name);
  const { sections } = findSections(document, [heading]);
  if (isSection || sections.length > 0) {
    return sections.flatMap((section) => gapsAt(document, section, named, template)).map((line) => ({ line }));
  }
  const all = textLines(document);
  const number = /^(?:point|item|step|bullet|number) (\d{1,4})$/i.exec(name)?.[1];
  if (number !== undefined) {
    const isMeant = (line: number): boolean =>
      /^[ \t]{0,40}(\d{1,9})[.)]/.exec(all[line - 1]?.text ?? '')?.[1] === number;
    return itemsOf(document, isMeant, relation);
  }
  const passages = anchorsOf(document, name);
  const rows = document.isMarkdown && passages.length === 0 ? rowsWith(document, name) : [];
  const headers = headerRows(document);
  const behind = (line: number): number => (headers.has(line) ? line + 1 : line);
  if (rows.length > 0)
    return rows.map((line) => ({ line: relation === 'before' ? lineBefore(document, line) : behind(line) }));
  return passages.map(({ span }): Spot => {
    const from = all.findLastIndex(({ start }) => start <= span.start) + 1;
    const to = all.findLastIndex(({ start }) => start < span.end) + 1;
    const unit = unitAround(document, span) ?? { from, to };
    const line = relation === 'before' ? lineBefore(document, unit.from) : behind(unit.to);
    return { line, ...(unit.item && { item: unit.item }) };
  });
}

// “After the `## Setup` heading” is said of what stands right behind it, and of all that stands under it.
function gapsAt(
  document: Document,
  section: Section,
  { relation, text, isHeading }: Named,
  template: Template,
): number[] {
  if (relation === 'before') return [lineBefore(document, section.line)];
  const end = lastLineOf(lastBlock(document, section, section.depth));
  if (template.blocks[0]?.type === 'heading') return [end];
  const start = lastLineOf(section.heading);
  if (isHeading !== undefined) return [isHeading ? start : end];
  return text.startsWith('#') ? [...new Set([start, end])] : [end];
}

// A name is read on several rungs at once: that it stands somewhere as a whole line does not say that this is meant.
function anchorsOf(document: Document, name: string): readonly Passage[] {
  const rungs = rungsFor(document);
  const close = findOnAll(
    document,
    name,
    rungs.filter((rung) => rung !== 're-flowed' && rung !== 'markup'),
  );
  if (close.length > 0) return close;
  const beginnings = findBeginnings(document, name);
  return beginnings.length > 0 ? beginnings : findPassages(document, name, rungs);
}

// The ordered list items that begin on lines of a kind.
function itemsOf(document: Document, isMeant: (line: number) => boolean, relation: Named['relation']): Spot[] {
  const spots: Spot[] = [];
  visit(document.tree, 'listItem', (item) => {
    if (item.position && isMeant(lineOf(item)))
      spots.push({ line: relation === 'before' ? lineBefore(document, lineOf(item)) : lastLineOf(item), item });
  });
  return spots;
}

// The lines of the header rows of tables; what follows one stands behind the delimiter row.
function headerRows({ tree }: Document): ReadonlySet<number> {
  const lines = new Set<number>();
  visit(tree, 'table', (table) => {
    lines.add(lineOf(table));
  });
  return lines;
}

// Table rows named by what their cells say: “GET /api/users”.
function rowsWith(document: Document, name: string): number[] {
  const fold = (text: string): string =>
    text
      .replace(/[|*_`\\]/g, ' ')
      .replace(/\s+/g, ' ')
      .trim();
  const wanted = fold(name);
  const rows: number[] = [];
  if (wanted.length < 8) return rows;
  visit(document.tree, 'tableRow', (row) => {
    const line = lineOf(row);
    if (` ${fold(textLines(document)[line - 1]?.text ?? '')} `.includes(` ${wanted} `)) rows.push(line);
  });
  return rows;
}

// The item, row or paragraph that holds a text; nothing within code, where lines stand for themselves.
function unitAround(
  { tree }: Document,
  { start, end }: Span,
): { from: number; to: number; item?: ListItem } | undefined {
  let unit: { from: number; to: number; item?: ListItem } | undefined;
  let isCode = false;
  visit(tree, (node) => {
    if (node.position === undefined || spanOf(node).start > start || spanOf(node).end < end) return;
    if (node.type === 'code') isCode = true;
    // A paragraph of an item goes with the item, and that with all that it holds.
    if (!UNITS.has(node.type) || (unit?.item && node.type !== 'listItem' && node.type !== 'tableRow')) return;
    unit = { from: lineOf(node), to: lastLineOf(node), ...(node.type === 'listItem' && { item: node }) };
  });
  return isCode ? undefined : unit;
}

const UNITS: ReadonlySet<string> = new Set(['paragraph', 'heading', 'listItem', 'tableRow', 'html', 'thematicBreak']);

// The last line with text on it before another, passing what merely separates sections.
function lineBefore(document: Document, line: number): number {
  const all = textLines(document);
  const rules = new Set(
    document.tree.children.flatMap((block) => (block.type === 'thematicBreak' ? [lineOf(block)] : [])),
  );
  const isHeading = document.sections.some((section) => section.line === line);
  let at = line - 1;
  while (at > 0 && (all[at - 1]?.text.trim() === '' || (isHeading && rules.has(at)))) at -= 1;
  return at;
}

function scopesOf(document: Document, { names }: Hints): { from: number; to: number }[] {
  return names.flatMap(({ relation, text }) => {
    if (relation !== 'in') return [];
    const { sections } = findSections(document, [headingName(text)]);
    const [section] = sections;
    if (!section || sections.length > 1) return [];
    return [{ from: section.line, to: lastLineOf(lastBlock(document, section, section.depth)) }];
  });
}

function isNear(line: number, { lines: hint }: Hints, lines: LineSense): boolean {
  if (!hint || !lines.isTrusted) return false;
  const at = lines.original(line);
  return at >= hint.from - slackOf(hint) && at <= hint.to + slackOf(hint);
}

// Text behind a line. What stands on both sides decides how: within one block only more of the same can follow, and whether text
// belongs to a code block or behind it nothing tells.
function inserted(document: Document, template: Template, line: number, item: ListItem | undefined): PatchStatus {
  const all = textLines(document);
  const at = all[line - 1];
  if (!at) return { state: 'missing', misfit: { kind: 'no anchor', names: [] } };
  const text = template.text.replace(/^(?:[ \t]*\n)+/, '').trimEnd();
  const holder = document.tree.children.findLast((block) => lineOf(block) <= line && lastLineOf(block) >= line);
  const next = all.findIndex((other, index) => index >= line && other.text.trim() !== '') + 1;
  const isInside = holder !== undefined && next > 0 && lastLineOf(holder) >= next;
  const sibling = item ?? (holder?.type === 'list' ? holder.children[0] : undefined);
  const joins = !document.isMarkdown || continues(document, holder, sibling, template);
  const isOdd = !joins && isMoreOf(holder, template);
  const code = codeAround(document, line);
  if (code) return { state: 'missing', misfit: { kind: 'inside', block: code } };
  if (holder && ((isInside && !joins) || isOdd)) {
    return { state: 'missing', misfit: { kind: 'inside', block: holder } satisfies Misfit };
  }
  const place: Gap = { line, offset: at.end };
  const span = { start: at.end, end: at.end };
  const isLine = joins && (isInside || holder?.type === 'table' || holder?.type === 'list' || !document.isMarkdown);
  if (isLine) {
    const lead = document.isMarkdown
      ? sibling
        ? leadOf(document, sibling)
        : ''
      : (/^[ \t]*/.exec(at.text)?.[0] ?? '');
    const body = shifted(text, lead).replaceAll('\n', document.eol);
    const edit: Proposal = {
      span,
      text: document.eol + body,
      touches: touchedBy(document, span),
      keepsKinds: true,
    };
    return { state: 'pending', edit, place };
  }
  const body = text.replaceAll('\n', document.eol);
  const edit: Proposal = {
    span,
    text: document.eol + document.eol + body,
    touches: span,
    blocks: template.blocks,
    isBlock: true,
  };
  return { state: 'pending', edit, place };
}

// The code block, of a list item perhaps, that a place behind a line lies in.
function codeAround({ tree }: Document, line: number): Code | undefined {
  let found: Code | undefined;
  visit(tree, 'code', (code) => {
    if (lineOf(code) <= line && lastLineOf(code) > line) found = code;
  });
  return found;
}

// Rows go on a table that has as many cells, items a list of their own kind and marker.
function continues(
  document: Document,
  holder: RootContent | undefined,
  sibling: ListItem | undefined,
  { blocks, text }: Template,
): boolean {
  if (holder?.type === 'table') {
    const cells = holder.children[0]?.children.length;
    return rowsIn(text).every((row) => row.startsWith('|') && !isDelimiterRow(row) && cellsIn(row) === cells);
  }
  const [only] = blocks;
  if (holder?.type !== 'list' || !sibling || blocks.length !== 1 || only?.type !== 'list') return false;
  if (/^[ \t]/.test(text)) return only.ordered === holder.ordered;
  const lead = leadOf(document, sibling);
  return /^[ \t]*$/.test(lead) && markerOf(text) === markerOf(document.text.slice(spanOf(sibling).start));
}

// Rows that do not fit a table, and are no table of their own, would stand behind it as a paragraph.
function isMoreOf(holder: RootContent | undefined, { blocks, text }: Template): boolean {
  return holder?.type === 'table' && blocks[0]?.type !== 'table' && rowsIn(text).every((row) => row.startsWith('|'));
}

function rowsIn(text: string): string[] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.trim());
}

function isDelimiterRow(row: string): boolean {
  return row.includes('-') && /^[|:\s-]+$/.test(row);
}

function cellsIn(row: string): number {
  return row
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '')
    .split(/(?<!\\)\|/).length;
}

/** `-`, `*`, `+`, or for an ordered item what stands behind its number. */
function markerOf(text: string): string | undefined {
  return /^(?:([-*+])|\d{1,9}([.)]))[ \t\n]/.exec(text)?.slice(1).join('');
}

// What stands before the marker of an item on its line.
function leadOf({ text }: Document, item: ListItem): string {
  const { start } = spanOf(item);
  return text.slice(startOfLine(text, start), start);
}

// Lines that carry no indentation of their own take that of what they follow.
function shifted(text: string, lead: string): string {
  if (/^\s/.test(text)) return text;
  return text
    .split('\n')
    .map((line) => (line.trim() === '' ? line : lead + line))
    .join('\n');
}

function spanOfLine(document: Document, line: number): Span {
  const { start = 0, end = 0 } = textLines(document)[line - 1] ?? {};
  return { start, end };
}
