import { execFileSync, spawnSync } from 'node:child_process';
import {
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
import { dirname, join, posix, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
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
    const own = ['CHANGELOG.md', 'LICENSE', 'README.md', 'bin/fix-auth-spec.js', 'package.json'];
    const paths: string[] = tarball.files.map(({ path }: { path: string }) => path);
    expect(paths.toSorted()).toEqual([...built, ...filesIn('templates'), ...own].toSorted());
    // No map is among them, so none is to be named.
    const named = built.filter((path) => readFileSync(join(installed, path), 'utf8').includes('sourceMappingURL'));
    expect(named).toEqual([]);
  });

  it('is small: packed, unpacked, and with all that it depends on', () => {
    const dependencies = production.flatMap((path) =>
      filesIn(path).filter((file) => !file.slice(path.length).includes('/node_modules/')),
    );
    const size = dependencies.reduce((sum, file) => sum + statSync(join(root, file)).size, tarball.unpackedSize);
    // A little more than was measured (212, 705 and 6,250 kB): what grows beyond does so on purpose.
    expect(tarball.size).toBeLessThan(235_000);
    expect(tarball.unpackedSize).toBeLessThan(780_000);
    expect(size).toBeLessThan(6_500_000);
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
    execFileSync(process.execPath, [join(installed, 'bin/fix-auth-spec.js'), '-w', '-q', 'a.md'], { cwd: folder });
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
