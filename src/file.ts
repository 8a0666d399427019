import { isUtf8 } from 'node:buffer';
import { createHash, randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** Why a file cannot be read or written. The text completes “Cannot … `<path>`: ”. */
export interface Problem {
  readonly code: ProblemCode;
  readonly text: string;
}

export type ProblemCode =
  | 'too-large'
  | 'symlink'
  | 'not-a-file'
  | 'utf-16'
  | 'nul'
  | 'not-utf-8'
  | 'two-boms'
  | 'lone-cr'
  | 'too-deep'
  | 'deadline'
  | 'memory'
  | 'hard-link'
  | 'read-only'
  | 'locked'
  | 'changed'
  | 'io'
  /** The new text is in place, but may not survive a power cut. */
  | 'not-synced';

/** The problem with a file, as an exception inside this file's readers and writers. */
export class FileError extends Error {
  readonly problem: Problem;

  constructor(code: ProblemCode, text: string, options?: ErrorOptions) {
    super(text, options);
    this.problem = { code, text };
  }
}

/** A file as it was read: what a later write must still find. */
export interface Source {
  readonly bytes: Buffer;
  readonly text: string;
  readonly stats: Stats;
}

/** Bytes that a file may have unless the user allows more. */
export const MAX_SIZE = 12 * 1024 * 1024;

/**
 * Reads a regular file as text.
 *
 * @throws FileError when it is a link, not a file, too large, or no clean UTF-8 text
 */
export function readSource(path: string, maxSize = MAX_SIZE): Source {
  if (regular(path).size > maxSize) throw tooLarge(maxSize);
  const { bytes, stats } = attempt(() => readUpTo(path, maxSize));
  return { bytes, text: decode(bytes, maxSize), stats };
}

/**
 * UTF-8 bytes as text, a BOM kept. Nothing is replaced or dropped: what cannot be kept byte for byte is refused.
 *
 * @throws FileError for UTF-16, NUL, invalid UTF-8, two BOMs, or a CR that ends no CRLF
 */
export function decode(bytes: Buffer, maxSize = MAX_SIZE): string {
  if (bytes.length > maxSize) throw tooLarge(maxSize);
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new FileError('utf-16', 'it is UTF-16; save it as UTF-8');
  }
  const nul = bytes.indexOf(0);
  if (nul !== -1) throw new FileError('nul', `a NUL stands at byte ${nul}; it may be UTF-16 or no text at all`);
  if (!isUtf8(bytes))
    throw new FileError('not-utf-8', `byte ${invalidByte(bytes)} is not valid UTF-8; save it as UTF-8`);
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  if (text.startsWith('\uFEFF\uFEFF'))
    throw new FileError('two-boms', 'it begins with two byte order marks; remove one');
  const cr = loneCr(text);
  if (cr !== -1) {
    const at = Buffer.byteLength(text.slice(0, cr));
    throw new FileError('lone-cr', `a CR without LF stands at byte ${at}; use LF or CRLF line ends`);
  }
  return text;
}

/**
 * Puts `text` in the place of a file that was read before, in one step: whoever looks sees the old bytes or the new, and
 * after success the new ones survive a power cut. Mode and owner stay.
 *
 * The temporary file is also the lock. Its name carries the process, so what a killed run left behind is recognised and
 * removed; of several runs at once at most one writes.
 *
 * @throws FileError when the file is no longer as it was read, or may not be written; then it is untouched, but for
 *   `not-synced`
 */
export function writeSource(path: string, source: Source, text: string): void {
  const { stats } = source;
  if (!isSameFile(regular(path), stats)) throw changed();
  if (stats.nlink > 1)
    throw new FileError('hard-link', 'it has several hard links, and a new file would leave the others behind');
  try {
    accessSync(path, constants.W_OK);
  } catch (cause) {
    const isReadOnly = ['EACCES', 'EPERM', 'EROFS'].includes((cause as NodeJS.ErrnoException).code ?? '');
    throw isReadOnly ? new FileError('read-only', 'it is read-only', { cause }) : asFileError(cause);
  }
  const temporary = join(dirname(path), `${prefixOf(path)}${process.pid}.${HOST}.${randomBytes(6).toString('hex')}`);
  const file = attempt(() => openSync(temporary, 'wx', 0o600), 'no file can be made beside it, ');
  try {
    attempt(() => fill(file, Buffer.from(text, 'utf8'), stats));
    claim(path, temporary);
    if (!isSameFile(regular(path), stats)) throw changed();
    const now = attempt(() => readUpTo(path, source.bytes.length));
    if (!isSameFile(now.stats, stats) || !now.bytes.equals(source.bytes)) throw changed();
    attempt(() => rename(temporary, path));
  } catch (error) {
    try {
      rmSync(temporary, { force: true });
    } catch {
      // What failed first is what there is to say; the next run removes the file.
    }
    throw error;
  }
  syncDirectory(dirname(path));
}

