import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import AjvDraft04 from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import type { Code, ListItem, Nodes, Root } from 'mdast';
import type { Log, Region } from 'sarif';
import { visit } from 'unist-util-visit';
import { describe, expect, it } from 'vitest';
import { authSpec } from '../patches/index.js';
import { parse } from '../src/blocks.js';
import { githubReport } from '../src/report/github.js';
import { MOST, markdownReport } from '../src/report/markdown.js';
import type { FileResult, Result } from '../src/result.js';
import {
  beginning,
  cli,
  example,
  finished,
  folderWith,
  mustPatch,
  registry,
  shared,
  situations,
  skipUnless,
  swap,
  target,
} from './support.js';

const report = async (text: string, name: string, ...argv: string[]) =>
  (await cli(folderWith({ [target]: text }), ['-r', name, ...argv])).out;

// Documents of other people: the one that the patches are about, and some that they do not fit.
const mission = join(shared, 'mission/004-auth-integration.before.md');
const corpus = join(shared, 'corpus/specs');
const isShared = !skipUnless(existsSync(mission), 'reports on real documents: shared is not there');
const real = isShared
  ? {
      mission: readFileSync(mission, 'utf8'),
      ...Object.fromEntries(
        readdirSync(corpus)
          .filter((name) => name.endsWith('.md'))
          .slice(0, 3)
          .map((name) => [name, readFileSync(join(corpus, name), 'utf8')]),
      ),
    }
  : {};
const documents = Object.entries({ ...situations, ...real });

