import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderWith } from './support.js';

/** What git makes of a diff on a text, far from any repository and any settings. */
export function gitApply(path: string, before: string, diff: string, ...options: string[]): string {
  const folder = folderWith({ [path]: before });
  writeFileSync(join(folder, 'p.diff'), diff);
  const env = { PATH: process.env['PATH'], HOME: folder, GIT_CEILING_DIRECTORIES: folder, GIT_CONFIG_NOSYSTEM: '1' };
  execFileSync('git', ['apply', '--whitespace=nowarn', ...options, 'p.diff'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return readFileSync(join(folder, path), 'utf8');
}
