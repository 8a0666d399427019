import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { attempt, FileError } from '../file.js';
import { exists, refuseLinkedDirectory, shownPath } from '../targets.js';
import type { Files } from './modules.js';

/**
 * Makes new files in a directory, all or none; never over what is there, nor through a link.
 *
 * @throws FileError
 */
export function makeFiles(directory: string, files: Files, cwd: string): void {
  const paths = Object.keys(files).map((name) => join(directory, name));
  for (const path of paths) {
    const shown = shownPath(cwd, path);
    if (exists(path)) throw new FileError('io', `Cannot make \`${shown}\`: it is there already`);
    attemptOn(shown, () => refuseLinkedDirectory(path, cwd));
  }
  const made: string[] = [];
  try {
    for (const [name, text] of Object.entries(files)) {
      const path = join(directory, name);
      attemptOn(shownPath(cwd, path), () => {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text, { flag: 'wx' });
      });
      made.push(path);
    }
  } catch (error) {
    for (const path of made) rmSync(path, { force: true });
    throw error;
  }
}

function attemptOn(shown: string, action: () => void): void {
  try {
    attempt(action);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new FileError(error.problem.code, `Cannot make \`${shown}\`: ${error.message}`, { cause: error });
  }
}
