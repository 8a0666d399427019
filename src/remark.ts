import { resolve, sep } from 'node:path';
import type { Root } from 'mdast';
import type { Compiler, Plugin, Processor, Transformer } from 'unified';
import { type PatchOptions, settingsOf } from './api.js';
import { pointAt, type Span } from './document.js';
import { decode, MAX_SIZE, readUpTo } from './file.js';
import { inertLine } from './report/terminal.js';
import type { FileResult, Message, PatchResult } from './result.js';
import { patchText, type Settings, unusable } from './run.js';
import { followed, shownPath } from './targets.js';

/** What is patched. Files that do not stand at the target of the patches are left to remark. */
export type Options = Omit<PatchOptions, 'context'>;

/**
 * A remark plugin that reports on a spec what the command line reports, and compiles it to the text that `--write` writes:
 * outside of the patches every byte is the one that was read, whatever remark-stringify would make of it. An error is a fatal
 * message, by which unified-engine leaves the file alone. A change that is pending is a warning; to put the `expected` text where
 * `place` is makes that change, and no other.
 *
 * @throws Error for options or ids that there are not
 */
export const remarkFixAuthSpec: Plugin<[Options?], Root> = function (options = {}) {
  const { target, settings } = readOptions(options);
  const keep = keeperOf(this);
  return (_, file) => {
    const path = pathOf(file);
    if (!path.split(sep).join('/').endsWith(`/${target}`)) return;
    const value = file.value ?? '';
    const result = resultOf(path, value, shownPath(file.cwd, path), settings);
    keep(file, { value, text: result.text ?? value });
    for (const message of result.messages) reportMessage(file, result, message);
    for (const patch of result.patches)
      if (patch.isEdited) reportEdit(file, result, patch, aloneIn(result, patch, settings));
  };
};

export default remarkFixAuthSpec;

type File = Parameters<Transformer>[1];

/** A spec as it was read, and what it is compiled to. */
interface Kept {
  readonly value: string | Uint8Array;
  readonly text: string | Uint8Array;
}

const SOURCE = 'fix-auth-spec';

function readOptions(options: Options): { readonly target: string; readonly settings: Settings } {
  const known = ['patches', 'patch', 'overwrite'];
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new Error(`Cannot find an option \`${unknown}\`; the options are ${known.join(', ')}`);
  const { target, ...settings } = settingsOf(options);
  return { target, settings: { mode: 'dry-run', ...settings, context: 0 } };
}

// Where it was read: another plugin may have renamed it since.
function pathOf({ cwd, history }: File): string {
  return resolve(cwd, history[0] ?? '');
}

function resultOf(path: string, value: Kept['value'], shown: string, settings: Settings): FileResult {
  try {
    return patchText(decode(bytesOf(path, value)), shown, settings);
  } catch (error) {
    return unusable(shown, error);
  }
}

// unified-engine takes the bytes of any file for UTF-8, and those that are none are U+FFFD by now. Only the file itself tells
// them from a U+FFFD that stands there.
function bytesOf(path: string, value: Kept['value']): Buffer {
  if (typeof value !== 'string') return Buffer.from(value);
  if (value.includes('\uFFFD')) {
    try {
      const { bytes } = readUpTo(followed(path), MAX_SIZE);
      if (bytes.toString() === value) return bytes;
    } catch {
      // The text comes from elsewhere, such as an editor.
    }
  }
  return Buffer.from(value);
}

// What a processor compiles files to that are kept; all others go to its own compiler.
function keeperOf(processor: Processor): (file: File, kept: Kept) => void {
  const files = new WeakMap<File, Kept>();
  let isKeeping = false;
  return (file, kept) => {
    files.set(file, kept);
    // The compiler is known only when a file is there: until then plugins can set another.
    const compiler = processor.compiler ?? processor.Compiler;
    if (!compiler || isKeeping) return;
    isKeeping = true;
    const keeping: Compiler = (tree, compiled) => {
      const own = files.get(compiled);
      if (!own) return compiler(tree, compiled);
      const { cwd, history } = compiled;
      refuseChanged(tree, compiled, processor.parse({ cwd, history, value: own.value }));
      return own.text;
    };
    processor.compiler = keeping;
  };
}

