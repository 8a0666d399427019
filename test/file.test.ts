import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decode, FileError, MAX_SIZE, readSource } from '../src/file.js';
import { writeSource } from '../src/write.js';
import { folderWith, skipOnWindows, skipUnless } from './support.js';

const isWindows = process.platform === 'win32';
const codeOf = (action: () => unknown): string => {
  try {
    action();
    return 'no error';
  } catch (error) {
    if (error instanceof FileError) return error.problem.code;
    throw error;
  }
};

describe('decode', () => {
  const bad: [string, Buffer, string, string][] = [
    ['UTF-16 LE with BOM', Buffer.from('\uFEFFa', 'utf16le'), 'utf-16', 'it is UTF-16; save it as UTF-8'],
    ['UTF-16 BE with BOM', Buffer.from([0xfe, 0xff, 0, 0x61]), 'utf-16', 'it is UTF-16; save it as UTF-8'],
    [
      'UTF-16 without BOM',
      Buffer.from('ab', 'utf16le'),
      'nul',
      'a NUL stands at byte 1; it may be UTF-16 or no text at all',
    ],
    ['NUL', Buffer.from('ab\0'), 'nul', 'a NUL stands at byte 2; it may be UTF-16 or no text at all'],
    [
      'Windows-1252',
      Buffer.from([0x61, 0xc3, 0xa4, 0x93, 0x62]),
      'not-utf-8',
      'byte 3 is not valid UTF-8; save it as UTF-8',
    ],
    ['overlong', Buffer.from([0xc0, 0xaf]), 'not-utf-8', 'byte 0 is not valid UTF-8; save it as UTF-8'],
    ['a surrogate', Buffer.from([0x61, 0xed, 0xa0, 0x80]), 'not-utf-8', 'byte 1 is not valid UTF-8; save it as UTF-8'],
    ['cut short', Buffer.from('a😀').subarray(0, 4), 'not-utf-8', 'byte 1 is not valid UTF-8; save it as UTF-8'],
    [
      'beyond Unicode',
      Buffer.from([0xf5, 0x80, 0x80, 0x80]),
      'not-utf-8',
      'byte 0 is not valid UTF-8; save it as UTF-8',
    ],
    [
      'invalid behind a real U+FFFD',
      Buffer.from([...Buffer.from('\uFFFD'), 0xff]),
      'not-utf-8',
      'byte 3 is not valid UTF-8; save it as UTF-8',
    ],
    ['two BOMs', Buffer.from('\uFEFF\uFEFFa'), 'two-boms', 'it begins with two byte order marks; remove one'],
    ['a lone CR', Buffer.from('ä\r\nb\rc'), 'lone-cr', 'a CR without LF stands at byte 5; use LF or CRLF line ends'],
    ['a final CR', Buffer.from('a\r'), 'lone-cr', 'a CR without LF stands at byte 1; use LF or CRLF line ends'],
  ];
  it.each(bad)('refuses %s', (_, bytes, code, text) => {
    try {
      decode(bytes);
      expect.unreachable();
    } catch (error) {
      expect(error instanceof FileError && error.problem).toEqual({ code, text });
    }
  });

  it.each(['', '\uFEFF', '\uFEFF# a\r\n', 'â€œ mojibake', '\u2028\u200B\u202E', '😀\uFFFD', 'a\r\n\r\nb\n'])(
    'keeps %j byte for byte',
    (text) => {
      expect(decode(Buffer.from(text))).toBe(text);
    },
  );

  it('refuses what is too large, before looking at it', () => {
    expect(codeOf(() => decode(Buffer.alloc(MAX_SIZE + 1)))).toBe('too-large');
  });
});

describe('readSource', () => {
  it('refuses what is no regular file, or not there', () => {
    const folder = folderWith({ 'a.md': 'a' });
    mkdirSync(join(folder, 'dir'));
    expect(codeOf(() => readSource(join(folder, 'dir')))).toBe('not-a-file');
    expect(codeOf(() => readSource(join(folder, 'none.md')))).toBe('io');
  });

  it.skipIf(skipOnWindows('links and modes'))('refuses a symbolic link, a dangling one too', () => {
    const folder = folderWith({ 'a.md': 'a' });
    symlinkSync('a.md', join(folder, 'link.md'));
    symlinkSync('none.md', join(folder, 'dangling.md'));
    expect(codeOf(() => readSource(join(folder, 'link.md')))).toBe('symlink');
    expect(codeOf(() => readSource(join(folder, 'dangling.md')))).toBe('symlink');
  });
});

