import { spawnSync } from 'node:child_process';
import type * as fs from 'node:fs';
import {
  chmodSync,
  chownSync,
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FileError, readSource } from '../src/file.js';
import { writeSource } from '../src/write.js';
import { cli, example, finished, folderWith, root, skipOnWindows, skipUnless, target } from './support.js';

type Arguments = readonly unknown[];
type Call = { readonly name: string; readonly args: Arguments };
type Real = (...args: unknown[]) => unknown;

/** Every call of node:fs while `isOn`, and what happens instead of some. */
const spy = vi.hoisted(() => ({
  isOn: false,
  calls: [] as Call[],
  instead: new Map<string, (real: Real, args: Arguments, nth: number) => unknown>(),
}));

vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<Record<string, unknown>>();
  const wrapped = Object.entries(real).map(([name, value]) => {
    if (typeof value !== 'function' || /^[A-Z]/.test(name)) return [name, value];
    const call = value as Real;
    return [
      name,
      (...args: unknown[]) => {
        if (!spy.isOn) return call(...args);
        spy.calls.push({ name, args });
        const instead = spy.instead.get(name);
        return instead ? instead(call, args, spy.calls.filter((one) => one.name === name).length) : call(...args);
      },
    ];
  });
  return Object.fromEntries(wrapped);
});

/** What `action` throws, its calls recorded. */
function spied(action: () => unknown): unknown {
  spy.calls = [];
  spy.isOn = true;
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  } finally {
    spy.isOn = false;
  }
}

afterEach(() => {
  spy.isOn = false;
  spy.instead.clear();
});

const isWindows = process.platform === 'win32';
const isRoot = process.getuid?.() === 0;
const OLD = 'old\n'.repeat(100);
const NEW = 'new ä😀\n'.repeat(100);

const failure = (code: string, name: string, path: string) =>
  Object.assign(new Error(`${code}: trouble, ${name} '${path}'`), { code, errno: -5, syscall: name, path });

const isTemporary = (name: string) => name.includes('fix-auth-spec');
const besides = (folder: string) => readdirSync(folder).filter(isTemporary);

const { pid: deadPid } = spawnSync(process.execPath, ['-e', '0']);

/** The name under which a run that was killed leaves its file. */
function leftoverName(pid = deadPid): string {
  const { calls } = write({ isFine: true });
  const opened = calls.find(({ name, args }) => name === 'openSync' && args[1] === 'wx')?.args[0];
  return basename(String(opened)).replace(`.${process.pid}.`, `.${pid}.`);
}

interface Scenario {
  /** Whether the write succeeds when nothing else fails. */
  readonly isFine: boolean;
  readonly prepare?: (path: string) => void;
  readonly before?: () => void;
}

/** Reads what somebody else has written in the meantime. */
const theirs = (_real: Real, [, bytes, from]: Arguments) => (bytes as Buffer).write('theirs', Number(from));

const scenarios: Readonly<Record<string, Scenario>> = {
  plain: { isFine: true },
  'with a leftover': {
    isFine: true,
    prepare: (path) => writeFileSync(join(path, '..', leftoverName()), 'torn'),
  },
  'with a leftover of its own process id': {
    isFine: true,
    prepare: (path) => {
      const leftover = join(path, '..', leftoverName(process.pid));
      writeFileSync(leftover, 'torn');
      utimesSync(leftover, 1, 1);
    },
  },
  'with another owner': {
    isFine: true,
    before: () => {
      spy.instead.set('fstatSync', (real, args) => {
        const stats = real(...args) as fs.Stats;
        if (stats.size !== Buffer.byteLength(NEW)) return stats;
        return Object.assign(Object.create(Object.getPrototypeOf(stats)), stats, { uid: stats.uid + 1 });
      });
      spy.instead.set('fchownSync', () => undefined);
    },
  },
  'after a change': {
    isFine: false,
    before: () => spy.instead.set('readSync', theirs),
  },
  'of a symbolic link': {
    isFine: false,
    prepare: (path) => {
      copyFileSync(path, `${path}.real`);
      rmSync(path);
      symlinkSync('spec.md.real', path);
    },
  },
};

