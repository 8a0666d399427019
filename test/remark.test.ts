import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Root } from 'mdast';
import { remark } from 'remark';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import remarkStringify from 'remark-stringify';
import { type Plugin, unified } from 'unified';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type CodeAction,
  createProtocolConnection,
  type Diagnostic,
  type PublishDiagnosticsParams,
  type TextEdit,
} from 'vscode-languageserver-protocol/node';
import { authSpec } from '../patches/index.js';
import type { Point } from '../src/document.js';
import defaultExport, { type Options, remarkFixAuthSpec } from '../src/remark.js';
import type { FileResult } from '../src/result.js';
import {
  cli,
  example,
  folderWith,
  ids,
  mustPatch,
  patchesOf,
  registry,
  root,
  skipOnWindows,
  swap,
  target,
} from './support.js';

const everyId = authSpec.patches.map(({ id }) => id);
const finished = mustPatch(example, ...everyId);
const drifted = swap(finished, 'Safe to ignore for now', 'Ignore it');
const refused = swap(example, '## Prerequisites\n', '## Prerequisits\n');
const crlf = (text: string) => text.replaceAll('\n', '\r\n');
const BOM = '\uFEFF';

/** The specs by the folders that hold them, each at its target there. */
const specsIn = (specs: Readonly<Record<string, string | Buffer>>) =>
  Object.fromEntries(Object.entries(specs).map(([name, text]) => [`${name}/${target}`, text]));

const moduleAt = (path: string) => JSON.stringify(pathToFileURL(join(root, path)).href);

/** A folder where remark runs the plugin as it is built, beside others that are told in words of JavaScript. */
const remarkFolder = (
  files: Readonly<Record<string, string | Buffer>>,
  { options = {}, before = '' }: { options?: Options; before?: string } = {},
) =>
  folderWith({
    ...files,
    '.remarkrc.mjs': `
      import remarkGfm from ${moduleAt('node_modules/remark-gfm/index.js')};
      import remarkFixAuthSpec from ${moduleAt('dist/src/remark.js')};
      export default { plugins: [remarkGfm, ${before}[remarkFixAuthSpec, ${JSON.stringify(options)}]] };
    `,
    'reporter.mjs': `
      export default (files) => JSON.stringify(files.map(({ history, messages }) => ({
        path: history[0],
        messages: messages.map(({ line, reason, ruleId, source, fatal }) =>
          ({ line, reason, ruleId, source, level: fatal ? 'error' : fatal === false ? 'warning' : 'note' })),
      })));
    `,
  });

interface Reported {
  readonly line?: number;
  readonly reason: string;
  readonly ruleId: string;
  readonly source: string;
  readonly level: string;
}

/** `remark` as users run it. */
function remarkCli(cwd: string, args: readonly string[], input = '') {
  const argv = [join(root, 'node_modules/remark-cli/cli.js'), '--report', './reporter.mjs', ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { cwd, input });
  const files = JSON.parse(stderr.toString()) as { path: string; messages: Reported[] }[];
  return {
    code: status,
    out: stdout.toString(),
    messages: Object.fromEntries(files.map(({ path, messages }) => [path, messages])),
  };
}

/** What the JSON report of the command line says, in the terms of remark. */
const reportedBy = ({ messages, patches }: FileResult): Reported[] => [
  ...messages.map(({ level, code, patch, line, text }) => ({
    ...(line !== undefined && { line }),
    reason: text,
    ruleId: patch ?? code,
    source: 'fix-auth-spec',
    level,
  })),
  ...patches
    .filter(({ state }) => state === 'pending')
    .map(({ id, title, message, start }) => ({
      ...(start && { line: start.line }),
      reason: `${title}: ${message}`,
      ruleId: id,
      source: 'fix-auth-spec',
      level: 'warning',
    })),
];

const read = (folder: string, path = target) => readFileSync(join(folder, path));

/** The text that the command line writes. */
async function written(text: string, ...argv: string[]): Promise<string> {
  const folder = folderWith({ [target]: text });
  expect((await cli(folder, ['--write', ...argv], registry)).code).toBe(0);
  return read(folder).toString();
}

