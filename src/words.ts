/** “a, b and c”. */
export function list(parts: readonly string[], word = 'and'): string {
  return parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} ${word} ${parts.at(-1)}`;
}

/** “1 file”, “2 files”, “2 patches”. */
export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : word.endsWith('ch') ? 'es' : 's'}`;
}

/** Whether a text is ASCII: what is asked of its letters then needs no table of Unicode, which takes long to look up. */
export function isAscii(text: string): boolean {
  return /^[\0-\x7F]*$/.test(text);
}

/** One word for a POSIX shell, whatever it holds. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
