import { describe, expect, it } from 'vitest';
import { claimsOf, example, failing, finished, mustPatch, statesOf, swap } from './support.js';

const DRAWING = finished.slice(finished.indexOf('```\n┌'), finished.indexOf('```', finished.indexOf('```\n┌') + 3) + 3);
const withDrawing = (drawing: string) => swap(finished, DRAWING, `\`\`\`\n${drawing.replace(/^\n|\n$/g, '')}\n\`\`\``);
const SCHEMA = finished.slice(finished.indexOf('## Database Schema'), finished.indexOf('## Backend JWT'));
const withSchema = (schema: string) => swap(finished, SCHEMA, `## Database Schema\n\n${schema}\n\n`);

const CREATES = '      │                        │ 3. Create JWT          │\n';
const BY = '      │                        │    (Better Auth)       │\n';
const EMPTY = '      │                        │                        │\n';
const ACROSS = '      │                        ├───────────────────────→│\n';
const DASHED = '      │                        │- - - - - - - - - - - ->│\n';
const AT_NEXTJS = '      │                        │';
const AT_BACKEND = '      │                        │                        │';

// The finished text with one fact broken: exactly these claims must fail.
describe('a claim fails when its fact is broken', () => {
  const broken: [fact: string, fails: number[], text: () => string][] = [
    [
      'the whole drawing is the old one',
      [1, 2, 3],
      () => mustPatch(example, 'database-schema', 'jwt-verification', 'cors-configuration'),
    ],
    [
      'the creation step stands in the backend’s column',
      [1, 2, 3],
      () =>
        swap(
          finished,
          CREATES + BY,
          `${AT_BACKEND} 3. Create JWT\n${AT_BACKEND}    (Better Auth)\n`.replace('(Better Auth)', '(HS256)'),
        ),
    ],
    [
      'an arrow runs from Next.js to FastAPI at the creation step',
      [1, 2, 3],
      () => swap(finished, CREATES + BY, CREATES + BY + ACROSS),
    ],
    [
      'that arrow stands between the lines of the step',
      [1, 2, 3],
      () => swap(finished, CREATES + BY, CREATES + ACROSS + BY),
    ],
    [
      'that arrow is dashed and stands one empty line below',
      [1, 2, 3],
      () => swap(finished, CREATES + BY, CREATES + BY + EMPTY + DASHED),
    ],
    [
      'the creation stands on the shaft of that arrow',
      [1, 2, 3],
      () => swap(finished, CREATES + BY, `${AT_NEXTJS}── 3. Create JWT ──────→│\n`),
    ],
    [
      'the creation step is said to be the backend’s',
      [1, 2, 3],
      () => swap(finished, '3. Create JWT ', '3. Create JWT in FastAPI ').replace('FastAPI         │', 'FastAPI│'),
    ],
    [
      'Next.js verifies',
      [3],
      () =>
        swap(
          swap(
            finished,
            '│                                                 │ 6. Verify JWT',
            '│                        │ 6. Verify JWT          │',
          ),
          '│                                                 │    signature',
          '│                        │    signature           │',
        ),
    ],
    ['Next.js verifies too', [3], () => swap(finished, '│ 2. Verify credentials  │', '│ 2. Verify JWT          │')],
    ['nobody verifies', [3], () => swap(finished, '6. Verify JWT\n', '6. Trust the caller\n')],
    ['nobody creates', [2], () => swap(finished, '│ 3. Create JWT          │', '│ 3. Think about it      │')],
    ['a backend step creates besides', [1, 2, 3], () => swap(finished, '7. Extract\n', '7. Issue new JWT\n')],
    ['the drawing is gone', [1, 2, 3], () => swap(finished, DRAWING, 'See the wiki.')],
    [
      'the part on a table is dropped, its row in the matrix stays',
      [4],
      () =>
        `${finished.slice(0, finished.indexOf('#### 3. `account` table'))}${finished.slice(finished.indexOf('### Tables You MUST Create'))}`,
    ],
    [
      'an owner is swapped in a heading',
      [5],
      () => swap(finished, '`session` table (Better Auth Managed)', '`session` table (Backend Managed)'),
    ],
    [
      'an owner is swapped in a line',
      [6],
      () => swap(finished, '**Managed By**: FastAPI Backend (SQLModel)', '**Managed By**: Better Auth'),
    ],
    [
      'an owner is swapped in the matrix',
      [5],
      () =>
        swap(
          finished,
          '| `account` | Better Auth migration | Better Auth        |',
          '| `account` | Better Auth migration | Backend            |',
        ),
    ],
    [
      'the foreign key is dropped',
      [7],
      () => {
        const at = finished.indexOf('  FOREIGN KEY (user_id)', finished.indexOf('CREATE TABLE tasks'));
        return `${finished.slice(0, at)}${finished.slice(finished.indexOf('\n', at) + 1)}`.replace(
          'updated_at TIMESTAMP DEFAULT NOW(),\n)',
          'updated_at TIMESTAMP DEFAULT NOW()\n)',
        );
      },
    ],
    [
      'the foreign key is a comment',
      [7],
      () => finished.replace(/(CREATE TABLE tasks[\s\S]*?) {2}FOREIGN KEY/, '$1  -- FOREIGN KEY'),
    ],
    [
      'the foreign key leads to another table',
      [7],
      () => finished.replace(/(CREATE TABLE tasks[\s\S]*?REFERENCES )"user"/, '$1"session"'),
    ],
    [
      'the verification decodes nothing',
      [8],
      () => swap(finished, 'payload = jwt.decode(token, secret, algorithms=["HS256"])', 'payload = {"sub": token}'),
    ],
    [
      'the verification decodes in a comment',
      [8],
      () => swap(finished, 'payload = jwt.decode(', '# payload = jwt.decode('),
    ],
    [
      'the signature is not verified',
      [8],
      () => swap(finished, 'algorithms=["HS256"])', 'options={"verify_signature": False})'),
    ],
    ['there is no key', [8], () => swap(finished, 'jwt.decode(token, secret, ', 'jwt.decode(token, None, ')],
    [
      'allow_credentials is False',
      [9],
      () => swap(finished, 'allow_credentials=True,  #', 'allow_credentials=False,  #'),
    ],
    [
      'allow_credentials is a comment',
      [9],
      () => swap(finished, '    allow_credentials=True,  #', '    # allow_credentials=True,  #'),
    ],
    [
      'allow_credentials is False elsewhere',
      [9],
      () => `${finished}\n\`\`\`python\napp.add_middleware(CORSMiddleware, allow_credentials=False)\n\`\`\`\n`,
    ],
  ];
  it.each(broken)('%s', (_, fails, text) => {
    expect(failing(text())).toEqual(fails);
    expect(text()).not.toBe(finished);
  });
});