/** One write in a new folder. */
function write(scenario: Scenario, arm: (path: string) => void = () => {}) {
  const folder = folderWith({ 'spec.md': OLD });
  const path = join(folder, 'spec.md');
  const source = readSource(path);
  spy.instead.clear();
  scenario.prepare?.(path);
  const planted = besides(folder);
  scenario.before?.();
  arm(path);
  const started = performance.now();
  const error = spied(() => writeSource(path, source, NEW));
  const took = performance.now() - started;
  const { calls } = spy;
  return { error, took, calls, folder, path, text: readFileSync(path, 'utf8'), left: besides(folder), planted };
}

/** What reading and writing take from node:fs, as it stands there: a function used tomorrow is tested tomorrow. */
const imported = ['src/file.ts', 'src/write.ts']
  .flatMap(
    (file) => /import \{([^}]*)\} from 'node:fs';/.exec(readFileSync(join(root, file), 'utf8'))?.[1]?.split(',') ?? [],
  )
  .map((name) => name.trim())
  .filter((name, at, all) => /Sync$/.test(name) && all.indexOf(name) === at);

const REASONS: Readonly<Record<string, RegExp>> = {
  EIO: /input\/output error/,
  ENOSPC: /no space left on the device/,
  EACCES: /permission denied|it is read-only/,
  EPERM: /operation not permitted|it is read-only/,
};

const posixScenarios = Object.entries(scenarios).filter(([name]) => !isWindows || !name.includes('symbolic'));