describe('the SARIF report', () => {
  const require = createRequire(import.meta.url);
  const schema = JSON.parse(
    readFileSync(
      join(require.resolve('@microsoft/jest-sarif/package.json'), '../lib/schemas/sarif-2.1.0-rtm.5.json'),
      'utf8',
    ),
  );
  const ajv = new AjvDraft04.default({ strict: false, allErrors: true, unicodeRegExp: false });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);
  const sarif = async (text: string | Buffer, ...argv: string[]) => {
    const { out } = await cli(folderWith({ [target]: text }), ['-r', 'sarif', ...argv]);
    const log = JSON.parse(out) as Log;
    validate(log);
    expect(validate.errors ?? []).toEqual([]);
    return log.runs[0] as Log['runs'][0];
  };
  const offsetOf = (text: string, line = 1, column = 1): number =>
    text
      .split('\n')
      .slice(0, line - 1)
      .reduce((sum, one) => sum + one.length + 1, 0) +
    column -
    1;
  const apply = (text: string, fixes: readonly { region: Region; text: string }[]): string => {
    // One after the other from the end, as an editor does; of several at one place the last comes first.
    let done = text;
    for (const { region, text: by } of fixes.toReversed()) {
      const from = offsetOf(text, region.startLine, region.startColumn);
      done = done.slice(0, from) + by + done.slice(offsetOf(text, region.endLine, region.endColumn));
    }
    return done;
  };
  const fixesIn = (run: Log['runs'][0]) =>
    (run.results ?? []).flatMap(({ fixes = [] }) =>
      fixes.flatMap(({ artifactChanges }) =>
        artifactChanges.flatMap(({ replacements }) =>
          replacements.map(({ deletedRegion, insertedContent }) => ({
            region: deletedRegion,
            text: insertedContent?.text ?? '',
          })),
        ),
      ),
    );

  it('is not valid when it is not', () => {
    expect(validate({ version: '2.1.0', runs: [{ tool: {} }] })).toBe(false);
  });

  it.each(documents)('is valid on a document that is %s, in every mode', async (_, text) => {
    for (const mode of ['-n', '-c', '-w']) await sarif(text, mode);
  });

  it('names what is to be done, and where', async () => {
    const run = await sarif(situations['half-fixed']);
    expect(run.results?.map(({ ruleId, level }) => [ruleId, level])).toEqual([
      ['cors-configuration', 'warning'],
      ['jwt-verification', 'warning'],
      ['database-schema', 'note'],
    ]);
    expect(run.tool.driver.rules?.map(({ id }) => id)).toEqual(authSpec.patches.map(({ id }) => id));
    for (const { ruleId, ruleIndex = -1 } of run.results ?? [])
      expect(run.tool.driver.rules?.[ruleIndex]?.id).toBe(ruleId);
    const json = JSON.parse(await report(situations['half-fixed'], 'json')).files[0];
    for (const { ruleId, locations } of run.results ?? []) {
      const { start } = json.patches.find(({ id }: { id: string }) => id === ruleId);
      expect(locations?.[0]?.physicalLocation).toMatchObject({
        artifactLocation: { uri: target },
        region: { startLine: start.line, startColumn: start.column },
      });
    }
    expect((await sarif(finished)).results).toEqual([]);
    expect((await sarif(example, '-w')).results).toEqual([]);
  });

  it('says of a refused patch why, and what comes nearest', async () => {
    const { results = [], invocations } = await sarif(situations.refused, '-c');
    const refused = results.find(({ ruleId }) => ruleId === 'cors-configuration');
    expect(refused).toMatchObject({ level: 'error', properties: { state: 'missing' } });
    expect(refused?.message.text).toContain('there is no heading “Prerequisites”; did you mean “Prerequisite Work”');
    expect(refused?.relatedLocations?.[0]).toMatchObject({
      physicalLocation: { region: { startLine: 45 } },
      message: { text: 'Feature Specification: Sign-In for the Todo App › Prerequisite Work' },
    });
    expect(invocations?.[0]).toMatchObject({ exitCode: 3, executionSuccessful: true });
    expect(fixesIn({ results } as Log['runs'][0])).toEqual([]);
  });

  it.each([
    ['LF', (text: string) => text],
    ['CRLF', (text: string) => text.replaceAll('\n', '\r\n')],
    ['half fixed', () => situations['half-fixed']],
  ])('carries the fixes: an editor that makes them has the finished text (%s)', async (_, form) => {
    const text = form(example);
    expect(apply(text, fixesIn(await sarif(text)))).toBe(mustPatch(text));
  });

  it('counts columns as editors do, without the byte order mark', async () => {
    const { results = [] } = await sarif(`\uFEFF\`\`\`\n${example.split('```\n')[1]}\`\`\`\n`, '-p', 'flow-diagram');
    expect(results[0]?.locations?.[0]?.physicalLocation?.region ?? { startColumn: 1 }).toMatchObject({
      startColumn: 1,
    });
  });

  it('tells what keeps a file from being used, and a wrong command line, as notifications', async () => {
    const run = await sarif(Buffer.from([0x61, 0xff]));
    expect(run.results).toEqual([]);
    expect(run.invocations?.[0]).toMatchObject({
      exitCode: 4,
      executionSuccessful: false,
      toolExecutionNotifications: [{ level: 'error', descriptor: { id: 'not-utf-8' } }],
    });
    const wrong = await cli(folderWith(), ['-r', 'sarif', '--bogus']);
    expect(validate(JSON.parse(wrong.out))).toBe(true);
    expect([wrong.code, JSON.parse(wrong.out).runs[0].invocations[0].exitCode]).toEqual([2, 2]);
  });

  it('keeps its fingerprints while lines move', async () => {
    const prints = async (text: string) =>
      ((await sarif(text)).results ?? []).map(({ partialFingerprints }) => partialFingerprints);
    expect(await prints(`${example}\nMore.\n`)).toEqual(
      await prints(swap(example, '## Overview', 'New.\n\n## Overview')),
    );
  });
});

/** What GitHub's runner makes of a line: a port of `ActionCommand.TryParseV2` and its tables of escapes. */
function commandIn(line: string) {
  const text = line.trimStart();
  const end = text.indexOf('::', 2);
  if (!text.startsWith('::') || end === -1) return undefined;
  const info = text.slice(2, end);
  const space = info.indexOf(' ');
  const unescaped = (value: string, codes: readonly [string, string][]): string =>
    codes.reduce((sum, [code, character]) => sum.replaceAll(code, character), value);
  const data: [string, string][] = [
    ['%0D', '\r'],
    ['%0A', '\n'],
    ['%25', '%'],
  ];
  const properties = (space < 0 ? '' : info.slice(space + 1).trim())
    .split(',')
    .filter((pair) => pair !== '')
    .map((pair) => pair.split(/=(.*)/s))
    .filter((pair) => pair.length > 1)
    .map(([name, value = '']): [string, string] => [
      name as string,
      unescaped(value, [['%3A', ':'], ['%2C', ','], ...data]),
    ]);
  return {
    name: space < 0 ? info : info.slice(0, space),
    ...Object.fromEntries(properties),
    text: unescaped(text.slice(end + 2), data),
  };
}

