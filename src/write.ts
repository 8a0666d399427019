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
  renameSync,
  rmSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { attempt, FileError, readUpTo, regular, type Source } from './file.js';

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
  attempt(() => refuseReadOnly(path));
  const temporary = join(
    dirname(path),
    `${prefixOf(path)}${process.pid}.${thisMachine()}.${randomBytes(6).toString('hex')}`,
  );
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
const thisMachine = (): string => digest(hostname(), 8);

// A rename asks no leave of the file that it replaces.
function refuseReadOnly(path: string): void {
  try {
    accessSync(path, constants.W_OK);
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    if (!['EACCES', 'EPERM', 'EROFS'].includes(code)) throw cause;
    throw new FileError('read-only', 'it is read-only', { cause });
  }
}

function changed(): FileError {
  return new FileError('changed', 'it was changed while it was being patched; run again');
}

function isSameFile(now: Stats, before: Stats): boolean {
  return (['dev', 'ino', 'mode', 'uid', 'gid', 'nlink'] as const).every((part) => now[part] === before[part]);
}

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
    const made = attempt(() => lstatSync(join(dirname(path), name), { throwIfNoEntry: false }));
    if (!made?.isFile()) return false;
    if (isAlive(made, name.slice(prefix.length))) return true;
    attempt(
      () => rmSync(join(dirname(path), name), { force: true }),
      `a killed run left \`${name}\`, which cannot be removed, `,
    );
    return false;
  });
}

// A run writes for seconds at most, so an old file is left over, whatever process or machine has made it. A process id tells
// so at once; in a container every run may have the same one, and other threads of this process have it too.
function isAlive({ mtimeMs }: Stats, maker: string): boolean {
  const age = Date.now() - mtimeMs;
  if (Math.abs(age) > 60_000) return false;
  const [pid, host] = maker.split('.');
  if (host !== thisMachine()) return true;
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