describe('a system call that fails', () => {
  it('is among those that the writes below make', () => {
    const made = new Set(posixScenarios.flatMap(([, scenario]) => write(scenario).calls.map(({ name }) => name)));
    expect(imported.filter((name) => !made.has(name))).toEqual(isWindows ? ['readlinkSync'] : []);
    expect([...made].filter((name) => !imported.includes(name))).toEqual([]);
  });

  describe.each(posixScenarios)('in a write %s', (_, scenario) => {
    it.each(imported)('%s: ends it at once, in words, with the old bytes and nothing beside', (name) => {
      const undisturbed = write(scenario);
      expect([undisturbed.error === undefined, undisturbed.left]).toEqual([scenario.isFine, []]);
      const renamed = undisturbed.calls.findIndex((call) => call.name === 'renameSync');
      const positions = undisturbed.calls.flatMap((call, at) => (call.name === name ? [at] : []));
      for (const [index, position] of positions.entries()) {
        for (const [code, reason] of Object.entries(REASONS)) {
          const { error, took, calls, text, left, planted, folder } = write(scenario, () => {
            const usual = spy.instead.get(name);
            spy.instead.set(name, (real, args, nth) => {
              if (nth === index + 1) throw failure(code, name, String(args[0]));
              return usual ? usual(real, args, nth) : real(...args);
            });
          });
          const isPublished = renamed !== -1 && position > renamed;
          const where = `${name} ${index + 1} ${code}`;
          expect(`${where}: ${text}`).toBe(`${where}: ${isPublished ? NEW : OLD}`);
          if (name !== 'rmSync') expect([where, left.filter((one) => !planted.includes(one))]).toEqual([where, []]);
          // A directory that cannot be synced because its file system does not know how.
          if (isPublished && code === 'EPERM') {
            expect([where, error]).toEqual([where, undefined]);
            continue;
          }
          const said = error instanceof FileError ? error.problem.text : `no FileError: ${error}`;
          expect(said).not.toMatch(/no FileError|\bE[A-Z]{2,}\b|Sync\b|\.$|'/);
          expect(said).not.toContain(folder);
          // What failed is said, unless it only kept something from being cleared away.
          if (scenario.isFine) expect(said).toMatch(isPublished ? /^it was written, but/ : reason);
          expect(took).toBeLessThan(1000);
          if (!isWindows) {
            const at = calls.findIndex((call, place) => call.name === name && place === position);
            const rest = calls.slice(at + 1).map((call) => call.name);
            expect(rest.filter((one) => one !== 'closeSync' && one !== 'rmSync')).toEqual([]);
          }
        }
      }
    });
  });

  it.each(['EINVAL', 'ENOTSUP', 'EPERM'])('is no failure when a directory cannot be synced at all: %s', (code) => {
    const { error, text } = write({ isFine: true }, (path) =>
      spy.instead.set('fsyncSync', (real, args, nth) => {
        if (nth === 2) throw failure(code, 'fsync', path);
        return real(...args);
      }),
    );
    expect([error, text]).toEqual([undefined, NEW]);
  });
});

describe.skipIf(skipOnWindows('links, modes and names'))('a change while the new file is made', () => {
  const changes: [string, (path: string) => void][] = [
    ['of bytes', (path) => writeFileSync(path, 'theirs')],
    ['of the mode', (path) => chmodSync(path, 0o600)],
    ['to several links', (path) => linkSync(path, `${path}.other`)],
    [
      'to another file of the same bytes',
      (path) => {
        copyFileSync(path, `${path}.2`);
        renameSync(`${path}.2`, path);
      },
    ],
    ...(isRoot ? [['of the owner', (path) => chownSync(path, 1, 1)] as [string, (path: string) => void]] : []),
  ];
  it.each(changes)('%s is kept', (_, change) => {
    let theirs: unknown;
    const look = (path: string) => {
      const { ino, mode, uid, nlink } = statSync(path);
      return [readFileSync(path, 'utf8'), ino, mode, uid, nlink];
    };
    const { error, path, left } = write({ isFine: true }, (spec) =>
      spy.instead.set('readdirSync', (real, args) => {
        spy.isOn = false;
        change(spec);
        theirs = look(spec);
        spy.isOn = true;
        return real(...args);
      }),
    );
    expect(error instanceof FileError && error.problem.code).toBe('changed');
    expect([look(path), left]).toEqual([theirs, []]);
  });

  it.each([
    ['its removal', 'it does not exist', () => {}],
    ['a folder in its place', 'it is not a regular file', (path: string) => mkdirSync(path)],
    [
      'a link in its place',
      'it is a symbolic link that leads nowhere (`x/other`)',
      (path: string) => symlinkSync('x/other', path),
    ],
  ])('%s is told', (_, text, change) => {
    const folder = folderWith({ 'spec.md': OLD });
    const path = join(folder, 'spec.md');
    const source = readSource(path);
    spy.instead.set('readdirSync', (real, args) => {
      spy.isOn = false;
      rmSync(path);
      change(path);
      spy.isOn = true;
      return real(...args);
    });
    const error = spied(() => writeSource(path, source, NEW));
    expect(error instanceof FileError && error.problem.text).toBe(text);
    expect(besides(folder)).toEqual([]);
  });
});

describe('a file that cannot be removed', () => {
  const stuck = () =>
    spy.instead.set('rmSync', (_real, [path]) => {
      throw failure('EPERM', 'rm', String(path));
    });

  it('does not hide why it should go', () => {
    const { error, text, left } = write({ isFine: true }, () => {
      spy.instead.set('readSync', theirs);
      stuck();
    });
    expect(error instanceof FileError && error.problem.code).toBe('changed');
    expect([text, left.length]).toEqual([OLD, 1]);
  });

  it('and was left by a killed run is named', () => {
    const name = leftoverName();
    const { error, text } = write(
      { isFine: true, prepare: (path) => writeFileSync(join(path, '..', name), '') },
      stuck,
    );
    expect(error).toEqual(
      new FileError('io', `a killed run left \`${name}\`, which cannot be removed, operation not permitted`),
    );
    expect(text).toBe(OLD);
  });

  it('because it is a directory is none of a run', () => {
    const name = leftoverName();
    const { error, text, left } = write({ isFine: true, prepare: (path) => mkdirSync(join(path, '..', name)) });
    expect([error, text, left]).toEqual([undefined, NEW, [name]]);
  });
});

describe('another run', () => {
  it('may be a thread of this process', () => {
    const name = leftoverName(process.pid);
    const { error, text, left } = write({ isFine: true, prepare: (path) => writeFileSync(join(path, '..', name), '') });
    expect(error instanceof FileError && error.problem.code).toBe('locked');
    expect([text, left]).toEqual([OLD, [name]]);
  });

  it('that took our file for a leftover has taken our right to write', () => {
    const { error, text, left } = write({ isFine: true }, (path) =>
      spy.instead.set('readSync', (real, args) => {
        for (const name of besides(join(path, '..'))) rmSync(join(path, '..', name));
        return real(...args);
      }),
    );
    expect(error).toEqual(new FileError('locked', 'another run took it over; run again'));
    expect([text, left]).toEqual([OLD, []]);
  });

  it.each([
    ['on this machine', () => leftoverName(process.ppid)],
    ['on another machine', () => '.spec.md.fix-auth-spec.1.ffffffff.000000000000'],
  ])('that is as good as dead %s leaves nothing for ever', (_, named) => {
    const name = named();
    const leftAt = (seconds: number) =>
      write({
        isFine: true,
        prepare: (path) => {
          writeFileSync(join(path, '..', name), 'torn');
          utimesSync(join(path, '..', name), Date.now() / 1000 - seconds, Date.now() / 1000 - seconds);
        },
      });
    const young = leftAt(50);
    expect([young.error instanceof FileError && young.error.problem.code, young.text, young.left]).toEqual([
      'locked',
      OLD,
      [name],
    ]);
    expect(leftAt(-3600).error).toBeUndefined();
    const old = leftAt(70);
    expect([old.error, old.text, old.left]).toEqual([undefined, NEW, []]);
  });

  it('on Windows may hold the file for a moment', () => {
    const platform = Object.getOwnPropertyDescriptor(process, 'platform') as PropertyDescriptor;
    const times = (count: number) =>
      write({ isFine: true }, () => {
        Object.defineProperty(process, 'platform', { ...platform, value: 'win32' });
        spy.instead.set('renameSync', (real, args, nth) => {
          if (nth <= count) throw failure('EPERM', 'rename', String(args[0]));
          return real(...args);
        });
      });
    try {
      const [short, long] = [times(3), times(1e9)];
      expect([short.error, short.text, short.left]).toEqual([undefined, NEW, []]);
      expect([long.error, long.text, long.left]).toEqual([new FileError('io', 'operation not permitted'), OLD, []]);
    } finally {
      Object.defineProperty(process, 'platform', platform);
    }
  });

  it('is waited for two seconds, whatever becomes of the clock', () => {
    const name = '.spec.md.fix-auth-spec.~';
    let time = Date.now();
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => {
      time -= 40;
      return time;
    });
    const { error, took, text, left } = write({
      isFine: true,
      prepare: (path) => writeFileSync(join(path, '..', name), ''),
    });
    clock.mockRestore();
    expect(error instanceof FileError && error.problem.code).toBe('locked');
    expect([text, left, Math.round(took / 1000)]).toEqual([OLD, [name], 2]);
  });
});

