import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { authSpec } from '../patches/index.js';
import { cli, example, folderWith, mustPatch, registry, root, target } from './support.js';

const json = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'));
const isWindows = process.platform === 'win32';
const npm = (cwd: string, ...args: string[]) =>
  execFileSync('npm', args, { cwd, encoding: 'utf8', shell: isWindows, stdio: ['ignore', 'pipe', 'pipe'] });

describe('the package', () => {
  it('ships what runs, and nothing else', () => {
    const [{ files }] = JSON.parse(npm(root, 'pack', '--dry-run', '--json', '--ignore-scripts'));
    const paths: string[] = files.map(({ path }: { path: string }) => path);
    expect(
      paths
        .filter((path) => !/^(?:dist\/(?:src|patches)\/[\w/-]+\.(?:js|d\.ts)|templates\/[\w-]+\.md)$/.test(path))
        .toSorted(),
    ).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'bin/fix-auth-spec.js', 'package.json']);
    for (const path of ['dist/src/bin.js', 'dist/src/index.d.ts', 'dist/patches/index.js', 'templates/flow-diagram.md'])
      expect(paths).toContain(path);
  });

  it('runs no script when installed, and locks every dependency by its hash and by no address', () => {
    expect(Object.keys(json('package.json').scripts).filter((name) => /^(?:pre|post)?install$/.test(name))).toEqual([]);
    const packages: [
      string,
      { integrity?: string; resolved?: string; hasInstallScript?: boolean; dev?: boolean; link?: boolean },
    ][] = Object.entries(json('package-lock.json').packages);
    const installed = packages.filter(([path]) => path !== '');
    expect(installed.filter(([, one]) => !one.integrity || one.resolved).map(([path]) => path)).toEqual([]);
    expect(installed.filter(([, one]) => one.hasInstallScript && !one.dev).map(([path]) => path)).toEqual([]);
    // Every package is one more to trust: the number grows only on purpose.
    expect(installed.filter(([, one]) => !one.dev).length).toBe(124);
  });

  it('runs where it was installed from its tarball', () => {
    const folder = folderWith({ 'package.json': '{}' });
    const [{ filename }] = JSON.parse(npm(root, 'pack', '--json', '--ignore-scripts', '--pack-destination', folder));
    // The dependencies are there already: no network in a test.
    execFileSync('tar', ['-xzf', filename], { cwd: folder });
    symlinkSync(join(root, 'node_modules'), join(folder, 'package/node_modules'), 'junction');
    mkdirSync(join(folder, 'work'));
    writeFileSync(join(folder, 'work/a.md'), example);
    const bin = join(folder, 'package/bin/fix-auth-spec.js');
    execFileSync(process.execPath, [bin, '-w', '-q', 'a.md'], { cwd: join(folder, 'work') });
    expect(readFileSync(join(folder, 'work/a.md'), 'utf8')).toBe(
      mustPatch(example, ...authSpec.patches.map(({ id }) => id)),
    );
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