type Message = Awaited<ReturnType<typeof inRemark>>['messages'][number];

/** A text as remark makes it in this process. */
const inRemark = (value: string | Uint8Array, options: Options = {}, path = target) =>
  remark().use(remarkGfm).use(remarkFixAuthSpec, options).process({ value, path, cwd: '/repo' });

const addRule: Plugin<[], Root> = () => (tree) => {
  tree.children.push({ type: 'thematicBreak' });
};

describe('in remark-cli', () => {
  it('reports the findings that the command line reports', async () => {
    const specs = {
      pending: example,
      finished,
      drifted,
      missing: refused,
      ambiguous: `${example}\n## Prerequisites\n\nAgain.\n`,
      hidden: `${refused}\n~~~\n## Prerequisites\n~~~\n`,
      untrue: finished.replaceAll('allow_credentials=True', 'allow_credentials=False'),
      bytes: Buffer.concat([Buffer.from(example), Buffer.from([0xff])]),
      utf16: Buffer.from(`${BOM}${example}`, 'utf16le'),
      cr: `${example}\rend\n`,
    };
    const folder = remarkFolder(specsIn(specs));
    const { code, messages } = remarkCli(folder, ['.']);
    expect(code).toBe(1);
    const { out } = await cli(folder, ['-r', 'json', ...Object.keys(specs)], registry);
    const files = (JSON.parse(out) as { files: FileResult[] }).files;
    expect(messages).toEqual(Object.fromEntries(files.map((file) => [file.path, reportedBy(file)])));
    const levels = Object.fromEntries(
      files.map(({ path }) => [path.split('/')[0], [...new Set(messages[path]?.map(({ level }) => level))]]),
    );
    expect(levels).toEqual({
      pending: ['warning'],
      finished: [],
      drifted: ['note'],
      missing: ['error', 'warning'],
      ambiguous: ['error', 'warning'],
      hidden: ['error', 'warning'],
      untrue: ['error'],
      bytes: ['error'],
      utf16: ['error'],
      cr: ['error'],
    });
  });

  it('writes with -o what --write writes, byte for byte, and the second time nothing else', async () => {
    const specs = {
      lf: example,
      crlf: crlf(example),
      bom: BOM + example,
      'bom-crlf': BOM + crlf(example),
      'no-final-newline': example.trimEnd(),
      mixed: swap(example, '## Overview\n', '## Overview\r\n'),
      // What remark-stringify would write in another way.
      styled: `${swap(example, '## Overview\n', 'Overview\n---   \n')}\n* a\n\n\n* __b__   \n\n| a|b |\n|-|-|\n`,
      replaced: swap(example, '## Overview\n', '## Overview \uFFFD\n'),
      finished,
      drifted,
    };
    const folder = remarkFolder(specsIn(specs));
    const own = folderWith(specsIn(specs));
    expect((await cli(own, ['--write', ...Object.keys(specs)], registry)).code).toBe(0);
    expect(remarkCli(folder, ['.', '-o']).code).toBe(0);
    const all = (where: string) => Object.keys(specsIn(specs)).map((path) => [path, read(where, path).toString()]);
    expect(all(folder)).toEqual(all(own));
    expect(read(folder, `lf/${target}`).toString()).toBe(finished);
    const { code, messages } = remarkCli(folder, ['.', '-o', '--frail']);
    expect([code, Object.values(messages).flat()]).toEqual([
      0,
      [expect.objectContaining({ ruleId: 'database-schema', level: 'note' })],
    ]);
    expect(all(folder)).toEqual(all(own));
  });

  it('leaves a refused spec alone, and says on which line', () => {
    const folder = remarkFolder({ [target]: refused });
    const { code, messages } = remarkCli(folder, ['.', '-o']);
    expect(code).toBe(1);
    const line = refused.split('\n').indexOf('## Prerequisits') + 1;
    expect(messages[target]?.filter(({ level }) => level === 'error')).toContainEqual({
      line,
      reason: `Cannot place \`cors-configuration\`: there is no heading “Prerequisites”; did you mean “Prerequisits” (line ${line})? Rename the heading back`,
      ruleId: 'cors-configuration',
      source: 'fix-auth-spec',
      level: 'error',
    });
    expect(read(folder).toString()).toBe(refused);
  });

  it('never writes what was no UTF-8 when remark read it', () => {
    const bytes = Buffer.concat([Buffer.from(example), Buffer.from([0xff])]);
    const folder = remarkFolder({ [target]: bytes });
    const { code, messages } = remarkCli(folder, ['.', '-o']);
    expect([code, messages[target]?.map(({ reason }) => reason)]).toEqual([
      1,
      [`Cannot use \`${target}\`: byte ${bytes.length - 1} is not valid UTF-8; save it as UTF-8`],
    ]);
    expect(read(folder)).toEqual(bytes);
  });

  it.skipIf(skipOnWindows('symbolic links'))('sees the same behind a symbolic link', () => {
    const bytes = Buffer.concat([Buffer.from(example), Buffer.from([0xff])]);
    const folder = remarkFolder({ 'real.md': bytes });
    mkdirSync(join(folder, 'specs/004-auth-integration'), { recursive: true });
    symlinkSync('../../real.md', join(folder, target));
    expect(remarkCli(folder, [target, '-o']).code).toBe(1);
    expect(read(folder, 'real.md')).toEqual(bytes);
  });

  it('leaves every other file to remark, in what it says and in what it writes', () => {
    const others = {
      'README.md': '* a\n* __b__\n\nTitle\n===\n',
      // The end of the name is not the name.
      [`my-${target}`]: example,
      'specs/004-auth-integration/spec.md/spec.md': example,
    };
    const files = { ...others, [`app/${target}`]: example };
    const [folder, plain] = [remarkFolder(files), remarkFolder(files)];
    writeFileSync(
      join(plain, '.remarkrc.mjs'),
      `export { default } from './rc.mjs'; import rc from './rc.mjs'; rc.plugins.pop();`,
    );
    writeFileSync(join(plain, 'rc.mjs'), read(folder, '.remarkrc.mjs'));
    const { messages } = remarkCli(folder, ['.', '-o']);
    remarkCli(plain, ['.', '-o']);
    for (const path of Object.keys(others)) {
      expect(messages[path]).toEqual([]);
      expect(read(folder, path)).toEqual(read(plain, path));
    }
    expect(read(plain, 'README.md').toString()).toBe('* a\n* **b**\n\n# Title\n');
    expect(read(plain, `app/${target}`).toString()).not.toBe(example);
    expect(read(folder, `app/${target}`).toString()).toBe(finished);
  });

  it('finds the spec from inside its folder, and on standard input by its name', () => {
    const folder = remarkFolder({ [target]: example });
    const inside = join(folder, 'specs/004-auth-integration');
    writeFileSync(join(inside, 'reporter.mjs'), read(folder, 'reporter.mjs'));
    const named = remarkCli(inside, ['spec.md']);
    expect([named.messages['spec.md']?.map(({ ruleId }) => ruleId), named.out]).toEqual([everyId, finished]);
    const piped = remarkCli(folder, ['--file-path', target], BOM + crlf(example));
    expect([piped.messages[target]?.map(({ ruleId }) => ruleId), piped.out]).toEqual([everyId, BOM + crlf(finished)]);
  });

  it('writes nothing when another plugin changed the tree', () => {
    const addRuleInWords = `() => (tree) => { tree.children.push({ type: 'thematicBreak' }); }, `;
    const folder = remarkFolder({ [target]: example, 'README.md': 'a\n' }, { before: addRuleInWords });
    const { code, messages } = remarkCli(folder, ['.', '-o']);
    expect(code).toBe(1);
    expect(messages[target]?.filter(({ level }) => level === 'error')).toEqual([
      {
        reason: `Cannot keep the bytes of \`${target}\`: another plugin changed the tree, and would lose that change; run the two one after the other`,
        ruleId: 'tree-changed',
        source: 'fix-auth-spec',
        level: 'error',
      },
    ]);
    expect(read(folder).toString()).toBe(example);
    expect(read(folder, 'README.md').toString()).toBe('a\n\n***\n');
    // Where nothing is written, nothing is lost.
    expect(remarkCli(folder, [target, '--no-stdout']).code).toBe(0);
  });

  it('says which option is wrong', () => {
    const folder = remarkFolder({ [target]: example }, { options: { patch: ['flow-diagramm'] } });
    expect(remarkCli(folder, ['.', '-o'])).toEqual({
      code: 1,
      out: '',
      messages: { [target]: [expect.objectContaining({ level: 'error', reason: 'Cannot process file' })] },
    });
    expect(read(folder).toString()).toBe(example);
  });
});

