import type { Heading, RootContent, Table, TableRow } from 'mdast';
import { type Document, lineOf, type Section } from '../document.js';
import { plainText } from '../markdown.js';

/** One place that says who manages a database table. */
export interface Statement {
  readonly owner: 'Better Auth' | 'Backend' | 'both';
  /** 1-based. */
  readonly line: number;
  /** The kind of place: a heading, a line, a row. */
  readonly words: string;
}

/**
 * Everything in a section that says who manages a database table: the heading of its part (“… (Better Auth Managed)”), a
 * “Managed By: …” line in that part, and its row in a table that has a column “Managed By” or “Owner”.
 */
export function ownersOf(document: Document, { blocks }: Section, table: string): Statement[] {
  return blocks.slice(1).flatMap((block, index) => {
    if (block.type === 'table') return rowsOf(block, table);
    if (block.type !== 'heading' || !namesTable(block, table)) return [];
    const rest = blocks.slice(index + 2);
    const end = rest.findIndex((next) => next.type === 'heading' && next.depth <= block.depth);
    return [
      ...headingStatement(block),
      ...(end === -1 ? rest : rest.slice(0, end)).flatMap((part) => lineStatements(document, part)),
    ];
  });
}

/** Whether a heading names a database table: as code, as “user table” or “table user”, or by nothing else. */
export function namesTable(heading: Heading, table: string): boolean {
  const wanted = table.toLowerCase();
  if (heading.children.some((child) => child.type === 'inlineCode' && unquoted(child.value) === wanted)) return true;
  const words = plainText(heading)
    .toLowerCase()
    .split(/[^\p{L}\p{N}_]+/u)
    .filter((word) => word !== '' && !/^\d+$/.test(word));
  return words.some(
    (word, at) =>
      word === wanted &&
      (words[at + 1] === 'table' || words[at - 1] === 'table' || words.length === 1 || words[1] === 'managed'),
  );
}

function headingStatement(heading: Heading): Statement[] {
  const text = plainText(heading);
  const stated = /managed|owned|owner/i.test(text) ? ownerIn(text) : undefined;
  return stated ? [{ owner: stated, line: lineOf(heading), words: 'its heading' }] : [];
}

// Lines such as “**Managed By**: Better Auth”, alone, in a list, or among others in one paragraph.
function lineStatements(document: Document, block: RootContent): Statement[] {
  if (block.type !== 'paragraph' && block.type !== 'list' && block.type !== 'blockquote') return [];
  const { start, end } = block.position ?? {};
  const lines = document.text.slice(start?.offset, end?.offset).split('\n');
  return lines.flatMap((line, index) => {
    const text = line.replace(/[*_`]/g, '').slice(0, 400);
    const label = /\b(?:managed[ -]by|owned[ -]by|owner)\b/i.exec(text);
    const stated = label ? ownerIn(text.slice(label.index + label[0].length)) : undefined;
    return stated ? [{ owner: stated, line: (start?.line ?? 1) + index, words: 'its “Managed By” line' }] : [];
  });
}

function rowsOf({ children: [header, ...rows] }: Table, table: string): Statement[] {
  const titles = header?.children.map((cell) => plainText(cell).toLowerCase()) ?? [];
  const column = titles.findIndex((title) => /^(?:managed by|owned by|owner|ownership|managed)$/.test(title));
  if (column === -1) return [];
  return rows.flatMap((row) => {
    if (!namesRow(row, table)) return [];
    const cell = row.children[column];
    const stated = cell ? ownerIn(plainText(cell)) : undefined;
    return stated ? [{ owner: stated, line: lineOf(row), words: 'its row' }] : [];
  });
}

function namesRow(row: TableRow, table: string): boolean {
  const [first] = row.children;
  return first !== undefined && unquoted(plainText(first).replace(/ table$/i, '')) === table.toLowerCase();
}

function ownerIn(text: string): Statement['owner'] | undefined {
  const isBetterAuth = /better[\s-]?auth/i.test(text);
  const isBackend = /back-?end|fast-?api|sqlmodel/i.test(text);
  if (isBetterAuth && isBackend) return 'both';
  return isBetterAuth ? 'Better Auth' : isBackend ? 'Backend' : undefined;
}

function unquoted(name: string): string {
  return name.replace(/^["'`]|["'`]$/g, '').toLowerCase();
}
