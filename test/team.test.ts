import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { authSpec } from '../patches/index.js';
import { commands, installed, run } from './processes.js';
import { example, folderWith, ids, mustPatch, type Ran, root, skipOnWindows, swap, target } from './support.js';

const finished = mustPatch(example, ...authSpec.patches.map(({ id }) => id));
const refused = swap(example, '## Prerequisites\n', '## Preconditions\n');
const fixSpec =
  '# Fix\n\n**File**: `notes.md`\n\n**Current**:\n\n```text\none\n```\n\n**Replace with**:\n\n```text\ntwo\n```\n';
const read = (...path: string[]) => readFileSync(join(...path), 'utf8');
const doc = read(root, 'docs/team.md');
const blocks = (language: string) =>
  [...doc.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, name]) => name === language)
    .map(([, , text]) => text as string);

/** A repository in which these files are staged. */
function repositoryWith(files: Record<string, string>): string {
  const folder = realpathSync(folderWith(files));
  run(folder, ['git', 'init', '--quiet']);
  run(folder, ['git', 'add', '--all']);
  return folder;
}

interface Hook {
  readonly id: string;
  readonly entry: string;
  readonly args?: readonly string[];
  readonly language: string;
  readonly files: string;
  readonly exclude?: string;
  readonly types: readonly string[];
  readonly pass_filenames?: boolean;
}

describe.skipIf(skipOnWindows('hooks'))('the hooks of pre-commit', () => {
  const hooks: Hook[] = parse(read(root, '.pre-commit-hooks.yaml'));

  /** What pre-commit does with the staged files: undefined where it passes over the hook. */
  function runHook(folder: string, asked: Partial<Hook>): Ran | undefined {
    const hook = { ...(hooks.find(({ id }) => id === asked.id) as Hook), ...asked };
    expect([hook.language, hook.types]).toEqual(['node', ['markdown']]);
    const staged = run(folder, ['git', 'diff', '--cached', '--name-only', '--no-ext-diff', '-z', '--diff-filter=ACMR']);
    const files = staged.out
      .split('\0')
      .filter((name) => name.endsWith('.md') && new RegExp(hook.files).test(name))
      .filter((name) => hook.exclude === undefined || !new RegExp(hook.exclude).test(name));
    if (files.length === 0) return undefined;
    const words = [...hook.entry.split(' '), ...(hook.args ?? []), ...(hook.pass_filenames === false ? [] : files)];
    return run(folder, words, { path: [installed()] });
  }

  const check = 'fix-auth-spec-check';
  const write = 'fix-auth-spec-write';

  it.each([
    ['a spec with changes due', example, 1],
    ['a finished one', finished, 0],
  ])('check judges %s, and writes nothing', (_, text, exit) => {
    const folder = repositoryWith({ [target]: text });
    expect([runHook(folder, { id: check })?.code, read(folder, target)]).toEqual([exit, text]);
  });

  it('write corrects what is staged and nothing else, which pre-commit sees as a modified file', () => {
    const folder = repositoryWith({ [target]: example, [`apps/a/${target}`]: example });
    run(folder, ['git', 'rm', '--cached', '--quiet', target]);
    expect(runHook(folder, { id: write })?.code).toBe(0);
    expect([read(folder, target), read(folder, 'apps/a', target)]).toEqual([example, finished]);
    expect(run(folder, ['git', 'diff', '--name-only']).out).toBe(`apps/a/${target}\n`);
    expect(runHook(folder, { id: write })).toMatchObject({ code: 0, out: '' });
  });

  it('both pass over commits without such a spec', () => {
    const folder = repositoryWith({
      'README.md': example,
      [`other-${target}`]: example,
      [`${target}.md`]: example,
      'specs/004-auth-integration/specxmd': example,
    });
    expect([runHook(folder, { id: check }), runHook(folder, { id: write })]).toEqual([undefined, undefined]);
  });

  it('take every staged name for a file', () => {
    const folder = repositoryWith({ [`--write/${target}`]: example, [`-rjson=report/${target}`]: 'x\n' });
    const { code, out, err } = runHook(folder, { id: check }) as Ran;
    expect([code, out, err.match(/^\S*spec\.md$/gm)]).toEqual([
      3,
      '',
      [`--write/${target}`, `-rjson=report/${target}`],
    ]);
    expect(read(folder, `--write/${target}`)).toBe(example);
  });

  it('are configured in the document by what they understand', () => {
    const [simple, ours] = blocks('yaml')
      .slice(0, 2)
      .map((text): Partial<Hook>[] => parse(text).repos[0].hooks);
    expect(simple?.map(({ id }) => id)).toEqual([check, write]);
    const [narrowed = {}, withFixSpec = {}] = ours ?? [];

    const folder = repositoryWith({ [target]: example, [`archive/${target}`]: refused });
    expect(runHook(folder, narrowed)?.err).toMatch(/^specs\/\S+\n {2}pending {3}flow-diagram .*\n\n/);

    const fix = read(root, 'examples/todo-app/specs/006-fix-environment/spec.md');
    const both = repositoryWith({ [target]: example, 'specs/006-fix-environment/spec.md': fix });
    // Only the fix spec is about to be committed; its target is looked at all the same.
    run(both, ['git', 'rm', '--cached', '--quiet', target]);
    // One of its three changes is told in words alone, which is for a person.
    const { code, err } = runHook(both, withFixSpec) as Ran;
    expect([code, err.match(/^ {2}\w+ +change-\d/gm)]).toEqual([
      3,
      ['  pending   change-1', '  pending   change-2', '  missing   change-3'],
    ]);
  });

  // pre-commit takes everything that `npm pack` prints for the name of the tarball.
  it('can be installed: `npm pack` prints the name of the tarball and nothing of the build', () => {
    const scripts = { prepare: 'node -e ""' };
    const folder = folderWith({ 'package.json': JSON.stringify({ name: 'x', version: '1.0.0', scripts }) });
    if (existsSync(join(root, '.npmrc'))) copyFileSync(join(root, '.npmrc'), join(folder, '.npmrc'));
    expect(run(folder, ['npm', 'pack']).out).toBe('x-1.0.0.tgz\n');
  });
});

