import { type Entry, isRefused } from '../plan.js';
import { EXIT, type FileResult, type Result } from '../result.js';
import { list, type Message, messagesOf, sentenceOf } from './message.js';
import { inert, type Paint } from './terminal.js';

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
  if (result.error !== undefined) lines.push(`${paint.red('error')} ${inert(result.error)}`, '');
  lines.push(...closing(result, paint));
  return lines.join('\n').trimEnd().concat('\n');
}

/** Only what went wrong: for `--quiet`. */
export function errorReport(result: Result, paint: Paint): string {
  const lines = result.files.flatMap((file) =>
    messagesOf(file)
      .filter(({ level }) => level === 'error')
      .map((message) => messageLine(file, message, paint)),
  );
  if (result.error !== undefined) lines.push(`${paint.red('error')} ${inert(result.error)}`);
  return lines.map((line) => `${line}\n`).join('');
}

function fileSummary(file: FileResult, paint: Paint): string[] {
  const { path, plan, checks, diff, diffRoot } = file;
  const lines = [paint.bold(inert(path))];
  if (plan) {
    const width = Math.max(...plan.entries.map(({ patch }) => patch.id.length));
    lines.push(...plan.entries.map((entry) => patchLine(entry, file, width, paint)));
    lines.push(...claimLines(file, checks.length, paint));
  }
  for (const message of messagesOf(file)) lines.push(`  ${messageLine(undefined, message, paint)}`);
  if (diff !== '' && diffRoot !== '')
    lines.push(`  ${paint.dim(`to use the diff with git, run git apply in ${inert(diffRoot)}`)}`);
  return lines;
}

function patchLine(entry: Entry, { plan }: FileResult, width: number, paint: Paint): string {
  const { state } = entry.status;
  const colour = {
    pending: paint.yellow,
    applied: paint.green,
    drifted: paint.cyan,
    missing: paint.red,
    ambiguous: paint.red,
    conflict: paint.red,
  }[state];
  const isPlaced = state === 'pending' || state === 'applied' || state === 'drifted';
  const detail = isPlaced && plan ? sentenceOf(plan.document, entry) : '';
  return `  ${colour(state.padEnd(9))} ${entry.patch.id.padEnd(width)}  ${paint.dim(inert(detail))}`.trimEnd();
}

function claimLines({ checks, plan, verification }: FileResult, total: number, paint: Paint): string[] {
  if (total === 0) return [];
  // Where a patch has no place nothing was tried, and failing claims say nothing new.
  const isPlaced = plan?.entries.every(({ status }) => !isRefused(status)) === true;
  const held = checks.filter(({ holds }) => holds).length;
  const judged =
    checks.some((check) => verification?.checks.includes(check)) && plan && plan.text !== plan.document.text
      ? 'finished text'
      : 'text as it stands';
  return [
    '',
    `  ${total === 1 ? 'The claim' : 'Claims'} on the ${judged}: ${held === total ? paint.green(total === 1 ? 'it holds' : `all ${total} hold`) : paint.red(`${held} of ${total} hold`)}`,
    ...(isPlaced ? checks : []).flatMap(({ holds, check, evidence }) => [
      `  ${holds ? paint.green('✓') : paint.red('✗')} ${inert(check.claim)}`,
      ...(holds ? [] : evidence.slice(0, 3).map((line) => `      ${paint.dim(inert(line))}`)),
    ]),
  ];
}

function messageLine(file: FileResult | undefined, { level, line, text }: Message, paint: Paint): string {
  const at = file ? `${inert(file.path)}${line === undefined ? '' : `:${line}`}: ` : '';
  return `${at}${level === 'error' ? paint.red('error') : paint.cyan('note')} ${inert(text)}`;
}

function closing({ mode, files, exitCode }: Result, paint: Paint): string[] {
  if (files.length === 0) return [];
  const changed = files.filter((file) => file.changed);
  const refused = files.filter((file) => file.exitCode === EXIT.refused || file.exitCode === EXIT.unusable);
  const pending = changed.flatMap(({ plan }) => plan?.entries.filter(({ edit }) => edit) ?? []).length;
  const parts: string[] = [];
  if (refused.length > 0)
    parts.push(
      `${plural(refused.length, 'file')} refused and left as ${refused.length === 1 ? 'it was' : 'they were'}.`,
    );
  if (mode === 'write' && changed.length > 0)
    parts.push(`Wrote ${plural(pending, 'change')} to ${list(changed.map(({ path }) => inert(path)))}.`);
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
