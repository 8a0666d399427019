import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, posix, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type stringWidth from 'string-width';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { authSpec } from '../patches/index.js';
import { run } from './processes.js';
import { cli, example, folderWith, mustPatch, registry, root, skipOnWindows, target } from './support.js';

const json = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'));
const isWindows = process.platform === 'win32';
const npm = (cwd: string, ...args: string[]) =>
  execFileSync('npm', args, { cwd, encoding: 'utf8', shell: isWindows, stdio: ['ignore', 'pipe', 'pipe'] });

const filesIn = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'));

interface Output {
  readonly imports: readonly { readonly path: string; readonly kind: string }[];
  readonly inputs: Record<string, { readonly bytesInOutput: number }>;
}
const maker: string = '../bundle.mjs';
const { bundle, asciiFirst } = await import(maker);
const { files, outputs }: { files: Map<string, string>; outputs: Map<string, Output> } = await bundle();

/** What a file of the bundle loads at once: its own name, and those of files that hold code for it. */
const loadedWith = (name: string, known = new Set<string>()): Set<string> => {
  if (known.has(name)) return known;
  known.add(name);
  for (const { path, kind } of outputs.get(name)?.imports ?? [])
    if (kind === 'import-statement' && path.startsWith('dist/')) loadedWith(posix.basename(path), known);
  return known;
};
/** What stands in files of the bundle: our own modules, and packages. */
const heldBy = (names: Iterable<string>) => {
  const paths = [...names].flatMap((name) =>
    Object.entries(outputs.get(name)?.inputs ?? {}).flatMap(([path, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [path.replace(/^[\w-]+:/, '')] : [],
    ),
  );
  const folders = paths.flatMap((path) => /(?:node_modules\/(?:@[^/]+\/)?[^/]+\/)+/.exec(path)?.[0] ?? []);
  return {
    own: paths.filter((path) => path.startsWith('dist/')).map((path) => path.replace(/^dist\/(?:src\/)?/, '')),
    packages: [...new Set(folders)],
  };
};

interface Locked {
  readonly integrity?: string;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
}
const { '': _self, ...locked }: Record<string, Locked> = json('package-lock.json').packages;
/** Where the dependencies of users lie. */
const production = Object.keys(locked).filter((path) => !locked[path]?.dev);

const entries = Object.entries<{ types: string; default: string }>(json('package.json').exports).filter(
  ([entry]) => entry !== './package.json',
);
const nameOf = (entry: string) => posix.join('fix-auth-spec', entry);

// A program that has installed the tarball: beside it lie the dependencies of users, the types of Node.js, which programs
// in TypeScript have, and nothing of what is for development. All are links to those of this folder: no network in a test.
const program = realpathSync(mkdtempSync(join(tmpdir(), 'fix-auth-spec-program-')));
afterAll(() => rmSync(program, { recursive: true, force: true }));
const [tarball] = JSON.parse(npm(root, 'pack', '--json', '--ignore-scripts', '--pack-destination', program));
const installed = join(program, 'node_modules/fix-auth-spec');
mkdirSync(installed, { recursive: true });
writeFileSync(join(program, 'package.json'), '{}');
execFileSync('tar', ['-xzf', tarball.filename, '-C', 'node_modules/fix-auth-spec', '--strip-components=1'], {
  cwd: program,
});
const installing = npm(program, 'rebuild', '--foreground-scripts', '--ignore-scripts=false');
for (const path of [...production, 'node_modules/@types/node']) {
  if (path.lastIndexOf('node_modules/') > 0) continue;
  mkdirSync(dirname(join(program, path)), { recursive: true });
  symlinkSync(join(root, path), join(program, path), 'junction');
}

const inProgram = (...argv: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { cwd: program, encoding: 'utf8' });
  return [status, stdout, stderr];
};

describe('the package', () => {
  // A file left in dist/ by a source that is gone is found here too: `rm -r dist` mends it.
  it('ships what is built of the sources, and nothing else', () => {
    const built = ['src', 'patches']
      .flatMap(filesIn)
      .flatMap((path) => ['.js', '.d.ts'].map((end) => `dist/${path.replace(/\.ts$/, end)}`));
    const bundled = [...files.keys()].map((name) => `dist/cli/${name}`);
    const own = ['CHANGELOG.md', 'LICENSE', 'README.md', 'bin/fix-auth-spec.cjs', 'package.json'];
    const paths: string[] = tarball.files.map(({ path }: { path: string }) => path);
    expect(paths.toSorted()).toEqual([...built, ...bundled, ...filesIn('templates'), ...own].toSorted());
    // No map is among them, so none is to be named.
    const named = [...built, ...bundled].filter((path) =>
      readFileSync(join(installed, path), 'utf8').includes('sourceMappingURL'),
    );
    expect(named).toEqual([]);
  });

  it('is small: packed, unpacked, and with all that it depends on', () => {
    const dependencies = production.flatMap((path) =>
      filesIn(path).filter((file) => !file.slice(path.length).includes('/node_modules/')),
    );
    const size = dependencies.reduce((sum, file) => sum + statSync(join(root, file)).size, tarball.unpackedSize);
    // A little more than was measured (546, 1,970 and 7,515 kB): what grows beyond does so on purpose.
    expect(tarball.size).toBeLessThan(575_000);
    expect(tarball.unpackedSize).toBeLessThan(2_060_000);
    expect(size).toBeLessThan(7_750_000);
  });

  it('runs no script when installed, and locks every dependency by its hash and by no address', () => {
    expect(installing).toBe('rebuilt dependencies successfully\n');
    const command = join(program, 'node_modules/.bin', isWindows ? 'fix-auth-spec.cmd' : 'fix-auth-spec');
    expect(existsSync(command)).toBe(true);
    const packages = Object.entries(locked);
    expect(packages.filter(([, one]) => !one.integrity || one.resolved).map(([path]) => path)).toEqual([]);
    expect(production.filter((path) => locked[path]?.hasInstallScript)).toEqual([]);
    // Every package is one more to trust: the number grows only on purpose.
    expect(production.length).toBe(124);
  });

  it('runs where it was installed from its tarball', () => {
    const folder = folderWith({ 'a.md': example });
    execFileSync(process.execPath, [join(installed, 'bin/fix-auth-spec.cjs'), '-w', '-q', 'a.md'], { cwd: folder });
    expect(readFileSync(join(folder, 'a.md'), 'utf8')).toBe(
      mustPatch(example, ...authSpec.patches.map(({ id }) => id)),
    );
  });

  it.each(entries)('offers %s to programs that installed it', (entry, { default: code }) => {
    const script = `const { length } = Object.keys(await import('${nameOf(entry)}'));
      console.log(import.meta.resolve('${nameOf(entry)}'), length > 0);`;
    const resolved = pathToFileURL(join(installed, code));
    expect(inProgram('--input-type=module', '-e', script)).toEqual([0, `${resolved} true\n`, '']);
  });

  it('declares types for every entry that need nothing but its dependencies', () => {
    const imports = entries.map(([entry], at) => `export * as entry${at} from '${nameOf(entry)}';\n`);
    writeFileSync(join(program, 'program.mts'), imports.join(''));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--lib', 'es2023'];
    expect(inProgram(tsc, ...options, 'program.mts')).toEqual([0, '', '']);
  });

  it('has a remark plugin of its own name', async () => {
    const { exports } = json('package.json');
    expect(exports['./remark']).toEqual({ types: './dist/src/remark.d.ts', default: './dist/src/remark.js' });
    // The package resolves its own name as its users do.
    const name: string = 'fix-auth-spec/remark';
    expect((await import(name)).default).toBeTypeOf('function');
  });

  it('gives libraries what the command line uses', async () => {
    const api = await import('../src/index.js');
    const { diff, text } = api.patchText(example);
    expect(diff).toBe((await cli(folderWith({ [target]: example }), [], registry)).out);
    expect(text).toBe(mustPatch(example, ...authSpec.patches.map(({ id }) => id)));
  });
});

describe('the bundle', () => {
  // Above it stand packages of strangers, none of which is to be loaded.
  const alone = (names: Iterable<string> = files.keys()) => {
    const traps = ['picomatch', 'yargs', 'string-width', 'fix-auth-spec'].map((name) => [
      `node_modules/${name}/index.js`,
      'process.exit(99)',
    ]);
    const folder = realpathSync(folderWith({ ...Object.fromEntries(traps), [target]: example, 'in/dist/cli/x': '' }));
    for (const part of ['bin', 'templates', 'package.json'])
      cpSync(join(root, part), join(folder, 'in', part), { recursive: true });
    for (const name of names) copyFileSync(join(root, 'dist/cli', name), join(folder, 'in/dist/cli', name));
    return folder;
  };
  const runAlone = (folder: string, argv: readonly string[], ...flags: string[]) => {
    const words = [...flags, join(folder, 'in/bin/fix-auth-spec.cjs'), ...argv];
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: folder, encoding: 'utf8' });
    return { code: status, out: stdout, err: stderr };
  };

  it('needs nothing beside it, and says what the modules say that it was made of', async () => {
    const folder = alone();
    const reports = ['html', 'sarif', 'json', 'markdown', 'github'];
    const lines = [
      '--version',
      '--help',
      '--dry-run',
      '-r json',
      'explain cors-configuration',
      'list',
      'completion bash',
      reports.map((name) => `-r ${name}=${name}`).join(' '),
      // Wrong words, and what yargs says of them.
      '--chek',
      '-r',
      'none.md -r json',
    ];
    const written = () => reports.map((name) => [name, readFileSync(join(folder, name), 'utf8')]);
    for (const line of lines) {
      const argv = line.split(' ');
      const there = [line, runAlone(folder, argv), line.includes('=') && written()];
      expect(there).toEqual([line, await cli(folder, argv, registry), line.includes('=') && written()]);
    }
  });

  it('works on a large text in its own thread, and records', () => {
    const large = `${example}\n## Appendix\n\n${`${'Words, again. '.repeat(50)}\n\n`.repeat(200)}`;
    const folder = alone();
    writeFileSync(join(folder, 'large.md'), large);
    expect(runAlone(folder, ['-w', '-q', '-p', 'flow-diagram', 'large.md'])).toMatchObject({ code: 0, err: '' });
    expect(readFileSync(join(folder, 'large.md'), 'utf8') === mustPatch(large, 'flow-diagram')).toBe(true);
    expect(runAlone(folder, ['new', 'rate-limits', target]).code).toBe(0);
  });

  it('loads nothing but what reads a command line for --help and --version', () => {
    const names = loadedWith('bin.js');
    const held = heldBy(names);
    expect(held.own.toSorted()).toEqual(
      ['bin', 'cli', 'file', 'help', 'options', 'result', 'version', 'words'].map((name) => `${name}.js`),
    );
    expect(held.packages.map((path) => path.split('/')[1]).toSorted()).toEqual(['fastest-levenshtein', 'yargs-parser']);
    const folder = alone([...names, 'package.json']);
    expect(runAlone(folder, ['--help'])).toMatchObject({ code: 0, err: '' });
    expect(runAlone(folder, ['--version'])).toMatchObject({ code: 0, err: '' });
    expect(runAlone(folder, []).code).toBe(70);
  });

  it('loads a report, and what is seldom asked for, when it is asked for', () => {
    const usual = new Set(['bin.js', ...outputs.keys()].filter((name) => /^(?:bin|commands|workshop)\b/.test(name)));
    const { own, packages } = heldBy(new Set([...usual].flatMap((name) => [...loadedWith(name)])));
    const late = /^(?:record|completion)\b|^report\/(?:html|markdown|github|sarif)\.js$/;
    expect(own.filter((path) => late.test(path))).toEqual([]);
    expect(packages.filter((path) => /parse5|rehype|hast/.test(path))).toEqual([]);
    const seldom =
      /character-entities|emoji-regex|micromark-extension-frontmatter|longest-streak|ansi-styles|strip-ansi/;
    expect(packages.filter((path) => seldom.test(path))).toEqual([]);
    expect(own.filter((path) => /^(?:place|passage|fix-spec\/hints)\.js$/.test(path))).toEqual([]);
    // In few files, each of which takes its time to be found.
    expect(new Set([...usual].flatMap((name) => [...loadedWith(name)])).size).toBeLessThan(12);
  });

  // Of some a newer Node.js says that they are outdated, and has others: what is looked at must not depend on who builds.
  it('takes of the modules of Node.js what it uses, not all that they have', () => {
    const code = [...files.values()].join('\n');
    expect(code).toContain('.readFileSync');
    expect(['F_OK', 'copyFileSync', 'resolveObject', 'getFips'].filter((unused) => code.includes(unused))).toEqual([]);
  });

  it('brings the licence of each package in it', () => {
    const { packages } = heldBy(outputs.keys());
    const named = packages.map((path) => {
      const { name, version } = json(`${path}package.json`);
      return `${name} ${version}`;
    });
    const [, parted = ''] = /^.*\n\n([\s\S]*)$/.exec(files.get('LICENSES.txt') ?? '') ?? [];
    const parts = parted.split(`\n${'-'.repeat(80)}\n\n`);
    const heads = parts.flatMap((part) => part.split('\n\n')[0]?.split('\n') ?? []);
    expect(heads.toSorted()).toEqual([...new Set(named)].toSorted());
    expect(parts.filter((part) => !/copyright/i.test(part))).toEqual([]);
    expect(parts.filter((part) => !/without restriction|fee is hereby granted|Redistribution/.test(part))).toEqual([]);
  });

  it('keeps the names of functions, for stack traces', () => {
    const text = [...files.values()].join('\n');
    for (const name of ['parseOptions', 'readDocument', 'unifiedDiff', 'fromMarkdown'])
      expect(text).toContain(`function ${name}(`);
  });

  // Whoever reads a trace of V8 sees what it optimises, and with which compiler.
  it('leaves V8 to optimise long runs only', () => {
    const optimised = (folder: string, ...argv: string[]) =>
      runAlone(folder, ['-q', ...argv], '--trace-opt').out.split(/completed optimizing.*TURBOFAN/).length - 1;
    const folder = alone();
    // Some Node.js have optimised a few functions of their own before any of ours runs.
    expect(optimised(folder)).toBeLessThan(8);
    writeFileSync(
      join(folder, 'long.md'),
      `${example}\n${'## Of `words`\n\nSome, and *more*.\n\n- a\n\n'.repeat(7000)}`,
    );
    expect(optimised(folder, 'long.md')).toBeGreaterThan(50);
  });
});

