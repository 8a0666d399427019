import type { CodeBlock } from './blocks.js';

/** A table that SQL creates. Names are as written, without quotes or schema; compare them with letter case folded. */
export interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  readonly foreignKeys: readonly ForeignKey[];
  /** Line of the statement in the document, 1-based. */
  readonly line: number;
}

export interface ForeignKey {
  readonly columns: readonly string[];
  readonly table: string;
  /** The primary key when the statement leaves them out; empty when it does and that key is not stated. */
  readonly references: readonly string[];
}

/**
 * The tables of `CREATE TABLE` statements, with the foreign keys stated in a column, in a constraint or by a later
 * `ALTER TABLE`, be it in another block, and not dropped in their own: another block that drops what this one states is a
 * way back. Comments, strings and the bodies of functions are not
 * read. What is no such statement is passed over: specs abbreviate.
 */
export function readTables(blocks: readonly Pick<CodeBlock, 'code' | 'line'>[]): Table[] {
  const tables: OpenTable[] = [];
  const all = blocks.flatMap(({ code, line }, block) =>
    statements(tokens(code, line)).map((statement) => ({ statement, block })),
  );
  // Tables first: a key may be added to a table that a later block creates.
  for (const { statement, block } of all.toSorted(
    (a, b) => Number(isAlter(a.statement)) - Number(isAlter(b.statement)),
  )) {
    const words = new Words(statement);
    if (words.take('create')) {
      while (words.take('temporary', 'temp', 'unlogged', 'global', 'local')) {}
      const line = statement[0]?.line ?? 0;
      if (!words.take('table')) continue;
      while (words.take('if', 'not', 'exists')) {}
      const name = words.name();
      if (name === undefined || !words.take('(')) continue;
      const items = words.items();
      const columns = items.flatMap(columnOf);
      const primaryKey = items.flatMap(primaryKeyOf);
      tables.push({ name, columns, primaryKey, foreignKeys: items.flatMap(keyOf), line, block });
    } else if (words.take('alter') && words.take('table')) {
      while (words.take('if', 'exists', 'only')) {}
      const name = words.name();
      const table = tables.find((candidate) => sameName(candidate.name, name));
      if (table) for (const item of words.items()) alter(table, item, table.block === block);
    }
  }
  return tables.map(({ name, columns, foreignKeys, line }) => ({
    name,
    columns,
    foreignKeys: foreignKeys.map(({ columns, table, references }) => {
      const target = references.length === 0 ? tables.find((candidate) => sameName(candidate.name, table)) : undefined;
      return { columns, table, references: target?.primaryKey ?? references };
    }),
    line,
  }));
}

/** Whether two SQL names mean the same to a reader of a spec: letter case folded. */
export function sameName(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a.toLowerCase() === b.toLowerCase();
}

interface OpenTable extends Table {
  /** Index of the block that creates it. */
  readonly block: number;
  readonly primaryKey: string[];
  foreignKeys: NamedKey[];
}

interface NamedKey extends ForeignKey {
  /** Its own name; without one, the engine names it after its table and columns. */
  readonly constraint: string | undefined;
}

interface Token {
  /** Lower case for bare words, as written for quoted ones. */
  readonly text: string;
  readonly kind: 'word' | 'name' | 'mark' | 'string';
  readonly line: number;
}

const CONSTRAINTS = new Set(['primary', 'unique', 'check', 'foreign', 'constraint', 'exclude', 'like', 'key', 'index']);

class Words {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  take(...texts: string[]): boolean {
    const token = this.#tokens[this.#at];
    if (!token || token.kind === 'name' || token.kind === 'string' || !texts.includes(token.text.toLowerCase()))
      return false;
    this.#at += 1;
    return true;
  }

  name(): string | undefined {
    let name: string | undefined;
    do {
      const token = this.#tokens[this.#at];
      if (token?.kind !== 'word' && token?.kind !== 'name') return undefined;
      name = token.text;
      this.#at += 1;
    } while (this.take('.'));
    return name;
  }

  /** The names in a parenthesis; none when there is no parenthesis here. */
  names(): string[] {
    const names: string[] = [];
    if (!this.take('(')) return names;
    while (this.#at < this.#tokens.length && !this.take(')')) {
      const name = this.name();
      if (name === undefined) this.#at += 1;
      else names.push(name);
    }
    return names;
  }

  namesAhead(): string[] {
    this.name();
    return this.names();
  }

  /** The comma-separated items up to the end, or to the parenthesis that closes the one just taken. */
  items(): Token[][] {
    const items: Token[][] = [[]];
    let depth = 0;
    for (; this.#at < this.#tokens.length; this.#at += 1) {
      const token = this.#tokens[this.#at] as Token;
      if (token.kind === 'mark' && token.text === ')' && depth === 0) break;
      if (token.kind === 'mark' && token.text === '(') depth += 1;
      if (token.kind === 'mark' && token.text === ')') depth -= 1;
      if (token.kind === 'mark' && token.text === ',' && depth === 0) items.push([]);
      else items.at(-1)?.push(token);
    }
    return items.filter((item) => item.length > 0);
  }

  find(text: string): boolean {
    const at = this.#tokens.findIndex(
      (token, index) => index >= this.#at && token.kind === 'word' && token.text.toLowerCase() === text,
    );
    if (at === -1) return false;
    this.#at = at + 1;
    return true;
  }
}

function isAlter([first]: readonly Token[]): boolean {
  return first?.kind === 'word' && /^alter$/i.test(first.text);
}

