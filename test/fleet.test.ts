import { readFileSync, realpathSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { authSpec } from '../patches/index.js';
import { commands, installed, run } from './processes.js';
import { example, folderWith, mustPatch, root, skipOnWindows, swap, target } from './support.js';

const finished = mustPatch(example, ...authSpec.patches.map(({ id }) => id));
const refused = swap(example, '## Prerequisites\n', '## Preconditions\n');
const script = join(root, 'examples/fleet/fix.sh');
const read = (...path: string[]) => readFileSync(join(...path), 'utf8');
const doc = read(root, 'docs/fleet.md');
const blocks = (language: string) =>
  [...doc.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, name]) => name === language)
    .map(([, , text]) => text as string);

/** A repository with these files in its only commit, as an engine clones it. */
function cloneWith(files: Record<string, string | Buffer>): string {
  const folder = realpathSync(folderWith(files));
  git(folder, 'init', '--quiet', '--initial-branch=main');
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--allow-empty', '--message', 'x');
  return folder;
}

function git(cwd: string, ...words: string[]): string {
  return run(cwd, ['git', '-c', 'core.autocrlf=false', ...words]).out;
}

/** Runs the script as engines do, and gives what it reports beside. */
function fix(clone: string, { name = 'acme/shop', words = [] as string[], target: wanted = '' } = {}) {
  const reports = join(realpathSync(folderWith()), 'reports');
  const ran = run(clone, ['sh', script, ...words], {
    path: [installed()],
    env: {
      FIX_AUTH_SPEC: 'fix-auth-spec',
      FIX_AUTH_SPEC_REPORTS: reports,
      FIX_AUTH_SPEC_TARGET: wanted,
      REPOSITORY: name,
    },
  });
  const report = () => JSON.parse(read(reports, `${name.replace('/', '_')}.json`));
  return { ...ran, reports, report };
}