describe('in a processor', () => {
  it('is the default export as well', () => {
    expect(defaultExport).toBe(remarkFixAuthSpec);
  });

  it.each([
    ['a text', (text: string) => text],
    ['bytes', (text: string) => Buffer.from(text)],
    ['bytes of no Buffer', (text: string) => new TextEncoder().encode(text)],
  ])('takes %s and keeps its BOM, synchronously', (_, as) => {
    const { value } = remark()
      .use(remarkFixAuthSpec)
      .processSync({ value: as(BOM + crlf(example)), path: target, cwd: '/repo' });
    expect(value).toBe(BOM + crlf(finished));
  });

  it('takes the patches and ids that it is given', async () => {
    expect(String(await inRemark(example, { patch: ['database-schema'] }))).toBe(
      await written(example, '-p', 'database-schema'),
    );
    expect(String(await inRemark(example, { patch: [] }))).toBe(example);
    const overwritten = await inRemark(drifted, { overwrite: ['database-schema'] });
    expect(String(overwritten)).toBe(finished);
    expect(overwritten.messages.map(({ ruleId, fatal }) => [ruleId, fatal])).toEqual([['database-schema', false]]);
    const patches = { target: 'docs/auth.md', patches: authSpec.patches };
    expect(String(await inRemark(example, { patches }, 'docs/auth.md'))).toBe(finished);
    expect((await inRemark(example, { patches })).messages).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['patch', { patch: ['x'] }, `Cannot find a patch \`x\`; the patches are ${everyId.join(', ')}`],
    ['patch to overwrite', { overwrite: ['x'] }, `Cannot find a patch \`x\`; the patches are ${everyId.join(', ')}`],
    ['option', { patchs: [] }, 'Cannot find an option `patchs`; the options are patches, patch, overwrite'],
    ['kind of list', { patch: 'flow-diagram' }, 'Expected a list of ids as `patch`, not "flow-diagram"'],
    [
      'choice',
      { patch: ['flow-diagram'], overwrite: ['database-schema'] },
      'Cannot overwrite `database-schema`: `patch` leaves it out',
    ],
  ])('refuses a wrong %s', (_, options, message) => {
    expect(() => remark().use(remarkFixAuthSpec, options).freeze()).toThrow(new Error(message));
  });

  it('says the same wherever it stands among the plugins', async () => {
    const rename: Plugin = () => (_, file) => {
      file.path = 'elsewhere.md';
    };
    const empty: Plugin<[], Root> = () => (tree) => {
      tree.children = [];
    };
    const messages: Partial<Message>[][] = [];
    const listen: Plugin = () => (_, file) => {
      messages.push(file.messages.map(({ place, reason, ruleId, expected }) => ({ place, reason, ruleId, expected })));
    };
    for (const plugins of [
      [remarkFixAuthSpec],
      [rename, empty, remarkFixAuthSpec],
      [remarkFixAuthSpec, rename, empty],
    ]) {
      const processor = remark().use([...plugins, listen]);
      await processor.run(processor.parse(example), { value: example, path: target, cwd: '/repo' });
    }
    expect(messages[0]?.map(({ ruleId }) => ruleId)).toEqual(everyId);
    expect([messages[1], messages[2]]).toEqual([messages[0], messages[0]]);
  });

  it('keeps the bytes whatever compiles Markdown, and whenever that was set', async () => {
    const processor = unified().use(remarkParse).use(remarkFixAuthSpec).use(remarkStringify, { bullet: '+' }).freeze();
    const compiled = async (path: string) => String(await processor.process({ value: example, path, cwd: '/repo' }));
    expect(await compiled('a.md')).toContain('+ \\[ ]');
    // One processor for many files.
    expect(await compiled(target)).toBe(finished);
    const { compiler } = processor;
    expect(await compiled(`a/${target}`)).toBe(finished);
    expect(processor.compiler).toBe(compiler);
    expect(await compiled('a.md')).toContain('+ \\[ ]');
  });

  it('lets plugins note on the tree what is not written', async () => {
    const note: Plugin<[], Root> = () => (tree, file) => {
      file.value = 'noted';
      for (const node of tree.children) {
        node.data = { ...node.data };
        delete node.position;
      }
    };
    const file = await remark()
      .use(remarkGfm)
      .use(remarkFixAuthSpec)
      .use(note)
      .process({ value: example, path: target });
    expect(String(file)).toBe(finished);
  });

  it.each(['before', 'behind'])('fails where a plugin %s it changed the tree', async (where) => {
    const processor =
      where === 'before' ? remark().use(addRule).use(remarkFixAuthSpec) : remark().use(remarkFixAuthSpec).use(addRule);
    await expect(processor.process({ value: finished, path: target, cwd: '/repo' })).rejects.toMatchObject({
      ruleId: 'tree-changed',
      fatal: true,
    });
    expect(String(await processor.process({ value: 'a\n', path: 'a.md' }))).toBe('a\n\n***\n');
  });

  it('takes a U+FFFD for what it is where the text is not what the file holds', async () => {
    const cwd = folderWith({ [target]: Buffer.concat([Buffer.from(example), Buffer.from([0xff])]) });
    const marked = (text: string) => swap(text, '## Overview\n', '## Overview \uFFFD\n');
    const file = await remark()
      .use(remarkFixAuthSpec)
      .process({ value: marked(example), path: target, cwd });
    expect(String(file)).toBe(marked(finished));
  });

  it('gives a refused text and refused bytes back', async () => {
    const invalid = Buffer.concat([Buffer.from(example), Buffer.from([0xff])]);
    for (const value of [refused, crlf(refused), invalid]) {
      const file = await inRemark(value);
      expect([file.value, file.messages.some(({ fatal }) => fatal)]).toEqual([value, true]);
    }
  });

  it('shows the whole of what is meant, the evidence and the reason', async () => {
    const untrue = finished.replaceAll('allow_credentials=True', 'allow_credentials=False');
    const [claim] = (await inRemark(untrue)).messages;
    const at = (text: string, line: string) => text.split('\n').indexOf(line) + 1;
    const heading = at(untrue, '### Backend CORS Configuration (Required)');
    expect(claim).toMatchObject({ fatal: true, ruleId: 'cors-configuration', line: heading });
    expect(claim?.place).toEqual({
      start: expect.objectContaining({ line: heading, column: 1 }),
      end: expect.objectContaining({ line: at(untrue, '## Database Schema') - 2 }),
    });
    expect(claim?.note).toMatch(/^CORS configuration section included with `allow_credentials=True`\n {2}line \d+/);

    const twice = `${example}\n  ## Prerequisites \n\nAgain.\n`;
    const [ambiguous] = (await inRemark(twice)).messages;
    const first = at(twice, '## Prerequisites');
    expect([ambiguous?.fatal, ambiguous?.place]).toEqual([
      true,
      { start: { line: first, column: 1 }, end: expect.anything() },
    ]);

    const indented = swap(refused, '## Prerequisits', '  ## Prerequisits ');
    const renamed = (await inRemark(indented)).messages.find(({ ruleId }) => ruleId === 'cors-configuration');
    const line = at(refused, '## Prerequisits');
    expect(renamed?.place).toEqual({ start: { line, column: 3 }, end: { line, column: 18 } });

    const [pending] = (
      await inRemark(example, {
        patches: { target, patches: [{ ...authSpec.patches[0], why: 'Because.' }] },
      })
    ).messages;
    expect([pending?.note, pending?.fatal]).toEqual(['Because.', false]);
  });

  it.each([
    ['meet at one place', example],
    ['stand beside refused ones', refused],
    ['go behind a line that opens with a BOM', `${BOM}## Prerequisites`],
    ['are brought back', drifted],
    ['meet what another has put there', mustPatch(example, 'jwt-verification', 'flow-diagram')],
  ])('offers the edits that each patch alone would make, where they %s', async (_, text) => {
    const overwrite = ['database-schema'];
    const alone: Record<string, string> = {};
    for (const id of ids) {
      const folder = folderWith({ [target]: text });
      await cli(folder, ['-w', '-p', id, ...(overwrite.includes(id) ? ['--overwrite', id] : [])], registry);
      if (read(folder).toString() !== text) alone[id] = read(folder).toString();
    }
    expect(Object.keys(alone)).not.toEqual([]);
    const { messages } = await inRemark(text, { patch: ids, overwrite });
    const offered = messages.flatMap(({ ruleId, place, actual, expected = [] }) => {
      if (!place || !('end' in place) || expected.length === 0) return [];
      const offset = ({ line, column }: Pick<Point, 'line' | 'column'>) =>
        offsetAt(text, { line: line - 1, character: column - 1 });
      const [start, end] = [offset(place.start), offset(place.end)];
      expect([actual, expected.length]).toEqual([text.slice(start, end), 1]);
      return [[ruleId, text.slice(0, start) + expected[0] + text.slice(end)]];
    });
    expect(Object.fromEntries(offered)).toEqual(alone);
  });

  it('gives a terminal nothing to act on', async () => {
    const hostile = swap(refused, '## Prerequisits\n', '## Prerequisit\u001B[31m\u202Es\n');
    const { messages } = await inRemark(hostile);
    expect(messages.map(({ reason }) => reason).join('\n')).toContain('\\u{1b}[31m\\u{202e}');
    expect(messages.filter(({ reason, note }) => /[\u001B\u202E]/.test(`${reason}${note}`))).toEqual([]);
  });

  it('names the code of somebody else that throws', async () => {
    const judge = () => {
      throw new TypeError('unforeseen');
    };
    const [patch] = authSpec.patches;
    await expect(
      inRemark(example, { patches: { target, patches: [{ ...patch, checks: [{ claim: 'any', judge }] }] } }),
    ).rejects.toThrow('Expected the judge of “any” of the patch `flow-diagram` to answer, but it threw: unforeseen');
  });
});