describe('the annotations of a GitHub workflow', () => {
  const annotations = (out: string) => out.trimEnd().split('\n').map(commandIn);

  it('stand on the lines that need looking at', async () => {
    expect(annotations(await report(example, 'github', '-c'))).toMatchObject([
      { name: 'error', file: target, line: '8', endLine: '33', title: 'flow-diagram is pending' },
      { name: 'error', file: target, line: '66', title: 'database-schema is pending' },
      { name: 'error', file: target, line: '66', title: 'jwt-verification is pending' },
      { name: 'error', file: target, line: '66', title: 'cors-configuration is pending' },
    ]);
    expect(annotations(await report(situations['half-fixed'], 'github', '-c'))).toMatchObject([
      { name: 'error', title: 'jwt-verification is pending' },
      { name: 'error', title: 'cors-configuration is pending' },
      { name: 'notice', line: '66', title: 'database-schema is drifted' },
    ]);
    expect(annotations(await report(situations.refused, 'github', '-c'))).toMatchObject([
      {
        name: 'error',
        file: target,
        line: '45',
        title: 'cors-configuration is missing',
        text: expect.stringContaining('did you mean “Prerequisite Work” (line 45)'),
      },
    ]);
    expect(await report(finished, 'github', '-c')).toBe('');
  });

  it('name files as the repository does, wherever the command runs', async () => {
    const folder = folderWith({ [`work tree/a,b:100%/${target}`]: example, '.git/HEAD': '' });
    const cwd = join(folder, 'work tree/a,b:100%');
    const file = `work tree/a,b:100%/${target}`;
    for (const env of [{}, { GITHUB_WORKSPACE: folder }]) {
      const { out } = await cli(cwd, ['-c', '-r', 'github'], { env });
      expect(annotations(out)[0]).toMatchObject({ file });
    }
    const upwards = await cli(join(cwd, 'specs'), ['-c', '-r', 'github', '../specs']);
    expect(annotations(upwards.out)[0]).toMatchObject({ file });
  });

  it('cover what is meant, and not the lines behind it', async () => {
    const folder = folderWith({
      'a.md': '# A\n\nGone.\n\n\nStays.\n',
      'fix.md': '### Change 1\n\n**File**: `a.md`\n\n**Remove**:\n\n```\nGone.\n```\n',
    });
    const { out } = await cli(folder, ['--from', 'fix.md', '-c', '-r', 'github']);
    expect(annotations(out)).toMatchObject([{ line: '3' }]);
    expect(annotations(out)[0]).not.toHaveProperty('endLine');
  });

  it('name standard input as the repository does', async () => {
    const folder = folderWith({ '.git/HEAD': '', 'sub/x': '' });
    const argv = ['-', '-c', '-r', 'github', '--stdin-filepath', join(folder, 'specs/a.md')];
    const { out } = await cli(join(folder, 'sub'), argv, { stdin: example });
    expect(annotations(out)[0]).toMatchObject({ file: 'specs/a.md' });
  });

  it('come with a step summary, added to what is there', async () => {
    const folder = folderWith({ [target]: example, summary: 'before\n' });
    const env = { GITHUB_STEP_SUMMARY: join(folder, 'summary') };
    await cli(folder, ['-c', '-r', 'github'], { env });
    expect(readFileSync(join(folder, 'summary'), 'utf8')).toBe(`before\n${await report(example, 'markdown', '-c')}\n`);
    const lost = await cli(folder, ['-c', '-r', 'github'], { env: { GITHUB_STEP_SUMMARY: join(folder, 'no/where') } });
    expect([lost.code, lost.err]).toEqual([4, expect.stringContaining('Cannot write the step summary to ')]);
    const over = await cli(folder, ['-w', '-r', 'github'], { env: { GITHUB_STEP_SUMMARY: target } });
    expect([over.code, readFileSync(join(folder, target), 'utf8')]).toEqual([2, example]);
    const other = await cli(folder, ['-c'], { env });
    expect(other.code).toBe(1);
    expect(readFileSync(join(folder, 'summary'), 'utf8').split('before')).toHaveLength(2);
  });

  it('hold no command but their own, whatever a file says, and say it whole', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.string({ maxLength: 20 }), (text, path) => {
        const file = { path, patches: [], messages: [{ level: 'error', code: 'x', text }] } as unknown as FileResult;
        const result = { mode: 'check', files: [file] } as unknown as Result;
        const lines = githubReport(result, { version: '', prefix: 'a/' }).split(/\r\n|\r|\n/);
        expect(lines.filter((line) => line !== '').map((line) => commandIn(line)?.name)).toEqual(['error']);
        const printable = /^[ -~]*$/.test(text) && !/^\s*::|##/.test(text);
        if (printable) expect(commandIn(lines[0] ?? '')?.text).toBe(text);
      }),
      { numRuns: 1000, seed: 20261128 },
    );
  });
});