function refuseChanged(tree: object, file: File, untouched: object): void {
  if (signature(tree) === signature(untouched)) return;
  const shown = shownPath(file.cwd, pathOf(file));
  const reason = `Cannot keep the bytes of \`${shown}\`: another plugin changed the tree, and would lose that change; run the two one after the other`;
  file.fail(inertLine(reason), { ruleId: 'tree-changed', source: SOURCE });
}

// What of a tree is written: neither where its nodes stood nor what plugins note on them.
function signature(tree: object): string {
  return JSON.stringify(tree, (key, value) => (key === 'position' || key === 'data' ? undefined : value));
}

function reportMessage(file: File, result: FileResult, { level, code, patch, line, text }: Message): void {
  const place = placeOf(result, patch, line);
  const message = file.message(inertLine(text), { place, ruleId: patch ?? code, source: SOURCE });
  message.fatal = level === 'error' ? true : undefined;
  if (code !== 'claim') return;
  message.note = result.checks
    .filter((check) => check.patch === patch && !check.holds)
    .map(({ claim, evidence }) => [claim, ...evidence.slice(0, 3)].map(inertLine).join('\n  '))
    .join('\n');
}

function reportEdit(file: File, result: FileResult, { id, title, message: found, why }: PatchResult, fix?: Fix): void {
  const place = fix?.place ?? placeOf(result, id);
  const message = file.message(inertLine(`${title}: ${found}`), { place, ruleId: id, source: SOURCE });
  if (why !== undefined) message.note = inertLine(why);
  if (!fix) return;
  message.actual = fix.actual;
  message.expected = [fix.expected];
}

// Points as unist has them, `end` being exclusive.
interface Place {
  readonly start: { readonly line: number; readonly column: number };
  readonly end: { readonly line: number; readonly column: number };
}

/** A text for a place: the whole of an edit. */
interface Fix {
  readonly place: Place;
  readonly actual: string;
  readonly expected: string;
}

// The edit that `-p` would make. Where insertions meet, none of them is alone what it is beside the others.
function aloneIn(result: FileResult, { id }: PatchResult, settings: Settings): Fix | undefined {
  if (settings.patches.length === 1) return fixOf(result);
  const patches = settings.patches.filter((patch) => patch.id === id);
  return fixOf(patchText(result.before ?? '', result.path, { ...settings, patches }));
}

// An edit may be less than what the patch found, such as the content of a block; the finding names the block.
function fixOf({ edits, patches, before = '' }: FileResult): Fix | undefined {
  const [edit] = edits;
  if (!edit) return undefined;
  const { start, end } = patches.find(({ id }) => id === edit.patch) ?? {};
  const span: Span = {
    start: Math.min(edit.span.start, start?.offset ?? edit.span.start),
    end: Math.max(edit.span.end, end?.offset ?? edit.span.end),
  };
  return {
    place: { start: pointAt(before, span.start), end: pointAt(before, span.end) },
    actual: before.slice(span.start, span.end),
    expected: before.slice(span.start, edit.span.start) + edit.text + before.slice(edit.span.end, span.end),
  };
}

// What the patch found or could mean, on the line where one is told; else that line.
function placeOf({ patches, before = '' }: FileResult, id: string | undefined, line?: number): Place | undefined {
  const patch = patches.find((one) => one.id === id);
  const spots = patch ? [...(patch.start ? [{ ...patch.start, end: patch.end }] : []), ...patch.candidates] : [];
  const spot = spots.find((one) => line === undefined || one.line === line);
  if (spot?.end) return { start: { line: spot.line, column: spot.column }, end: spot.end };
  const at = spot?.line ?? line;
  if (at === undefined) return undefined;
  const text = before.split('\n')[at - 1] ?? '';
  const column = text.length - text.trimStart().length + 1;
  return { start: { line: at, column }, end: { line: at, column: Math.max(text.trimEnd().length + 1, column) } };
}
