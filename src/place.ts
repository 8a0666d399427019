import type { RootContent } from 'mdast';
import { visit } from 'unist-util-visit';
import { findSections } from './anchor.js';
import { type Document, lastBlock, lastLineOf, lineOf, type Span, spanOf } from './document.js';
import { type Hints, type LineSense, type Named, slackOf } from './hint.js';
import { findPassages, QUOTE_RUNGS, textLines } from './passage.js';
import type { Gap, Misfit, PatchStatus, Proposal } from './state.js';
import type { Template } from './template.js';

/**
 * Where a text goes that is named by what stands before or behind it. Each name allows some gaps between lines; the place is
 * certain when they have exactly one in common. A line number chooses among several, but recognises nothing by itself.
 */
export function readPlace(document: Document, template: Template, hints: Hints, lines: LineSense): PatchStatus {
  const sides = hints.names.filter(({ relation }) => relation === 'after' || relation === 'before');
  const allowed = sides.map((named) => ({ named, gaps: gapsOf(document, named) }));
  const lost = allowed.filter(({ gaps }) => gaps.length === 0);
  if (sides.length === 0 || lost.length > 0) {
    return { state: 'missing', misfit: { kind: 'no anchor', names: lost.map(({ named }) => named.text) } };
  }
  const scopes = scopesOf(document, hints);
  const common = (allowed[0]?.gaps ?? [])
    .filter((gap) => allowed.every(({ gaps }) => gaps.includes(gap)))
    .filter((gap) => scopes.every(({ from, to }) => gap >= from && gap <= to));
  const [gap] = common;
  if (gap === undefined) {
    const found = allowed.flatMap(({ gaps }) => gaps.slice(0, 1));
    return {
      state: 'missing',
      misfit: { kind: 'contradiction', lines: [...new Set(found)].toSorted((a, b) => a - b) },
    };
  }
  if (common.length === 1) return inserted(document, template, gap);
  const near = common.filter((line) => isNear(line, hints, lines));
  const [nearest] = near;
  if (near.length === 1 && nearest !== undefined) return inserted(document, template, nearest);
  return { state: 'ambiguous', candidates: common.map((line) => spanOfLine(document, line)) };
}

/** The children of the root that an edit reaches into; its own place when that lies between two of them. */
export function touchedBy({ tree }: Document, { start, end }: Span): Span {
  const touched = tree.children.map(spanOf).filter((block) => block.start <= end && block.end >= start);
  return {
    start: Math.min(start, ...touched.map((block) => block.start)),
    end: Math.max(end, ...touched.map((block) => block.end)),
  };
}

// The lines behind which a text can stand that goes before or after what is named; 0 is the start of the document.
function gapsOf(document: Document, { relation, text, isSection }: Named): number[] {
  const name = text.replace(/(?:…|\.{3})$/, '').trim();
  const heading = name.replace(/^#{1,6}\s{1,8}/, '').trim();
  const { sections } = findSections(document, [heading]);
  if (isSection || sections.length > 0) {
    return sections.map((section) =>
      relation === 'before'
        ? lineBefore(document, section.line)
        : lastLineOf(lastBlock(document, section, section.depth)),
    );
  }
  const all = textLines(document);
  const number = /^(?:point|item|step|bullet|number) (\d{1,4})$/i.exec(name)?.[1];
  if (number !== undefined) {
    const isMeant = (line: number): boolean =>
      /^[ \t]{0,40}(\d{1,9})[.)]/.exec(all[line - 1]?.text ?? '')?.[1] === number;
    return itemsOf(document, isMeant, relation);
  }
  const passages = findPassages(document, name, document.isMarkdown ? QUOTE_RUNGS : ['exact', 'part of a line']);
  const row = document.isMarkdown && passages.length === 0 ? rowsWith(document, name) : [];
  if (row.length > 0) return row.map((line) => (relation === 'before' ? lineBefore(document, line) : line));
  const gaps = passages.map(({ span }) => {
    const from = all.findLastIndex(({ start }) => start <= span.start) + 1;
    const to = all.findLastIndex(({ start }) => start < span.end) + 1;
    const unit = unitAround(document, span) ?? { from, to };
    return relation === 'before' ? lineBefore(document, unit.from) : unit.to;
  });
  return [...new Set(gaps)];
}

// The ordered list items that begin on lines of a kind.
function itemsOf(document: Document, isMeant: (line: number) => boolean, relation: Named['relation']): number[] {
  const gaps: number[] = [];
  visit(document.tree, 'listItem', (item) => {
    if (item.position && isMeant(lineOf(item)))
      gaps.push(relation === 'before' ? lineBefore(document, lineOf(item)) : lastLineOf(item));
  });
  return gaps;
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

// The paragraph, item or row that holds a text; nothing within code, where lines stand for themselves.
function unitAround({ tree }: Document, { start, end }: Span): { from: number; to: number } | undefined {
  let unit: { from: number; to: number } | undefined;
  visit(tree, (node) => {
    if (!UNITS.has(node.type) || node.position === undefined) return;
    const span = spanOf(node);
    if (span.start <= start && span.end >= end) unit = { from: lineOf(node), to: lastLineOf(node) };
  });
  return unit;
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
    const { sections } = findSections(document, [text.replace(/^#{1,6}\s{1,8}/, '').trim()]);
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
function inserted(document: Document, template: Template, line: number): PatchStatus {
  const all = textLines(document);
  const at = all[line - 1];
  if (!at) return { state: 'missing', misfit: { kind: 'no anchor', names: [] } };
  const text = template.text.replace(/^(?:[ \t]*\n)+/, '').trimEnd();
  const holder = document.tree.children.findLast((block) => lineOf(block) <= line && lastLineOf(block) >= line);
  const next = all.findIndex((other, index) => index >= line && other.text.trim() !== '') + 1;
  const isInside = holder !== undefined && next > 0 && lastLineOf(holder) >= next;
  const joins = !document.isMarkdown || continues(holder, template);
  if (isInside && !joins) return { state: 'missing', misfit: { kind: 'inside', block: holder } satisfies Misfit };
  const place: Gap = { line, offset: at.end };
  const span = { start: at.end, end: at.end };
  const isLine = joins && (isInside || holder?.type === 'table' || holder?.type === 'list' || !document.isMarkdown);
  if (isLine) {
    const body = shifted(text, at.text, holder).replaceAll('\n', document.eol);
    const edit: Proposal = { span, text: document.eol + body, touches: touchedBy(document, span) };
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

// Rows go on a table, items a list of their kind.
function continues(holder: RootContent | undefined, { blocks, text }: Template): boolean {
  if (holder?.type === 'table')
    return text
      .trim()
      .split('\n')
      .every((line) => line.trim().startsWith('|'));
  const [only] = blocks;
  return holder?.type === 'list' && blocks.length === 1 && only?.type === 'list' && only.ordered === holder.ordered;
}

// Lines that carry no indentation of their own take that of the line they follow.
function shifted(text: string, before: string, holder: RootContent | undefined): string {
  if (holder?.type === 'table' || /^\s/.test(text)) return text;
  const indent = /^[ \t]*/.exec(before)?.[0] ?? '';
  return text
    .split('\n')
    .map((line) => (line.trim() === '' ? line : indent + line))
    .join('\n');
}

function spanOfLine(document: Document, line: number): Span {
  const { start = 0, end = 0 } = textLines(document)[line - 1] ?? {};
  return { start, end };
}
