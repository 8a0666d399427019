import { spawnSync } from 'node:child_process';
import { basename, dirname } from 'node:path';
import { decode } from '../file.js';
import type { Io } from '../io.js';

/** Why there is no committed text. */
export class CommittedError extends Error {}

/**
 * The text of a file as it was committed last, which git tells: no filter of the repository runs, nothing is fetched.
 *
 * @param path absolute
 * @throws CommittedError when git is not there, or does not know the file
 * @throws FileError when the text that was committed cannot be used
 */
export function committedText(path: string, env: Io['env'], maxSize: number): string {
  const { error, status, stdout, stderr } = spawnSync(
    'git',
    ['-C', dirname(path), 'cat-file', 'blob', `HEAD:./${basename(path)}`],
    {
      // A program of that name in the working directory is none of ours, and a repository may name others to be run.
      env: { ...env, GIT_NO_LAZY_FETCH: '1', GIT_OPTIONAL_LOCKS: '0', NoDefaultCurrentDirectoryInExePath: '1' },
      maxBuffer: maxSize + 1,
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    },
  );
  if (error && 'code' in error && error.code === 'ENOENT') throw new CommittedError('git is not installed');
  if (error) throw new CommittedError(`git does not answer: ${error.message}`);
  if (status !== 0) throw new CommittedError(reasonOf(stderr.toString('utf8')));
  return decode(stdout, maxSize);
}

function reasonOf(said: string): string {
  if (/not a git repository/i.test(said)) return 'it is in no git repository';
  if (/dubious ownership/.test(said)) return 'git does not trust the owner of its repository';
  return 'it was never committed';
}
