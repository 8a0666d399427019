import type { RootContent } from 'mdast';
import { findSections, lines, section } from '../src/anchor.js';
import type { PatchDefinition } from '../src/define.js';
import { type Document, lastLineOf, lineOf, type Section } from '../src/document.js';
import { codeBlocks } from '../src/evidence/blocks.js';
import { namesTable, ownersOf, type Statement } from '../src/evidence/ownership.js';
import { readTables, sameName, type Table } from '../src/evidence/sql.js';
import type { Verdict } from '../src/patch.js';
import { template } from '../src/template.js';

export const databaseSchema: PatchDefinition = {
  id: 'database-schema',
  title: 'Add the Database Schema section',
  why: 'Nothing says which tables Better Auth creates and manages, and which one the backend has to create itself.',
  change: {
    kind: 'insertAfter',
    anchors: [section('Better Auth Installation'), lines(67)],
    template: template('database-schema.md').text,
  },
  checks: [
    {
      claim: 'Database schema section exists with all 4 tables documented',
      covers: ['FR-004', 'SC-002'],
      judge: (document) => inSchema(document, (schema) => judgeDocumented(document, schema)),
    },
    {
      claim: '`user`, `session`, `account` tables marked as "Better Auth Managed"',
      covers: ['FR-004', 'SC-002'],
      judge: (document) =>
        inSchema(document, (schema) => judgeOwner(document, schema, ['user', 'session', 'account'], 'Better Auth')),
    },
    {
      claim: '`tasks` table marked as "Backend Managed"',
      covers: ['FR-004', 'SC-002'],
      judge: (document) => inSchema(document, (schema) => judgeOwner(document, schema, ['tasks'], 'Backend')),
    },
    {
      claim: 'Foreign key relationship between `tasks.user_id` and `user.id` documented',
      covers: ['FR-005'],
      judge: judgeForeignKey,
    },
  ],
};

const TABLES = ['user', 'session', 'account', 'tasks'];

function inSchema(document: Document, judge: (schema: Section) => Verdict): Verdict {
  const [schema] = findSections(document, ['Database Schema']).sections;
  return schema ? judge(schema) : { holds: false, evidence: ['no section “Database Schema”'] };
}

function judgeDocumented(document: Document, schema: Section): Verdict {
  const created = tablesIn(document, schema.blocks);
  const places = TABLES.map((name) => {
    const heading = schema.blocks.slice(1).find((block) => block.type === 'heading' && namesTable(block, name));
    const statement = created.find((table) => sameName(table.name, name));
    const line = heading ? lineOf(heading) : statement?.line;
    return {
      holds: line !== undefined,
      evidence: line === undefined ? `nothing documents \`${name}\`` : `line ${line}: \`${name}\``,
    };
  });
  return summary(places);
}

function judgeOwner(document: Document, schema: Section, names: readonly string[], owner: Statement['owner']): Verdict {
  return summary(
    names.flatMap((name) => {
      const statements = ownersOf(document, schema, name);
      const against = statements.filter((statement) => statement.owner !== owner);
      if (statements.length === 0) return [{ holds: false, evidence: `nothing says who manages \`${name}\`` }];
      return (against.length > 0 ? against : statements.slice(0, 1)).map(({ line, owner: stated, place }) => ({
        holds: stated === owner,
        evidence: `line ${line}: ${stated} manages \`${name}\` (${place})`,
      }));
    }),
  );
}

function judgeForeignKey(document: Document): Verdict {
  const tasks = tablesIn(document).filter(({ name }) => sameName(name, 'tasks'));
  if (tasks.length === 0) return inSchema(document, (schema) => judgeStatedKey(document, schema));
  return summary(
    tasks.map(({ line, foreignKeys }) => {
      const holds = foreignKeys.some(
        ({ columns, table, references }) =>
          columns.length === 1 &&
          sameName(columns[0], 'user_id') &&
          sameName(table, 'user') &&
          sameName(references[0] ?? 'id', 'id'),
      );
      return {
        holds,
        evidence: `line ${line}: \`tasks\` ${holds ? 'references' : 'has no foreign key from `user_id` to'} \`user.id\``,
      };
    }),
  );
}

// Without SQL for the table: a line in its part, or one that names both columns in full.
function judgeStatedKey(document: Document, schema: Section): Verdict {
  const parts = document.sections.filter(
    ({ heading }) => schema.blocks.includes(heading) && namesTable(heading, 'tasks'),
  );
  const lines = document.text.slice(schema.span.start, schema.span.end).split('\n');
  const comments = schema.blocks.filter(({ type }) => type === 'html');
  const stated = lines.flatMap((whole, index) => {
    const line = schema.line + index;
    const text = whole.slice(0, 500);
    const isOfTasks =
      /\btasks\.user_id\b/.test(text) ||
      parts.some(({ heading, blocks }) => line > lineOf(heading) && line <= lastLineOf(blocks.at(-1) ?? heading));
    if (comments.some((block) => line >= lineOf(block) && line <= lastLineOf(block))) return [];
    return isOfTasks && /\buser_id\b/.test(text) && KEY_TO_USER.test(text) && !NO_KEY.test(text)
      ? [`line ${line}: ${text.trim()}`]
      : [];
  });
  return stated.length > 0
    ? { holds: true, evidence: stated }
    : { holds: false, evidence: ['no foreign key from `tasks.user_id` to `user.id`'] };
}

// “foreign key → user.id”, “FK to `user`(id)”, “references "user"(id)”, `Field(foreign_key="user.id")`.
const KEY_TO_USER =
  /\b(?:foreign[\s_-]key|fk|references)\b[^.;\w]{0,12}(?:(?:to|of|the|on)\b[^.;\w]{0,6}){0,2}user["'`]?(?:\.["'`]?id\b|\s?\(["'`]{0,2}id\b)/i;
const NO_KEY = /\b(?:no|not|isn't|without|never)\b(?: an?| the)? (?:foreign|fk|references)|\b(?:removed|dropped)\b/i;

function tablesIn(document: Document, blocks?: readonly RootContent[]): Table[] {
  return readTables(
    codeBlocks(document, blocks).filter(
      ({ language, code }) => /sql|^pg|postgres/.test(language) || (language === '' && /\btable\b/i.test(code)),
    ),
  );
}

function summary(parts: readonly { readonly holds: boolean; readonly evidence: string }[]): Verdict {
  const failed = parts.filter(({ holds }) => !holds);
  return { holds: failed.length === 0, evidence: (failed.length > 0 ? failed : parts).map(({ evidence }) => evidence) };
}
