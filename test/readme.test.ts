import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { patchText } from '../src/api.js';
import type { PatchSetDefinition } from '../src/define.js';
import { cli, example, folderWith, registry, root, target } from './support.js';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const blocks = (language: string) =>
  [...readme.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, name]) => name === language)
    .map(([, , text]) => text as string);

describe('the README', () => {
  const sessions = blocks('console').map((text) => {
    const [first = '', ...lines] = text.split('\n');
    return { command: first, shown: lines.join('\n') };
  });

  it.each(sessions)('$command prints what is shown', async ({ command, shown }) => {
    const fix = 'examples/todo-app/specs/006-fix-environment/spec.md';
    const folder = folderWith({
      [`examples/todo-app/${target}`]: example,
      [fix]: readFileSync(join(root, fix), 'utf8'),
      'README.md': readme,
    });
    const argv = command.replace('$ npx fix-auth-spec ', '').split(' ');
    const { out, err } = await cli(folder, argv, registry);
    // `…` stands for lines left out.
    let printed = out + err;
    for (const part of shown.split(/^…\n/m)) {
      const at = printed.indexOf(part);
      expect([part, at !== -1]).toEqual([part, true]);
      printed = printed.slice(at + part.length);
    }
    expect(sessions.length).toBe(4);
  });

  it('names the commands that set the project up, and package.json has them', () => {
    expect(readme).toContain('npm ci && npx fix-auth-spec --dry-run\nnpm test\n');
    const { scripts, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect([typeof scripts.test, typeof scripts.prepare, bin['fix-auth-spec']]).toEqual([
      'string',
      'string',
      'bin/fix-auth-spec.cjs',
    ]);
  });

  it('has a patch set that works as shown', async () => {
    const [code = ''] = blocks('js');
    const folder = join(root, 'test', `.readme-${process.pid}`);
    mkdirSync(folder, { recursive: true });
    try {
      const file = join(folder, 'rate-limits.patches.js');
      // In here the package stands by its own name for what is built.
      writeFileSync(file, code.replace("'fix-auth-spec'", "'../../src/index.js'"));
      const { default: patches } = (await import(pathToFileURL(file).href)) as { default: PatchSetDefinition };
      const { exitCode, text } = patchText(example, { patches });
      expect([exitCode, text.includes('\n\n## Rate Limits\n\nSign-in is limited')]).toEqual([0, true]);
      expect(patchText(text, { patches }).patches[0]?.state).toBe('applied');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('lists the exit codes and states there are', () => {
    for (const state of ['pending', 'applied', 'drifted', 'missing', 'ambiguous', 'conflict'])
      expect(readme).toContain(`| \`${state}\` |`);
    for (const code of ['0', '1', '2', '3', '4', '70', '130, 141']) expect(readme).toContain(`| ${code} |`);
  });
});
