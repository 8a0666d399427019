import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { authSpec } from '../patches/index.js';
import { cli, example, folderWith, mustPatch, registry, root, situations, target } from './support.js';

// Compared as bytes: a snapshot with other line ends is another file. `npm run update-snapshots` writes them anew.
const isUpdate = process.env['RUN'] === 'update';

const run = (text: string, ...argv: string[]) => cli(folderWith({ [target]: text }), argv, registry);

/** What a person sees, a script reads, and a reviewer opens. */
const outputs: [name: string, make: (text: string) => Promise<string>][] = [
  ['summary.txt', async (text) => (await run(text)).err],
  ['changes.diff', async (text) => (await run(text)).out],
  ['report.json', async (text) => (await run(text, '-r', 'json')).out],
  ['report.md', async (text) => (await run(text, '-r', 'markdown')).out],
  ['report.html', async (text) => (await run(text, '-r', 'html')).out],
  ['annotations.txt', async (text) => (await run(text, '-c', '-r', 'github')).out],
  ['report.sarif', async (text) => (await run(text, '-r', 'sarif')).out],
];

const snapshots: [name: string, make: () => Promise<string>][] = [
  ['finished.md', async () => mustPatch(example, ...authSpec.patches.map(({ id }) => id))],
  ...Object.entries(situations).flatMap(([situation, text]) =>
    outputs.map(([name, make]): [string, () => Promise<string>] => [`${situation}/${name}`, () => make(text)]),
  ),
];

describe('snapshots of the example', () => {
  it.each(snapshots)('%s', async (name, make) => {
    const path = join(root, 'snapshots', name);
    const bytes = Buffer.from(await make());
    if (isUpdate) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytes);
    }
    const stored = readFileSync(path);
    if (!stored.equals(bytes)) expect(bytes.toString()).toBe(stored.toString());
    expect(stored.equals(bytes)).toBe(true);
  });
});
