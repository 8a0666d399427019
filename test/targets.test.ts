import { mkdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findTargets, TargetError } from '../src/targets.js';
import { folderWith, target } from './support.js';

const found = async (folder: string, from: string, ...specs: string[]) => {
  const paths = await findTargets(specs, join(folder, from), target);
  return paths.map((path) => relative(folder, path).split(sep).join('/'));
};

describe('discovery', () => {
  it('walks up to the repository root, the nearest first', async () => {
    const folder = folderWith({ [`repo/${target}`]: '', [`repo/app/${target}`]: '', [target]: '' });
    mkdirSync(join(folder, 'repo/.git'));
    mkdirSync(join(folder, 'repo/app/src/deep'), { recursive: true });
    expect(await found(folder, 'repo/app/src/deep')).toEqual([`repo/app/${target}`]);
    expect(await found(folder, 'repo')).toEqual([`repo/${target}`]);
    expect(await found(folder, `repo/specs/004-auth-integration`)).toEqual([`repo/${target}`]);
  });

  it('does not leave the repository, nor climb at all outside of one', async () => {
    const folder = folderWith({ [target]: '', 'inner/x': '' });
    await expect(findTargets([], join(folder, 'inner'), target)).rejects.toThrow(TargetError);
    mkdirSync(join(folder, 'inner/.git'));
    await expect(findTargets([], join(folder, 'inner'), target)).rejects.toThrow(
      'looked from the repository root `.` down to the working directory, then below it',
    );
  });

  it('looks below when nothing stands above, but not where code of others lies', async () => {
    const folder = folderWith({
      [`b/${target}`]: '',
      [`a/(x) [y]/${target}`]: '',
      [`.hidden/${target}`]: '',
      [`node_modules/p/${target}`]: '',
      [`a/dist/${target}`]: '',
      [`.git/${target}`]: '',
      'specs/004-auth-integration/plan.md': '',
    });
    expect(await found(folder, '.')).toEqual([`.hidden/${target}`, `a/(x) [y]/${target}`, `b/${target}`]);
  });
});

describe('named targets', () => {
  it('are files, whatever they are called, each once', async () => {
    const folder = folderWith({ 'a b.md': '', '[id].md': '', '-rf.md': '', 'ä.md': '' });
    expect(await found(folder, '.', 'a b.md', './a b.md', '[id].md', '-rf.md', 'ä.md')).toEqual([
      'a b.md',
      '[id].md',
      '-rf.md',
      'ä.md',
    ]);
  });

  it('are directories: the repository, specs, or the spec’s own', async () => {
    const folder = folderWith({ [`repo/${target}`]: '', 'other/spec.md': '', 'none/x.md': '' });
    for (const named of ['repo', 'repo/', 'repo/specs', 'repo/specs/004-auth-integration']) {
      expect(await found(folder, '.', named)).toEqual([`repo/${target}`]);
    }
    expect(await found(folder, '.', 'other')).toEqual(['other/spec.md']);
    await expect(findTargets(['none'], folder, target)).rejects.toThrow(
      'Cannot find a spec in `none`: it holds neither `spec.md` nor `**/specs/004-auth-integration/spec.md`',
    );
  });

  it('are globs', async () => {
    const folder = folderWith({ 'docs/b.md': '', 'docs/a.md': '', 'docs/c.txt': '' });
    expect(await found(folder, '.', 'docs/*.md')).toEqual(['docs/a.md', 'docs/b.md']);
    await expect(findTargets(['docs/*.rst'], folder, target)).rejects.toThrow(
      'Cannot find `docs/*.rst`: no file matches this pattern',
    );
  });

  it('must be there', async () => {
    await expect(findTargets(['none.md'], folderWith(), target)).rejects.toThrow(
      'Cannot find `none.md`: there is no such file or directory',
    );
  });
});
