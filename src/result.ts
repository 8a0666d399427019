import type { Problem } from './file.js';
import type { PatchSet } from './patch.js';
import type { Plan } from './plan.js';
import type { Judged, Verification } from './verify.js';

/** What a run does with what it finds. Only `write` changes a file. */
export type Mode = 'dry-run' | 'check' | 'write';

/** Exit codes; of several at once the first in this order wins. */
export const EXIT = {
  interrupted: 130,
  outputLost: 141,
  bug: 70,
  unusable: 4,
  usage: 2,
  refused: 3,
  pending: 1,
  done: 0,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** One file's part of a run: the same value feeds every report. */
export interface FileResult {
  /** Relative to the working directory, with `/`. */
  readonly path: string;
  /** The diff's paths are relative to this directory, itself relative to the working directory; '' for that one. */
  readonly diffRoot: string;
  /** Why the file could not be read or written; then `plan` may be absent. */
  readonly problem?: Problem;
  readonly plan?: Plan;
  readonly verification?: Verification;
  /** On the finished text; on the text as it stands in check mode, and when the file is refused. */
  readonly checks: readonly Judged[];
  /** Whether the finished text differs; false when the file is refused. */
  readonly changed: boolean;
  readonly written: boolean;
  /** Unified diff to the finished text, '' when nothing changes or the file is refused. */
  readonly diff: string;
  readonly exitCode: ExitCode;
}

/** All that a run found and did. */
export interface Result {
  readonly mode: Mode;
  readonly patchSet: PatchSet;
  readonly files: readonly FileResult[];
  readonly exitCode: ExitCode;
  /** Wrong usage, nothing found, or a bug: what there is to say besides the files. */
  readonly error?: string;
}

export function worst(codes: readonly ExitCode[]): ExitCode {
  return Object.values(EXIT).find((code) => codes.includes(code)) ?? EXIT.done;
}
