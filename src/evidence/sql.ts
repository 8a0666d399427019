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
  /** Empty when the statement leaves them out, which means the primary key. */
  readonly references: readonly string[];
}

/**
 * The tables of `CREATE TABLE` statements, with the foreign keys stated in a column, in a constraint or by a later
 * `ALTER TABLE`, be it in another block. Comments are not read. What is no such statement is passed over: specs
 * abbreviate.
 */
export function readTables(blocks: readonly Pick<CodeBlock, 'code' | 'line'>[]): Table[] {
  const tables: (Table & { foreignKeys: ForeignKey[] })[] = [];
  const all = blocks.flatMap(({ code, line }) => statements(tokens(code, line)));
  // Tables first: a key may be added to a table that a later block creates.
  for (const statement of all.toSorted((a, b) => Number(isAlter(a)) - Number(isAlter(b)))) {
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
      tables.push({ name, columns, foreignKeys: items.flatMap(foreignKeyOf), line });
    } else if (words.take('alter') && words.take('table')) {
      while (words.take('if', 'exists', 'only')) {}
      const name = words.name();
      const table = tables.find((candidate) => sameName(candidate.name, name));
      table?.foreignKeys.push(...words.items().map(withoutAdd).flatMap(foreignKeyOf));
    }
  }
  return tables;
}

/** Whether two SQL names mean the same to a reader of a spec: letter case folded. */
export function sameName(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a.toLowerCase() === b.toLowerCase();
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

// “ADD COLUMN IF NOT EXISTS user_id …” as a CREATE TABLE would state it.
function withoutAdd(item: readonly Token[]): Token[] {
  const from = item.findIndex(({ text }) => !['add', 'column', 'if', 'not', 'exists'].includes(text.toLowerCase()));
  return item.slice(Math.max(from, 0));
}

function columnOf(item: readonly Token[]): string[] {
  const [first] = item;
  return first && (first.kind === 'name' || !CONSTRAINTS.has(first.text.toLowerCase())) ? [first.text] : [];
}

function foreignKeyOf(item: readonly Token[]): ForeignKey[] {
  const words = new Words(item);
  const own = columnOf(item);
  const constraint = new Words(item);
  // MySQL allows a name between the key words and the columns.
  const columns = constraint.find('foreign') && constraint.take('key') ? constraint.namesAhead() : own;
  if (!words.find('references')) return [];
  const table = words.name();
  return table === undefined ? [] : [{ columns, table, references: words.names() }];
}

function statements(all: readonly Token[]): Token[][] {
  const found: Token[][] = [[]];
  for (const token of all) {
    const last = found.at(-1) as Token[];
    // Specs leave semicolons out between statements.
    const opens = token.kind === 'word' && /^(?:create|alter)$/i.test(token.text);
    if (token.kind === 'mark' && token.text === ';') found.push([]);
    else if (opens && last.length > 0) found.push([token]);
    else last.push(token);
  }
  return found.filter((statement) => statement.length > 0);
}

const TOKEN = /--[^\n]*|\/\*|'|"(?:[^"]|""){0,128}"|`[^`]{0,128}`|\[[^\]\n]{0,128}\]|[\p{L}_][\p{L}\p{N}_$]*|\S/gu;

function tokens(sql: string, firstLine: number): Token[] {
  const found: Token[] = [];
  let line = firstLine;
  let counted = 0;
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(sql); match; match = TOKEN.exec(sql)) {
    const [text] = match;
    for (let at = sql.indexOf('\n', counted); at !== -1 && at < match.index; at = sql.indexOf('\n', counted)) {
      line += 1;
      counted = at + 1;
    }
    if (text === '/*') skipTo(sql, '*/', TOKEN.lastIndex);
    else if (text === "'") {
      skipTo(sql, "'", TOKEN.lastIndex);
      found.push({ text: '', kind: 'string', line });
    } else if (/^["`[]./.test(text)) found.push({ text: text.slice(1, -1), kind: 'name', line });
    else if (!text.startsWith('--')) found.push({ text, kind: /^[\p{L}_]/u.test(text) ? 'word' : 'mark', line });
  }
  return found;
}

function skipTo(sql: string, end: string, from: number): void {
  const at = sql.indexOf(end, from);
  TOKEN.lastIndex = at === -1 ? sql.length : at + end.length;
}