describe.skipIf(skipOnWindows('sh'))('examples/fleet/fix.sh', () => {
  it.each([
    ['with changes due', { [target]: example }, finished],
    [
      'with the spec of one of its apps, in CRLF',
      { [`apps/a b/${target}`]: example.replaceAll('\n', '\r\n') },
      finished.replaceAll('\n', '\r\n'),
    ],
  ])('corrects a repository %s, once, and reports what it did', (_, files, text) => {
    const [path = ''] = Object.keys(files);
    const clone = cloneWith(files);
    const first = fix(clone);
    expect([first.code, first.err, read(clone, path) === text]).toEqual([0, '', true]);
    expect(first.report()).toMatchObject({ exitCode: 0, mode: 'write', files: [{ path, written: true }] });
    // git cuts its hunks in its own way, so its diff is compared by what it does.
    const diff = git(clone, 'diff');
    expect(diff).toMatch(/^diff --git /);
    writeFileSync(join(first.reports, 'diff'), first.report().files[0].diff);
    git(clone, 'apply', '--whitespace=nowarn', '--reverse', join(first.reports, 'diff'));
    expect(git(clone, 'diff')).toBe('');
    git(clone, 'apply', '--whitespace=nowarn', join(first.reports, 'diff'));
    expect(git(clone, 'diff')).toBe(diff);
    expect(first.out).toBe(first.report().files[0].diff);
    expect(read(first.reports, 'acme_shop.md')).toMatch(/^<!-- fix-auth-spec -->\n/);
    expect(git(clone, 'status', '--porcelain')).toMatch(/^ M \S.*\n$/);

    const second = fix(clone);
    expect([second.code, second.out, second.err]).toEqual([0, '', '']);
    expect(second.report()).toMatchObject({ exitCode: 0, files: [{ changed: false, diff: '' }] });
    expect(git(clone, 'diff')).toBe(diff);
  });

  it.each([
    ['finished', finished, 0, /^$/],
    ['one that needs a person', refused, 3, /^specs\/\S+: error Cannot place `/],
    ['one that cannot be read', Buffer.from([...Buffer.from(example), 0xff]), 4, /^specs\/\S+: error Cannot use `/],
  ])('leaves a spec alone that is %s, and says so', (_, text, exit, said) => {
    const clone = cloneWith({ [target]: text });
    const { code, out, err, report } = fix(clone);
    expect([code, out]).toEqual([exit, '']);
    expect(err).toMatch(said);
    expect(report()).toMatchObject({ exitCode: exit, files: [{ path: target, changed: false, diff: '' }] });
    expect(git(clone, 'status', '--porcelain')).toBe('');
  });

  it('leaves a repository without such a spec alone, without even starting the command', () => {
    const clone = cloneWith({
      'README.md': example,
      [`node_modules/x/${target}`]: example,
      [`dist/${target}`]: example,
    });
    const env = { FIX_AUTH_SPEC: 'false' };
    expect(run(clone, ['sh', script], { env })).toEqual({ code: 0, out: '', err: '' });
    expect(git(clone, 'status', '--porcelain')).toBe('');
  });

  it('carries out a fix spec from elsewhere where its target is', () => {
    const words = [
      '--from',
      join(
        folderWith({
          'fix.md':
            '**File**: `docs/auth.md`\n\n**Current**:\n\n```text\none\n```\n\n**Replace with**:\n\n```text\ntwo\n```\n',
        }),
        'fix.md',
      ),
    ];
    const [holding, lacking] = [cloneWith({ 'docs/auth.md': 'one\n' }), cloneWith({ [target]: example })];
    expect(fix(holding, { words, target: 'docs/auth.md' }).code).toBe(0);
    expect(git(holding, 'diff', '--numstat')).toBe('1\t1\tdocs/auth.md\n');
    expect(fix(lacking, { words, target: 'docs/auth.md' })).toMatchObject({ code: 0, out: '' });
  });

  it('passes wrong usage on, and writes no report into the repository', () => {
    const clone = cloneWith({ [target]: example });
    expect(fix(clone, { words: ['--bogus'] }).code).toBe(2);
    for (const reports of [clone, join(clone, 'reports'), 'reports', '../reports']) {
      const env = { FIX_AUTH_SPEC: 'false', FIX_AUTH_SPEC_REPORTS: reports };
      expect(run(clone, ['sh', script], { env })).toMatchObject({ code: 2, out: '' });
    }
    expect(git(clone, 'status', '--porcelain')).toBe('');
  });

  it('asks npx where no command is named, and names the reports after the directory', () => {
    const clone = cloneWith({ [target]: example });
    const npx = commands({ npx: '#!/bin/sh\nprintf "%s\\n" "$@"\nexit 7\n' });
    const { code, out } = run(clone, ['sh', script, '-p', 'a b *'], { path: [npx] });
    const [, reports = ''] = /^json=(.*)\/.*\.json$/m.exec(out) ?? [];
    rmdirSync(reports);
    const name = join(reports, clone.split('/').at(-1) ?? '');
    const options = ['--write', '--quiet', '-r', `json=${name}.json`, '-r', `markdown=${name}.md`];
    expect([code, out.split('\n')]).toEqual([7, ['--yes', 'fix-auth-spec', ...options, '-p', 'a b *', '']]);
    expect(git(clone, 'status', '--porcelain')).toBe('');
  });

  it('can be run as it is', () => {
    expect([statSync(script).mode & 0o111, read(script).split('\n')[0]]).toEqual([0o111, '#!/bin/sh']);
  });
});

interface Step {
  readonly name?: string;
  readonly run: string;
  readonly env?: Record<string, string>;
  readonly container?: string;
  readonly mount?: readonly { readonly path: string; readonly mountpoint: string }[];
}

