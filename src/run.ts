import { resolve } from 'node:path';
import { DeadlineError, deadlineFor, within } from './deadline.js';
import { endedCode, PatchError } from './define.js';
import { unifiedDiff } from './diff.js';
import { type Document, readDocument } from './document.js';
import { decode, FileError, type Problem, readSource, type Source } from './file.js';
import type { LineSense } from './hint.js';
import { NestingError } from './nesting.js';
import type { Patch } from './patch.js';
import { isRefused, lineSenseOf, plan } from './plan.js';
import { explainEntry, locatedBy } from './report/explain.js';
import { messagesOf, problemMessage } from './report/message.js';
import { editResults, patchResult } from './report/patch-result.js';
import { type ClaimResult, EXIT, type ExitCode, type FileResult, type Mode } from './result.js';
import { refuseLinkedDirectory, shownPath } from './targets.js';
import { type Judged, judge, verify } from './verify.js';
import { writeSource } from './write.js';

/** How to patch: the same for every file of a run. */
export interface Settings {
  readonly mode: Mode;
  readonly patches: readonly Patch[];
  /** Those of which the patches are some, in the order of their set; by default the patches themselves. */
  readonly all?: readonly Patch[];
  /** Patches that the user does not want: which of their claims are false is told all the same. */
  readonly declined?: readonly Patch[];
  readonly overwrite: ReadonlySet<string>;
  /** Unchanged lines around a change in the diff. */
  readonly context: number;
  /** Bytes beyond which a file is refused unread. */
  readonly maxSize?: number;
  /** The text of the fix spec that the patches come from. */
  readonly fixSpec?: { readonly text: string; readonly witnesses: readonly string[] };
  /** Absolute path of the module that the patches come from. */
  readonly module?: string;
  /** Whether every patch says how it was located. */
  readonly isExplained?: boolean;
  /** Milliseconds for all work on one text; by default what its size deserves. */
  readonly deadline?: number;
}

/** {@link patchText}, or the same elsewhere. */
export type PatchText = (text: string, path: string, settings: Settings) => FileResult | Promise<FileResult>;

/** A file that was read, and what is to become of it. */
export interface Prepared {
  readonly path: string;
  readonly result: FileResult;
  /** As it was read; absent when it cannot be. */
  readonly source?: Source;
}

/** Reads, plans, verifies and, in write mode, writes one file. Whatever is wrong with the file is in the result. */
export async function patchFile(
  path: string,
  cwd: string,
  settings: Settings,
  compute: PatchText = patchText,
): Promise<FileResult> {
  return finishFile(await prepareFile(path, cwd, settings, compute), settings);
}

/** Reads, plans and verifies one file. */
export async function prepareFile(
  path: string,
  cwd: string,
  settings: Settings,
  compute: PatchText = patchText,
): Promise<Prepared> {
  const shown = shownPath(cwd, resolve(cwd, path));
  try {
    refuseLinkedDirectory(path, cwd);
    const source = readSource(path, settings.maxSize);
    return { path, source, result: await compute(source.text, shown, settings) };
  } catch (error) {
    return { path, result: unusable(shown, error) };
  }
}

/** In write mode, writes a file that was prepared, when it changes and nobody else has changed it since. */
export function finishFile({ path, result, source }: Prepared, { mode }: Pick<Settings, 'mode'>): FileResult {
  if (mode !== 'write' || !source || !result.changed || result.text === undefined) return result;
  try {
    writeSource(path, source, result.text);
    return { ...result, written: true };
  } catch (error) {
    const { messages, exitCode } = unusable(result.path, error);
    if (messages.some(({ code }) => code === 'not-synced')) return { ...result, messages, written: true, exitCode };
    return { ...result, messages, changed: false, diff: '', edits: [], text: source.text, exitCode };
  }
}

/** Plans and verifies text that came from elsewhere, such as standard input; nothing is written. */
export async function patchBytes(
  bytes: Buffer,
  name: string,
  settings: Settings,
  compute: PatchText = patchText,
): Promise<FileResult> {
  let text: string;
  try {
    text = decode(bytes, settings.maxSize);
  } catch (error) {
    return unusable(name, error);
  }
  return compute(text, name, settings);
}

