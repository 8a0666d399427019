import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { authSpec } from '../patches/index.js';
import { cli, example, folderWith, mustPatch, root, target } from './support.js';

// Compared as bytes: a snapshot with other line ends is another file. `npm run update-snapshots` writes them anew.
const isUpdate = process.env['RUN'] === 'update';

describe('snapshots of the example', () => {
  const snapshots: [name: string, make: () => Promise<string>][] = [
    ['finished.md', async () => mustPatch(example, ...authSpec.patches.map(({ id }) => id))],
    ['preview.diff', async () => (await cli(folderWith({ [target]: example }), [], authSpec)).out],
    ['preview.txt', async () => (await cli(folderWith({ [target]: example }), [], authSpec)).err],
    ['preview.json', async () => (await cli(folderWith({ [target]: example }), ['-r', 'json'], authSpec)).out],
  ];
  it.each(snapshots)('%s', async (name, make) => {
    const path = join(root, 'snapshots', name);
    const bytes = Buffer.from(await make());
    if (isUpdate) writeFileSync(path, bytes);
    const stored = readFileSync(path);
    if (!stored.equals(bytes)) expect(bytes.toString()).toBe(stored.toString());
    expect(stored.equals(bytes)).toBe(true);
  });
});