describe.skipIf(skipOnWindows('hooks'))('the plain git hook', () => {
  function repositoryWithHook(files: Record<string, string>, command = installed()): string {
    const folder = repositoryWith(files);
    const [script = ''] = blocks('sh');
    mkdirSync(join(folder, '.githooks'));
    writeFileSync(join(folder, '.githooks/pre-commit'), script, { mode: 0o755 });
    run(folder, ['git', 'config', 'core.hooksPath', '.githooks']);
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(command, join(folder, 'node_modules/.bin'));
    return folder;
  }
  const commit = (folder: string) => run(folder, ['git', 'commit', '--quiet', '--message', 'x']);

  it('judges what is staged, whatever lies in the working directory', () => {
    const folder = repositoryWithHook({ [target]: example });
    writeFileSync(join(folder, target), finished);
    const { code, err } = commit(folder);
    expect([code, err.split('\n')[0]]).toEqual([1, target]);
    run(folder, ['git', 'add', target]);
    writeFileSync(join(folder, target), refused);
    expect(commit(folder).code).toBe(0);
    run(folder, ['git', 'rm', '--cached', '--quiet', target]);
    expect(commit(folder)).toMatchObject({ code: 0, err: '' });
  });

  it('asks nothing of other commits', () => {
    const failing = commands({ 'fix-auth-spec': '#!/bin/sh\nexit 9\n' });
    const folder = repositoryWithHook({ 'a.md': 'a\n' }, failing);
    expect(commit(folder)).toMatchObject({ code: 0, err: '' });
  });
});

interface Step {
  readonly name: string;
  readonly id?: string;
  readonly shell: string;
  readonly env?: Record<string, string>;
  readonly run: string;
}

