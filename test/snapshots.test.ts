import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, example, finished, folderWith, root, target } from './support.js';

// Compared as bytes: a snapshot with other line ends is another file. `npm run update-snapshots` writes them anew.
const isUpdate = process.env['RUN'] === 'update';

describe('snapshots of the example', () => {
  const snapshots: [name: string, make: () => Promise<string>][] = [
    ['finished.md', async () => finished],
    ['preview.diff', async () => (await cli(folderWith({ [target]: example }), [])).out],
    ['preview.txt', async () => (await cli(folderWith({ [target]: example }), [])).err],
    ['preview.json', async () => (await cli(folderWith({ [target]: example }), ['-r', 'json'])).out],
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
