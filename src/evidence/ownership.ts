import type { Heading, RootContent, Table } from 'mdast';
import { type Document, lineOf, type Section, spanOf } from '../document.js';
import { plainText } from '../markdown.js';
import { isAscii } from '../words.js';

/** One place that says who manages a database table. */
export interface Statement {
  readonly owner: 'Better Auth' | 'Backend' | 'both';
  /** 1-based. */
  readonly line: number;
  /** The kind of place. */
  readonly place: 'its heading' | 'a “Managed By” line' | 'its row';
}

/**
 * Everything in a section that says who manages a database table: the heading of its part (“… (Better Auth Managed)”),
 * lines such as “Managed By: …” in that part or naming the table, and its row under a column such as “Managed By”.
 */
export function ownersOf(document: Document, { blocks }: Section, table: string): Statement[] {
  const statements: Statement[] = [];
  /** The heading whose part the walk is in, when that part is about the table. */
  let own: Heading | undefined;
  /** A heading over several tables that says who manages them: “Better Auth managed tables”. */
  let group: Heading | undefined;
  for (const block of blocks.slice(1)) {
    if (block.type === 'heading') {
      if (!own || block.depth <= own.depth) own = namesTable(block, table) ? block : undefined;
      if (!group || block.depth <= group.depth) group = isGroup(block) ? block : undefined;
      if (own === block)
        statements.push(...headingStatement(block), ...(group && group !== block ? headingStatement(group) : []));
    } else if (block.type === 'table') statements.push(...rowStatements(block, table));
    else if (block.type !== 'html') statements.push(...lineStatements(document, block, own ? undefined : table));
  }
  return statements;
}

/** Whether a heading's subject is a database table: its name, with nothing but a number, an owner or “table” beside it. */
export function namesTable(heading: Heading, table: string): boolean {
  const text = plainText(heading)
    .replace(/\([^()]{0,200}\)/g, ' ')
    .toLowerCase();
  // An expression with the letters of Unicode takes as long to make as all else here takes together.
  const words =
    text.match(isAscii(text) ? /\w+(?:\.[a-z_]\w*)?/g : /[\p{L}\p{N}_]+(?:\.[\p{L}_][\p{L}\p{N}_]*)?/gu) ?? [];
  const subject = words.filter((word) => !BESIDE.test(word)).map((word) => word.replace(/^[a-z_]+\./, ''));
  return subject.length > 0 && subject.every((word) => word === table.toLowerCase());
}

const BESIDE =
  /^(?:[\d.]+|the|table|entity|model|managed|maintained|owned|by|better|auth|back|end|backend|fastapi|sqlmodel|optional|required|public|new|existing)$/;
const ACTOR = /better[\s-]?auth|back-?\s?end|fast-?\s?api|sqlmodel/gi;
const LABEL =
  /\b(?:managed|owned|maintained)[ -]?by\b|\b(?:owner(?:ship)?|managed|responsible)\s{0,4}(?::|\|)|\bmanages\b/i;
const PREFIXED = /\b(better[\s-]?auth|back-?\s?end|fast-?\s?api)[\s-]{1,3}managed\b/i;

function headingStatement(heading: Heading): Statement[] {
  const owner = ownerIn(plainText(heading).replaceAll(/[()]/g, ' '));
  return owner ? [{ owner, line: lineOf(heading), place: 'its heading' }] : [];
}

function isGroup(heading: Heading): boolean {
  const text = plainText(heading);
  return /\btables\b/i.test(text) && /managed|owned|maintained/i.test(text);
}

// With a table given, only lines that name it count: they stand outside its own part.
function lineStatements({ text }: Document, block: RootContent, table: string | undefined): Statement[] {
  const { start, end } = spanOf(block);
  return text
    .slice(start, end)
    .split('\n')
    .flatMap((source, index): Statement[] => {
      const line = source.slice(0, 500);
      if (table !== undefined && !namesInLine(line, table)) return [];
      const owner = statedIn(line.replace(/[*_`]/g, ''));
      return owner ? [{ owner, line: lineOf(block) + index, place: 'a “Managed By” line' }] : [];
    });
}

function statedIn(line: string): Statement['owner'] | undefined {
  const label = LABEL.exec(line);
  if (!label) return ownerIn(PREFIXED.exec(line)?.[1] ?? '');
  // “Better Auth manages this table” has its owner in front.
  if (/manages/i.test(label[0])) return ownerIn(line.slice(0, label.index));
  const said = line.slice(label.index + label[0].length).replace(/^[\s:|=-]+/, '');
  return ownerIn(said.split(/[(;.,|—–]|\bnot\b|\s-\s/, 1)[0] ?? '');
}

function namesInLine(line: string, table: string): boolean {
  const names = [...line.matchAll(/`([^`]{1,64})`/g)].map(([, name]) => unquoted(name ?? ''));
  return names.includes(table.toLowerCase());
}

function rowStatements({ children: [header, ...rows] }: Table, table: string): Statement[] {
  const titles = header?.children.map((cell) => plainText(cell)) ?? [];
  const column = titles.findIndex((title) =>
    /\b(?:manage[drs]|owned|owner|ownership|maintained|maintainer|responsib)/i.test(title),
  );
  if (column === -1) return [];
  return rows.flatMap((row): Statement[] => {
    const isNamed = row.children.some((cell, index) => index !== column && namesInCell(plainText(cell), table));
    const cell = row.children[column];
    const owner = isNamed && cell ? ownerIn(plainText(cell).split(/[(;,—–]/, 1)[0] ?? '') : undefined;
    return owner ? [{ owner, line: lineOf(row), place: 'its row' }] : [];
  });
}

function namesInCell(text: string, table: string): boolean {
  return text
    .split(/[,/&]|\band\b/)
    .map((name) => unquoted(name.trim().replace(/\stable$/i, '')))
    .includes(table.toLowerCase());
}

function ownerIn(text: string): Statement['owner'] | undefined {
  const owners = new Set([...text.matchAll(ACTOR)].map(([name]) => (/better/i.test(name) ? 'Better Auth' : 'Backend')));
  if (owners.size === 2) return 'both';
  return owners.has('Better Auth') ? 'Better Auth' : owners.has('Backend') ? 'Backend' : undefined;
}

function unquoted(name: string): string {
  return name
    .replace(/^["'`]|["'`]$/g, '')
    .toLowerCase()
    .replace(/^[a-z_]{1,32}\./, '');
}