describe('in a language server', () => {
  it('shows the findings where they are, and mends them one by one or all at once', async () => {
    const specs = { lf: example, crlf: crlf(example), bom: BOM + example, refused };
    const folder = remarkFolder(specsIn(specs), { options: { patch: ids } });
    const editor = await openEditor(folder);

    const uri = (name: string) => pathToFileURL(join(folder, name, target)).href;
    const said = (id: string, what: string) => {
      const { title = '', why = '' } = patchesOf(id)[0] ?? {};
      return `${title}: ${what}\n${why}`;
    };
    const insertion = { start: { line: 65, character: 69 }, end: { line: 65, character: 69 } };
    const shown = await editor.open(uri('lf'), example);
    expect(
      shown.map(({ range, severity, code, source, message }) => ({ range, severity, code, source, message })),
    ).toEqual([
      {
        range: { start: { line: 7, character: 0 }, end: { line: 32, character: 3 } },
        severity: 2,
        code: 'flow-diagram',
        source: 'fix-auth-spec',
        message: said('flow-diagram', 'replaces the block on lines 8-33'),
      },
      ...['database-schema', 'jwt-verification', 'cors-configuration'].map((code) => ({
        range: insertion,
        severity: 2,
        code,
        source: 'fix-auth-spec',
        message: said(
          code,
          `goes after line 66, ${code === 'cors-configuration' ? 'the end of' : 'behind'} “Prerequisites”`,
        ),
      })),
    ]);

    for (const name of ['lf', 'crlf', 'bom'] as const) {
      const text = specs[name];
      const diagnostics = name === 'lf' ? shown : await editor.open(uri(name), text);
      for (const diagnostic of diagnostics) {
        const [action, ...others] = await editor.actions(uri(name), [diagnostic]);
        const edits = action?.edit?.changes?.[uri(name)] ?? [];
        expect([others, action?.kind, edits.length]).toEqual([[], 'quickfix', 1]);
        expect(edited(text, edits)).toBe(mustPatch(text, String(diagnostic.code)));
      }
      const whole = await editor.format(uri(name));
      expect(edited(text, whole)).toBe(mustPatch(text));
    }

    let text = example;
    for (let left = shown, done = 0; left.length > 0; done += 1) {
      expect(left.length).toBe(ids.length - done);
      const [action] = await editor.actions(uri('lf'), left.slice(-1));
      text = edited(text, action?.edit?.changes?.[uri('lf')] ?? []);
      left = await editor.change(uri('lf'), text);
    }
    expect(text).toBe(mustPatch(example));

    const line = refused.split('\n').indexOf('## Prerequisits');
    const errors = (await editor.open(uri('refused'), refused)).filter(({ severity }) => severity === 1);
    expect(errors.find(({ code }) => code === 'cors-configuration')?.range).toEqual({
      start: { line, character: 0 },
      end: { line, character: 15 },
    });
    expect(await editor.format(uri('refused'))).toEqual([]);
  });
});

