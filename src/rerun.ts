import { MAX_SIZE } from './file.js';
import type { Options } from './options.js';
import type { Result } from './result.js';
import { shellQuoted } from './words.js';

/** Where there is nothing to run again. */
export const NOTHING: Result['rerun'] = { where: '', what: '' };

/** The words that choose the same files, and the same of their patches, once more. */
export function rerunOf({
  from,
  module,
  specs,
  stdin,
  stdinPath,
  followSymlinks,
  maxSize,
  patches,
  overwrite,
}: Options): Result['rerun'] {
  // A name that was given to standard input is that of a file; a hook checks what is staged so.
  const paths = stdin ? [stdinPath === 'stdin' ? '-' : stdinPath] : specs;
  const valued = (flag: string, value: string): string[] =>
    value.startsWith('-') ? [`${flag}=${value}`] : [flag, value];
  const each = (flag: string, values: readonly string[]): string[] => values.flatMap((value) => [flag, value]);
  const where = [
    ...(from === undefined ? [] : valued('--from', from)),
    ...(module === undefined ? [] : valued('--patches', module)),
    ...(followSymlinks ? ['--follow-symlinks'] : []),
    ...(maxSize === MAX_SIZE ? [] : ['--max-size', String(maxSize)]),
    ...(paths.some((path) => path.startsWith('-') && path !== '-') ? ['--'] : []),
    ...paths,
  ];
  const words = (all: readonly string[]): string => all.map(shellWord).join(' ');
  return { where: words(where), what: words([...each('-p', patches), ...each('--overwrite', overwrite)]) };
}

function shellWord(word: string): string {
  return /^[\w@%+:,./-][\w@%+=:,./-]*$/.test(word) ? word : shellQuoted(word);
}
