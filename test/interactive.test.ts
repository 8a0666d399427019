import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  beginning,
  cli,
  example,
  finished,
  folderWith,
  mustPatch,
  root,
  situations,
  skipOnWindows,
  target,
} from './support.js';

// In the order of the document, which is not that of the set.
const order = ['flow-diagram', 'cors-configuration', 'database-schema', 'jwt-verification'];
const read = (folder: string, path = target) => readFileSync(join(folder, path), 'utf8');
const ask = async (
  answers: readonly string[],
  files: Record<string, string> = { [target]: example },
  ...argv: string[]
) => {
  const folder = folderWith(files);
  return { folder, ...(await cli(folder, ['-w', '-i', ...argv], { answers })) };
};
const questionsIn = (err: string) =>
  [...err.matchAll(/^([\w-]+): .*\n\((\d\/\d)\) Apply this\?/gm)].map(([, id, at]) => [id, at]);

describe('--interactive', () => {
  it('asks for each patch in the order of the document, and shows what it changes', async () => {
    const { code, out, err, folder } = await ask(['y', 'y', 'y', 'y']);
    expect([code, read(folder)]).toEqual([0, finished]);
    expect(questionsIn(err)).toEqual(order.map((id, at) => [id, `${at + 1}/4`]));
    expect(out).toBe((await cli(folderWith({ [target]: example }), [])).out);
    const shown = err.split(/^\(\d\/\d\).*\[y,n,a,q,\?\] /m);
    expect(shown[0]).toMatch(
      /^specs\/004-auth-integration\/spec\.md\n\n@@ -11,25 \+11,23 @@\n[\s\S]*\+.*3\. Create JWT/,
    );
    expect(shown[1]).toMatch(/^\n@@ -64,6 \+64,35 @@\n[\s\S]*\+### Backend CORS Configuration \(Required\)/);
  });

  it('does what is chosen and nothing else, whatever is chosen', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('y', 'n', 'a', 'q', '?', '', 'Yes', 'NO', 'x'), { maxLength: 9 }),
        async (answers) => {
          const chosen: string[] = [];
          const left = [...order];
          for (const answer of answers) {
            if (left.length === 0) break;
            const key = { yes: 'y', no: 'n' }[answer.toLowerCase()] ?? answer;
            if (key === 'y') chosen.push(left.shift() as string);
            if (key === 'n') left.shift();
            if (key === 'a') chosen.push(...left.splice(0));
            if (key === 'q') left.splice(0);
          }
          const { code, folder, err } = await ask(answers, { [target]: beginning });
          expect([code, read(folder)]).toEqual([0, chosen.length === 0 ? beginning : mustPatch(beginning, ...chosen)]);
          for (const id of order) expect(err.includes(`left out  ${id}`)).toBe(!chosen.includes(id));
        },
      ),
      { numRuns: 25, seed: 20261128 },
    );
  });

  it('says after a partial choice what is still false, and judges the rest', async () => {
    const { code, err, folder } = await ask(
      ['y', 'n', 'y', 'n'],
      undefined,
      '-r',
      'json=report.json',
      '-r',
      'html=report.html',
    );
    expect(code).toBe(0);
    expect(err).toContain('Claims on the finished text: all 7 hold');
    expect(err).toMatch(
      /Still false, for what was left out:\n {2}✗ CORS configuration section included[^\n]*\n {2}✗ Backend JWT verification code example included\n|Still false, for what was left out:\n {2}✗ Backend JWT verification code example included\n {2}✗ CORS configuration section included/,
    );
    const [file] = JSON.parse(read(folder, 'report.json')).files;
    expect(
      file.declined.map(({ patch, stillFalse }: { patch: string; stillFalse: unknown[] }) => [
        patch,
        stillFalse.length,
      ]),
    ).toEqual([
      ['jwt-verification', 1],
      ['cors-configuration', 1],
    ]);
    expect(file.checks).toHaveLength(7);
    expect(read(folder, 'report.html')).toContain('Still false, for what was left out');
    expect(err.endsWith(`Wrote 2 changes to ${target}.\n`)).toBe(true);
  });

  it('takes the end of the answers for q, and writes nothing when nothing is chosen', async () => {
    const { code, folder, out, err } = await ask(['?']);
    expect([code, read(folder), out]).toEqual([0, example, '']);
    expect(err).toContain('a - apply this and all that follow in this file\n');
    expect(err).toContain('Nothing to do.\n');
    expect(readdirSync(join(folder, dirname(target)))).toEqual(['spec.md']);
  });

  it('goes through several files: a is for one, q for all, and refused ones are told', async () => {
    const files = { 'a.md': example, 'b.md': situations.refused, 'c.md': situations['half-fixed'], 'd.md': example };
    const { code, folder, err } = await ask(['n', 'a', 'y', 'q'], files, 'a.md', 'b.md', 'c.md', 'd.md');
    expect(code).toBe(3);
    expect(read(folder, 'a.md')).toBe(mustPatch(example, ...order.slice(1)));
    expect(read(folder, 'b.md')).toBe(situations.refused);
    expect(read(folder, 'c.md')).toBe(mustPatch(situations['half-fixed'], 'cors-configuration'));
    expect(read(folder, 'd.md')).toBe(example);
    expect(questionsIn(err)).toHaveLength(4);
  });

  it('asks nothing where nothing is to be done', async () => {
    const { code, err } = await ask([], { [target]: finished });
    expect([code, questionsIn(err)]).toEqual([0, []]);
  });

  it('asks for what --overwrite brings back', async () => {
    const drifted = { [target]: finished.replace('Safe to ignore for now', 'Ignore it') };
    const argv = ['--overwrite', 'database-schema'];
    expect(read((await ask(['y'], drifted, ...argv)).folder)).toBe(finished);
    expect(read((await ask(['n'], drifted, ...argv)).folder)).toBe(drifted[target]);
  });

  it('chooses among the changes of a fix spec', async () => {
    const fix = `### Change 1\n\n**File**: \`a.md\`\n\n**Before**:\n\n\`\`\`\none\n\`\`\`\n\n**After**:\n\n\`\`\`\nONE\n\`\`\`\n\n### Change 2\n\n**File**: \`a.md\`\n\n**Before**:\n\n\`\`\`\ntwo\n\`\`\`\n\n**After**:\n\n\`\`\`\nTWO\n\`\`\`\n`;
    const { folder } = await ask(['n', 'y'], { 'fix.md': fix, 'a.md': 'one\n\ntwo\n' }, '--from', 'fix.md', 'a.md');
    expect(read(folder, 'a.md')).toBe('one\n\nTWO\n');
  });

  it('asks at once for a change and what goes into its text', async () => {
    const fix = [
      '**File**: `a.md`',
      '### Change 1',
      '**Current**:\n\n```\nThe end is near.\n```\n\n**New**:\n\n```\nThe end is near.\n\nOr it is not that near.\n```',
      '### Change 2',
      '**Location**: after "Or it is not that near."\n\n**Add**:\n\n```\nNobody knows when it comes.\n```\n',
    ].join('\n\n');
    const files = { 'fix.md': fix, 'a.md': 'One.\n\nThe end is near.\n' };
    const both = await ask(['y'], files, '--from', 'fix.md');
    expect(both.err).toMatch(/^change-1: .*\nchange-2: .*\n\(1\/1\) Apply this\?/m);
    expect(read(both.folder, 'a.md')).toBe(
      'One.\n\nThe end is near.\n\nOr it is not that near.\n\nNobody knows when it comes.\n',
    );
    const none = await ask(['n'], files, '--from', 'fix.md');
    expect([none.code, read(none.folder, 'a.md')]).toEqual([0, files['a.md']]);
    expect(none.err).toContain('left out  change-1\n  left out  change-2\n');
  });

  it.each([
    [['-i'], 'Expected `--write` beside `--interactive`: without it there is nothing to choose'],
    [['-i', '-c'], 'Expected `--write` beside `--interactive`: without it there is nothing to choose'],
    [['-i', '-w', '-'], 'Expected no `-` beside `--interactive`: the answers come from standard input'],
  ])('is wrong usage as %j', async (argv, said) => {
    const folder = folderWith({ [target]: example });
    expect(await cli(folder, argv, { answers: ['y', 'y', 'y', 'y'] })).toEqual({
      code: 2,
      out: '',
      err: `error ${said}\n`,
    });
    expect(read(folder)).toBe(example);
  });
});

