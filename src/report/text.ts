import { isRefused } from '../plan.js';
import { EXIT, type FileResult, type Message, type PatchResult, type Result } from '../result.js';
import { inert, inertLine, type Paint } from './terminal.js';
import { list } from './words.js';

/** The diffs of a run. Uncoloured and for no terminal they are raw: a patch that git takes. */
export function diffReport({ files }: Result, paint: Paint, isRaw: boolean): string {
  const diff = files.map((file) => file.diff).join('');
  if (isRaw) return diff;
  return diff
    .split('\n')
    .map((line) => paintDiffLine(inert(line.replace(/\r$/, '')), paint))
    .join('\n');
}

/** What a person wants to know of a run beside its diff. */
export function summaryReport(result: Result, paint: Paint): string {
  const lines = result.files.flatMap((file) => [...fileSummary(file, paint), '']);
  if (result.error !== undefined) lines.push(`${paint.red('error')} ${inertLine(result.error)}`, '');
  lines.push(...closing(result, paint));
  return lines.join('\n').trimEnd().concat('\n');
}

/** Only what went wrong: for `--quiet`. */
export function errorReport(result: Result, paint: Paint): string {
  const lines = result.files.flatMap((file) =>
    file.messages.filter(({ level }) => level === 'error').map((message) => messageLine(file, message, paint)),
  );
  if (result.error !== undefined) lines.push(`${paint.red('error')} ${inertLine(result.error)}`);
  return lines.map((line) => `${line}\n`).join('');
}

function fileSummary(file: FileResult, paint: Paint): string[] {
  const { path, patches, messages, diff, diffRoot } = file;
  const width = Math.max(0, ...patches.map(({ id }) => id.length));
  const lines = [
    paint.bold(inertLine(path)),
    ...patches.map((patch) => patchLine(patch, width, paint)),
    ...claimLines(file, paint),
    ...messages.map((message) => `  ${messageLine(undefined, message, paint)}`),
  ];
  if (diff !== '' && diffRoot !== '')
    lines.push(`  ${paint.dim(`to use the diff with git, run git apply in ${inertLine(diffRoot)}`)}`);
  return lines;
}

function patchLine(patch: PatchResult, width: number, paint: Paint): string {
  const colour = {
    pending: paint.yellow,
    applied: paint.green,
    drifted: paint.cyan,
    missing: paint.red,
    ambiguous: paint.red,
    conflict: paint.red,
  }[patch.state];
  // A refusal is told as an error.
  const detail = isRefused(patch) ? '' : patch.message;
  return `  ${colour(patch.state.padEnd(9))} ${patch.id.padEnd(width)}  ${paint.dim(inertLine(detail))}`.trimEnd();
}

function claimLines({ patches, checks, judged }: FileResult, paint: Paint): string[] {
  const total = checks.length;
  if (total === 0) return [];
  // Where a patch has no place nothing was tried, and failing claims say nothing new.
  const isPlaced = !patches.some(isRefused);
  const held = checks.filter(({ holds }) => holds).length;
  return [
    '',
    `  ${total === 1 ? 'The claim' : 'Claims'} on the ${judged}: ${held === total ? paint.green(total === 1 ? 'it holds' : `all ${total} hold`) : paint.red(`${held} of ${total} hold`)}`,
    ...(isPlaced ? checks : []).flatMap(({ holds, claim, evidence }) => [
      `  ${holds ? paint.green('✓') : paint.red('✗')} ${inertLine(claim)}`,
      ...(holds ? [] : evidence.slice(0, 3).map((line) => `      ${paint.dim(inertLine(line))}`)),
    ]),
  ];
}

function messageLine(file: FileResult | undefined, { level, line, text }: Message, paint: Paint): string {
  const at = file ? `${inertLine(file.path)}${line === undefined ? '' : `:${line}`}: ` : '';
  return `${at}${level === 'error' ? paint.red('error') : paint.cyan('note')} ${inertLine(text)}`;
}

function closing({ mode, files, exitCode }: Result, paint: Paint): string[] {
  if (files.length === 0) return [];
  const changed = files.filter((file) => file.changed);
  const refused = files.filter(
    ({ exitCode: code, written }) => !written && (code === EXIT.refused || code === EXIT.unusable),
  );
  const pending = changed.flatMap(({ patches }) => patches.filter(({ isEdited }) => isEdited)).length;
  const parts: string[] = [];
  if (refused.length > 0)
    parts.push(
      `${plural(refused.length, 'file')} refused and left as ${refused.length === 1 ? 'it was' : 'they were'}.`,
    );
  if (mode === 'write' && changed.length > 0)
    parts.push(`Wrote ${plural(pending, 'change')} to ${list(changed.map(({ path }) => inertLine(path)))}.`);
  else if (pending > 0)
    parts.push(`${plural(pending, 'change')} pending, nothing written. Apply with ${paint.bold('--write')}.`);
  else if (exitCode === EXIT.done) parts.push('Nothing to do.');
  return parts;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function paintDiffLine(line: string, paint: Paint): string {
  if (line.startsWith('+++') || line.startsWith('---')) return paint.bold(line);
  if (line.startsWith('@@')) return paint.cyan(line);
  if (line.startsWith('+')) return paint.green(line);
  return line.startsWith('-') ? paint.red(line) : line;
}