interface Action {
  readonly inputs: Record<string, { readonly description: string; readonly default: string }>;
  readonly outputs: Record<string, { readonly value: string }>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

interface ActionRan extends Ran {
  readonly outputs: Record<string, string | undefined>;
  readonly summary: string;
}

const action: Action = parse(read(root, 'action.yml'));

/** Runs the steps of the action as GitHub's runner does, in order, up to one that fails. */
function runAction(
  workspace: string,
  given: Record<string, string> = {},
  { actionPath = root, path = [] }: { actionPath?: string; path?: readonly string[] } = {},
): ActionRan {
  for (const name of Object.keys(given)) expect(Object.keys(action.inputs)).toContain(name);
  const outputs = new Map<string, string>();
  const evaluated = (text: string): string =>
    text.replace(/\$\{\{ ([^}]*) \}\}/g, (_, expression: string) => {
      const [, input = ''] = /^inputs\.([\w-]+)$/.exec(expression) ?? [];
      const value = input === '' ? outputs.get(expression) : (given[input] ?? action.inputs[input]?.default);
      if (value === undefined && input !== '') throw new Error(`Expected an input, not \`${expression}\``);
      return value ?? '';
    });
  const all = { code: 0, out: '', err: '', summary: '' };
  for (const step of action.runs.steps) {
    const files = folderWith({ 'step.sh': step.run, output: '', summary: '' });
    const ran = run(workspace, [step.shell, '--noprofile', '--norc', '-e', '-o', 'pipefail', join(files, 'step.sh')], {
      path,
      env: {
        GITHUB_ACTIONS: 'true',
        GITHUB_ACTION_PATH: actionPath,
        GITHUB_WORKSPACE: workspace,
        GITHUB_OUTPUT: join(files, 'output'),
        GITHUB_STEP_SUMMARY: join(files, 'summary'),
        ...Object.fromEntries(Object.entries(step.env ?? {}).map(([name, value]) => [name, evaluated(value)])),
      },
    });
    for (const [, name, value = ''] of read(files, 'output').matchAll(/^([\w-]+)=(.*)$/gm))
      outputs.set(`steps.${step.id}.outputs.${name}`, value);
    all.out += ran.out;
    all.err += ran.err;
    all.summary += read(files, 'summary');
    all.code = ran.code;
    if (ran.code !== 0) break;
  }
  const results = Object.entries(action.outputs).map(([name, { value }]) => [name, evaluated(value)]);
  return { ...all, outputs: Object.fromEntries(results) };
}

/** The places of the annotations in a log. */
function placesIn(log: string): (string | undefined)[] {
  return log.split('\n').flatMap((line) => /^::(error (?:file=.*?)?)(?:title=|::)/.exec(line)?.[1] ?? []);
}

