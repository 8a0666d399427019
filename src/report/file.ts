import { closeSync, constants, fstatSync, ftruncateSync, openSync, statSync, writeFileSync } from 'node:fs';
import { attempt, FileError } from '../file.js';

/**
 * Writes a report, or adds it to what the file holds. A link is not followed, and a file of several names not written: whoever
 * can commit either would choose what is overwritten. The outputs of this process stand below `/dev`.
 *
 * @throws FileError
 */
export function writeReport(path: string, text: string, { isAdded = false }: { isAdded?: boolean } = {}): void {
  const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  const isDevice = /^\/dev\/(?:stdout|stderr|null|full|tty|fd\/\d{1,9})$/.test(path);
  const flags = isDevice ? O_WRONLY : O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | (isAdded ? O_APPEND : 0);
  attempt(() => {
    const file = openSync(path, flags, 0o666);
    try {
      const stats = fstatSync(file);
      if (!isDevice && !stats.isFile()) throw new FileError('not-a-file', 'it is not a regular file');
      if (stats.isFile() && stats.nlink > 1) throw new FileError('hard-link', 'it has several hard links');
      if (stats.isFile() && !isAdded) ftruncateSync(file);
      writeFileSync(file, text);
    } finally {
      closeSync(file);
    }
  });
}

/** Whether two paths lead to one file, by whatever links and spelling. */
export function isOneFile(a: string, b: string): boolean {
  if (a === b) return true;
  try {
    const [one, other] = [statSync(a), statSync(b)];
    return one.dev === other.dev && one.ino === other.ino;
  } catch {
    // At least one of them is not there to be the other.
    return false;
  }
}