/** Plans and verifies one text. It takes no longer than {@link deadlineFor} gives it, whatever the text holds. */
export function patchText(text: string, path: string, settings: Settings): FileResult {
  try {
    return within(settings.deadline ?? deadlineFor(text), () => worked(text, path, settings));
  } catch (error) {
    return unusable(path, error);
  }
}

/** What there is to say of a file that cannot be used. An error that is no property of the file is thrown again. */
export function unusable(path: string, error: unknown): FileResult {
  return {
    path,
    diffRoot: '',
    patches: [],
    checks: [],
    judged: 'text as it stands',
    declined: [],
    messages: [problemMessage(path, problemOf(error))],
    changed: false,
    written: false,
    diff: '',
    edits: [],
    exitCode: EXIT.unusable,
  };
}

function worked(text: string, path: string, settings: Settings): FileResult {
  const { mode, patches, overwrite, context } = settings;
  const planned = plan(documentOf(text, path), patches, overwrite, settings.all);
  const { document, entries, edits } = planned;
  const verification = verify(planned);
  const isFileRefused = verification.findings.length > 0 || entries.some(({ status }) => isRefused(status));
  const changed = !isFileRefused && planned.text !== text;
  const isStanding = mode === 'check' || isFileRefused;
  const checks = isStanding ? judge(document, patches) : verification.checks;
  const { diffRoot, diffPath } = diffNames(path);
  let known: LineSense | undefined;
  const sense = (): LineSense => {
    known ??= lineSenseOf(document, planned.all);
    return known;
  };
  return {
    path,
    diffRoot,
    patches: entries.map((entry) => ({
      ...patchResult(document, entry, sense),
      ...locatedBy(document, entry),
      ...(settings.isExplained && { explanation: explainEntry(document, entry, sense) }),
    })),
    checks: checks.map(claimResult),
    judged: isStanding || !changed ? 'text as it stands' : 'finished text',
    declined: (settings.declined ?? []).map((patch) => ({
      patch: patch.id,
      title: patch.title,
      stillFalse: judge(isStanding ? document : verification.after, [patch])
        .filter(({ holds }) => !holds)
        .map(claimResult),
    })),
    messages: messagesOf(planned, verification),
    changed,
    written: false,
    diff: changed ? unifiedDiff(diffPath, text, edits, context) : '',
    edits: changed ? editResults(planned) : [],
    before: text,
    text: changed ? planned.text : text,
    exitCode: exitCodeOf(mode, isFileRefused, changed, verification.checks),
  };
}

// A text is often worked on again at once: for one of its patches alone, for other choices, or to write what was shown. Its tree
// may be large, so nothing here keeps it from being collected.
let latest: WeakRef<Document> | undefined;
function documentOf(text: string, path: string): Document {
  const known = latest?.deref();
  if (known?.text === text && known.path === path) return known;
  const document = readDocument(path, text);
  latest = new WeakRef(document);
  return document;
}

function claimResult({ patch, check: { claim, covers }, holds, evidence }: Judged): ClaimResult {
  return { patch: patch.id, claim, holds, evidence, covers };
}

function exitCodeOf(
  mode: Mode,
  isFileRefused: boolean,
  changed: boolean,
  checks: readonly { holds: boolean }[],
): ExitCode {
  if (isFileRefused || checks.some(({ holds }) => !holds)) return EXIT.refused;
  return mode === 'check' && changed ? EXIT.pending : EXIT.done;
}

// git takes no path that leads upwards, so the diff of a file above the working directory starts further up.
function diffNames(path: string): { diffRoot: string; diffPath: string } {
  const parts = path.split('/');
  const up = parts.findIndex((part) => part !== '..');
  return { diffRoot: '../'.repeat(up).replace(/\/$/, ''), diffPath: parts.slice(up).join('/') };
}

function problemOf(error: unknown): Problem {
  if (error instanceof FileError) return error.problem;
  if (error instanceof NestingError) return { code: 'too-deep', text: `${error.message}, too deep to be parsed` };
  if (error instanceof RangeError && /call stack/i.test(error.message)) {
    return { code: 'too-deep', text: 'its blocks nest too deeply to be parsed' };
  }
  if (error instanceof DeadlineError) {
    const code = endedCode();
    if (code !== undefined) throw new PatchError(`Expected ${code} to answer in time: ${error.message}`);
    return {
      code: 'deadline',
      text: `its Markdown takes longer to read than a file of its size is given: ${error.message}`,
    };
  }
  throw error;
}