describe('--interactive in a process', () => {
  const bin = join(root, 'bin/fix-auth-spec.cjs');

  it('takes its answers from a pipe', () => {
    const folder = folderWith({ [target]: example });
    const { status, stderr } = spawnSync(process.execPath, [bin, '-w', '-i'], { cwd: folder, input: 'y\nn\nq' });
    expect([status, read(folder)]).toEqual([0, mustPatch(example, 'flow-diagram')]);
    expect(stderr.toString()).toContain('(1/4) Apply this? [y,n,a,q,?] y\n');
  });

  it.skipIf(skipOnWindows('signals'))('leaves everything as it was on Ctrl-C, also what was agreed to', async () => {
    const folder = folderWith({ 'a.md': example, 'b.md': example });
    const child = spawn(process.execPath, [bin, '-w', '-i', 'a.md', 'b.md'], { cwd: folder });
    let said = '';
    child.stdin.write('a\n');
    child.stderr.on('data', (data) => {
      said += data;
      // The first question on the second file.
      if (/b\.md\n[\s\S]*\(1\/4\) Apply this\?/.test(said)) child.kill('SIGINT');
    });
    const code = await new Promise((resolve) => child.on('exit', resolve));
    expect([code, read(folder, 'a.md'), read(folder, 'b.md')]).toEqual([130, example, example]);
    expect(readdirSync(folder).toSorted()).toEqual(['a.md', 'b.md']);
  });

  it('does not write over what somebody else has written meanwhile', async () => {
    const folder = folderWith({ [target]: example });
    const child = spawn(process.execPath, [bin, '-w', '-i'], { cwd: folder });
    let said = '';
    child.stderr.on('data', (data) => {
      said += data;
      if (!said.includes('(1/4)') || child.stdin.writableEnded) return;
      writeFileSync(join(folder, target), `${example}\nMore.\n`);
      child.stdin.end('a\n');
    });
    const code = await new Promise((resolve) => child.on('exit', resolve));
    expect([code, read(folder)]).toEqual([4, `${example}\nMore.\n`]);
    expect(said).toContain('it was changed while it was being patched; run again');
  });
});
