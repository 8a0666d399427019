import { resolve } from 'node:path';
import { authSpec } from '../patches/index.js';
import { main } from './cli.js';
import { engineSet, PatchError, type PatchSetDefinition } from './define.js';
import type { Io } from './io.js';
import type { ExitCode, FileResult } from './result.js';
import { patchFile as patchFileWith, patchText as patchTextWith, type Settings } from './run.js';

/** What is patched, as on the command line. */
export interface PatchOptions {
  /** By default those of spec 005. */
  readonly patches?: PatchSetDefinition;
  /** Ids of the patches that are wanted; by default all. */
  readonly patch?: readonly string[];
  /** Ids of the patches whose drifted text is brought back to the template. */
  readonly overwrite?: readonly string[];
  /** Unchanged lines around a change in the diff; 3 by default. */
  readonly context?: number;
}

/** What came of a text: `text` is the finished one, or the one given where nothing changes or it is refused (`exitCode` 3). */
export interface PatchedText extends FileResult {
  readonly text: string;
}

/**
 * Plans, applies and verifies patches on a text. Pure: nothing is read or written, and the same text has the same result.
 *
 * @param path names the text in messages and in the diff, with `/`; one that ends otherwise than Markdown does is read line by line
 * @throws PatchError for ids that there are not, or a patch set that is none or whose code throws or does not come back
 */
export function patchText(text: string, options: PatchOptions & { readonly path?: string } = {}): PatchedText {
  const { target, ...settings } = settingsOf(options);
  return { text, ...patchTextWith(text, options.path ?? target, { mode: 'dry-run', ...settings }) };
}

/**
 * The same on a file: read with every check of the command line, and with `write` replaced in one step. What is wrong with the file
 * is in the result (`exitCode` 4), in which case it is as it was.
 *
 * @param path relative to `cwd`, or absolute
 * @throws PatchError as {@link patchText}
 */
export async function patchFile(
  path: string,
  options: PatchOptions & { readonly cwd?: string; readonly write?: boolean; readonly maxSize?: number } = {},
): Promise<FileResult> {
  const { target: _, ...settings } = settingsOf(options);
  const { cwd = resolve('.'), write = false, maxSize } = options;
  return patchFileWith(resolve(cwd, path), cwd, {
    mode: write ? 'write' : 'dry-run',
    ...settings,
    ...(maxSize !== undefined && { maxSize }),
  });
}

/**
 * Runs a command line, as the command does: everything goes through `io` and the files that the words name.
 *
 * @param argv the words behind the command's name
 * @param patches by default those of spec 005; `--patches` and `--from` in the words go before them
 * @returns the exit code; nothing is thrown
 */
export function run(argv: readonly string[], io: Io, patches: PatchSetDefinition = authSpec): Promise<ExitCode> {
  const set = engineSet(patches);
  return main(argv, async () => ({ builtIn: () => set }), io);
}

/** The settings that some options mean, and where the document of their patches stands. */
export function settingsOf(options: PatchOptions): Omit<Settings, 'mode'> & { readonly target: string } {
  const { patches: set = authSpec, patch: wanted, overwrite = [], context = 3 } = options;
  const { target, patches: all } = engineSet(set);
  const ids = all.map(({ id }) => id);
  refuseUnknown('patch', wanted ?? [], ids);
  refuseUnknown('overwrite', overwrite, ids);
  const left = overwrite.find((id) => wanted && !wanted.includes(id));
  if (left !== undefined) throw new PatchError(`Cannot overwrite \`${left}\`: \`patch\` leaves it out`);
  const patches = all.filter(({ id }) => !wanted || wanted.includes(id));
  return { target, patches, all, overwrite: new Set(overwrite), context };
}

// Options come from JavaScript and JSON as well, which no compiler has checked.
function refuseUnknown(option: string, given: readonly string[], ids: readonly string[]): void {
  if (!Array.isArray(given))
    throw new PatchError(`Expected a list of ids as \`${option}\`, not ${JSON.stringify(given)}`);
  const unknown = given.find((id) => !ids.includes(id));
  if (unknown !== undefined)
    throw new PatchError(`Cannot find a patch \`${unknown}\`; the patches are ${ids.join(', ')}`);
}