describe.skipIf(skipOnWindows('links, modes and names'))('a name', () => {
  const temporaryOf = (path: string) => {
    const error = spied(() => writeSource(path, readSource(path), NEW));
    expect([error, readFileSync(path, 'utf8')]).toEqual([undefined, NEW]);
    return basename(String(spy.calls.find(({ name, args }) => name === 'openSync' && args[1] === 'wx')?.args[0]));
  };

  it.each([
    `${'a'.repeat(252)}.md`,
    `${'ä'.repeat(126)}.md`,
    ' spec .md',
    'a\nb\r.md',
    '-rf.md',
    '.md',
    '%s$(id)`.md',
    'ſ\u212A\u0130.md',
  ])('may be %j', (name) => {
    const folder = folderWith({ [name]: OLD });
    const path = join(folder, name);
    const temporary = temporaryOf(path);
    const others = [deadPid, process.ppid].map((pid) => temporary.replace(`.${process.pid}.`, `.${pid}.`));
    for (const one of others) writeFileSync(join(folder, one), 'torn');
    expect(spied(() => writeSource(path, readSource(path), OLD))).toMatchObject({ problem: { code: 'locked' } });
    expect(readdirSync(folder).toSorted()).toEqual([name, others[1]].toSorted());
  });

  it('may be spelled in several ways, and is one lock', () => {
    const prefixes = ['Spec.md', 'SPEC.MD', 'é.md', 'e\u0301.md', 'é.MD', 'other.md'].map((name) => {
      const [prefix] = temporaryOf(join(folderWith({ [name]: OLD }), name)).split('fix-auth-spec.');
      return prefix;
    });
    const [upper, shout, composed, decomposed, mixed, other] = prefixes;
    expect([shout, decomposed, mixed]).toEqual([upper, composed, composed]);
    expect(new Set([upper, composed, other]).size).toBe(3);
  });
});