const nodes = <T extends Nodes>(tree: Root, type: T['type']): T[] => {
  const found: T[] = [];
  visit(tree, type, (node) => {
    found.push(node as T);
  });
  return found;
};

describe('the comment on a pull request', () => {
  it('has the claims as a task list, what people confirm unticked, and the diff folded away', async () => {
    const out = (await cli(folderWith({ [target]: example }), ['-r', 'markdown'], registry)).out;
    const tree = parse(out);
    const items = nodes<ListItem>(tree, 'listItem').filter(({ checked }) => typeof checked === 'boolean');
    expect(items.map(({ checked }) => checked)).toEqual([...Array(9).fill(true), ...Array(7).fill(false)]);
    const [diff] = nodes<Code>(tree, 'code');
    expect(`${diff?.value}\n`).toBe((await cli(folderWith({ [target]: example }), [])).out);
    expect(out).toContain('<details><summary>Diff</summary>');
    expect(out.startsWith('<!-- fix-auth-spec -->\n')).toBe(true);
  });

  it('has room for the files, however much people are to confirm', () => {
    const questions = Array.from({ length: 200 }, () => ({ text: '@# *_`'.repeat(60), covers: [] }));
    const result = { mode: 'check', questions, files: [], exitCode: 0 } as unknown as Result;
    const out = markdownReport(result);
    expect(out.length).toBeLessThan(17_000);
    expect(out).toMatch(/\n_… and \d+ more questions_\n$/);
  });

  it('never ticks what a run has not judged', async () => {
    for (const text of Object.values(situations)) {
      const tree = parse(await report(text, 'markdown'));
      const ticked = nodes<ListItem>(tree, 'listItem').filter(({ checked }) => checked);
      const { checks } = JSON.parse(await report(text, 'json')).files[0];
      expect(ticked).toHaveLength(checks.filter(({ holds }: { holds: boolean }) => holds).length);
    }
  });

  it.each(documents)('is the same each time and short enough on a document that is %s', async (_, text) => {
    const out = await report(text, 'markdown', '-U', '100000');
    expect(out).toBe(await report(text, 'markdown', '-U', '100000'));
    expect(out.length).toBeLessThan(MOST);
  });

  it('is cut where it would be too long, and says so', async () => {
    const long = swap(example, '## Environment', `${'A line that fills the report.\n'.repeat(5000)}\n## Environment`);
    const out = await report(long, 'markdown', '-U', '100000');
    expect(out.length).toBeLessThan(MOST);
    expect(out.length).toBeGreaterThan(MOST - 1000);
    expect(out).toMatch(/\n_… and \d+ more lines_\n\n<\/details>\n/);
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`${at}/${target}`, '# A\n']));
    const all = (await cli(folderWith(many), ['-r', 'markdown'])).out;
    expect(all.length).toBeLessThan(MOST);
    expect(all).toMatch(/_… \d+ more files not shown: too long_|_\d+ more files not shown: too long_/);
  });

  it('is never too long, whatever there is to say', () => {
    const words = fc.string({ unit: 'grapheme', maxLength: 3000 });
    const file = fc.record({
      path: words,
      patches: fc.array(fc.record({ id: words, title: words, state: fc.constant('pending'), message: words }), {
        maxLength: 30,
      }),
      messages: fc.array(fc.record({ level: fc.constantFrom('error', 'note'), code: words, text: words }), {
        maxLength: 9,
      }),
      checks: fc.array(fc.record({ claim: words, holds: fc.boolean(), evidence: fc.array(words) }), { maxLength: 9 }),
      judged: fc.constant('finished text'),
      declined: fc.constant([]),
      diff: fc.array(words, { maxLength: 60 }).map((lines) => lines.join('\n')),
    });
    fc.assert(
      fc.property(fc.array(file, { maxLength: 12 }), (files) => {
        const result = { mode: 'check', questions: [], files, exitCode: 1 } as unknown as Result;
        expect(markdownReport(result).length).toBeLessThan(MOST);
      }),
      { numRuns: 40, seed: 20261128 },
    );
  });

  it('calls nobody and links to no issue, whatever a heading says', async () => {
    const evil =
      '@octocat #123 GH-26 HTTPS://evil.example/x www.evil.example 0123456789abcdef <img src=x onerror=alert(1)> ![x](http://a.b/c.png) [y](http://a.b) `code` | cell';
    const text = swap(situations.refused, '## Prerequisite Work', `## Prerequisites ${evil}`);
    const out = (await report(text, 'markdown', '-c')).split('<details>')[0] as string;
    const tree = parse(out);
    expect(nodes(tree, 'image')).toEqual([]);
    expect(nodes(tree, 'link')).toEqual([]);
    for (const { value } of nodes<Extract<Nodes, { type: 'html' }>>(tree, 'html')) expect(value).toMatch(/^<!--.*-->$/);
    for (const { value } of nodes<Extract<Nodes, { type: 'text' }>>(tree, 'text'))
      expect(value).not.toMatch(/[@#]\w|GH-\d|:\/\/|www\.|[0-9a-f]{7}/);
  });
});

