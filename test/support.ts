import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { authSpec } from '../patches/index.js';
import { main } from '../src/cli.js';
import { engineSet } from '../src/define.js';
import { type Document, readDocument } from '../src/document.js';
import type { Patch } from '../src/patch.js';
import { isRefused, type Plan, plan } from '../src/plan.js';
import type { Template } from '../src/template.js';
import { type Judged, judge, verify } from '../src/verify.js';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const shared = join(root, '..', 'shared');
export const target = authSpec.target;

/** The registry as the engine takes it. */
export const registry = engineSet(authSpec);

/** The patches of spec 005, by which most tests are worded. Whatever else the registry holds is tested table by table. */
export const ids = ['flow-diagram', 'database-schema', 'jwt-verification', 'cors-configuration'];

/** The example as committed: the wrong drawing, none of the three sections. */
export const example = readFileSync(join(root, 'examples/todo-app', target), 'utf8');

/** Its beginning: all that the patches are about, for tests that run it dozens of times. */
export const beginning = example.slice(0, example.indexOf('### Frontend\n'));

export function patchesOf(...chosen: string[]): Patch[] {
  return registry.patches.filter(({ id }) => (chosen.length > 0 ? chosen : ids).includes(id));
}

/** The document of a text. It never changes, and many tests ask about the same few, so the latest are kept. */
export function read(text: string): Document {
  const document = documents.get(text) ?? readDocument('spec.md', text);
  keep(document);
  return document;
}

const documents = new Map<string, Document>();
function keep(document: Document): void {
  documents.delete(document.text);
  documents.set(document.text, document);
  for (const [oldest] of documents) if (documents.size > 300) documents.delete(oldest);
}

export function planOf(text: string, ...chosen: string[]): Plan {
  return plan(read(text), patchesOf(...chosen));
}

/** What a patch of the registry brings in. */
export function templateIn({ change }: Pick<Patch, 'change'>): Template {
  if (!('template' in change) || !change.template) throw new Error(`Expected a template, not \`${change.kind}\``);
  return change.template;
}

/** The states of the patches, in the order of the set. */
export function statesOf(text: string, ...chosen: string[]): string[] {
  return planOf(text, ...chosen).entries.map(({ status }) => status.state);
}

/** The finished text, or undefined when the file is refused: the same for the same words, so each is worked out once. */
export function patched(text: string, ...chosen: string[]): string | undefined {
  const document = read(text);
  const known = patchings.get(document) ?? new Map<string, string | undefined>();
  patchings.set(document, known);
  const words = chosen.join();
  if (!known.has(words)) known.set(words, finishedText(planOf(text, ...chosen)));
  return known.get(words);
}

const patchings = new WeakMap<Document, Map<string, string | undefined>>();
function finishedText(planned: Plan): string | undefined {
  if (planned.entries.some(({ status }) => isRefused(status))) return undefined;
  const { after, findings } = verify(planned);
  keep(after);
  return findings.length > 0 ? undefined : planned.text;
}

/** The finished text of a document that must not be refused. */
export function mustPatch(text: string, ...chosen: string[]): string {
  const done = patched(text, ...chosen);
  if (done === undefined) throw new Error(`Expected a document that can be patched: ${statesOf(text, ...chosen)}`);
  return done;
}

export function claimsOf(text: string): Judged[] {
  return judge(read(text), patchesOf());
}

/** The numbers, 1 to 9, of the claims that fail. */
export function failing(text: string): number[] {
  return claimsOf(text).flatMap(({ holds }, index) => (holds ? [] : [index + 1]));
}

/** `text` with one part replaced; an error when the part is not there exactly once. */
export function swap(text: string, part: string, by: string): string {
  const pieces = text.split(part);
  if (pieces.length !== 2) throw new Error(`Expected “${part}” once, found it ${pieces.length - 1} times`);
  return pieces.join(by);
}

/** The example with every patch applied. */
export const finished = mustPatch(example);

/** The states in which a spec is met: as it was, mended in part and in other words, without a place for one patch, done. */
export const situations = {
  untouched: example,
  'half-fixed': swap(mustPatch(example, 'flow-diagram', 'database-schema'), 'Safe to ignore for now', 'Ignore it'),
  refused: swap(example, '## Prerequisites\n', '## Prerequisite Work\n'),
  finished,
} as const;

export function permutations<T>(values: readonly T[]): T[][] {
  if (values.length === 0) return [[]];
  return values.flatMap((value, at) => permutations(values.toSpliced(at, 1)).map((rest) => [value, ...rest]));
}

export function subsets<T>(values: readonly T[]): T[][] {
  return Array.from({ length: 2 ** values.length }, (_, chosen) =>
    values.filter((_value, at) => (chosen >> at) % 2 === 1),
  );
}

/** A new folder with these files, removed after the test. */
export function folderWith(files: Readonly<Record<string, string | Buffer>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'fix-auth-spec-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Setting {
  readonly stdin?: string | Buffer;
  readonly env?: Record<string, string>;
  readonly isTerminal?: boolean;
  readonly columns?: number;
  /** Lines of standard input, for questions. */
  readonly answers?: readonly string[];
  readonly patches?: readonly Patch[];
}

/** The command line in this process. */
export async function cli(
  cwd: string,
  argv: readonly string[],
  { stdin = '', env = {}, isTerminal = false, columns, answers = [], patches = patchesOf() }: Setting = {},
): Promise<Ran> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const left = [...answers];
  const code = await main(argv, async () => ({ builtIn: () => ({ ...registry, patches }) }), {
    cwd,
    env,
    stdin: async () => Buffer.from(stdin),
    ask: async (question) => {
      err.push(Buffer.from(question));
      return left.shift();
    },
    stdout: { isTerminal, columns, write: (data) => out.push(Buffer.from(data)) },
    stderr: { isTerminal, columns, write: (data) => err.push(Buffer.from(data)) },
  });
  return { code, out: Buffer.concat(out).toString('utf8'), err: Buffer.concat(err).toString('utf8') };
}

/** Skips tests aloud where what they need is not there: a line on standard error says what is not tested here. */
export function skipUnless(isPossible: boolean, what: string): boolean {
  if (!isPossible) process.stderr.write(`skipped: ${what}\n`);
  return !isPossible;
}

export function skipWithout(path: string): boolean {
  return skipUnless(existsSync(path), `${path.slice(path.lastIndexOf('shared'))} is not there`);
}

/** Skips on Windows, which lacks what the tests need. */
export function skipOnWindows(lacking: string): boolean {
  return skipUnless(process.platform !== 'win32', `Windows has no ${lacking} as these tests need them`);
}