describe('someone else’s correct drawing holds', () => {
  const drawings: [string, string][] = [
    [
      'in ASCII, with labels on the shafts and without numbers',
      `
+---------+        +-------------+        +-------------+
| Client  |        | Next.js app |        | API server  |
+---------+        +-------------+        +-------------+
     |                    |                      |
     |--- POST sign-in -->|                      |
     |                    | Check the password   |
     |                    | Issue signed JWT     |
     |<-- Set cookie -----|                      |
     |---------- GET tasks (with JWT) ---------->|
     |                    |                      | Validate token
     |                    |                      | Create task row
     |<-------------- tasks ---------------------|`,
    ],
    [
      'with Better Auth and the database as lanes of their own',
      `
┌─────────┐     ┌─────────┐     ┌─────────────┐     ┌─────────┐     ┌──────┐
│ Browser │     │ Next.js │     │ Better Auth │     │ FastAPI │     │ Neon │
└────┬────┘     └────┬────┘     └──────┬──────┘     └────┬────┘     └──┬───┘
     │ 1. Sign in    │                 │                 │             │
     ├──────────────►│ 2. Hand over    │                 │             │
     │               ├────────────────►│                 │             │
     │               │                 │ 3. Generate JWT │             │
     │               │◄────────────────┤                 │             │
     │◄──────────────┤                 │                 │             │
     │ 4. GET tasks with token         │                 │             │
     ├─────────────────────────────────────────────────►│             │
     │               │                 │                 │ 5. Verify the JWT issued by Better Auth
     │               │                 │                 │ 6. Query    │
     │               │                 │                 ├────────────►│
     │◄──────────────────────────────────────────────────┤             │`,
    ],
    [
      'with a legend, remarks, a loop, and what is never done',
      `
┌─────────┐      ┌──────────┐      ┌─────────┐
│ Browser │      │ Frontend │      │ Backend │
└─────────┘      └──────────┘      └─────────┘
     │ Sign in         │                 │
     │────────────────>│                 │
     │                 │ Create session, │
     │                 │ mint JWT        │  ← JWT created here, not in backend
     │                 │──┐              │
     │                 │<─┘              │
     │ Create task, JWT in header        │
     │──────────────────────────────────>│
     │                 │                 │ Never creates a JWT
     │                 │                 │ jwt.decode(token)

Legend: the backend creates tasks and verifies the JWT that Next.js creates`,
    ],
  ];
  const mermaid = (creator: string) =>
    swap(
      finished,
      DRAWING,
      `\`\`\`mermaid\nsequenceDiagram\n    autonumber\n    actor B as Browser\n    participant N as Next.js Frontend\n    participant F as FastAPI Backend\n    B->>+N: POST /api/auth/signin\n    N->>N: Verify credentials (Better Auth)\n    Note right of ${creator}: Create JWT<br/>(HS256)\n    N-->>-B: JWT cookie\n    B->>F: GET /api/{user_id}/tasks (JWT cookie)\n    F->>F: Verify JWT signature\n    F-->>B: tasks\n\`\`\``,
    );

  it('in Mermaid', () => {
    expect(failing(mermaid('N'))).toEqual([]);
    expect(statesOf(mermaid('N'))[0]).toBe('drifted');
    expect(failing(mermaid('F'))).toEqual([1, 2, 3]);
    expect(failing(swap(mermaid('N'), 'F->>F: Verify', 'N->>N: Verify'))).toEqual([3]);
    expect(failing(swap(mermaid('N'), 'Note right of N: Create', 'N->>F: Create'))).toEqual([1, 2, 3]);
  });

  it.each(drawings)('%s', (_, drawing) => {
    expect(failing(withDrawing(drawing))).toEqual([]);
  });
});

