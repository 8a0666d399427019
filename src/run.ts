import { resolve } from 'node:path';
import { unifiedDiff } from './diff.js';
import { readDocument } from './document.js';
import { decode, FileError, readSource, type Source, writeSource } from './file.js';
import type { Patch } from './patch.js';
import { isRefused, plan } from './plan.js';
import { EXIT, type ExitCode, type FileResult, type Mode } from './result.js';
import { shownPath } from './targets.js';
import { judge, type Verification, verify } from './verify.js';

/** How to patch: the same for every file of a run. */
export interface Settings {
  readonly mode: Mode;
  readonly patches: readonly Patch[];
  readonly overwrite: ReadonlySet<string>;
  /** Unchanged lines around a change in the diff. */
  readonly context: number;
}

/** Reads, plans, verifies and, in write mode, writes one file. Whatever is wrong with the file is in the result. */
export function patchFile(path: string, cwd: string, settings: Settings): FileResult {
  const shown = shownPath(cwd, resolve(cwd, path));
  return guarded(shown, () => {
    const source = readSource(path);
    const result = patchSource(source, shown, settings);
    if (settings.mode !== 'write' || !result.changed || !result.plan) return result;
    try {
      writeSource(path, source, result.plan.text);
      return { ...result, written: true };
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      return { ...result, problem: error.problem, changed: false, diff: '', exitCode: EXIT.unusable };
    }
  });
}

/** Plans and verifies text that came from elsewhere, such as standard input; nothing is written. */
export function patchBytes(bytes: Buffer, name: string, settings: Settings): FileResult {
  return guarded(name, () => patchSource({ bytes, text: decode(bytes) }, name, settings));
}

function patchSource({ text }: Source, path: string, settings: Settings): FileResult {
  const { mode, patches, overwrite, context } = settings;
  const planned = plan(readDocument(path, text), patches, overwrite);
  const verification = verify(planned);
  const isFileRefused = verification.findings.length > 0 || planned.entries.some(({ status }) => isRefused(status));
  const changed = !isFileRefused && planned.text !== text;
  const { diffRoot, diffPath } = diffNames(path);
  return {
    path,
    diffRoot,
    plan: planned,
    verification,
    checks: mode === 'check' || isFileRefused ? judge(planned.document, patches) : verification.checks,
    changed,
    written: false,
    diff: changed ? unifiedDiff(diffPath, text, planned.edits, context) : '',
    exitCode: exitCodeOf(mode, isFileRefused, changed, verification),
  };
}

function exitCodeOf(mode: Mode, isFileRefused: boolean, changed: boolean, { checks }: Verification): ExitCode {
  if (isFileRefused || checks.some(({ holds }) => !holds)) return EXIT.refused;
  return mode === 'check' && changed ? EXIT.pending : EXIT.done;
}

// git takes no path that leads upwards, so the diff of a file above the working directory starts further up.
function diffNames(path: string): { diffRoot: string; diffPath: string } {
  const parts = path.split('/');
  const up = parts.findIndex((part) => part !== '..');
  return { diffRoot: '../'.repeat(up).replace(/\/$/, ''), diffPath: parts.slice(up).join('/') };
}

function guarded(path: string, action: () => FileResult): FileResult {
  try {
    return action();
  } catch (error) {
    const problem =
      error instanceof FileError
        ? error.problem
        : error instanceof RangeError && /call stack/i.test(error.message)
          ? { code: 'too-deep' as const, text: 'its blocks nest too deeply to be parsed' }
          : undefined;
    if (!problem) throw error;
    return {
      path,
      diffRoot: '',
      problem,
      checks: [],
      changed: false,
      written: false,
      diff: '',
      exitCode: EXIT.unusable,
    };
  }
}