describe('several reports at once', () => {
  it('go each to its file, and one to standard output', async () => {
    const folder = folderWith({ [target]: beginning });
    const names = ['text', 'json', 'markdown', 'html', 'github', 'sarif'];
    const { code, out } = await cli(folder, [...names.flatMap((name) => ['-r', `${name}=out.${name}`]), '-r', 'json']);
    expect([code, JSON.parse(out).files.length]).toEqual([0, 1]);
    for (const name of names.slice(1))
      expect([name, readFileSync(join(folder, `out.${name}`), 'utf8')]).toEqual([name, await report(beginning, name)]);
  });

  it('cannot share standard output', async () => {
    const { code, err } = await cli(folderWith({ [target]: example }), ['-r', 'json', '-r', 'sarif']);
    expect([code, err]).toEqual([
      2,
      'error Expected one report on standard output, not `json` and `sarif`; give the others files, as in `-r sarif=FILE`\n',
    ]);
  });

  it('each have a file of their own', async () => {
    const { code, err } = await cli(folderWith({ [target]: example }), ['-r', 'json=o', '-r', 'html=o']);
    expect([code, err]).toEqual([2, 'error Expected a file of its own for each report, not `o` twice\n']);
  });

  it('say in files too what went wrong, but not over a spec', async () => {
    const folder = folderWith({ [target]: example, old: 'of an earlier run' });
    expect((await cli(folder, ['-r', 'json=old', '-p', 'none'])).code).toBe(2);
    expect(JSON.parse(readFileSync(join(folder, 'old'), 'utf8'))).toMatchObject({ exitCode: 2, files: [] });
    for (const argv of [
      ['-p', 'none'],
      [target, '-p', 'none'],
      [target, '--stdin-filepath', 'x'],
    ]) {
      expect((await cli(folder, ['-r', `json=${target}`, ...argv])).code).toBe(2);
      expect(readFileSync(join(folder, target), 'utf8')).toBe(example);
    }
    const fix = '**File**: `a.json`\n\n**Current**:\n\n```\n"port": 80\n```\n\n**New**:\n\n```\n"port": 8000\n```\n';
    const own = folderWith({ 'fix.md': fix, 'a.json': '"port": 80\n' });
    for (const report of ['json=a.json', 'json=fix.md'])
      for (const argv of [[], ['-p', 'none']])
        expect((await cli(own, ['--from', 'fix.md', '-r', report, ...argv])).code).toBe(2);
    expect(readFileSync(join(own, 'a.json'), 'utf8') + readFileSync(join(own, 'fix.md'), 'utf8')).toBe(
      `"port": 80\n${fix}`,
    );
  });

  it('give way to none: the text yields to any other', async () => {
    for (const name of ['json', 'markdown', 'html', 'github', 'sarif']) {
      const { out, err } = await cli(folderWith({ [target]: beginning }), ['-r', 'text', '-r', name]);
      expect([name, out.startsWith('---'), err]).toEqual([name, false, '']);
    }
  });

  it('say what is wrong with a command line too', async () => {
    for (const name of ['markdown', 'html', 'github', 'sarif', 'json']) {
      const { code, out } = await cli(folderWith(), ['-r', name, 'none.md']);
      expect([name, code, out.includes('Cannot find') && out.includes('none.md')]).toEqual([name, 2, true]);
    }
  });
});