// Process ids mean nothing on another machine that shares the directory.
const HOST = digest(hostname(), 8);

function regular(path: string): Stats {
  const stats = attempt(() => lstatSync(path));
  if (stats.isSymbolicLink()) {
    const to = basename(attempt(() => readlinkSync(path)));
    throw new FileError(
      'symlink',
      attempt(() => statSync(path, { throwIfNoEntry: false }))
        ? `it is a symbolic link; name the file it points to (\`${to}\`), or use \`--follow-symlinks\``
        : `it is a symbolic link that leads nowhere (\`${to}\`)`,
    );
  }
  if (!stats.isFile()) throw new FileError('not-a-file', 'it is not a regular file');
  return stats;
}

function isSameFile(now: Stats, before: Stats): boolean {
  return (['dev', 'ino', 'mode', 'uid', 'gid', 'nlink'] as const).every((part) => now[part] === before[part]);
}

function tooLarge(maxSize: number): FileError {
  return new FileError('too-large', `it has more than ${maxSize} bytes; allow them with \`--max-size\``);
}

function changed(): FileError {
  return new FileError('changed', 'it was changed while it was being patched; run again');
}

// Whatever took the path's place since it was looked at: a link is not followed, a pipe does not block, and of what has no
// end no more is read than a byte beyond the limit.
function readUpTo(path: string, limit: number): { bytes: Buffer; stats: Stats } {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw new FileError('not-a-file', 'it is not a regular file');
    let bytes = Buffer.alloc(Math.min(stats.size, limit) + 1);
    let length = 0;
    for (;;) {
      const read = readSync(file, bytes, length, bytes.length - length, null);
      length += read;
      if (read === 0 || length > limit) return { bytes: bytes.subarray(0, length), stats };
      if (length === bytes.length) bytes = Buffer.concat([bytes, Buffer.alloc(length)]);
    }
  } finally {
    closeSync(file);
  }
}

/** What an action returns; what it throws as a {@link FileError} in words that begin with `what`. */
export function attempt<T>(action: () => T, what = ''): T {
  try {
    return action();
  } catch (cause) {
    throw asFileError(cause, what);
  }
}

function asFileError(cause: unknown, what = ''): FileError {
  if (cause instanceof FileError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  return new FileError('io', `${what}${REASONS.get(code ?? '') ?? code ?? message}`, { cause });
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'it does not exist'],
  ['ELOOP', 'it is a symbolic link'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'operation not permitted'],
  ['ENOSPC', 'no space left on the device'],
  ['EFBIG', 'the file would exceed the size limit of this process'],
  ['EROFS', 'the file system is read-only'],
  ['EDQUOT', 'the disk quota is exhausted'],
  ['EIO', 'input/output error'],
  ['ENXIO', 'it is a pipe that nobody reads'],
  ['EEXIST', 'another stands at its name'],
  ['EISDIR', 'it is a directory'],
  ['ERR_FS_EISDIR', 'it is a directory'],
  ['ENOTDIR', 'a part of its path is no directory'],
  ['ENAMETOOLONG', 'the name is too long'],
  ['EBUSY', 'it is in use'],
  ['EMFILE', 'too many files are open'],
  ['ENFILE', 'too many files are open'],
]);