describe('someone else’s correct schema holds', () => {
  const tables = (of: (name: string, owner: string) => string) =>
    [...['user', 'session', 'account'].map((name) => of(name, 'Better Auth')), of('tasks', 'Backend')].join('\n\n');
  const KEY =
    '```sql\ncreate table if not exists public.tasks (id serial, user_id text not null references "user" on delete cascade)\n```';
  const schemas: [string, string][] = [
    [
      'lower case, inline reference, headings that say the owner',
      tables((name, owner) => `### ${name} (${owner} managed)\n\ntext`).concat(`\n\n${KEY}`),
    ],
    [
      'CREATE TABLE only, owners in a matrix',
      `\`\`\`sql\n${tables((name) => `CREATE TABLE "${name}" (id text${name === 'tasks' ? ', user_id text REFERENCES "user"(id)' : ''});`)}\n\`\`\`\n\n| Table | Owner |\n| --- | --- |\n| \`user\`, \`session\`, \`account\` | Better Auth |\n| \`tasks\` | FastAPI |`,
    ],
    [
      'the key added later, in another block',
      `${tables((name, owner) => `#### \`${name}\` table\n\nManaged by ${owner}.\n\n\`\`\`sql\nCREATE TABLE "${name}" (id text, user_id text)\n\`\`\``)}\n\n\`\`\`sql\nALTER TABLE tasks ADD CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES "user"(id);\n\`\`\``,
    ],
    [
      'no SQL: the key in a list',
      tables(
        (name, owner) =>
          `### Table: ${name} — managed by ${owner}\n\n- \`id\`${name === 'tasks' ? '\n- `user_id`: VARCHAR NOT NULL (foreign key -> user.id)' : ''}`,
      ),
    ],
    [
      'owners with remarks',
      tables(
        (name, owner) =>
          `### \`${name}\`\n\n**Managed By**: ${owner} (${owner === 'Backend' ? 'not Better Auth' : 'backend: read-only'})`,
      ).concat(`\n\n${KEY}`),
    ],
  ];
  it.each(schemas)('%s', (_, schema) => {
    expect(failing(withSchema(schema))).toEqual([]);
  });

  it('but a row of the matrix alone does not document a table', () => {
    const matrix =
      '| Table | Managed By |\n| --- | --- |\n| user | Better Auth |\n| session | Better Auth |\n| account | Better Auth |\n| tasks | Backend |';
    expect(failing(withSchema(`${KEY}\n\n${matrix}`))).toEqual([4]);
  });

  it('and a heading that merely mentions a table does not either', () => {
    expect(
      failing(
        swap(
          finished,
          '#### 3. `account` table (Better Auth Managed - Optional)',
          '#### Why there is no `account` table',
        ),
      ),
    ).toEqual([4]);
  });
});

