import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gitApply } from './git.js';
import {
  cli,
  failing,
  folderWith,
  ids,
  mustPatch,
  patched,
  permutations,
  shared,
  skipWithout,
  statesOf,
  subsets,
  target,
} from './support.js';

// The real documents are other people's and stay outside of the repository; where they are there the tests must pass.
const mission = join(shared, 'mission/004-auth-integration.before.md');
const fixSpec = join(shared, 'mission/005-fix-auth-flow.md');
const corpus = join(shared, 'corpus/specs');

describe.skipIf(skipWithout(mission))('the real spec 004', () => {
  const text = skipWithout(mission) ? '' : readFileSync(mission, 'utf8');

  it('is patched: four pending, nine claims, everything else byte for byte', () => {
    expect(statesOf(text)).toEqual(ids.map(() => 'pending'));
    expect(failing(text)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const done = mustPatch(text);
    expect(failing(done)).toEqual([]);
    const fence = text.slice(text.indexOf('```\n┌'), text.indexOf('```\n\n### Component') + 3);
    const [before, after] = text.split(fence) as [string, string];
    expect(done.startsWith(before)).toBe(true);
    const environment = after.indexOf('\n\n## Environment Configuration');
    expect(done.endsWith(after.slice(environment))).toBe(true);
    expect(done.slice(before.length)).toMatch(
      new RegExp(`^\`\`\`\n[^\`]*\`\`\`${literal(after.slice(0, environment))}\n\n### Backend CORS`),
    );
  });

  it('ends in the same bytes in all 24 orders, and by every subset followed by the rest', () => {
    const done = mustPatch(text);
    for (const order of permutations(ids))
      expect(order.reduce((so, id) => mustPatch(so, id), text) === done).toBe(true);
    for (const some of subsets(ids))
      expect(mustPatch(some.length > 0 ? mustPatch(text, ...some) : text) === done).toBe(true);
    expect(mustPatch(done)).toBe(done);
  });

  it('is previewed, checked and written as the contract says', async () => {
    const folder = folderWith({ [target]: text });
    const preview = await cli(folder, []);
    expect(gitApply(target, text, preview.out)).toBe(mustPatch(text));
    expect((await cli(folder, ['-c'])).code).toBe(1);
    expect((await cli(folder, ['-w'])).code).toBe(0);
    expect(readFileSync(join(folder, target), 'utf8')).toBe(mustPatch(text));
    expect((await cli(folder, ['-c'])).code).toBe(0);
  });

  it('gets the user’s text word for word', () => {
    const wanted = readFileSync(fixSpec, 'utf8').split('\n');
    const lines = new Set(wanted);
    const added = mustPatch(text)
      .split('\n')
      .filter((line) => !text.split('\n').includes(line));
    expect(added.filter((line) => !lines.has(line))).toEqual([]);
    expect(added.length).toBeGreaterThan(150);
  });
});

describe.skipIf(skipWithout(corpus))('the corpus of real specs', () => {
  const names = skipWithout(corpus) ? [] : readdirSync(corpus);
  const derived = names.filter((name) => /^d\d\d-/.test(name));

  it.each(names)('%s is patched right or refused untouched', async (name) => {
    const bytes = readFileSync(join(corpus, name));
    const folder = folderWith({ 'spec.md': bytes });
    const { code } = await cli(folder, ['-w', '-q', 'spec.md']);
    const after = readFileSync(join(folder, 'spec.md'));
    expect([0, 3, 4]).toContain(code);
    if (code !== 0) return expect(after.equals(bytes)).toBe(true);
    expect(failing(after.toString('utf8'))).toEqual([]);
    expect(patched(after.toString('utf8'))).toBe(after.toString('utf8'));
  });

  it('is refused where it is of another project, and patched where it is the spec in another dress', async () => {
    const codes = new Map<string, number>();
    for (const name of derived) {
      codes.set(
        name.slice(0, 3),
        (await cli(folderWith({ 'spec.md': readFileSync(join(corpus, name)) }), ['-w', '-q', 'spec.md'])).code,
      );
    }
    expect(Object.fromEntries(codes)).toEqual({
      d01: 0,
      d02: 0,
      d03: 0,
      d04: 0,
      d05: 4,
      d06: 0,
      d08: 3,
      d09: 0,
      d10: 4,
    });
  });
});

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