function fill(file: number, bytes: Buffer, { uid, gid, mode }: Stats): void {
  try {
    let done = 0;
    while (done < bytes.length) {
      const written = writeSync(file, bytes, done, bytes.length - done, done);
      if (written <= 0) throw new FileError('io', `only ${done} of ${bytes.length} bytes could be written`);
      done += written;
    }
    const made = fstatSync(file);
    if (made.size !== bytes.length) throw new FileError('io', `only ${made.size} of ${bytes.length} bytes arrived`);
    if (made.uid !== uid || made.gid !== gid) attempt(() => fchownSync(file, uid, gid), 'its owner cannot be kept, ');
    fchmodSync(file, mode & 0o7777);
    // Setgid goes without an error when the group is not one of ours.
    if (fstatSync(file).mode !== mode) throw new FileError('io', 'its mode cannot be kept');
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function rename(from: string, to: string): void {
  // On Windows a virus scanner or an editor may hold the file for a moment.
  const deadline = performance.now() + (process.platform === 'win32' ? 1000 : 0);
  for (;;) {
    try {
      renameSync(from, to);
      return;
    } catch (cause) {
      const { code = '' } = cause as NodeJS.ErrnoException;
      if (code === 'ENOENT') throw new FileError('locked', 'another run took it over; run again', { cause });
      if (!['EPERM', 'EBUSY', 'EACCES'].includes(code) || performance.now() >= deadline) throw cause;
      pause(20);
    }
  }
}

// Removing a file takes the right to write from the run that made it, as its rename then finds nothing: to be wrong about
// a run that lives costs that run, not a text.
//
// Each run first makes its own file and then looks for others, so of two runs at least one sees the other. The one with
// the greater name withdraws; the one with the smaller name waits for it, because it may have looked first.
function claim(path: string, own: string): void {
  const deadline = performance.now() + 2000;
  for (;;) {
    const others = rivals(path, basename(own));
    const [first] = others;
    if (first === undefined) return;
    if (others.some((name) => name < basename(own)) || performance.now() > deadline) {
      throw new FileError('locked', `another run is writing it (\`${first}\`); run again in a minute`);
    }
    pause(5);
  }
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function rivals(path: string, own: string): string[] {
  const prefix = prefixOf(path);
  return attempt(() => readdirSync(dirname(path))).filter((name) => {
    if (!name.startsWith(prefix) || name === own) return false;
    if (isAlive(path, name)) return true;
    attempt(
      () => rmSync(join(dirname(path), name), { force: true }),
      `a killed run left \`${name}\`, which cannot be removed, `,
    );
    return false;
  });
}

// A run writes for seconds at most, so an old file is left over, whatever process or machine has made it. A process id tells
// so at once; in a container every run may have the same one, and other threads of this process have it too.
function isAlive(path: string, name: string): boolean {
  const made = attempt(() => lstatSync(join(dirname(path), name), { throwIfNoEntry: false }));
  const age = made ? Date.now() - made.mtimeMs : 0;
  if (age > 60_000) return false;
  const [pid, host] = name.slice(prefixOf(path).length).split('.');
  if (host !== HOST) return true;
  return Number(pid) === process.pid ? age <= 1000 * process.uptime() : isRunning(Number(pid));
}

// On some file systems a file has several spellings, on most a name has at most 255 bytes.
function prefixOf(path: string): string {
  const name = basename(path).normalize('NFC').toLowerCase();
  return `.${/^[\x20-\x7e]{1,100}$/.test(name) ? name : digest(name, 32)}.fix-auth-spec.`;
}

function digest(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

// Some file systems, and Windows, cannot sync a directory.
function syncDirectory(path: string): void {
  try {
    const directory = openSync(path, 'r');
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'EINVAL' && code !== 'EPERM' && code !== 'ENOTSUP') {
      throw new FileError('not-synced', 'it was written, but the directory could not be synced', { cause });
    }
  }
}

function invalidByte(bytes: Buffer): number {
  let offset = 0;
  for (const character of new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)) {
    if (character === '\uFFFD' && !bytes.subarray(offset, offset + 3).equals(REPLACEMENT)) return offset;
    offset += Buffer.byteLength(character);
  }
  return offset;
}

const REPLACEMENT = Buffer.from('\uFFFD');

function loneCr(text: string): number {
  let at = text.indexOf('\r');
  while (at !== -1 && text[at + 1] === '\n') at = text.indexOf('\r', at + 1);
  return at;
}