describe('writing', () => {
  const writing = (instead: (real: Real, args: Arguments, nth: number) => unknown) =>
    write({ isFine: true }, () => spy.instead.set('writeSync', instead));

  it('goes on where a short write ended', () => {
    const { error, text, left } = writing((real, [file, bytes, from, , at]) => real(file, bytes, from, 1, at));
    expect([error, text, left]).toEqual([undefined, NEW, []]);
  });

  it('ends when nothing more is taken', () => {
    const { error, text, left } = writing((real, [file, bytes, from, , at], nth) => {
      if (nth > 8) throw new Error('it was asked again');
      return nth < 8 ? real(file, bytes, from, 1, at) : 0;
    });
    expect(error).toEqual(new FileError('io', `only 7 of ${Buffer.byteLength(NEW)} bytes could be written`));
    expect([text, left]).toEqual([OLD, []]);
  });

  it.each([-1, 1])('refuses a file whose size is wrong by %i when it is said to be written', (wrong) => {
    const { error, text, left } = writing((real, [file, bytes, from, length, at]) => {
      real(
        file,
        wrong < 0 ? bytes : Buffer.concat([bytes as Buffer, Buffer.from('x')]),
        from,
        Number(length) + wrong,
        at,
      );
      return length;
    });
    const size = Buffer.byteLength(NEW);
    expect(error).toEqual(new FileError('io', `only ${size + wrong} of ${size} bytes arrived`));
    expect([text, left]).toEqual([OLD, []]);
  });

  it.skipIf(skipOnWindows('links, modes and names'))(
    'makes the file durable, looks for others, compares, and only then renames',
    () => {
      const { calls, folder, path } = write({ isFine: true }, () =>
        spy.instead.set('writeSync', (real, [file, bytes, from, length, at]) =>
          real(file, bytes, from, Math.min(Number(length), 600), at),
        ),
      );
      const opened = calls.filter(({ name }) => name === 'openSync').map(({ args }) => args);
      const temporary = opened[0]?.[0];
      expect(opened).toEqual([
        [temporary, 'wx', 0o600],
        [path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK],
        [folder, 'r'],
      ]);
      expect(calls.map(({ name }) => name).filter((name, at, names) => name !== names[at - 1])).toEqual(
        [
          ['lstatSync', 'accessSync', 'openSync', 'writeSync', 'fstatSync', 'fchmodSync', 'fstatSync'],
          ['fsyncSync', 'closeSync', 'readdirSync', 'lstatSync'],
          ['openSync', 'fstatSync', 'readSync', 'closeSync', 'renameSync'],
          ['openSync', 'fsyncSync', 'closeSync'],
        ].flat(),
      );
      expect(calls.find(({ name }) => name === 'renameSync')?.args).toEqual([temporary, path]);
    },
  );

  it('takes a name that nobody can foresee', () => {
    const names = Array.from({ length: 20 }, () => {
      const { calls } = write({ isFine: true });
      return String(calls.find(({ name }) => name === 'openSync')?.args[0]).match(/[0-9a-f]{12}$/)?.[0];
    });
    expect(new Set(names).size).toBe(20);
    expect(names).not.toContain(undefined);
  });

  it.skipIf(skipOnWindows('links, modes and names'))(
    'follows no link that stands at its name, and leaves it alone',
    () => {
      const victim = join(folderWith({ victim: 'precious' }), 'victim');
      let link = '';
      const { error, text, left } = write({ isFine: true }, () =>
        spy.instead.set('openSync', (real, args) => {
          link = String(args[0]);
          symlinkSync(victim, link);
          return real(...args);
        }),
      );
      expect(error).toEqual(new FileError('io', 'no file can be made beside it, another stands at its name'));
      expect([text, readFileSync(victim, 'utf8')]).toEqual([OLD, 'precious']);
      expect(left.map((name) => lstatSync(join(link, '..', name)).isSymbolicLink())).toEqual([true]);
    },
  );
});

