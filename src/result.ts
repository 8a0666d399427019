import type { Point, Span } from './document.js';
import type { Origin, Question, Verdict } from './patch.js';

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

/** Something to say about a file. An error keeps it from being written. */
export interface Message {
  readonly level: 'error' | 'note';
  /** What it is about, for scripts. */
  readonly code: string;
  readonly patch?: string;
  /** 1-based, in the file as it stands. */
  readonly line?: number;
  readonly text: string;
}

/** What a document says of a patch. */
export type PatchState = 'pending' | 'applied' | 'drifted' | 'missing' | 'ambiguous' | 'conflict';

/** What a run found and did for one patch in one file. */
export interface PatchResult {
  readonly id: string;
  readonly title: string;
  readonly why?: string;
  /** Before the run. */
  readonly state: PatchState;
  /** Where it stands or goes; absent where there is no one place. */
  readonly start?: Point;
  readonly end?: Point;
  /** One sentence on what it found. */
  readonly message: string;
  /** Where it could belong: every place of an ambiguous patch, the nearest headings of a missing one. */
  readonly candidates: readonly Candidate[];
  /** How its place was told from others; absent where it has none. */
  readonly located?: string;
  /** Where it was read, when it comes from a fix spec. */
  readonly origin?: Origin;
  /** Id of the patch in whose text it has its place. */
  readonly within?: string;
  /** Whether the finished text differs because of it. */
  readonly isEdited: boolean;
  /** What it looked for and found, when that was asked for. */
  readonly explanation?: string;
}

export interface Candidate extends Point {
  /** Names of the headings from the outermost to the one meant. */
  readonly path: readonly string[];
  /** Where it ends, when it is more than a place. */
  readonly end?: Point;
  /** What to write so that it is the one that is meant, when there is anything. */
  readonly selector?: string;
}

/** One of the edits that make the finished text, in its order. */
export interface EditResult {
  /** Id of the patch it is made for. */
  readonly patch: string;
  /** What it takes away: offsets of the text as it stands. */
  readonly span: Span;
  /** What it brings. */
  readonly text: string;
  /** The blocks around it, for people to see: offsets of the text as it stands, empty where it only brings blocks. */
  readonly before: Span;
  /** What those blocks have become: offsets of the finished text. */
  readonly after: Span;
}

/** A claim with its answer. */
export interface ClaimResult extends Verdict {
  /** Id of the patch that answers for it. */
  readonly patch: string;
  readonly claim: string;
  readonly covers: readonly string[];
}

/** One file's part of a run, as plain data: the same value feeds every report. */
export interface FileResult {
  /** Relative to the working directory, with `/`. */
  readonly path: string;
  /** The diff's paths are relative to this directory, itself relative to the working directory; '' for that one. */
  readonly diffRoot: string;
  /** None when the file could not be read. */
  readonly patches: readonly PatchResult[];
  readonly checks: readonly ClaimResult[];
  /** What the claims were judged on: the text as it stands in check mode and when the file is refused. */
  readonly judged: 'finished text' | 'text as it stands';
  /** What the user did not want, and which claims are still false for it. */
  readonly declined: readonly {
    readonly patch: string;
    readonly title: string;
    readonly stillFalse: readonly ClaimResult[];
  }[];
  /** Errors first. */
  readonly messages: readonly Message[];
  /** Whether the finished text differs; false when the file is refused. */
  readonly changed: boolean;
  readonly written: boolean;
  /** Unified diff to the finished text, '' when nothing changes or the file is refused. */
  readonly diff: string;
  /** The edits behind the diff; none when nothing changes or the file is refused. */
  readonly edits: readonly EditResult[];
  /** The text as it stood; absent when it cannot be read. */
  readonly before?: string;
  /** The finished text; the text as it stands when nothing changes, absent when that cannot be read. */
  readonly text?: string;
  readonly exitCode: ExitCode;
}

/** All that a run found and did. */
export interface Result {
  readonly mode: Mode;
  /** What only people can confirm. */
  readonly questions: readonly Question[];
  readonly files: readonly FileResult[];
  /** Words of a command line that choose the same files, and the same of their patches, once more. */
  readonly rerun: { readonly where: string; readonly what: string };
  readonly exitCode: ExitCode;
  /** Wrong usage, nothing found, or a bug: what there is to say besides the files. */
  readonly error?: string;
}

/** What reports say beside what a run found. */
export interface About {
  /** Of this package. */
  readonly version: string;
  /** From the root of the repository to the working directory, with `/` at its end; '' where they are one. */
  readonly prefix: string;
}

/**
 * The patches that change a file, by the id of the one whose edit makes them, in the order of the text: those without an edit of
 * their own have gone into another's.
 */
export function patchesByEdit({ edits, patches }: FileResult): Map<string, readonly PatchResult[]> {
  const ids = [...new Set(edits.map(({ patch }) => patch))];
  const ownerOf = ({ id, start }: PatchResult): string | undefined => {
    if (ids.includes(id)) return id;
    return (edits.findLast(({ before }) => before.start <= (start?.offset ?? 0)) ?? edits[0])?.patch;
  };
  return new Map(ids.map((id) => [id, patches.filter((patch) => patch.isEdited && ownerOf(patch) === id)]));
}

export function worst(codes: readonly ExitCode[]): ExitCode {
  return Object.values(EXIT).find((code) => codes.includes(code)) ?? EXIT.done;
}
