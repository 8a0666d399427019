import { resolve } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';

/** Whether a path is meant for several. */
export function isPattern(path: string): boolean {
  return isDynamicPattern(path);
}

/** The files below a directory that match a glob, absolute, in order; never in `node_modules`, `.git` or `dist`. */
export async function search(
  pattern: string,
  cwd: string,
  { isCaseFolded = false }: { isCaseFolded?: boolean } = {},
): Promise<string[]> {
  const found = await glob(pattern, {
    cwd,
    absolute: true,
    dot: true,
    expandDirectories: false,
    followSymbolicLinks: false,
    caseSensitiveMatch: !isCaseFolded,
    ignore: ['**/node_modules/**', '**/.git/**', '**/dist/**'],
  });
  return found.map((path) => resolve(path)).toSorted();
}