describe('someone else’s correct code holds', () => {
  const DECODE = 'payload = jwt.decode(token, secret, algorithms=["HS256"])';
  it.each([
    [
      'PyJWT under another name',
      (text: string) =>
        swap(
          swap(text, 'import jwt\n', 'import jwt as pyjwt\n'),
          DECODE,
          'payload = pyjwt.decode(token, key=secret, algorithms=["HS256"])',
        ),
    ],
    [
      'a function imported',
      (text: string) =>
        swap(
          swap(text, 'import jwt\n', 'from jwt import decode\n'),
          DECODE,
          'payload = decode(\n            token,\n            secret,\n            algorithms=["HS256"],\n        )',
        ),
    ],
    [
      'python-jose',
      (text: string) =>
        swap(
          swap(text, 'import jwt\n', 'from jose import jwt\n'),
          DECODE,
          'payload = jwt.decode(token, get_key(kid=kid), algorithms=["RS256"], audience="api")',
        ),
    ],
    [
      'Middleware(…)',
      (text: string) =>
        swap(text, 'app.add_middleware(\n    CORSMiddleware,', 'middleware = Middleware(\n    CORSMiddleware,'),
    ],
    [
      'another heading for CORS',
      (text: string) => swap(text, '### Backend CORS Configuration (Required)', '### Cross-Origin Resource Sharing'),
    ],
  ])('%s', (_, write) => {
    expect(failing(write(finished))).toEqual([]);
  });
});

describe('evidence', () => {
  it('names the lines it rests on', () => {
    const lines = finished.split('\n');
    const cited = claimsOf(finished).flatMap(({ evidence }) => evidence);
    const about = [
      /Create JWT/,
      /Create JWT/,
      /Verify JWT/,
      /`user`/,
      /`session`/,
      /`account`/,
      /`tasks`/,
      /`user`/,
      /`session`/,
      /`account`/,
      /`tasks`/,
      /CREATE TABLE tasks/,
      /jwt\.decode/,
      /add_middleware/,
    ];
    expect(cited.map((one) => about.shift()?.test(lines[Number(/^line (\d+)/.exec(one)?.[1]) - 1] ?? ''))).toEqual(
      cited.map(() => true),
    );
    expect(about).toEqual([]);
  });
});