describe('writeSource', () => {
  const written = (before: string, after: string, prepare: (path: string) => void = () => {}) => {
    const folder = folderWith({ 'spec.md': before });
    const path = join(folder, 'spec.md');
    const source = readSource(path);
    prepare(path);
    const code = codeOf(() => writeSource(path, source, after));
    return {
      code,
      text: readFileSync(path, 'utf8'),
      left: readdirSync(folder).filter((name) => name.includes('fix-auth-spec')),
      path,
    };
  };

  it('puts the new text in place and leaves nothing beside it', () => {
    expect(written('old', 'new ä😀\r\n')).toMatchObject({ code: 'no error', text: 'new ä😀\r\n', left: [] });
  });

  it.skipIf(skipOnWindows('links and modes'))('keeps the mode', () => {
    const folder = folderWith({ 'spec.md': 'old' });
    const path = join(folder, 'spec.md');
    chmodSync(path, 0o640);
    writeSource(path, readSource(path), 'new');
    expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o7777]).toEqual(['new', 0o640]);
  });

  it('never overwrites what somebody changed in the meantime', () => {
    expect(written('old', 'new', (path) => writeFileSync(path, 'theirs'))).toMatchObject({
      code: 'changed',
      text: 'theirs',
      left: [],
    });
  });

  it.skipIf(skipOnWindows('links and modes'))(
    'refuses a file with several hard links, and one that came to have them',
    () => {
      const folder = folderWith({ 'spec.md': 'old' });
      const path = join(folder, 'spec.md');
      const source = readSource(path);
      linkSync(path, join(folder, 'other.md'));
      expect(codeOf(() => writeSource(path, source, 'new'))).toBe('changed');
      expect(codeOf(() => writeSource(path, readSource(path), 'new'))).toBe('hard-link');
      expect(readFileSync(path, 'utf8')).toBe('old');
      expect(readdirSync(folder).toSorted()).toEqual(['other.md', 'spec.md']);
    },
  );

  it('never writes to another file of the same bytes that took the place of the one that was read', () => {
    const folder = folderWith({ 'd/spec.md': 'old', 'out/spec.md': 'old' });
    const path = join(folder, 'd/spec.md');
    const source = readSource(path);
    renameSync(join(folder, 'd'), join(folder, 'd.real'));
    renameSync(join(folder, 'out'), join(folder, 'd'));
    expect(codeOf(() => writeSource(path, source, 'new'))).toBe('changed');
    expect([readdirSync(join(folder, 'd')), readFileSync(path, 'utf8')]).toEqual([['spec.md'], 'old']);
  });

  it.skipIf(skipUnless(process.platform === 'linux', 'files without an end: there is no /proc'))(
    'reads no more than the limit of what has no end',
    () => {
      // It says that it has no bytes, and holds many.
      expect(codeOf(() => readSource('/proc/self/mountinfo', 10))).toBe('too-large');
      expect(readSource('/proc/self/mountinfo', 1_000_000).bytes.length).toBeGreaterThan(10);
    },
  );

  it('withdraws while another run writes the same file, and leaves that run alone', () => {
    const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
    const name = `.spec.md.fix-auth-spec.1.${host}.000000000000`;
    const mine = isWindows ? name.replace('.1.', `.${process.ppid}.`) : name;
    const { code, text, left } = written('old', 'new', (path) => writeFileSync(join(path, '..', mine), ''));
    expect({ code, text, left }).toEqual({ code: 'locked', text: 'old', left: [mine] });
  });

  it('leaves a young file of another machine alone', () => {
    const name = '.spec.md.fix-auth-spec.999999.ffffffff.000000000000';
    expect(written('old', 'new', (path) => writeFileSync(join(path, '..', name), ''))).toMatchObject({
      code: 'locked',
      text: 'old',
      left: [name],
    });
  });

  it('removes what a killed run left behind', () => {
    const { pid } = spawnSync(process.execPath, ['-e', '0']);
    const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
    const name = `.spec.md.fix-auth-spec.${pid}.${host}.000000000000`;
    expect(written('old', 'new', (path) => writeFileSync(join(path, '..', name), 'torn'))).toMatchObject({
      code: 'no error',
      text: 'new',
      left: [],
    });
  });

  it('replaces the file, not its content: a reader of the old one is not disturbed', () => {
    const { path } = written('old', 'new', (file) => utimesSync(file, 1, 1));
    expect(lstatSync(path).mtimeMs).toBeGreaterThan(1000);
  });
});