describe('the width of text in the bundle', () => {
  const packageOf = (folder: string) => pathToFileURL(join(root, folder, 'string-width/index.js')).href;
  it.each(['node_modules', 'node_modules/wrap-ansi/node_modules'])('is that of %s', async (folder) => {
    const { build } = await import('esbuild');
    const { outputFiles } = await build({
      stdin: { contents: "export { default } from 'string-width';", resolveDir: join(root, folder, '..') },
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      plugins: [asciiFirst],
    });
    const made = join(program, `${basename(dirname(folder))}.mjs`);
    writeFileSync(made, outputFiles[0]?.text ?? '');
    const width: typeof stringWidth = (await import(pathToFileURL(made).href)).default;
    const real: typeof stringWidth = (await import(packageOf(folder))).default;
    const printable = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at));
    for (const text of ['', ...printable, printable.join('')]) expect(width(text)).toBe(real(text));
    const others = [
      '\t',
      'a\nb',
      '\u001b[31mred\u001b[39m',
      'é',
      '„“',
      '日本',
      '👩‍👩‍👧',
      '1️⃣',
      'e\u0301',
      '\u200b',
      '─│',
      '\u007f',
    ];
    for (const text of others)
      for (const options of [{}, { ambiguousIsNarrow: false }, { countAnsiEscapeCodes: true }])
        expect([text, width(text, options)]).toEqual([text, real(text, options)]);
    for (const strange of [undefined, null, 12] as unknown as string[]) expect(width(strange)).toBe(real(strange));
  });
});