describe.skipIf(skipOnWindows('actions on bash'))('the action', () => {
  it('puts what is due on the lines of the spec, into the summary and into reports, and fails', () => {
    const workspace = repositoryWith({ [target]: example });
    const reports = '\njson=out.json\nmarkdown=out.md\n';
    const { code, out, outputs, summary } = runAction(workspace, { patches: ids.join('\n'), reports });
    expect([code, outputs]).toEqual([1, { 'exit-code': '1' }]);
    expect(placesIn(out)).toEqual([
      `error file=${target},line=8,endLine=33,`,
      ...ids.slice(1).map(() => `error file=${target},line=66,`),
    ]);
    expect(summary).toMatch(/^<!-- fix-auth-spec -->\n/);
    expect(summary).toBe(`${read(workspace, 'out.md')}\n`);
    expect(JSON.parse(read(workspace, 'out.json'))).toMatchObject({ exitCode: 1, mode: 'check' });
    expect(read(workspace, target)).toBe(example);
  });

  it('says nothing of a finished spec, and succeeds', () => {
    const { code, out, outputs } = runAction(repositoryWith({ [target]: finished }));
    expect([code, out, outputs]).toEqual([0, '', { 'exit-code': '0' }]);
  });

  it('names files as the workspace sees them where it runs in a directory, and puts reports there', () => {
    const workspace = repositoryWith({ [`apps/a b/${target}`]: 'x\n' });
    const { code, out } = runAction(workspace, {
      'working-directory': 'apps/a b',
      reports: '\nsarif=out.sarif\nmarkdown=out.md\n',
    });
    expect([code, placesIn(out)[0]]).toEqual([3, expect.stringContaining(`error file=apps/a b/${target},`)]);
    const { artifactLocation } = JSON.parse(read(workspace, 'apps/a b/out.sarif')).runs[0].results[0].locations[0]
      .physicalLocation;
    expect(artifactLocation.uri).toBe(`apps/a%20b/${target}`);
    expect(read(workspace, 'apps/a b/out.md')).toMatch(/^<!-- fix-auth-spec -->\n/);
  });

  it('carries out a fix spec, and lets the job go on where it is told so, but not after an error', () => {
    const judged = (files: Record<string, string>, fail: string) => {
      const { code, out, outputs } = runAction(repositoryWith(files), { from: 'fix it.md', fail });
      return [code, outputs['exit-code'], ...placesIn(out)];
    };
    const pending = { 'notes.md': 'one\n', 'fix it.md': fixSpec };
    expect(judged(pending, 'true')).toEqual([1, '1', 'error file=notes.md,line=1,']);
    expect(judged(pending, 'false')).toEqual([0, '1', 'error file=notes.md,line=1,']);
    expect(judged({ ...pending, 'notes.md': 'three\n' }, 'false').slice(0, 2)).toEqual([0, '3']);
    expect(judged({ ...pending, 'fix it.md': '\0' }, 'false').slice(0, 2)).toEqual([4, '4']);
    expect(judged({}, 'false').slice(0, 2)).toEqual([2, '2']);
  });

  it('takes inputs for words, whatever they hold', () => {
    const name = `a 'b" $(touch pwned) \`touch pwned\`; touch pwned & $HOME * .md`;
    const workspace = repositoryWith({ [name]: 'x\n', '--write': example, '-': 'x\n' });
    const { code, out } = runAction(workspace, {
      specs: `${name}\n--write\n-`,
      reports: `json=$(touch pwned).json`,
      patches: ids.join('\n'),
    });
    expect([code, placesIn(out).includes('error file=--write,line=8,endLine=33,')]).toEqual([3, true]);
    expect(JSON.parse(read(workspace, '$(touch pwned).json')).files.map(({ path }: { path: string }) => path)).toEqual([
      name,
      '--write',
      '-',
    ]);
    expect(readdirSync(workspace).toSorted()).toEqual(['$(touch pwned).json', '-', '--write', '.git', name].toSorted());
  });

  it.each([
    { from: '--write\n$(touch pwned)' },
    { patches: '$(touch pwned)' },
    { reports: '--write' },
    { 'working-directory': '$(touch pwned)' },
    { 'working-directory': '-' },
    { fail: '$(touch pwned)' },
    { fail: '' },
  ])('is wrong usage, said as an annotation, with %j', (given) => {
    const workspace = repositoryWith({ [target]: example });
    const { code, out, err } = runAction(workspace, given);
    expect([code, out.match(/^::error .*\n/gm)?.length, err.split('\n').length <= 2]).toEqual([2, 1, true]);
    expect(readdirSync(workspace).toSorted()).toEqual(['.git', 'specs']);
    expect(read(workspace, target)).toBe(example);
  });

  it('builds itself once, without a script of what it installs, whatever the job is set to', () => {
    const asked = (files: Record<string, string>) => {
      const actionPath = realpathSync(folderWith({ 'bin/fix-auth-spec.cjs': '', ...files }));
      const npm = `#!/bin/sh\nprintf '%s\\n' "$PWD $*" >> "$HOME/asked"\n`;
      const workspace = repositoryWith({ asked: '' });
      const { code } = runAction(workspace, {}, { actionPath, path: [commands({ npm })] });
      return [code, read(workspace, 'asked').replaceAll(actionPath, 'HERE')];
    };
    expect(asked({})).toEqual([0, 'HERE ci --ignore-scripts --include=dev --no-audit --no-fund\nHERE run build\n']);
    expect(asked({ 'dist/cli/bin.js': '' })).toEqual([0, '']);
  });

  it.each([
    ['18.20.8', 2],
    ['20.18.3', 2],
    ['20.19.0', 0],
    ['22.0.0', 0],
  ])('judges Node.js %s', (version, exit) => {
    const node = `#!/bin/sh\ncase $1 in -e) exec "${process.execPath}" -e "Object.defineProperty(process.versions, 'node', { value: '${version}' }); $2" ;; esac\n`;
    const { code, out } = runAction(repositoryWith({}), {}, { path: [commands({ node })] });
    expect([code, out === '']).toEqual([exit, exit === 0]);
  });

  it('has no input in a script, and every step is a bash that stops at errors', () => {
    for (const step of action.runs.steps) {
      expect(Object.keys(step).filter((key) => !['name', 'id', 'shell', 'env', 'run'].includes(key))).toEqual([]);
      expect([step.run.includes('${{'), step.shell, step.run.split('\n')[0]]).toEqual([
        false,
        'bash',
        'set -euo pipefail',
      ]);
    }
  });
});

