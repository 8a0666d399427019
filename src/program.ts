import { resolve } from 'node:path';
import { DeadlineError, deadlineFor, within } from './deadline.js';
import { FileError, readSource } from './file.js';
import { type FixTarget, filesOf, textsOf } from './fix-spec/files.js';
import { type FixSpec, readFixSpec } from './fix-spec/fix-spec.js';
import { loadPatchSet } from './load.js';
import type { Options } from './options.js';
import type { Patch, PatchSet } from './patch.js';
import type { Settings } from './run.js';
import { findTargets, followed, shownPath, TargetError } from './targets.js';
import { list } from './words.js';

/** What a run carries out: a set of patches, or the changes of a fix spec and the files they go to. */
export interface Program extends PatchSet {
  readonly fixSpec?: Settings['fixSpec'];
  /** Absolute path of the module that the patches come from. */
  readonly module?: string;
  readonly files?: readonly FixTarget[];
  /** What there is to say of the fix spec itself. */
  readonly note?: string;
}

/**
 * The program that a module of the user's is.
 *
 * @param module its path, as typed
 * @throws PatchError
 */
export async function programOf(module: string, cwd: string): Promise<Program> {
  const path = resolve(cwd, module);
  return { ...(await loadPatchSet(path, shownPath(cwd, path))), module: path };
}

/**
 * The program that a fix spec is.
 *
 * @param from its path, as typed
 * @param onText told the length of its text before it is read through
 * @throws TargetError when there is no such file, or no change in it
 * @throws FileError when it cannot be read
 */
export async function programFrom(
  from: string,
  options: Options,
  cwd: string,
  onText: (units: number) => void,
): Promise<Program> {
  const path = resolve(cwd, from);
  const shown = shownPath(cwd, path);
  let text: string;
  try {
    ({ text } = readSource(options.followSymlinks ? followed(path) : path, options.maxSize));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const isAbsent = error.problem.code === 'io' && /does not exist/.test(error.message);
    if (isAbsent) throw new TargetError(`Cannot find the fix spec \`${shown}\`: there is no such file`);
    throw new FileError(error.problem.code, `Cannot use the fix spec \`${shown}\`: ${error.message}`);
  }
  onText(text.length);
  const named = options.specs.length === 0 ? [] : await findTargets(options.specs, cwd, '');
  const read = (witnesses: readonly string[]): FixSpec => {
    try {
      return within(deadlineFor(text), () => readFixSpec(text, witnesses));
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
      throw new FileError(
        'deadline',
        `Cannot use the fix spec \`${shown}\`: it takes too long to read, ${error.message}`,
      );
    }
  };
  const first = read([]);
  if (first.changes.length === 0)
    throw new TargetError(
      `Cannot find a change in \`${shown}\`: it quotes no text to replace or to put in; changes told in words alone are for people`,
    );
  const targets = await filesOf(first.changes, cwd, path, named);
  if (targets.length === 0)
    throw new TargetError(
      `Cannot find a change in \`${shown}\` to ${list(options.specs.map((spec) => `\`${spec}\``))}`,
    );
  if (!first.mojibake)
    return {
      target: '',
      patches: patchesOf(targets),
      questions: first.questions,
      fixSpec: { text, witnesses: [] },
      files: targets,
    };
  // Read once more: what stands in the files tells what damaged characters were.
  const witnesses = textsOf(targets);
  const { changes, questions, mojibake } = read(witnesses);
  const files = await filesOf(changes, cwd, path, named);
  const lost = mojibake?.doubtful.length ?? 0;
  const note = `\`${shown}\` was saved in the wrong encoding: ${mojibake?.mangled ?? 0} characters are read as they were meant${lost > 0 ? `, ${lost} of them could be several (${list([...new Set(mojibake?.doubtful.map(({ line }) => `line ${line}`))].slice(0, 10))})` : ''}`;
  return { target: '', patches: patchesOf(files), questions, fixSpec: { text, witnesses }, files, note };
}

function patchesOf(files: readonly FixTarget[]): Patch[] {
  const number = ({ id }: Patch): number => Number(id.slice(id.lastIndexOf('-') + 1));
  return files.flatMap(({ patches }) => patches).toSorted((a, b) => number(a) - number(b));
}