describe('the command', () => {
  const CHANGING =
    /^(?:write|append|rename|rm|unlink|mkdir|mkdtemp|symlink|link$|linkSync|truncate|ftruncate|[lf]?chmod|[lf]?chown|[lf]?utimes|cp|copyFile|createWriteStream)/;
  const changes = () =>
    spy.calls.filter(
      ({ name, args }) => CHANGING.test(name) || (/^open/.test(name) && /[wa+]/.test(String(args[1] ?? 'r'))),
    );
  const states = (folder: string) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => {
      const { ino, mode, size, mtimeNs, ctimeNs } = lstatSync(join(folder, name), { bigint: true });
      return [name, ino, mode, size, mtimeNs, ctimeNs];
    });
  const run = async (text: string, argv: string[]) => {
    const folder = folderWith({ [target]: text });
    const before = states(folder);
    spy.calls = [];
    spy.isOn = true;
    const { code } = await cli(folder, argv);
    spy.isOn = false;
    return { code, changes: changes(), same: JSON.stringify(states(folder), big) === JSON.stringify(before, big) };
  };
  const big = (_key: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);

  it.each([
    ['a preview', example, [], 0],
    ['a check', example, ['--check'], 1],
    ['an explanation', example, ['explain', 'flow-diagram'], 0],
    ['a write of what is finished', finished, ['--write'], 0],
    ['a check of what is finished', finished, ['--check'], 0],
    ['a write that is refused', `\`\`\`\n${example}`, ['--write'], 3],
  ])('opens nothing for writing in %s', async (_, text, argv, code) => {
    expect(await run(text, argv)).toEqual({ code, changes: [], same: true });
  });

  it.skipIf(skipOnWindows('directories that can be synced'))(
    'tells a text that is written but may not last as written',
    async () => {
      const folder = folderWith({ [target]: example });
      spy.calls = [];
      spy.instead.set('fsyncSync', (real, args, nth) => {
        if (nth === 2) throw failure('EIO', 'fsync', folder);
        return real(...args);
      });
      spy.isOn = true;
      const { code, err } = await cli(folder, ['--write']);
      spy.isOn = false;
      expect([code, readFileSync(join(folder, target), 'utf8')]).toEqual([4, finished]);
      expect(err).toMatch(/: it was written, but the directory could not be synced\n/);
      expect(err).toMatch(/^Wrote 4 changes/m);
      expect(err).not.toMatch(/refused/);
    },
  );

  it('is seen to write when it does', async () => {
    const { code, changes: made, same } = await run(example, ['--write']);
    expect([code, same]).toEqual([0, false]);
    expect(new Set(made.map(({ name }) => name))).toEqual(
      new Set(['openSync', 'writeSync', 'fchmodSync', 'renameSync']),
    );
  });
});

describe.skipIf(skipUnless(!isWindows, 'kills and races, on Windows'))('kills and races', () => {
  it('lose nothing: 40 of the one, 20 of the other', () => {
    const campaigns = ['kills=30', 'kills-large=10', 'races-2=10', 'races-4=10'];
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'test/torture.mjs'), ...campaigns], {
      encoding: 'utf8',
    });
    expect([status, stdout.split('\n').at(-2), stderr]).toEqual([0, 'nothing lost', '']);
  });
});

// A process of its own, as another user where that is possible. It takes what it runs along: others may not read here.
const CHILD = `
import { readFileSync } from 'node:fs';
import { readSource } from './file.js';
import { writeSource } from './write.js';
process.umask(Number(process.argv[4] ?? 0o022));
try {
  writeSource(process.argv[2], readSource(process.argv[2]), readFileSync(process.argv[3], 'utf8'));
  process.stdout.write('written');
} catch (error) {
  process.stdout.write(error.problem ? error.problem.code + ': ' + error.problem.text : 'not foreseen: ' + error.stack);
}
`;

interface Ran {
  readonly said: string;
  readonly text: string;
  readonly left: readonly string[];
  readonly stats: fs.Stats;
}

interface Way {
  readonly text?: string;
  readonly umask?: number;
  readonly shell?: string;
  readonly user?: number;
  readonly prepare?: (path: string, folder: string) => void;
}

