import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, sep } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { root, target } from './support.js';

// The map in CONTRIBUTING.md is the reading order, and the rule: a file imports only from lines above its own.
const map = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
const files = ['src', 'patches'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name.split(sep).join('/')}`),
);

const order = [...map.matchAll(/^((?:src|patches)\/[\w/*-]+\.ts) /gm)].flatMap(([, path]) =>
  path === 'patches/*.ts' ? files.filter((file) => /^patches\/(?!index)/.test(file)) : [path as string],
);

// As the compiler reads them: some files hold the text of others.
const namesIn = (file: string) =>
  ts.preProcessFile(readFileSync(join(root, file), 'utf8')).importedFiles.map(({ fileName }) => fileName);

const importsOf = (file: string) =>
  namesIn(file)
    .filter((name) => name.startsWith('.'))
    .map((name) => posix.normalize(`${dirname(file)}/${name}`).replace(/\.js$/, '.ts'));

describe('the code', () => {
  it('has every file on the map, each once', () => {
    expect(order.toSorted()).toEqual(files.toSorted());
  });

  it.each(files)('%s imports only from above its line on the map', (file) => {
    const allowed = new Set(order.slice(0, order.indexOf(file)));
    expect(importsOf(file).filter((name) => !allowed.has(name))).toEqual([]);
  });

  it('knows remark in one file, yargs in two, and the process in the entry alone', () => {
    const using = (pattern: RegExp) => files.filter((file) => pattern.test(readFileSync(join(root, file), 'utf8')));
    expect(using(/from 'remark-(?!rehype)[\w-]+'/)).toEqual(['src/markdown.ts']);
    expect(using(/from '(?:remark-rehype|rehype-(?!stringify)[\w-]+)'/)).toEqual(['src/report/rendered.ts']);
    expect(using(/'yargs/)).toEqual(['src/help.ts', 'src/options.ts']);
    expect(using(/\bprocess\.(?:argv|exit|exitCode|stdout|stderr|cwd|on)\b/)).toEqual(['src/bin.ts']);
    expect(using(/patches\/index\.js/)).toEqual(['src/api.ts', 'src/index.ts', 'src/worker.ts', 'src/workshop.ts']);
  });

  it('makes no code of data, starts no process but git for `record`, and opens no connection', () => {
    const modules = new Set(files.flatMap(namesIn).filter((name) => name.startsWith('node:')));
    const harmless = [
      'buffer',
      'child_process',
      'crypto',
      'fs',
      'os',
      'path',
      'readline',
      'url',
      'v8',
      'vm',
      'worker_threads',
    ];
    expect([...modules].toSorted()).toEqual(harmless.map((name) => `node:${name}`));
    const sources = files.map((file) => readFileSync(join(root, file), 'utf8')).join('\n');
    expect(sources).not.toMatch(/\beval\(|\bFunction\(|\brequire\(|\bfetch\(/);
    expect(files.filter((file) => /child_process/.test(readFileSync(join(root, file), 'utf8')))).toEqual([
      'src/record/committed.ts',
    ]);
    expect(sources.match(/\bspawn\w*\(\s*'\w+'/g)).toHaveLength(1);
    // What is loaded late has a constant name.
    const strange = files.filter((file) =>
      /\bimport\((?!'(?:\.\/[\w/-]+\.js|node:\w+|yargs)'\))/.test(readFileSync(join(root, file), 'utf8')),
    );
    // A module of the user's, named on the command line.
    expect(strange).toEqual(['src/load.ts', 'src/probe.ts']);
    // The time limit needs a script, and the script is a constant.
    expect(sources.match(/new Script\(.*\)/g)).toEqual(["new Script('task()')"]);
  });
});

describe('the repository', () => {
  it('holds no mark of an unfinished merge', () => {
    const texts = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', 'package.json', ...files];
    expect(texts.filter((file) => /^(?:<{7}|>{7}) /m.test(readFileSync(join(root, file), 'utf8')))).toEqual([]);
  });

  it('holds one file at a path that discovery finds: the example', () => {
    const found = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .map((name) => name.split(sep).join('/'))
      .filter((name) => name.endsWith(target) && !name.includes('node_modules/'));
    expect(found).toEqual([`examples/todo-app/${target}`]);
  });
});