function alter(table: OpenTable, item: readonly Token[], isOwnBlock: boolean): void {
  const words = new Words(item);
  if (!words.take('drop')) {
    const stated = withoutAdd(item);
    table.primaryKey.push(...primaryKeyOf(stated));
    table.foreignKeys.push(...keyOf(stated));
    return;
  }
  if (!isOwnBlock) return;
  const isConstraint = words.take('constraint');
  while (words.take('column', 'if', 'exists')) {}
  const dropped = words.name();
  table.foreignKeys = table.foreignKeys.filter(({ constraint, columns }) =>
    isConstraint
      ? !sameName(constraint ?? `${table.name}_${columns.join('_')}_fkey`, dropped)
      : !columns.some((column) => sameName(column, dropped)),
  );
}

// “ADD COLUMN IF NOT EXISTS user_id …” as a CREATE TABLE would state it.
function withoutAdd(item: readonly Token[]): Token[] {
  const from = item.findIndex(({ text }) => !['add', 'column', 'if', 'not', 'exists'].includes(text.toLowerCase()));
  return item.slice(Math.max(from, 0));
}

function columnOf(item: readonly Token[]): string[] {
  const [first] = item;
  return first && (first.kind === 'name' || !CONSTRAINTS.has(first.text.toLowerCase())) ? [first.text] : [];
}

function primaryKeyOf(item: readonly Token[]): string[] {
  const words = new Words(item);
  if (!words.find('primary') || !words.take('key')) return [];
  const own = columnOf(item);
  return own.length > 0 ? own : words.names();
}

function keyOf(item: readonly Token[]): NamedKey[] {
  const words = new Words(item);
  const own = new Words(item);
  // MySQL allows a name between the key words and the columns.
  const columns = own.find('foreign') && own.take('key') ? own.namesAhead() : columnOf(item);
  if (!words.find('references')) return [];
  const table = words.name();
  const named = new Words(item);
  const constraint = named.find('constraint') ? named.name() : undefined;
  return table === undefined ? [] : [{ columns, table, references: words.names(), constraint }];
}

function statements(all: readonly Token[]): Token[][] {
  const found: Token[][] = [[]];
  for (const [at, token] of all.entries()) {
    const last = found.at(-1) as Token[];
    // Specs leave semicolons out between statements; a statement that alters a table may go on to alter a column.
    const isAlterTable = isAlter([token]) && /^table$/i.test(all[at + 1]?.text ?? '');
    const opens = isAlterTable || (token.kind === 'word' && /^create$/i.test(token.text));
    if (token.kind === 'mark' && token.text === ';') found.push([]);
    else if (opens && last.length > 0) found.push([token]);
    else last.push(token);
  }
  return found.filter((statement) => statement.length > 0);
}

// As to PostgreSQL, all that is not ASCII is a letter; but spaces are not, which people copy into specs.
const TOKEN =
  /--[^\n]*|\/\*|[eE]?'|\$(?:[^\s\0-@[-^`{-\x7F][^\s\0-/:-@[-^`{-\x7F]{0,62})?\$|"(?:[^"]|""){0,128}"|`[^`]{0,128}`|\[[^\]\n]{0,128}\]|[^\s\0-@[-^`{-\x7F][^\s\0-#%-/:-@[-^`{-\x7F]*|\S/gu;
const WORD = /^[^\s\0-@[-^`{-\x7F]/u;

function tokens(sql: string, firstLine: number): Token[] {
  const found: Token[] = [];
  let line = firstLine;
  let counted = 0;
  /** The dollar quote around the statements of a DO, which run at once. */
  let around = '';
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(sql); match; match = TOKEN.exec(sql)) {
    const [text] = match;
    for (let at = sql.indexOf('\n', counted); at !== -1 && at < match.index; at = sql.indexOf('\n', counted)) {
      line += 1;
      counted = at + 1;
    }
    if (text === '/*') skipComment(sql, TOKEN.lastIndex);
    else if (/^.?'$/.test(text)) {
      skipString(sql, TOKEN.lastIndex, text !== "'");
      found.push({ text: '', kind: 'string', line });
    } else if (/^\$.*\$$/.test(text)) {
      const opens = around === '' && /^do$/i.test(found.at(-1)?.text ?? '');
      if (!opens && text !== around) skipTo(sql, text, TOKEN.lastIndex);
      around = opens ? text : text === around ? '' : around;
    } else if (/^["`[]./.test(text)) found.push({ text: text.slice(1, -1).replaceAll('""', '"'), kind: 'name', line });
    else if (!text.startsWith('--')) found.push({ text, kind: WORD.test(text) ? 'word' : 'mark', line });
  }
  return found;
}

// Comments nest in PostgreSQL.
function skipComment(sql: string, from: number): void {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = from;
  let depth = 1;
  for (let match = mark.exec(sql); match; match = mark.exec(sql)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) break;
  }
  TOKEN.lastIndex = depth === 0 ? mark.lastIndex : sql.length;
}

// Only E'…' has escapes.
function skipString(sql: string, from: number, hasEscapes: boolean): void {
  let at = from;
  while (at < sql.length && sql[at] !== "'") at += hasEscapes && sql[at] === '\\' ? 2 : 1;
  TOKEN.lastIndex = Math.min(at + 1, sql.length);
}

function skipTo(sql: string, end: string, from: number): void {
  const at = sql.indexOf(end, from);
  TOKEN.lastIndex = at === -1 ? sql.length : at + end.length;
}