function child({ text = NEW, umask = 0o022, shell = 'exec "$@"', user, prepare = () => {} }: Way): Ran {
  const folder = folderWith({
    'spec.md': OLD,
    'way/new': text,
    'way/child.mjs': CHILD,
    'way/package.json': '{ "type": "module" }',
  });
  for (const name of ['file.js', 'write.js']) copyFileSync(join(root, 'dist/src', name), join(folder, 'way', name));
  const path = join(folder, 'spec.md');
  chmodSync(folder, 0o755);
  prepare(path, folder);
  const command = [process.execPath, ...[join(folder, 'way/child.mjs'), path, join(folder, 'way/new'), String(umask)]];
  // With a socket for its input bash believes itself to be far away, and would read a file that may be root's.
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', shell, 'bash', ...command], {
    encoding: 'utf8',
    ...(user !== undefined && isRoot && { uid: user, gid: user }),
  });
  const ran = { said: stdout + stderr, text: readFileSync(path, 'utf8'), left: besides(folder), stats: statSync(path) };
  chmodSync(folder, 0o755);
  return ran;
}

const NOBODY = 65534;
const canBeNobody =
  isRoot &&
  spawnSync(process.execPath, ['-e', '0'], { uid: NOBODY, gid: NOBODY, cwd: '/', stdio: 'ignore' }).status === 0;
const isNonRootPossible = !isWindows && (!isRoot || canBeNobody);

describe.skipIf(skipUnless(!isWindows, 'limits and owners of files, on Windows'))('the system', () => {
  it('may limit the size of files: the old bytes stay', () => {
    const { said, text, left } = child({ text: `${'x'.repeat(159)}\n`.repeat(1000), shell: 'ulimit -f 64; exec "$@"' });
    expect(said).toBe('io: the file would exceed the size limit of this process');
    expect([text, left]).toEqual([OLD, []]);
  });

  it.each(['640', '666', '2755', '4711', '1644', '600'])('keeps mode %s, whatever the umask', (octal) => {
    const mode = Number.parseInt(octal, 8);
    for (const umask of [0o077, 0o000, 0o777]) {
      const { said, text, left, stats } = child({ umask, prepare: (path) => chmodSync(path, mode) });
      expect([said, text, left, stats.mode & 0o7777]).toEqual(['written', NEW, [], mode]);
    }
  });
});

describe.skipIf(skipUnless(isNonRootPossible, 'what another user may not write: there is none to be'))('a user', () => {
  const theirs = (path: string) => {
    if (isRoot) chownSync(path, NOBODY, NOBODY);
  };

  it('cannot write in a folder that is read-only', () => {
    const { said, text, left } = child({
      user: NOBODY,
      prepare: (path, folder) => {
        theirs(path);
        theirs(folder);
        chmodSync(folder, 0o555);
      },
    });
    expect(said).toBe('io: no file can be made beside it, permission denied');
    expect([text, left]).toEqual([OLD, []]);
  });

  it('cannot replace a file that is read-only, though the folder lets them', () => {
    const { said, text, left, stats } = child({
      user: NOBODY,
      prepare: (path, folder) => {
        theirs(path);
        theirs(folder);
        chmodSync(path, 0o444);
      },
    });
    expect(said).toBe('read-only: it is read-only');
    expect([text, left, stats.mode & 0o7777]).toEqual([OLD, [], 0o444]);
  });
});

describe.skipIf(skipUnless(canBeNobody, 'owners of files: only root can give files away'))('an owner', () => {
  it('stays, or the write is refused', () => {
    const { said, text, left, stats } = child({
      user: NOBODY,
      prepare: (path, folder) => {
        chmodSync(path, 0o666);
        chmodSync(folder, 0o777);
      },
    });
    expect(said).toBe('io: its owner cannot be kept, operation not permitted');
    expect([text, left, stats.uid]).toEqual([OLD, [], 0]);
  });

  it('who may not give the group keeps the mode, or the write is refused', () => {
    const { said, text, left, stats } = child({
      user: NOBODY,
      prepare: (path, folder) => {
        chownSync(path, NOBODY, 54321);
        chmodSync(path, 0o2755);
        chownSync(folder, 0, 54321);
        chmodSync(folder, 0o2777);
      },
    });
    expect(said).toBe('io: its mode cannot be kept');
    expect([text, left, stats.mode & 0o7777]).toEqual([OLD, [], 0o2755]);
  });

  it('and a group stay when root writes', () => {
    const { said, text, stats } = child({
      prepare: (path) => {
        chownSync(path, 12345, 54321);
        chmodSync(path, 0o2640);
      },
    });
    expect([said, text, stats.uid, stats.gid, stats.mode & 0o7777]).toEqual(['written', NEW, 12345, 54321, 0o2640]);
  });
});