describe.skipIf(skipOnWindows('sh'))('docs/fleet.md', () => {
  const [matrix, batch] = blocks('yaml').map((text) => parse(text));
  const steps: Step[] = matrix.jobs.fix.steps;
  const stepNamed = (wanted: string): Step => steps.find(({ name }) => name === wanted) as Step;

  it('shows the script as it is', () => {
    expect(blocks('sh')[0]).toBe(read(script));
  });

  it('has no expression in the scripts of its workflow', () => {
    expect(steps.filter((step) => step.run?.includes('${{'))).toEqual([]);
  });

  it('has a matrix whose job runs the script, and opens one pull request where it changed something', () => {
    const { run: correct, env } = stepNamed('Correct');
    expect(Object.keys(env ?? {})).toEqual(['FIX_AUTH_SPEC', 'FIX_AUTH_SPEC_REPORTS', 'REPOSITORY']);
    const workspace = realpathSync(folderWith({ 'fleet/fix.sh': read(script), asked: '' }));
    const origin = realpathSync(folderWith());
    git(origin, 'init', '--quiet', '--bare', '--initial-branch=main');
    git(cloneWith({ [target]: example }), 'push', '--quiet', origin, 'main');
    const gh =
      '#!/bin/sh\nif [ "$2" = list ]; then printf %s "$OPEN"; else printf "%s\\n" "$*" >> "$GITHUB_WORKSPACE/asked"; fi\n';
    const path = [installed(), commands({ gh })];
    for (const [index, open] of ['', '5\n'].entries()) {
      const clone = join(workspace, `repository-${index}`);
      git(workspace, 'clone', '--quiet', origin, clone);
      const reports = join(workspace, `reports-${index}`);
      for (const text of [correct, stepNamed('Open a pull request').run]) {
        const { code, err } = run(clone, ['bash', '-e', '-c', text], {
          path,
          env: {
            GITHUB_WORKSPACE: workspace,
            FIX_AUTH_SPEC: 'fix-auth-spec',
            FIX_AUTH_SPEC_REPORTS: reports,
            REPORTS: reports,
            REPOSITORY: 'acme/shop',
            OPEN: open,
          },
        });
        expect([code, err]).toEqual([0, expect.not.stringContaining('error')]);
      }
    }
    expect(git(origin, 'show', `fix-auth-spec:${target}`)).toBe(finished);
    expect(git(origin, 'show', `main:${target}`)).toBe(example);
    const report = join(workspace, 'reports-0/acme_shop.md');
    expect(read(workspace, 'asked')).toBe(
      `pr create --head fix-auth-spec --title Correct the authentication spec --body-file ${report}\n`,
    );
    const nothing = cloneWith({ 'a.md': '' });
    expect(run(nothing, ['bash', '-e', '-c', stepNamed('Open a pull request').run]).code).toBe(0);
  });

  it('has a batch spec that mounts the script and runs it', () => {
    const [{ run: text, mount: [mounted] = [] }] = batch.steps as [Step];
    const clone = cloneWith({ [target]: example });
    const here = text.replace(mounted?.mountpoint ?? '', script);
    expect([mounted?.path, here === text]).toEqual(['./fix.sh', false]);
    const path = [installed(), commands({ npm: '#!/bin/sh\n' })];
    expect(run(clone, ['sh', '-c', here], { path, env: { TMPDIR: folderWith() } }).code).toBe(0);
    expect(read(clone, target)).toBe(finished);
    expect(Object.keys(batch)).toEqual(['name', 'description', 'on', 'steps', 'changesetTemplate']);
  });

  it('gives multi-gitter the script, and no flag but those it has', () => {
    const text = blocks('sh').find((block) => block.includes('multi-gitter run')) ?? '';
    expect(text).toMatch(/^multi-gitter run \.\/fix\.sh /m);
    const known = ['--org', '--branch', '--commit-message', '--pr-title', '--pr-body', '--concurrent', '--dry-run'];
    const asked = text.slice(text.indexOf('multi-gitter run')).match(/(?<=\s)--[\w-]+/g);
    expect(asked).toEqual(known);
  });

  it('finds who needs a person in the reports', () => {
    const { reports } = fix(cloneWith({ [target]: 'x\n' }));
    const command = blocks('sh').find((block) => block.startsWith('grep ')) ?? '';
    const { out } = run(reports, ['sh', '-c', command], { env: { FIX_AUTH_SPEC_REPORTS: reports } });
    expect(out).toBe(`${join(reports, 'acme_shop.json')}\n`);
  });
});