/** An editor on a folder, with the language server that remark-language-server is. */
async function openEditor(folder: string) {
  writeFileSync(
    join(folder, 'server.mjs'),
    `
    import { remark } from ${moduleAt('node_modules/remark/index.js')};
    import { createUnifiedLanguageServer } from ${moduleAt('node_modules/unified-language-server/index.js')};
    createUnifiedLanguageServer({
      ignoreName: '.remarkignore',
      packageField: 'remarkConfig',
      pluginPrefix: 'remark',
      rcName: '.remarkrc',
      processorName: 'remark',
      processorSpecifier: 'remark',
      defaultProcessor: remark,
      configurationSection: 'remark',
    });
    `,
  );
  const server = spawn(process.execPath, ['server.mjs', '--stdio'], { cwd: folder });
  const connection = createProtocolConnection(server.stdout, server.stdin);
  onTestFinished(() => {
    connection.dispose();
    server.kill();
  });

  const waiting = new Map<string, (diagnostics: Diagnostic[]) => void>();
  connection.onNotification('textDocument/publishDiagnostics', (shown: PublishDiagnosticsParams) => {
    waiting.get(`${shown.uri} ${shown.version}`)?.(shown.diagnostics);
  });
  connection.listen();
  const workspace = { uri: pathToFileURL(folder).href, name: 'project' };
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: {},
    workspaceFolders: [workspace],
  });
  await connection.sendNotification('initialized', {});

  let version = 0;
  const told = async (method: string, uri: string, params: object): Promise<Diagnostic[]> => {
    const shown = new Promise<Diagnostic[]>((resolve) => waiting.set(`${uri} ${version}`, resolve));
    await connection.sendNotification(method, params);
    return shown;
  };
  return {
    open: (uri: string, text: string) =>
      told('textDocument/didOpen', uri, { textDocument: { uri, languageId: 'markdown', version: ++version, text } }),
    change: (uri: string, text: string) =>
      told('textDocument/didChange', uri, { textDocument: { uri, version: ++version }, contentChanges: [{ text }] }),
    actions: (uri: string, diagnostics: Diagnostic[]) =>
      connection.sendRequest<CodeAction[]>('textDocument/codeAction', {
        textDocument: { uri },
        range: diagnostics[0]?.range,
        context: { diagnostics },
      }),
    format: async (uri: string) =>
      (await connection.sendRequest<TextEdit[] | null>('textDocument/formatting', {
        textDocument: { uri },
        options: { tabSize: 2, insertSpaces: true },
      })) ?? [],
  };
}

/** A text with the only edit made. */
function edited(text: string, [edit]: readonly TextEdit[]): string {
  if (!edit) return text;
  const { start, end } = edit.range;
  return text.slice(0, offsetAt(text, start)) + edit.newText + text.slice(offsetAt(text, end));
}

/** Lines and characters count from 0. */
function offsetAt(text: string, { line, character }: { line: number; character: number }): number {
  return text.split('\n').slice(0, line).join('\n').length + (line > 0 ? 1 : 0) + character;
}
