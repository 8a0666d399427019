import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { folderWith, type Ran, root } from './support.js';

const bin = join(root, 'bin/fix-auth-spec.cjs');

/** A folder of commands for PATH, each a script. */
export function commands(scripts: Record<string, string>): string {
  const folder = folderWith(scripts);
  for (const name of Object.keys(scripts)) chmodSync(join(folder, name), 0o755);
  return folder;
}

/** A folder for PATH in which `fix-auth-spec` is this one. */
export function installed(): string {
  return commands({ 'fix-auth-spec': `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n` });
}

/** Runs a command in an environment that holds nothing of this one but the way to other commands. */
export function run(
  cwd: string,
  [command = '', ...words]: readonly string[],
  { path = [], env = {} }: { path?: readonly string[]; env?: Record<string, string> } = {},
): Ran {
  const { status, stdout, stderr } = spawnSync(command, words, {
    cwd,
    encoding: 'utf8',
    env: {
      PATH: [...path, process.env['PATH']].join(delimiter),
      HOME: cwd,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@example.com',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@example.com',
      ...env,
    },
  });
  return { code: status ?? -1, out: stdout, err: stderr };
}
