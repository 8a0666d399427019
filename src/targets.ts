import { lstatSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { FileError } from './file.js';

/** Targets named wrongly, or none to be found; the text says what is the matter and where it was looked for. */
export class TargetError extends Error {
  /** The word that leads to nothing, as typed. */
  readonly typed?: string;

  constructor(text: string, typed?: string) {
    super(text);
    if (typed !== undefined) this.typed = typed;
  }
}

/**
 * The absolute paths of the specs to patch, each once.
 *
 * @param specs files, directories or globs as named on the command line; none means discovery
 * @param target where the patch set's document stands in a repository, with `/`
 * @throws TargetError when a name leads to nothing, or nothing is found
 */
export async function findTargets(specs: readonly string[], cwd: string, target: string): Promise<string[]> {
  if (specs.length === 0) return discover(cwd, target);
  const found = await Promise.all(specs.map((spec) => expand(spec, cwd, target)));
  return [...new Set(found.flat())];
}

/** The names beside a path. */
export function namesBeside(path: string): string[] {
  try {
    return readdirSync(dirname(path));
  } catch {
    return [];
  }
}

/** The file that a path leads to when every symbolic link is followed; the path itself when it leads nowhere. */
export function followed(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/**
 * As git does, refuses a path that leads through a symbolic link inside a repository, or below the working directory:
 * whoever could commit the link would choose the file that is written.
 *
 * @throws FileError
 */
export function refuseLinkedDirectory(path: string, cwd: string): void {
  const base = trustedAbove(path, cwd);
  if (base === undefined) return;
  const parts = relative(base, dirname(path))
    .split(sep)
    .filter((part) => part !== '');
  const linked = parts.findIndex((_, index) => look(join(base, ...parts.slice(0, index + 1)))?.isSymbolicLink());
  if (linked === -1) return;
  const link = shownPath(cwd, join(base, ...parts.slice(0, linked + 1)));
  throw new FileError(
    'symlink',
    `it lies behind a symbolic link (\`${link}\`); name the file by its own path, or use \`--follow-symlinks\``,
  );
}

// The directory down to which links are the user's own doing: the working directory's repository, or what there is of one
// around the path. The outermost counts, for a link may lead into another repository.
function trustedAbove(path: string, cwd: string): string | undefined {
  const own = repositoryRoot(cwd) ?? cwd;
  if (isInside(own, path)) return own;
  let outermost: string | undefined;
  for (let above = repositoryRoot(dirname(path)); above !== undefined; above = repositoryRoot(dirname(above))) {
    outermost = above;
    if (above === dirname(above)) break;
  }
  return outermost;
}

/** Whether a path is a directory itself or lies below it. */
export function isInside(directory: string, path: string): boolean {
  const way = relative(directory, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** A path as people and diffs write it: relative to `from`, with `/`. */
export function shownPath(from: string, path: string): string {
  return relative(from, path).split(sep).join('/');
}

async function discover(cwd: string, target: string): Promise<string[]> {
  const root = repositoryRoot(cwd);
  for (let directory = cwd; ; directory = dirname(directory)) {
    if (exists(join(directory, target))) return [join(directory, target)];
    if (directory === (root ?? cwd)) break;
  }
  const { search } = await import('./glob.js');
  const below = await search(`**/${target}`, cwd);
  if (below.length > 0) return below;
  const up = root === undefined ? 'in' : `from the repository root \`${shownPath(cwd, root) || '.'}\` down to`;
  throw new TargetError(
    `Cannot find \`${target}\`: looked ${up} the working directory, then below it; name the spec, as in \`fix-auth-spec path/to/spec.md\``,
  );
}

async function expand(spec: string, cwd: string, target: string): Promise<string[]> {
  const path = resolve(cwd, spec);
  if (isDirectory(path)) return inDirectory(path, spec, target);
  if (exists(path)) return [path];
  const pattern = sep === '\\' ? spec.replaceAll('\\', '/') : spec;
  const { isPattern, search } = await import('./glob.js');
  if (!isPattern(pattern)) throw new TargetError(`Cannot find \`${spec}\`: there is no such file or directory`, spec);
  const found = await search(pattern, cwd);
  if (found.length === 0) throw new TargetError(`Cannot find \`${spec}\`: no file matches this pattern`);
  return found;
}

// A directory stands for the target inside it, whether it is the repository, `specs`, or the spec's own directory.
async function inDirectory(directory: string, spec: string, target: string): Promise<string[]> {
  const parts = target.split('/');
  const own = parts.slice(0, -1).flatMap((_, index) => {
    const above = parts.slice(0, index + 1).join(sep);
    const path = join(directory, ...parts.slice(index + 1));
    return directory.endsWith(sep + above) && exists(path) ? [path] : [];
  });
  const file = join(directory, parts.at(-1) ?? '');
  if (own.length === 0 && exists(file)) own.push(file);
  const found = own.length > 0 ? own : await (await import('./glob.js')).search(`**/${target}`, directory);
  if (found.length === 0)
    throw new TargetError(
      `Cannot find a spec in \`${spec}\`: it holds neither \`${parts.at(-1)}\` nor \`**/${target}\``,
    );
  return found;
}

/** The directory at or above one that holds `.git`. */
export function repositoryRoot(cwd: string): string | undefined {
  for (let directory = cwd; ; directory = dirname(directory)) {
    if (exists(join(directory, '.git'))) return directory;
    if (directory === dirname(directory)) return undefined;
  }
}

/** Whether anything but a directory stands at a path: reading it says whether it is a file. */
export function standsFile(path: string): boolean {
  return exists(path) && !isDirectory(path);
}

function isDirectory(path: string): boolean {
  return look(path, statSync)?.isDirectory() === true;
}

/** Whether anything stands at a path. A link counts, even a dangling one: reading it says what is the matter. */
export function exists(path: string): boolean {
  return look(path) !== undefined;
}

// What stands at a path, if anything can.
function look(path: string, how: (path: string) => Stats = lstatSync): Stats | undefined {
  try {
    return how(path);
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'EINVAL', 'ERR_INVALID_ARG_VALUE'].includes(code))
      return undefined;
    throw new FileError('io', `Cannot look at \`${path}\`: ${code === 'EACCES' ? 'permission denied' : code}`, {
      cause,
    });
  }
}
