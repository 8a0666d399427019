import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { authSpec } from '../patches/index.js';
import { readDocument } from '../src/document.js';
import { assertPatches } from '../src/testing.js';
import {
  claimsOf,
  example,
  failing,
  finished,
  ids,
  mustPatch,
  patched,
  registry,
  root,
  statesOf,
  swap,
  templateIn,
} from './support.js';

// Every patch of the registry, whatever there is: a new one is covered without a line here.
describe.each(registry.patches)('$id', (patch) => {
  it('brings its template in word for word', () => {
    const template = readFileSync(join(root, 'templates', `${patch.id}.md`), 'utf8');
    expect(mustPatch(example, patch.id)).toContain(template);
    expect(templateIn(patch).text).toBe(template);
  });

  it('has claims', () => {
    expect(patch.checks.length).toBeGreaterThan(0);
  });

  it('has a template that ends in one newline, and opens with a heading where it is a section', () => {
    const template = templateIn(patch).text;
    expect(template).toMatch(/\S\n$/);
    if (patch.change.kind !== 'replace') expect(templateIn(patch).heading.depth).toBeGreaterThan(1);
  });
});

describe('the set', () => {
  it('holds the laws of the test kit', () => {
    expect(assertPatches(authSpec, example, { runs: 25 }).passed).toBe(true);
  });

  it('has ids of lower-case words, each once, in the documented order', () => {
    const all = authSpec.patches.map(({ id }) => id);
    expect(all.slice(0, 4)).toEqual(ids);
    expect(all.filter((id) => !/^[a-z]+(?:-[a-z]+)*$/.test(id))).toEqual([]);
    expect(new Set(all).size).toBe(all.length);
  });

  it('makes the nine claims of the review checklist, in its order', () => {
    expect(claimsOf(example).map(({ check }) => check.claim)).toEqual([
      'Architecture diagram no longer shows Backend creating JWT',
      'Architecture diagram shows JWT creation happens on Next.js (steps 2-3)',
      'Architecture diagram shows Backend only verifies JWT (steps 6-7)',
      'Database schema section exists with all 4 tables documented',
      '`user`, `session`, `account` tables marked as "Better Auth Managed"',
      '`tasks` table marked as "Backend Managed"',
      'Foreign key relationship between `tasks.user_id` and `user.id` documented',
      'Backend JWT verification code example included',
      'CORS configuration section included with `allow_credentials=True`',
    ]);
    expect(failing(example)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(failing(finished)).toEqual([]);
  });

  it('puts CORS, Database Schema and Backend JWT Verification at the end of Prerequisites, in this order', () => {
    const names = readDocument('x', finished)
      .sections.filter(({ depth }) => depth === 2)
      .map(({ name }) => name);
    const before = readDocument('x', example)
      .sections.filter(({ depth }) => depth === 2)
      .map(({ name }) => name);
    const at = before.indexOf('Prerequisites');
    const added = ['Database Schema', 'Backend JWT Verification (Feature 002 Reference)'];
    expect(names).toEqual([...before.slice(0, at + 1), ...added, ...before.slice(at + 1)]);
    const cors = readDocument('x', finished).sections.find(({ name }) => name.startsWith('Backend CORS'));
    expect(cors?.path.slice(1)).toEqual(['Prerequisites', 'Backend CORS Configuration (Required)']);
  });

  it('has the line numbers of the fix spec right for the example', () => {
    const lines = example.split('\n');
    expect([lines[7], lines[32]]).toEqual(['```', '```']);
    expect([lines[49], lines[66]]).toEqual(['', '']);
    expect(lines.slice(13, 17).join('\n')).toMatch(/POST \/api\/auth\/signin[\s\S]*Create JWT & Session[\s\S]*→/);
    expect(lines[62]).toBe('### Better Auth Installation');
  });
});

describe('a document of the same meaning', () => {
  it.each([
    ['CRLF', (text: string) => text.replaceAll('\n', '\r\n')],
    ['a BOM', (text: string) => `\uFEFF${text}`],
    ['a BOM and CRLF', (text: string) => `\uFEFF${text.replaceAll('\n', '\r\n')}`],
    ['no final newline', (text: string) => text.trimEnd()],
    ['CRLF and no final newline', (text: string) => text.trimEnd().replaceAll('\n', '\r\n')],
  ])('with %s is patched in its own manner', (_, dress) => {
    expect(mustPatch(dress(example))).toBe(dress(finished));
  });

  it.each([
    ['lines above', (text: string) => swap(text, '## Overview', 'Some\nmore\n\nlines.\n\n## Overview')],
    ['front matter', (text: string) => `---\ntitle: x\n# Prerequisites\n---\n\n${text}`],
    ['a setext heading', (text: string) => swap(text, '## Prerequisites\n', 'Prerequisites\n-------------\n')],
    ['a numbered heading', (text: string) => swap(text, '## Prerequisites', '## 3. Prerequisites')],
    [
      'a noted heading',
      (text: string) => swap(text, '### Authentication Flow', '### Authentication Flow *(mandatory)* ✅'),
    ],
    [
      'letter case changed',
      (text: string) => swap(text, '### Better Auth Installation', '### better auth installation'),
    ],
    [
      'an info string on the diagram',
      (text: string) => swap(text, 'Authentication Flow\n```\n', 'Authentication Flow\n```text\n'),
    ],
    [
      'a longer fence',
      (text: string) =>
        swap(text, 'Authentication Flow\n```\n', 'Authentication Flow\n\n````\n').replace('\n```\n', '\n````\n'),
    ],
    [
      'another subsection after Better Auth Installation',
      (text: string) =>
        swap(
          text,
          '\n## Environment Configuration',
          '\n### Accounts\n- [ ] One account each\n\n## Environment Configuration',
        ),
    ],
    [
      'a heading with a comment',
      (text: string) => swap(text, '### Better Auth Installation', '### Better Auth Installation <!-- keep -->'),
    ],
    [
      'decoys in code',
      (text: string) =>
        swap(text, '## Overview\n', '## Overview\n\n```sh\n# Database Schema\n# prerequisites\nnpx migrate\n```\n'),
    ],
    ['trailing space in lists', (text: string) => text.replace(/(?<=^- \[ \].*)$/gm, '  ')],
    [
      'an indented diagram',
      (text: string) => text.replace(/```\n┌[\s\S]*?```/, (block) => block.replace(/^(?=.)/gm, '  ')),
    ],
    [
      'a rule between the sections',
      (text: string) => swap(text, '\n## Environment Configuration', '\n---\n\n## Environment Configuration'),
    ],
    [
      'no blank line before the next heading',
      (text: string) => swap(text, '\n\n## Environment Configuration', '\n## Environment Configuration'),
    ],
  ])('with %s is patched, and nothing else in it changes', (_, dress) => {
    const text = dress(example);
    const done = mustPatch(text);
    expect(failing(done)).toEqual([]);
    expect(statesOf(done)).toEqual(ids.map(() => 'applied'));
    expect(mustPatch(done)).toBe(done);
    const paths = (of: string) => readDocument('x', of).sections.map(({ path }) => path.join(' › '));
    const kept = new Set(paths(text));
    expect(paths(done).filter((path) => kept.has(path))).toEqual(paths(text));
  });
});

describe('the seam', () => {
  it('leaves trailing space where it stands, and gives one blank line on each side', () => {
    const last = '- [ ] The Better Auth migration has run against the Neon `dev` branch\n\n## Env';
    const tight = swap(example, last, 'A paragraph. \t\n***\n## Env');
    const done = mustPatch(tight);
    expect(done).toContain('\nA paragraph. \t\n\n### Backend CORS Configuration (Required)\n');
    expect(done).toContain('identical to the one in `frontend/.env.local`\n\n***\n## Env');
    expect(statesOf(done)).toEqual(ids.map(() => 'applied'));
  });
});

describe('the line range of the diagram', () => {
  it('stands in when the heading is gone, and only where the content is recognised', () => {
    const renamed = swap(example, '### Authentication Flow', '### How people sign in');
    expect(statesOf(renamed, 'flow-diagram')).toEqual(['pending']);
    const done = mustPatch(renamed, 'flow-diagram');
    expect(done).toBe(swap(mustPatch(example, 'flow-diagram'), '### Authentication Flow', '### How people sign in'));
    // The new drawing is shorter, so the range no longer fits: the result itself is looked for.
    expect(statesOf(done, 'flow-diagram')).toEqual(['applied']);
    expect(statesOf(swap(renamed, 'Create JWT & Session', 'Create a new session'), 'flow-diagram')).toEqual([
      'missing',
    ]);
    expect(statesOf(`\n${renamed}`, 'flow-diagram')).toEqual(['missing']);
  });

  it('does not stand in when the heading is hidden or there twice', () => {
    expect(
      statesOf(
        swap(example, '### Authentication Flow', '<!-- -->\n> ### Authentication Flow').replace(
          '\n\n## Arch',
          '\n## Arch',
        ),
        'flow-diagram',
      ),
    ).toEqual(['missing']);
    expect(statesOf(`${example}\n### Authentication Flow\n`, 'flow-diagram')).toEqual(['ambiguous']);
  });
});

describe('a spec that somebody half fixed', () => {
  const schema = swap(
    swap(
      mustPatch(example, 'flow-diagram', 'database-schema'),
      '  name VARCHAR(255),\n',
      '  name VARCHAR(255),\n  role VARCHAR(20),\n',
    ),
    'Safe to ignore for now',
    'Ignore it in this phase',
  );

  it('gets the missing half and keeps its own words', () => {
    expect(statesOf(schema)).toEqual(['applied', 'drifted', 'pending', 'pending']);
    const done = mustPatch(schema);
    expect(done).toContain('  role VARCHAR(20),\n');
    expect(failing(done)).toEqual([]);
    expect(statesOf(done)).toEqual(['applied', 'drifted', 'applied', 'applied']);
    expect(mustPatch(done)).toBe(done);
  });

  it('is refused when what drifted no longer says what it should', () => {
    expect(
      patched(swap(schema, '#### 4. `tasks` table (Backend Managed)', '#### 4. `tasks` table (Better Auth Managed)')),
    ).toBeUndefined();
  });

  it.each([
    ['database-schema', '## Database Schema\n'],
    ['jwt-verification', '## Backend JWT Verification (Feature 002 Reference)\n'],
    ['cors-configuration', '### Backend CORS Configuration (Required)\n'],
  ])('is refused when %s stands there without its heading', (id, heading) => {
    const headless = swap(finished, heading, '');
    expect(statesOf(headless, id)).toEqual(['missing']);
    expect(patched(headless)).toBeUndefined();
  });

  it('does not get a section again whose heading was renamed or moved to another depth', () => {
    const renamed = swap(finished, '### Backend CORS Configuration (Required)', '### CORS');
    expect(statesOf(renamed)).toEqual(['applied', 'applied', 'applied', 'drifted']);
    expect(mustPatch(renamed)).toBe(renamed);
    const deeper = swap(
      finished,
      '### Backend CORS Configuration (Required)',
      '#### Backend CORS Configuration (Required)',
    );
    expect(statesOf(deeper)).toEqual(['applied', 'applied', 'applied', 'drifted']);
    expect(mustPatch(deeper)).toBe(deeper);
  });
});

describe('a finished spec', () => {
  const dressed: [string, string][] = [
    ['other bullets', finished.replace(/^- /gm, '* ')],
    ['other emphasis', finished.replaceAll('**', '__')],
    [
      'trailing space in every block',
      finished
        .split('```')
        .map((part, at) => (at % 2 === 1 ? part.replaceAll('\n', ' \n') : part))
        .join('```'),
    ],
    ['an info string on the diagram', swap(finished, 'Authentication Flow\n```\n', 'Authentication Flow\n```text\n')],
  ];

  it.each(dressed)('with %s is applied throughout', (_, text) => {
    expect(text).not.toBe(finished);
    expect(statesOf(text)).toEqual(ids.map(() => 'applied'));
    expect(failing(text)).toEqual([]);
  });

  it.each([[], ['--prose-wrap=always', '--print-width=60'], ['--prose-wrap=never']])(
    'run through prettier %s is applied throughout',
    (...options) => {
      const bin = join(root, 'node_modules/prettier/bin/prettier.cjs');
      const text = execFileSync(process.execPath, [bin, '--parser=markdown', '--no-config', ...options], {
        input: finished,
        encoding: 'utf8',
      });
      expect(text).not.toBe(finished);
      expect(statesOf(text)).toEqual(ids.map(() => 'applied'));
      expect(failing(text)).toEqual([]);
      expect(mustPatch(text)).toBe(text);
    },
  );
});
