import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { PGlite } from '@electric-sql/pglite';
import type { Code, Table } from 'mdast';
import { toString as textOf } from 'mdast-util-to-string';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readTables } from '../src/evidence/sql.js';
import { template } from '../src/template.js';
import { failing, finished, swap } from './support.js';

const NAMES = ['flow-diagram.md', 'database-schema.md', 'jwt-verification.md', 'cors-configuration.md'];
const codes = (name: string): Code[] => template(name).blocks.filter((block) => block.type === 'code');
const codesIn = (name: string, lang: string) => codes(name).flatMap((code) => (code.lang === lang ? [code.value] : []));

describe('the SQL of the schema, on PostgreSQL', () => {
  const [user = '', session = '', account = '', tasks = ''] = codesIn('database-schema.md', 'sql');
  const documented = [user, session, account, tasks];
  const people = `INSERT INTO "user" (id, email, password_hash) VALUES ('u1', 'a@b.c', 'x'), ('u2', 'd@e.f', 'x');`;
  let db: PGlite;
  beforeAll(async () => {
    db = await PGlite.create();
  });
  afterAll(() => db.close());
  // Each test in a transaction of its own: the engine starts once.
  beforeEach(() => db.exec('BEGIN'));
  afterEach(() => db.exec('ROLLBACK'));

  const run = (...statements: string[]) => db.exec(statements.join('\n'));
  /** SQLSTATE of the error, '' without one. */
  const stateOf = async (...statements: string[]): Promise<string> => {
    await run('SAVEPOINT here');
    return run(...statements).then(
      () => '',
      async ({ code }) => {
        await run('ROLLBACK TO here');
        return code;
      },
    );
  };
  const rows = async (query: string) => (await db.query<unknown[]>(query, [], { rowMode: 'array' })).rows;

  it('has a block for each table, in order', () => {
    expect(readTables(codesIn('database-schema.md', 'sql').map((code) => ({ code, line: 1 })))).toMatchObject([
      { name: 'user' },
      { name: 'session' },
      { name: 'tasks' },
    ]);
    expect(codesIn('database-schema.md', 'sql')).toEqual(documented);
  });

  it('runs in the documented order, and each table exists then', async () => {
    for (const statements of documented) expect(await stateOf(statements)).toBe('');
    expect(await rows(`SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`)).toEqual([
      ['session'],
      ['tasks'],
      ['user'],
    ]);
  });

  it('does not run before the table that it refers to', async () => {
    expect(await stateOf(session)).toBe('42P01');
    expect(await stateOf(tasks)).toBe('42P01');
    expect(await stateOf(user, tasks)).toBe('');
  });

  it('refuses a session or task of nobody', async () => {
    await run(...documented, people);
    expect(await stateOf(`INSERT INTO session (id, user_id, expires_at) VALUES ('s', 'nobody', now())`)).toBe('23503');
    expect(await stateOf(`INSERT INTO tasks (user_id, title) VALUES ('nobody', 't')`)).toBe('23503');
    expect(await stateOf(`INSERT INTO session (id, user_id, expires_at) VALUES ('s', 'u1', now())`)).toBe('');
    expect(await stateOf(`INSERT INTO tasks (user_id, title) VALUES ('u1', 't')`)).toBe('');
  });

  it('deletes the sessions and tasks of a deleted user, and nobody else’s', async () => {
    await run(...documented, people);
    await run(`INSERT INTO session (id, user_id, expires_at) VALUES ('s1', 'u1', now()), ('s2', 'u2', now())`);
    await run(`INSERT INTO tasks (user_id, title) VALUES ('u1', 't'), ('u1', 't'), ('u2', 't')`);
    await run(`DELETE FROM "user" WHERE id = 'u1'`);
    expect(await rows('SELECT id, user_id FROM session')).toEqual([['s2', 'u2']]);
    expect(await rows('SELECT id, user_id FROM tasks')).toEqual([[3, 'u2']]);
  });

  it('refuses a second user with the same email', async () => {
    await run(...documented, people);
    expect(await stateOf(`INSERT INTO "user" (id, email, password_hash) VALUES ('u3', 'a@b.c', 'x')`)).toBe('23505');
    expect(await stateOf(`INSERT INTO "user" (id, email, password_hash) VALUES ('u1', 'g@h.i', 'x')`)).toBe('23505');
  });

  it('refuses NULL in exactly the columns that it says', async () => {
    await run(...documented);
    expect(
      await rows(
        `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'
         AND is_nullable = 'NO' ORDER BY table_name, ordinal_position`,
      ),
    ).toEqual([
      ...['id', 'user_id', 'expires_at'].map((column) => ['session', column]),
      ...['id', 'user_id', 'title'].map((column) => ['tasks', column]),
      ...['id', 'email', 'password_hash'].map((column) => ['user', column]),
    ]);
    await run(people);
    expect(await stateOf(`INSERT INTO tasks (user_id) VALUES ('u1')`)).toBe('23502');
    expect(await stateOf(`INSERT INTO tasks (title) VALUES ('t')`)).toBe('23502');
    expect(await stateOf(`INSERT INTO "user" (id, password_hash) VALUES ('u3', 'x')`)).toBe('23502');
  });

  it('numbers tasks, and fills what is left out', async () => {
    await run(...documented, people, `INSERT INTO tasks (user_id, title) VALUES ('u1', 't'), ('u1', 't')`);
    expect(
      await rows('SELECT id, description, completed, created_at = now(), updated_at = now() FROM tasks ORDER BY id'),
    ).toEqual([
      [1, null, false, true, true],
      [2, null, false, true, true],
    ]);
    expect(await stateOf(`INSERT INTO tasks (user_id, title) VALUES ('u1', repeat('x', 201))`)).toBe('22001');
  });

  it('has an index on the owner of a task and one on its state', async () => {
    await run(...documented);
    expect(await rows(`SELECT indexname, indexdef FROM pg_indexes WHERE indexname ~ '^idx_' ORDER BY 1`)).toEqual([
      ['idx_tasks_completed', 'CREATE INDEX idx_tasks_completed ON public.tasks USING btree (completed)'],
      ['idx_tasks_user_id', 'CREATE INDEX idx_tasks_user_id ON public.tasks USING btree (user_id)'],
    ]);
  });

  // What the engine knows, against what the claims read: table(columns) → table(columns).
  const keysInCatalogue = async () =>
    (
      await rows(`SELECT owner.relname || '(' || ${columnsOf('conrelid', 'conkey')} || ') → ' || other.relname || '('
        || ${columnsOf('confrelid', 'confkey')} || ')' FROM pg_constraint
        JOIN pg_class owner ON owner.oid = conrelid JOIN pg_class other ON other.oid = confrelid WHERE contype = 'f'`)
    )
      .flat()
      .toSorted();
  const columnsOf = (table: string, numbers: string) =>
    `(SELECT string_agg(attname, ',' ORDER BY place) FROM unnest(${numbers}) WITH ORDINALITY AS one(number, place)
      JOIN pg_attribute ON attrelid = ${table} AND attnum = number)`;
  const primaryKeyOf = async (table: string) =>
    (
      await rows(`SELECT ${columnsOf('conrelid', 'conkey')} FROM pg_constraint
        JOIN pg_class ON pg_class.oid = conrelid WHERE contype = 'p' AND relname = '${table}'`)
    ).join();
  const folded = (names: readonly string[]) => names.map((name) => name.toLowerCase()).join();
  const keysRead = async (blocks: readonly string[]) => {
    const keys = readTables(blocks.map((code) => ({ code, line: 1 }))).flatMap(({ name, foreignKeys }) =>
      foreignKeys.map(async ({ columns, table, references }) => {
        const to = table.toLowerCase();
        return `${name.toLowerCase()}(${folded(columns)}) → ${to}(${folded(references) || (await primaryKeyOf(to))})`;
      }),
    );
    return (await Promise.all(keys)).toSorted();
  };

  it('has the foreign keys that are read from it', async () => {
    await run(...documented);
    expect(await keysInCatalogue()).toEqual(['session(user_id) → user(id)', 'tasks(user_id) → user(id)']);
    expect(await keysRead(documented)).toEqual(await keysInCatalogue());
    expect(
      await rows(`SELECT table_name, column_name, data_type FROM information_schema.columns
        WHERE table_name IN ('user', 'tasks') AND column_name IN ('id', 'user_id') ORDER BY 1, 2`),
    ).toEqual([
      ['tasks', 'id', 'integer'],
      ['tasks', 'user_id', 'character varying'],
      ['user', 'id', 'character varying'],
    ]);
  });

  // The same tables as other people write them: whatever the engine makes of it, the reader must have read.
  const users = `CREATE TABLE "user" (id text PRIMARY KEY, email text UNIQUE, org int, UNIQUE (id, org));`;
  const KEY = 'tasks(user_id) → user(id)';
  const written: [how: string, keys: string[], ...blocks: string[]][] = [
    ['inline', [KEY], users, 'CREATE TABLE tasks (id serial, user_id text NOT NULL REFERENCES "user"(id));'],
    [
      'inline, to the primary key',
      [KEY],
      users,
      'CREATE TABLE tasks (user_id text references "user" on delete cascade)',
    ],
    ['inline, named', [KEY], users, 'CREATE TABLE tasks (user_id text CONSTRAINT f REFERENCES "user" (id) DEFERRABLE)'],
    [
      'lower case',
      [KEY],
      users,
      'create table if not exists tasks (user_id text, foreign key (user_id) references "user" (id));',
    ],
    ['upper case', [KEY], users, 'CREATE TABLE TASKS (USER_ID TEXT, FOREIGN KEY (USER_ID) REFERENCES "user"(ID));'],
    ['without spaces', [KEY], users, 'CREATE TABLE tasks(user_id text,FOREIGN KEY(user_id)REFERENCES"user"(id));'],
    [
      'every name quoted',
      [KEY],
      users,
      'CREATE TABLE "tasks" ("user_id" text, CONSTRAINT "f k" FOREIGN KEY ("user_id") REFERENCES "user" ("id"));',
    ],
    ['schema-qualified', [KEY], users, 'CREATE TABLE public.tasks (user_id text REFERENCES "public"."user" (id));'],
    [
      'by a later statement',
      [KEY],
      users,
      'CREATE TABLE tasks (user_id text);',
      'ALTER TABLE tasks ADD CONSTRAINT f FOREIGN KEY (user_id) REFERENCES "user"(id) ON DELETE CASCADE;',
    ],
    [
      'as pg_dump writes it',
      [KEY],
      users,
      'CREATE TABLE public.tasks (\n    id integer NOT NULL,\n    user_id character varying NOT NULL\n);',
      'ALTER TABLE ONLY public.tasks\n    ADD CONSTRAINT tasks_pkey PRIMARY KEY (id);',
      'ALTER TABLE ONLY public.tasks\n    ADD CONSTRAINT f FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE CASCADE;',
    ],
    [
      'with a column added later',
      [KEY],
      users,
      'CREATE TABLE tasks (id int);',
      'ALTER TABLE IF EXISTS tasks ADD COLUMN IF NOT EXISTS user_id text REFERENCES "user"(id), ADD CHECK (id > 0);',
    ],
    [
      'beside a changed column',
      [KEY],
      users,
      'CREATE TABLE tasks (user_id text);',
      'ALTER TABLE tasks ALTER COLUMN user_id SET NOT NULL, ADD FOREIGN KEY (user_id) REFERENCES "user"(id);',
    ],
    [
      'among commas, brackets and strings',
      [KEY],
      users,
      `CREATE TABLE tasks (price numeric(10, 2) DEFAULT 1.5, tags text[] DEFAULT ARRAY['a', 'b)'], note text DEFAULT 'it''s, (', CHECK (note IN ('a', 'b')), user_id text REFERENCES "user"(id));`,
    ],
    [
      'among comments',
      [KEY],
      users,
      `CREATE TABLE tasks ( -- don't, (\n  user_id text /* whose; */ REFERENCES -- the\n "user" /* by */ (id)\n);`,
    ],
    [
      'composite',
      ['tasks(user_id,org) → user(id,org)'],
      users,
      'CREATE TABLE tasks (user_id text, org int, FOREIGN KEY (user_id, org) REFERENCES "user"(id, org));',
    ],
    [
      'none',
      [],
      users,
      'CREATE TABLE tasks (id serial PRIMARY KEY, user_id text NOT NULL);\nCREATE INDEX i ON tasks (user_id);',
    ],
    [
      'in a line comment',
      [],
      users,
      'CREATE TABLE tasks (\n  user_id text -- REFERENCES "user"(id)\n  -- FOREIGN KEY (user_id) REFERENCES "user"(id)\n);',
    ],
    [
      'in a block comment',
      [],
      users,
      'CREATE TABLE tasks (user_id text /*, FOREIGN KEY (user_id)\n REFERENCES "user"(id) */);',
    ],
    [
      'in a comment in a comment',
      [],
      users,
      'CREATE TABLE tasks (user_id text /* a /* b */ REFERENCES "user"(id) */);',
    ],
    ['in a string', [], users, `CREATE TABLE tasks (user_id text DEFAULT 'REFERENCES "user"(id)');`],
    [
      'in a string with an escaped quote',
      [],
      users,
      `CREATE TABLE tasks (user_id text DEFAULT E'\\' REFERENCES "user"(id)');`,
    ],
    [
      'in a quoted function',
      [],
      users,
      `CREATE TABLE tasks (user_id text);\nCREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ ALTER TABLE tasks ADD FOREIGN KEY (user_id) REFERENCES "user"(id) $$;`,
    ],
    [
      'in a block that runs at once',
      [KEY],
      users,
      `CREATE TABLE tasks (user_id text);\nDO $$ BEGIN ALTER TABLE tasks ADD FOREIGN KEY (user_id) REFERENCES "user"(id); END $$;`,
    ],
    [
      'dropped again',
      [],
      users,
      'CREATE TABLE tasks (user_id text, CONSTRAINT f FOREIGN KEY (user_id) REFERENCES "user"(id));\nALTER TABLE tasks DROP CONSTRAINT f;',
    ],
    [
      'dropped again by the name that it has by default',
      [],
      users,
      'CREATE TABLE tasks (user_id text REFERENCES "user"(id));\nALTER TABLE tasks DROP CONSTRAINT IF EXISTS tasks_user_id_fkey CASCADE;',
    ],
    [
      'dropped with its column',
      [],
      users,
      'CREATE TABLE tasks (id int, user_id text REFERENCES "user"(id));\nALTER TABLE tasks DROP COLUMN user_id;',
    ],
    [
      'to another column',
      ['tasks(user_id) → user(email)'],
      users,
      'CREATE TABLE tasks (user_id text REFERENCES "user"(email));',
    ],
    [
      'to a primary key of another name',
      ['tasks(user_id) → user(uid)'],
      'CREATE TABLE "user" (uid text PRIMARY KEY, id text);',
      'CREATE TABLE tasks (user_id text REFERENCES "user");',
    ],
    [
      'from another column',
      ['tasks(owner) → user(id)'],
      users,
      'CREATE TABLE tasks (user_id text, owner text REFERENCES "user"(id));',
    ],
    [
      'of another table',
      ['notes(user_id) → user(id)'],
      users,
      'CREATE TABLE notes (user_id text REFERENCES "user"(id));\nCREATE TABLE tasks (user_id text);',
    ],
    [
      'two of one table',
      ['tasks(org) → orgs(id)', KEY],
      users,
      'CREATE TABLE orgs (id int PRIMARY KEY);\nCREATE TABLE tasks (org int REFERENCES orgs, user_id text, FOREIGN KEY (user_id) REFERENCES "user");',
    ],
    [
      'to a name with quotes in it',
      ['tasks(user_id) → us"er(id)'],
      'CREATE TABLE "us""er" (id text PRIMARY KEY);',
      'CREATE TABLE tasks (user_id text REFERENCES "us""er"(id));',
    ],
    [
      'of a table dropped before',
      [KEY],
      users,
      'DROP TABLE IF EXISTS tasks;\nCREATE TABLE tasks (user_id text REFERENCES "user"(id));',
    ],
  ];
  it('is read whatever another block says of the way back', async () => {
    const back = 'ALTER TABLE tasks DROP CONSTRAINT tasks_user_id_fkey;\nDROP TABLE tasks;';
    expect(await keysRead([...documented, back])).toEqual(await keysRead(documented));
  });

  it.each(written)('a foreign key written %s is read as the engine has it', async (_, keys, ...blocks) => {
    await run(...blocks.map((block) => `${block};`));
    expect(await keysInCatalogue()).toEqual(keys);
    expect(await keysRead(blocks)).toEqual(keys);
    const spec = `## Database Schema\n\n${blocks.map((block) => `\`\`\`sql\n${block}\n\`\`\`\n`).join('\n')}`;
    expect(failing(spec).includes(7)).toBe(!keys.includes(KEY));
  });
});

// Just enough of the libraries to run the code: FastAPI’s injection, and HS256 as PyJWT checks it.
const STUBS = `
import ast, asyncio, base64, hashlib, hmac, inspect, json, os, sys, time, types

def module(name, **names):
    sys.modules[name] = types.ModuleType(name)
    vars(sys.modules[name]).update(names)
    return vars(sys.modules[name])

class HTTPException(Exception):
    def __init__(self, status_code, detail):
        self.status_code = status_code

class InvalidTokenError(Exception): pass
class ExpiredSignatureError(InvalidTokenError): pass

def part(text):
    return base64.urlsafe_b64decode(text + "==")

def decode(token, key, algorithms):
    try:
        head, body, signature = token.split(".")
        signed = hmac.new(key.encode(), f"{head}.{body}".encode(), hashlib.sha256).digest()
        assert json.loads(part(head))["alg"] in algorithms and hmac.compare_digest(signed, part(signature))
        claims = json.loads(part(body))
    except Exception as error:
        raise InvalidTokenError from error
    if claims.get("exp", float("inf")) < time.time():
        raise ExpiredSignatureError
    return claims

class Credentials: pass
class HTTPBearer:
    def __call__(self):
        return Credentials
class Depends:
    def __init__(self, dependency):
        self.dependency = dependency
class APIRouter(dict):
    def get(self, path):
        return lambda route: self.setdefault(path, route)
class FastAPI(list):
    def add_middleware(self, kind, **options):
        self.append([kind.__name__, options])
class CORSMiddleware: pass

class Column:
    def __eq__(self, value):
        return lambda row: row["user_id"] == value
class Task:
    user_id = Column()
class Session:
    def where(self, test):
        self.rows = [row for row in [{"user_id": "alice"}, {"user_id": "bob"}] if test(row)]
        return self
    def exec(self, statement):
        return statement
    def all(self):
        return self.rows

module("fastapi", APIRouter=APIRouter, Depends=Depends, FastAPI=FastAPI, HTTPException=HTTPException, Security=Depends)
module("fastapi.security", HTTPBearer=HTTPBearer, HTTPAuthorizationCredentials=Credentials)
module("fastapi.middleware.cors", CORSMiddleware=CORSMiddleware)
module("jwt", decode=decode, InvalidTokenError=InvalidTokenError, ExpiredSignatureError=ExpiredSignatureError)
module("sqlmodel", Session=Session, select=lambda _: Session())
module("models", Task=Task)
module("database", get_session=Session)

async def inject(call, path):
    for name, parameter in inspect.signature(call).parameters.items():
        if isinstance(parameter.default, Depends):
            path = {**path, name: await inject(parameter.default.dependency, {})}
    done = call(**path)
    return await done if inspect.isawaitable(done) else done

def answer(call, token, secret, path):
    Credentials.credentials = token
    os.environ.pop("BETTER_AUTH_SECRET", None)
    if secret is not None:
        os.environ["BETTER_AUTH_SECRET"] = secret
    try:
        return asyncio.run(inject(call, path))
    except HTTPException as error:
        return error.status_code

given = json.load(sys.stdin)
run = {}
for name, code in given["files"]:
    ast.parse(code)
    run[name] = module(name)
    exec(code, run[name])
verify_jwt = run["middleware.auth"]["verify_jwt"]
routes = run["routes.tasks"]["router"]
json.dump({
    "verified": [answer(verify_jwt, token, secret, {}) for token, secret in given["tokens"]],
    "routes": list(routes),
    "tasks": [answer(routes["/api/{user_id}/tasks"], token, "key", {"user_id": user}) for user, token in given["requests"]],
    "middleware": run["main"]["app"],
}, sys.stdout)
`;

const python = (code: string, input: string) => spawnSync('python3', ['-c', code], { input, encoding: 'utf8' });

function skipWithoutPython(): boolean {
  if (python('import sys; sys.exit(sys.version_info < (3, 8))', '').status === 0) return false;
  process.stderr.write('skipped: python3 is not there\n');
  return true;
}

describe.skipIf(skipWithoutPython())('the Python', () => {
  const inBase64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const tokenOf = (claims: object, key = 'key', alg = 'HS256') => {
    const signed = `${inBase64({ alg, typ: 'JWT' })}.${inBase64(claims)}`;
    return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
  };
  const now = Math.floor(Date.now() / 1000);
  const alice = tokenOf({ sub: 'alice', exp: now + 600 });
  const tokens: [what: string, answer: string | number, token: string, secret?: string | null][] = [
    ['gives the user of a valid token', 'alice', alice],
    ['refuses an expired token', 401, tokenOf({ sub: 'alice', exp: now - 600 })],
    ['refuses a token signed with another secret', 401, tokenOf({ sub: 'alice' }, 'other')],
    ['refuses a token whose claims were changed', 401, alice.replace(/\..*\./, `.${inBase64({ sub: 'bob' })}.`)],
    ['refuses a token without a signature', 401, `${inBase64({ alg: 'none' })}.${inBase64({ sub: 'alice' })}.`],
    ['refuses another algorithm', 401, tokenOf({ sub: 'alice' }, 'key', 'HS512')],
    ['refuses what is no token', 401, 'alice'],
    ['refuses a token without a user', 403, tokenOf({ exp: now + 600 })],
    ['refuses a token of an empty user', 403, tokenOf({ sub: '', exp: now + 600 })],
    ['says that the server has no secret', 500, alice, null],
    ['says that the secret is empty', 500, alice, ''],
  ];
  // Each block under the path that its “File” line gives it.
  const files = ['jwt-verification.md', 'cors-configuration.md'].flatMap((name) =>
    [...template(name).text.matchAll(/^\*\*File\*\*: `backend\/([\w/]+)\.py`\n\n```python\n([\s\S]*?)^```$/gm)].map(
      ([, path = '', code = '']) => [path.replaceAll('/', '.'), code] as const,
    ),
  );
  let ran: { verified: unknown[]; routes: unknown; tasks: unknown; middleware: [string, Record<string, unknown>][] };
  beforeAll(() => {
    const { stdout, stderr } = python(
      STUBS,
      JSON.stringify({
        files,
        tokens: tokens.map(([, , token, secret = 'key']) => [token, secret]),
        requests: [
          ['alice', alice],
          ['bob', alice],
          ['alice', 'nonsense'],
        ],
      }),
    );
    expect(stderr).toBe('');
    ran = JSON.parse(stdout);
  });

  it('is Python, every block, each of a file that it names', () => {
    expect(files.map(([path]) => path)).toEqual(['middleware.auth', 'routes.tasks', 'main']);
    const blocks = NAMES.flatMap((name) => codesIn(name, 'python'));
    expect(blocks.map((code) => `${code}\n`)).toEqual(files.map(([, code]) => code));
    for (const code of blocks) expect(python('import ast, sys; ast.parse(sys.stdin.read())', code).stderr).toBe('');
  });

  it.each(tokens.map(([what, answer], at) => [what, answer, at] as const))('%s: %s', (_, answer, at) => {
    expect(ran.verified[at]).toBe(answer);
  });

  it('gives users their own tasks, others none', () => {
    expect(ran.routes).toEqual(['/api/{user_id}/tasks']);
    expect(ran.tasks).toEqual([[{ user_id: 'alice' }], 403, 401]);
  });

  it('lets browsers send cookies, from named origins only', () => {
    expect(ran.middleware).toEqual([
      [
        'CORSMiddleware',
        {
          allow_origins: ['http://localhost:3000', 'https://your-frontend-domain.com'],
          allow_credentials: true,
          allow_methods: ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'],
          allow_headers: ['*'],
        },
      ],
    ]);
  });
});

describe('the other blocks', () => {
  it('say what language they are in', () => {
    expect(NAMES.map((name) => codes(name).map(({ lang, meta }) => [lang, meta].join(' ').trim()))).toEqual([
      [''],
      ['sql', 'sql', 'sql', 'sql'],
      ['python', 'python', 'txt', 'bash', 'env'],
      ['python'],
    ]);
  });

  it('require a version of the package that the commands install and the code imports', () => {
    const [requirement = ''] = codesIn('jwt-verification.md', 'txt');
    expect(requirement).toMatch(/^[A-Za-z][\w.-]*==\d+(?:\.\d+)*(?: {2}# [^\n]+)?$/);
    const [name = ''] = requirement.split('==');
    expect(codesIn('jwt-verification.md', 'bash')).toEqual([`cd backend\npip install ${name}`]);
    expect(name.toLowerCase()).toBe('pyjwt');
    expect(
      codesIn('jwt-verification.md', 'python')
        .join('\n')
        .match(/^import jwt$/gm),
    ).toHaveLength(1);
  });

  it('set the variable that the code reads', () => {
    const [setting = ''] = codesIn('jwt-verification.md', 'env');
    expect(setting).toMatch(/^[A-Z][A-Z\d_]*=\S+$/);
    const read = /os\.getenv\("(\w+)"\)/.exec(codesIn('jwt-verification.md', 'python').join('\n'));
    expect(setting.split('=')[0]).toBe(read?.[1]);
  });

  it('give each table one row of the matrix', () => {
    const matrix = template('database-schema.md').blocks.filter((block): block is Table => block.type === 'table');
    expect(
      matrix.map(({ children }) =>
        children.map((row) => [row.children[0], row.children[2]].map((cell) => textOf(cell))),
      ),
    ).toEqual([
      [
        ['Table', 'Managed By'],
        ['user', 'Better Auth'],
        ['session', 'Better Auth'],
        ['account', 'Better Auth'],
        ['tasks', 'Backend (SQLModel)'],
      ],
    ]);
  });
});

// What a person or an agent might get wrong while typing a template in: exactly these claims must fail.
describe('a template with a mistake in it', () => {
  type Change = readonly [part: string, by: string];
  type Mistake = readonly [mistake: string, fails: number[], ...changes: Change[]];

  const CREATES =
    '      │                        │ 3. Create JWT          │\n      │                        │    (Better Auth)       │\n';
  const VERIFIES =
    '      │                                                 │ 6. Verify JWT\n      │                                                 │    signature\n';
  const EMPTY = '      │                        │                        │\n';
  const AT_BACKEND = '      │                        │                        │';
  const HEADS =
    '│   Browser   │         │   Next.js    │         │   FastAPI   │\n│             │         │   Frontend   │         │   Backend   │';
  const drawing = template('flow-diagram.md').text.trimEnd();

  const flow: Mistake[] = [
    [
      'the JWT is created in the backend’s lane',
      [1, 2, 3],
      [CREATES, `${AT_BACKEND} 3. Create JWT\n${AT_BACKEND}    (Better Auth)\n`],
    ],
    [
      'the JWT is created in the browser’s lane',
      [2],
      [CREATES, '      │ 3. Create JWT          │                        │\n'],
    ],
    ...[
      ['Ask FastAPI', 'to create JWT'],
      ['FastAPI: create JWT', ''],
      ['Create JWT', 'via FastAPI'],
      ['Create JWT', 'at the backend'],
      ['Backend will', 'issue JWT'],
      ['The backend then', 'creates the JWT'],
    ].map(([first = '', second = '']): Mistake => {
      const cell = (text: string) => `      │                        │ ${text.padEnd(23)}│                        │\n`;
      return [
        `the backend creates the JWT by the words “${first} ${second}” in the lane of Next.js`,
        [1, 2, 3],
        [CREATES, cell(`3. ${first}`) + cell(`   ${second}`)],
      ];
    }),
    [
      'the creation is sent to the backend',
      [1, 2, 3],
      [CREATES, `${CREATES}      │                        ├───────────────────────→│\n`],
    ],
    [
      'the creation comes from the backend',
      [1, 2, 3],
      [CREATES, `${CREATES}      │                        │←───────────────────────┤\n`],
    ],
    [
      'the creation names the backend in Next.js’s lane',
      [1, 2, 3],
      [
        '3. Create JWT          │\n      │                        │    (Better Auth)       │',
        '3. FastAPI creates JWT │\n      │                        │    (HS256)             │',
      ],
    ],
    [
      'the creation is done by the backend in words',
      [1, 2, 3],
      [
        '3. Create JWT          │\n      │                        │    (Better Auth)       │',
        '3. JWT is created      │\n      │                        │    by FastAPI          │',
      ],
    ],
    [
      'the creation is said to be in the backend',
      [1, 2, 3],
      ['│    (Better Auth)       │\n      │ 4.', '│    in the backend      │\n      │ 4.'],
    ],
    ['nobody creates a JWT', [2], [CREATES, '']],
    ['a session is created instead of a JWT', [2], ['3. Create JWT    ', '3. Create session']],
    ['Next.js returns a JWT that nobody created', [2], ['3. Create JWT ', '3. Reuse JWT  ']],
    ['the backend signs a token of its own', [1, 2, 3], ['7. Extract\n', '7. Sign a new JWT\n']],
    [
      'the backend refreshes the token',
      [1, 2, 3],
      ["8. Return user's tasks                          │", '8. Generate new token                           │'],
    ],
    ['the backend both verifies and creates', [1, 2, 3], ['6. Verify JWT\n', '6. Verify and create JWT\n']],
    ['the backend creates where it should verify', [1, 2, 3], ['6. Verify JWT\n', '6. Create JWT\n']],
    [
      'Next.js verifies the JWT',
      [3],
      [
        VERIFIES,
        '      │                        │ 6. Verify JWT          │\n      │                        │    signature           │\n',
      ],
    ],
    ['the browser verifies the JWT', [3], [VERIFIES, '      │ 6. Verify JWT signature                         │\n']],
    ['Next.js verifies besides', [3], [CREATES, `${CREATES}│                        │ 3b. Validate token     │\n`]],
    ['nobody verifies', [3], [VERIFIES, '']],
    ['the backend does not verify', [3], ['6. Verify JWT\n', '6. Do not verify JWT\n']],
    ['the backend skips verification', [3], ['6. Verify JWT\n', '6. Skip JWT verification,\n']],
    [
      'the backend verifies credentials instead',
      [3],
      [VERIFIES, VERIFIES.replace('JWT', 'password').replace('signature', 'hash')],
    ],
    ['the drawing ends after the sign-in', [3], [drawing.slice(drawing.indexOf('      │ 5. GET'), -4), '']],
    [
      'the drawing begins after the sign-in',
      [2],
      [drawing.slice(drawing.indexOf('      │ 1. POST'), drawing.indexOf('      │ 5. GET')), ''],
    ],
    [
      'the names above the lanes are swapped',
      [1, 2, 3],
      [
        HEADS,
        '│   Browser   │         │   FastAPI    │         │   Next.js   │\n│             │         │   Backend    │         │   Frontend  │',
      ],
    ],
    [
      'the backend has another name',
      [1, 2, 3],
      [
        '   FastAPI   │\n│             │         │   Frontend   │         │   Backend   │',
        '  Database   │\n│             │         │   Frontend   │         │             │',
      ],
    ],
    ['the drawing is an image', [1, 2, 3], [drawing, '![Flow](flow.png)']],
    ['the drawing is prose', [1, 2, 3], [drawing, 'Next.js creates the JWT (Better Auth), FastAPI verifies it.']],
    ['the drawing is commented out', [1, 2, 3], [drawing, `<!--\n${drawing}\n-->`]],
    [
      'the drawing has its rows but no lifelines',
      [1, 2, 3],
      [drawing, '```\n1. POST /api/auth/signin\n3. Create JWT (Better Auth)\n6. Verify JWT signature\n```'],
    ],
    [
      'a wrong drawing stands beside it',
      [1, 2, 3],
      [drawing, `${drawing}\n\n${drawing.replace(CREATES, `${AT_BACKEND} 3. Create JWT\n${EMPTY}`)}`],
    ],
  ];

  const TASKS = template('database-schema.md').text.match(/CREATE TABLE tasks[\s\S]*?\);/)?.[0] ?? '';
  const tasks = (part: string, by: string): Change => [TASKS, swap(TASKS, part, by)];
  const KEY = ',\n  FOREIGN KEY (user_id) REFERENCES "user"(id) ON DELETE CASCADE';
  const part = (from: string, to: string) => {
    const { text } = template('database-schema.md');
    return text.slice(text.indexOf(from), text.indexOf(to));
  };
  const USER = part('#### 1.', '#### 2.');
  const SESSION = part('#### 2.', '#### 3.');
  const ACCOUNT = part('#### 3.', '### Tables You MUST');
  const OWN = part('#### 4.', '### Database Resp');
  const MATRIX = part('| Table', '**CRITICAL**');

  const schema: Mistake[] = [
    ['has no part on `user`', [4], [USER, '']],
    ['has no part on `session`', [4], [SESSION, '']],
    ['has no part on `account`', [4], [ACCOUNT, '']],
    ['has no part on `tasks`', [4, 7], [OWN, '']],
    [
      'says that `account` does not exist',
      [4],
      ['#### 3. `account` table (Better Auth Managed - Optional)', '#### 3. No `account` table'],
    ],
    [
      'calls `tasks` todos',
      [4, 7],
      ['#### 4. `tasks` table', '#### 4. `todos` table'],
      [TASKS, TASKS.replaceAll('tasks', 'todos')],
    ],
    [
      'has `user` managed by the backend in its heading',
      [5],
      ['`user` table (Better Auth Managed)', '`user` table (Backend Managed)'],
    ],
    [
      'has `account` managed by the backend in its heading',
      [5],
      ['`account` table (Better Auth Managed - Optional)', '`account` table (Backend Managed - Optional)'],
    ],
    [
      'has `user` managed by the backend in its line',
      [5],
      ['credentials  \n**Managed By**: Better Auth', 'credentials  \n**Managed By**: FastAPI Backend'],
    ],
    [
      'has `session` managed by both in its line',
      [5],
      ['sessions  \n**Managed By**: Better Auth', 'sessions  \n**Managed By**: Better Auth and the backend'],
    ],
    [
      'has `session` managed by the backend in its row',
      [5],
      [
        '| `session` | Better Auth migration | Better Auth        |',
        '| `session` | Better Auth migration | Backend (SQLModel) |',
      ],
    ],
    [
      'has `user` managed by the backend in its row',
      [5],
      [
        '| `user`    | Better Auth migration | Better Auth        |',
        '| `user`    | Better Auth migration | FastAPI            |',
      ],
    ],
    [
      'says nowhere who manages `session`',
      [5],
      ['`session` table (Better Auth Managed)', '`session` table'],
      ['sessions  \n**Managed By**: Better Auth  ', 'sessions  '],
      [MATRIX, ''],
    ],
    [
      'says nowhere who manages `account`',
      [5],
      [' (Better Auth Managed - Optional)', ''],
      [
        '| `account` | Better Auth migration | Better Auth        |',
        '| `account` | Better Auth migration | -                  |',
      ],
    ],
    [
      'has `tasks` managed by Better Auth in its heading',
      [6],
      ['`tasks` table (Backend Managed)', '`tasks` table (Better Auth Managed)'],
    ],
    [
      'has `tasks` managed by Better Auth in its row',
      [6],
      [
        '| `tasks`   | Backend migration     | Backend (SQLModel) |',
        '| `tasks`   | Backend migration     | Better Auth        |',
      ],
    ],
    [
      'says nowhere who manages `tasks`',
      [6],
      ['`tasks` table (Backend Managed)', '`tasks` table'],
      ['**Managed By**: FastAPI Backend (SQLModel)  \n', ''],
      [
        '| `tasks`   | Backend migration     | Backend (SQLModel) |',
        '| `tasks`   | Backend migration     |                    |',
      ],
    ],
    [
      'has the owners swapped in the whole matrix',
      [5, 6],
      [
        MATRIX,
        MATRIX.replaceAll('| Better Auth    ', '| Backend        ').replace(
          '| Backend (SQLModel)',
          '| Better Auth       ',
        ),
      ],
    ],
    [
      'says in a remark that Better Auth manages `tasks`',
      [6],
      ['- Both use the SAME Neon', '- Better Auth manages the `tasks` table\n- Both use the SAME Neon'],
    ],
    ['has no foreign key on `tasks`', [7], tasks(KEY, '')],
    [
      'has the foreign key of `tasks` in a line comment',
      [7],
      tasks(KEY, KEY.replace('FOREIGN', '-- FOREIGN').replace(',', '')),
    ],
    ['has the foreign key of `tasks` in a block comment', [7], tasks(KEY, ` /*${KEY} */`)],
    [
      'has the foreign key of `tasks` as a remark',
      [7],
      [TASKS, swap(swap(TASKS, KEY, ''), 'NOT NULL,\n  title', 'NOT NULL, -- references "user"(id)\n  title')],
    ],
    ['has the foreign key of `tasks` lead to `account`', [7], tasks('REFERENCES "user"', 'REFERENCES "account"')],
    ['has the foreign key of `tasks` lead to the email', [7], tasks('"user"(id)', '"user"(email)')],
    ['has the foreign key of `tasks` start at its id', [7], tasks('FOREIGN KEY (user_id)', 'FOREIGN KEY (id)')],
    [
      'has the foreign key of `tasks` on two columns',
      [7],
      tasks('(user_id) REFERENCES "user"(id)', '(user_id, title) REFERENCES "user"(id, name)'),
    ],
    ['drops the foreign key again', [7], [TASKS, `${TASKS}\n\nALTER TABLE tasks DROP CONSTRAINT tasks_user_id_fkey;`]],
    [
      'has the foreign key of `tasks` in a comment of the page',
      [7],
      [`\`\`\`sql\n${TASKS}`, `<!-- \`tasks.user_id\` foreign key → \`user.id\` -->\n\n\`\`\`sql`],
    ],
    [
      'has `tasks` in prose',
      [7],
      [`\`\`\`sql\n${TASKS}`, `The table has \`id\`, \`user_id\` and \`title\`.\n\n\`\`\`sql`],
    ],
    ['stands under another heading', [4, 5, 6], ['## Database Schema', '## Data Model']],
  ];

  const DECODE = 'jwt.decode(token, secret, algorithms=["HS256"])';
  const AUTH = `\`\`\`python\n${codesIn('jwt-verification.md', 'python')[0]}\n\`\`\``;
  const jwt: Mistake[] = [
    ['encodes', [8], [DECODE, 'jwt.encode(token, secret, algorithm="HS256")']],
    ['reads the header only', [8], [DECODE, 'jwt.get_unverified_header(token)']],
    ['decodes by hand', [8], [DECODE, 'json.loads(base64.urlsafe_b64decode(token.split(".")[1]))']],
    ['decodes without a key', [8], [DECODE, 'jwt.decode(token)']],
    ['decodes with an empty key', [8], [DECODE, 'jwt.decode(token, "", algorithms=["HS256"])']],
    ['decodes with no key by name', [8], [DECODE, 'jwt.decode(token, key=None, algorithms=["HS256"])']],
    ['decodes with the algorithm none by place', [8], [DECODE, 'jwt.decode(token, secret, ["none"])']],
    [
      'lets the sender choose the algorithm',
      [8],
      [DECODE, 'jwt.decode(token, secret, algorithms=[jwt.get_unverified_header(token)["alg"]])'],
    ],
    [
      'turns the signature off by an assignment',
      [8],
      [
        DECODE,
        'jwt.decode(token, secret, algorithms=["HS256"], options=options)\n        options["verify_signature"] = False',
      ],
    ],
    [
      'turns the signature off by a negation',
      [8],
      [DECODE, 'jwt.decode(token, secret, options={"verify_signature": not True})'],
    ],
    ['decodes with the algorithm none', [8], [DECODE, 'jwt.decode(token, secret, algorithms=["none"])']],
    [
      'decodes with the algorithm none among others',
      [8],
      [DECODE, 'jwt.decode(token, secret, algorithms=["HS256", "none"])'],
    ],
    [
      'turns the signature off beside a key',
      [8],
      [DECODE, 'jwt.decode(token, secret, algorithms=["HS256"], options={"verify_signature": False})'],
    ],
    [
      'turns the signature off in a dict(…)',
      [8],
      [DECODE, 'jwt.decode(token, secret, algorithms=["HS256"], options=dict(verify_signature=False))'],
    ],
    [
      'turns the signature off in a constant',
      [8],
      ['security = HTTPBearer()', 'OPTIONS = {"verify_signature": False}'],
      [DECODE, 'jwt.decode(token, secret, options=OPTIONS)'],
    ],
    ['turns verification off', [8], [DECODE, 'jwt.decode(token, secret, verify=False)']],
    ['leaves the work undone', [8], [`payload = ${DECODE}`, 'raise NotImplementedError']],
    ['decodes in a string', [8], [`payload = ${DECODE}`, `payload = '${DECODE}'`]],
    [
      'decodes in a docstring',
      [8],
      [`        payload = ${DECODE}`, `        """\n        payload = ${DECODE}\n        """`],
    ],
    ['decodes in a comment', [8], [`payload = ${DECODE}`, `pass  # payload = ${DECODE}`]],
    ['is prose', [8], [AUTH, 'Decode the token with `jwt.decode(token, secret, algorithms=["HS256"])`.']],
    ['is JavaScript', [8], [AUTH, '```javascript\nconst payload = jwt.decode(token, secret);\n```']],
    ['is said to be JavaScript', [8], [AUTH, AUTH.replace('python', 'js')]],
    ['is commented out', [8], [AUTH, `<!--\n${AUTH}\n-->`]],
    [
      'does not verify in a second place',
      [8],
      ['    # Fetch tasks for this user only', '    jwt.decode(token, None, options={"verify_signature": False})'],
    ],
    ['has the parts of another template only', [8], [template('jwt-verification.md').text, '']],
  ];

  const CORS = `\`\`\`python\n${codesIn('cors-configuration.md', 'python')[0]}\n\`\`\``;
  const TRUE = 'allow_credentials=True,  #';
  const cors: Mistake[] = [
    ['is False', [9], [TRUE, 'allow_credentials=False,  #']],
    ['is commented out', [9], [TRUE, '# allow_credentials=True,  #']],
    ['is missing', [9], [`    ${TRUE} CRITICAL: Required for cookies\n`, '']],
    ['is a string', [9], [TRUE, 'allow_credentials="True",  #']],
    ['is JavaScript’s true', [9], [TRUE, 'allow_credentials=true,  #']],
    ['is None', [9], [TRUE, 'allow_credentials=None,  #']],
    ['is compared', [9], [TRUE, 'allow_credentials==True,  #']],
    ['is negated', [9], [TRUE, 'allow_credentials=not True,  #']],
    ['depends', [9], [TRUE, 'allow_credentials=True if DEBUG else False,  #']],
    ['depends on the environment', [9], [TRUE, 'allow_credentials=os.getenv("CREDENTIALS"),  #']],
    ['is misspelt', [9], [TRUE, 'allow_credential=True,  #']],
    ['is written in camel case', [9], [TRUE, 'allowCredentials=True,  #']],
    ['is only in a string', [9], [TRUE, '"allow_credentials=True",  #']],
    ['is an argument of something else', [9], [TRUE, 'headers=dict(allow_credentials=True),  #']],
    [
      'is set on another middleware',
      [9],
      ['    CORSMiddleware,\n    allow_origins', '    SessionMiddleware,\n    allow_origins'],
    ],
    ['is prose', [9], [CORS, 'Add `CORSMiddleware` with `allow_credentials=True`.']],
    ['is Express', [9], [CORS, "```js\napp.use(cors({ origin: 'http://localhost:3000', credentials: true }));\n```"]],
    ['is said to be JavaScript', [9], [CORS, CORS.replace('python', 'js')]],
    ['is commented out as a whole', [9], [CORS, `<!--\n${CORS}\n-->`]],
    ['is commented out line by line', [9], [CORS, CORS.replace(/^(?!```)/gm, '# ')]],
    ['stands in a section on something else', [9], ['### Backend CORS Configuration (Required)', '### Backend Setup']],
    [
      'stands before its heading',
      [9],
      ['### Backend CORS Configuration (Required)', `${CORS}\n\n### Backend CORS Configuration (Required)`],
      [`main.py\`\n\n${CORS}`, 'main.py`'],
    ],
    [
      'is unset in a second place',
      [9],
      [
        '    allow_headers=["*"],\n)',
        '    allow_headers=["*"],\n)\nadmin.add_middleware(CORSMiddleware, allow_origins=["*"])',
      ],
    ],
  ];

  // A spec of the four templates and nothing else, which is quicker to judge than the example.
  const whole = NAMES.map((name) => template(name).text).join('\n');
  it('has every claim hold without one', () => {
    expect(failing(whole)).toEqual([]);
    expect(NAMES.map((name) => swap(finished, template(name).text, '') === finished)).toEqual(NAMES.map(() => false));
  });

  describe.each([
    ['flow-diagram.md', flow],
    ['database-schema.md', schema],
    ['jwt-verification.md', jwt],
    ['cors-configuration.md', cors],
  ])('%s', (name, mistakes) => {
    const { text } = template(name);
    it.each(mistakes.map(([mistake, fails, ...changes]) => [mistake, fails, changes] as const))(
      '%s',
      (_, fails, changes) => {
        const broken = changes.reduce((before, [part, by]) => swap(before, part, by), text);
        expect(failing(swap(whole, text, broken))).toEqual(fails);
      },
    );
  });
});