interface Job {
  readonly needs?: string;
  readonly permissions: Record<string, string>;
  readonly steps: readonly { readonly name?: string; readonly uses?: string; readonly run?: string }[];
}

describe('a release', () => {
  const workflow = readFileSync(join(root, '.github/workflows/release.yml'), 'utf8');
  const release = parse(workflow);
  const { test, publish }: Record<'test' | 'publish', Job> = release.jobs;
  const check = test.steps.find(({ name }) => name?.startsWith('Check'))?.run;

  it('is made of a version tag, behind the tests, by the one job that may prove who it is', () => {
    expect(release.on).toEqual({ push: { tags: ['v[0-9]+.[0-9]+.[0-9]+'] } });
    expect(release.permissions).toEqual({});
    expect(Object.keys(release.jobs)).toEqual(['test', 'publish']);
    expect(test.permissions).toEqual({ contents: 'read' });
    expect(test.steps.slice(2).map(({ run }) => run)).toEqual([check, 'bash .ci/run']);
    expect([publish.needs, publish.permissions]).toEqual(['test', { contents: 'read', 'id-token': 'write' }]);
    // Nothing passes over a failure.
    expect(workflow).not.toMatch(/^[ -]*(?:if|continue-on-error):/m);
  });

  it('is built without scripts of others, with signatures checked, and published with its provenance', () => {
    expect(publish.steps.slice(2)).toEqual(
      [
        'npm ci --ignore-scripts',
        'npm audit signatures',
        'npm run build',
        'npm publish --provenance --access public',
      ].map((run) => ({ run })),
    );
  });

  it('uses no secret, and actions by their commits alone', () => {
    expect(workflow).not.toMatch(/secrets|token:(?! write)/i);
    const used = [test, publish].flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? []));
    expect(used.filter((action) => !/^[\w-]+\/[\w-]+@[\da-f]{40}$/.test(action))).toEqual([]);
  });

  it.skipIf(skipOnWindows('workflows on bash')).each([
    ['a version', {}, ''],
    ['another tag', { tag: 'v1.2.4' }, 'the tag to be v1.2.3, found v1.2.4'],
    ['a tag without v', { tag: '1.2.3' }, 'the tag to be v1.2.3, found 1.2.3'],
    ['changes without a version', { top: 'Unreleased' }, 'the top entry of CHANGELOG.md to be 1.2.3, found Unreleased'],
    ['a changelog without entries', { heading: '#' }, 'the top entry of CHANGELOG.md to be 1.2.3, found '],
    [
      'no repository',
      { url: undefined },
      'repository.url in package.json to be git+https://host/me/it.git, found undefined',
    ],
  ])('of %s is checked', (_what, given, refusal) => {
    const of = { tag: 'v1.2.3', top: '1.2.3', heading: '##', url: 'git+https://host/me/it.git', ...given };
    const folder = folderWith({
      'package.json': JSON.stringify({ type: 'module', version: '1.2.3', repository: { url: of.url } }),
      'CHANGELOG.md': `# Changelog\n\n${of.heading} [${of.top}] - 2026-01-02\n\n- A.\n\n${of.heading} [1.2.2]\n`,
    });
    const env = { GITHUB_REF_NAME: of.tag, GITHUB_SERVER_URL: 'https://host', GITHUB_REPOSITORY: 'me/it' };
    const ran = run(folder, ['bash', '-e', '-c', check ?? ''], { path: [dirname(process.execPath)], env });
    expect([ran.code, ran.out]).toEqual(refusal ? [1, `::error::Expected ${refusal}\n`] : [0, '']);
  });
});