describe.skipIf(skipOnWindows('actions on bash'))('the workflow in docs/team.md', () => {
  const workflow = parse(blocks('yaml')[2] ?? '');
  const steps: Partial<Step & { uses: string; with: Record<string, string> }>[] = workflow.jobs.check.steps;
  const own = steps.find(({ uses }) => uses?.startsWith('OWNER/fix-auth-spec@'));

  it('takes in its later steps the reports that it asks the action for', () => {
    const files = own?.with?.['reports']
      ?.trimEnd()
      .split('\n')
      .map((line) => line.split('=')[1]);
    const later = JSON.stringify(steps.slice(steps.indexOf(own ?? {}) + 1));
    expect([...later.matchAll(/hashFiles\('(.*?)'\)/g)].map(([, name]) => name)).toEqual(files);
    expect(steps.find(({ with: given }) => given?.['sarif_file'])?.with?.['sarif_file']).toBe(files?.[0]);
  });

  it('comments once, and changes that comment from then on', () => {
    const { run: script = '', env = {} } = steps.find(({ name }) => name === 'Comment') ?? {};
    expect([script.includes('${{'), Object.keys(env)]).toEqual([false, ['GH_TOKEN', 'NUMBER']]);
    const workspace = folderWith({ asked: '' });
    const gh = `#!/bin/sh\nif [ "$2" = --paginate ]; then printf %s "$FOUND"; else printf '%s\\n' "$*" >> "$HOME/asked"; fi\n`;
    for (const FOUND of ['', '17\n18\n']) {
      const { code } = run(workspace, ['bash', '-e', '-c', script], {
        path: [commands({ gh })],
        env: { FOUND, NUMBER: '5', GITHUB_REPOSITORY: 'acme/shop' },
      });
      expect(code).toBe(0);
    }
    expect(read(workspace, 'asked')).toBe(
      'pr comment 5 --body-file fix-auth-spec.md\n' +
        'api --method PATCH repos/acme/shop/issues/comments/17 -F body=@fix-auth-spec.md\n',
    );
    // The comment is told by its first line.
    const [, mark = ''] = /startswith\("(.*?)"\)/.exec(script) ?? [];
    expect(read(root, 'src/report/markdown.ts')).toContain(`'${mark}'`);
  });

  it('lists the inputs that the action has', () => {
    const listed = [...doc.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name);
    expect(listed).toEqual(Object.keys(action.inputs));
  });
});
