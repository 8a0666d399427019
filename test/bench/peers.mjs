// What else makes the four edits, and how it is told to: rows of the benchmark, from packages of fixed versions.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTwoFilesPatch } from 'diff';
import { readDocument } from '../../dist/src/document.js';
import { openSpec } from './documents.mjs';

const PACKAGES = {
  'remark-cli': '12.0.1',
  'remark-gfm': '4.0.1',
  'markdown-patch': '0.4.0',
  jscodeshift: '17.4.0',
  '@fission-ai/openspec': '1.13.2',
};

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const template = (name) => readFileSync(here(`../../templates/${name}.md`), 'utf8');

const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'fix-auth-spec-bench');

/** Installs the packages in the user's cache, where the rows look for them. */
export function installPeers() {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const wanted = Object.entries(PACKAGES).map(([name, version]) => `${name}@${version}`);
  const argv = ['install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', ...wanted];
  const shell = process.platform === 'win32';
  execFileSync('npm', argv, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], shell });
}

/**
 * A row for each that is or can be here.
 *
 * @param spec the text to edit
 * @param finished the text that has to come of it
 */
export function peerRows(spec, finished) {
  const modules = join(folder, 'node_modules');
  const node = (path, ...argv) => [process.execPath, join(modules, path), ...argv];
  const named = (name, words = name) => `${words} ${PACKAGES[name]}`;
  const expected = { path: 'spec.md', text: finished };
  const remark = {
    // Those that leave the most lines of the example as they are.
    settings: { bullet: '-', listItemIndent: 'one', rule: '-' },
    plugins: [join(modules, 'remark-gfm/index.js'), here('remark-edits.mjs')],
  };
  const own = openSpec(Buffer.byteLength(spec));
  const change = 'openspec/changes/fix-auth';
  const ownSpec = 'openspec/specs/auth/spec.md';
  const patch = createTwoFilesPatch('a/spec.md', 'b/spec.md', spec, finished);
  return [
    {
      name: `${named('remark-cli')}, ${named('remark-gfm')}`,
      files: { 'spec.md': spec, '.remarkrc.json': JSON.stringify(remark) },
      command: node('remark-cli/cli.js', '--output', '--', 'spec.md'),
      expected,
    },
    {
      name: named('markdown-patch', 'mdpatch apply'),
      files: { 'spec.md': spec, 'edits.json': JSON.stringify(mdpatchEdits(spec)) },
      command: node('markdown-patch/dist/cli.js', 'apply', 'spec.md', 'edits.json'),
      expected,
    },
    {
      name: named('jscodeshift'),
      files: { 'spec.md': spec },
      command: node(
        'jscodeshift/bin/jscodeshift.js',
        ...['--run-in-band', '--no-babel', '--extensions=md'],
        ...['--transform', here('jscodeshift-edits.cjs'), 'spec.md'],
      ),
      expected,
    },
    {
      name: named('@fission-ai/openspec', 'openspec archive'),
      files: {
        [ownSpec]: own.spec,
        [`${change}/specs/auth/spec.md`]: own.change,
        [`${change}/proposal.md`]: '## Why\nThe flow is wrong.\n\n## What Changes\n- The flow, and what it needs\n',
      },
      command: node('@fission-ai/openspec/bin/openspec.js', 'archive', 'fix-auth', '--yes'),
      expected: { path: ownSpec, text: own.finished },
    },
    {
      name: `git apply --check ${versionOf('git')}`,
      files: { 'spec.md': spec, 'ready.patch': patch },
      command: ['git', 'apply', '--check', 'ready.patch'],
      expected: { ...expected, command: ['git', 'apply', 'ready.patch'] },
    },
    {
      name: `patch --dry-run ${versionOf('patch')}`,
      files: { 'spec.md': spec, 'ready.patch': patch },
      command: ['patch', '--dry-run', '-p1', '-i', 'ready.patch'],
      expected: { ...expected, command: ['patch', '-p1', '-i', 'ready.patch'] },
    },
  ].filter(({ name }) => !name.endsWith(' undefined'));
}

/** Texts appended to a section stand behind the ones before; the path of a heading begins with the title. */
function mdpatchEdits(spec) {
  const { sections } = readDocument('spec.md', spec);
  const pathOf = (name) => sections.find((section) => section.name === name).path;
  const edit = (operation, target, name) => ({
    operation,
    targetType: 'heading',
    target,
    content: `${template(name)}\n`,
  });
  const prerequisites = pathOf('Prerequisites');
  return [
    edit('replace', pathOf('Authentication Flow'), 'flow-diagram'),
    edit('append', prerequisites, 'cors-configuration'),
    edit('append', prerequisites, 'database-schema'),
    edit('append', [...prerequisites.slice(0, -1), 'Database Schema'], 'jwt-verification'),
  ];
}

function versionOf(command) {
  return /\d+\.\d[\d.]*/.exec(spawnSync(command, ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[0];
}
