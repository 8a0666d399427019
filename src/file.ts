import { isUtf8 } from 'node:buffer';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { isAbsolute } from 'node:path';

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

/** The problem with a file, as an exception of readers and writers. */
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
 * What stands at a path, when that is a regular file.
 *
 * @throws FileError
 */
export function regular(path: string): Stats {
  const stats = attempt(() => lstatSync(path));
  if (stats.isSymbolicLink()) {
    const to = attempt(() => readlinkSync(path));
    const named = isAbsolute(to) ? '' : ` (\`${to}\`)`;
    throw new FileError(
      'symlink',
      attempt(() => statSync(path, { throwIfNoEntry: false }))
        ? `it is a symbolic link; name the file it points to${named}, or use \`--follow-symlinks\``
        : `it is a symbolic link that leads nowhere${named}`,
    );
  }
  if (!stats.isFile()) throw new FileError('not-a-file', 'it is not a regular file');
  return stats;
}

function tooLarge(maxSize: number): FileError {
  return new FileError('too-large', `it has more than ${maxSize} bytes; allow them with \`--max-size\``);
}

/**
 * The bytes of a regular file, whatever took the path's place since it was looked at: a link is not followed, a pipe does not
 * block, and of what has no end no more is read than a byte beyond `limit`.
 */
export function readUpTo(path: string, limit: number): { bytes: Buffer; stats: Stats } {
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

/** What an action returns; what it throws as a {@link FileError}, in words that begin with `what`. */
export function attempt<T>(action: () => T, what = ''): T {
  try {
    return action();
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new FileError('io', `${what}${REASONS.get(code ?? '') ?? code ?? message}`, { cause });
  }
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
