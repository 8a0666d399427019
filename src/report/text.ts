import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { isRefused } from '../plan.js';
import type { FileResult, Message, PatchResult, Result } from '../result.js';
import { codeFrame, spotsOf } from './frame.js';
import { isKept, outcomeOf } from './outcome.js';
import { inert, inertAgain, inertLine, type Paint } from './terminal.js';

/** The diffs of a run. Uncoloured and for no terminal they are raw: a patch that git takes. */
export function diffReport({ files }: Result, paint: Paint, isRaw: boolean): string {
  const diff = files.map((file) => file.diff).join('');
  return isRaw ? diff : paintDiff(diff, paint);
}

/** A unified diff as it may go to a terminal. */
export function paintDiff(diff: string, paint: Paint): string {
  // What stands in a hunk may look like a header: `-- note` taken out is `--- note`.
  let left = 0;
  return diff
    .split('\n')
    .map((line) => {
      const shown = inert(line.replace(/\r$/, ''));
      const isInHunk = left > 0;
      if (isInHunk) left -= line.startsWith(' ') ? 2 : line.startsWith('\\') ? 0 : 1;
      else {
        const [, old = '1', now = '1'] = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line) ?? [];
        if (!line.startsWith('@@')) return shown === '' ? '' : paint.bold(shown);
        left = Number(old) + Number(now);
        return paint.cyan(shown);
      }
      if (line.startsWith('+')) return paint.green(shown);
      return line.startsWith('-') ? paint.red(shown) : shown;
    })
    .join('\n');
}

/**
 * What a person wants to know of a run beside its diff.
 *
 * @param columns width of the terminal; without it no line is wrapped
 */
export function summaryReport(result: Result, paint: Paint, columns?: number): string {
  const lines = result.files.flatMap((file) => [...fileSummary(file, paint, columns), '']);
  if (result.error !== undefined) lines.push(`${paint.red('error')} ${inertLine(result.error)}`, '');
  lines.push(...closing(result, paint));
  return lines.join('\n').trimEnd().concat('\n');
}

/** Only what went wrong: for `--quiet`. */
export function errorReport(result: Result, paint: Paint): string {
  const lines = result.files.flatMap((file) =>
    file.messages
      .filter(({ level }) => level === 'error')
      .map(({ line, text }) => {
        const at = `${inertLine(file.path)}${line === undefined ? '' : `:${line}`}`;
        return `${at}: ${paint.red('error')} ${inertLine(text)}`;
      }),
  );
  if (result.error !== undefined) lines.push(`${paint.red('error')} ${inertLine(result.error)}`);
  return lines.map((line) => `${line}\n`).join('');
}

function fileSummary(file: FileResult, paint: Paint, columns: number | undefined): string[] {
  const { path, patches, declined, messages, diff, diffRoot, before } = file;
  const text = before?.split('\n') ?? [];
  const width = Math.max(
    0,
    ...[...patches.map(({ id }) => id), ...declined.map(({ patch }) => patch)].map((id) => id.length),
  );
  const row = (state: string, id: string, detail: string): string =>
    wrapped(`  ${state} ${id.padEnd(width)}  `, detail === '' ? '' : paint.dim(inertLine(detail)), columns);
  const lines = [
    paint.bold(inertLine(path)),
    ...patches.map((patch) =>
      // A refusal is told as an error.
      row(stateIn(patch, paint), patch.id, isRefused(patch) ? '' : patch.message),
    ),
    ...declined.map(({ patch }) => row(paint.dim('left out '), patch, '')),
    ...claimLines(file, paint, columns),
    ...messages.flatMap((message, index) => messageLines(file, message, index < FRAMES ? text : [], paint, columns)),
  ];
  if (diff !== '' && diffRoot !== '')
    lines.push(`  ${paint.dim(`to use the diff with git, run git apply in ${inertLine(diffRoot)}`)}`);
  return lines;
}

function stateIn({ state }: PatchResult, paint: Paint): string {
  const colour = {
    pending: paint.yellow,
    applied: paint.green,
    drifted: paint.cyan,
    missing: paint.red,
    ambiguous: paint.red,
    conflict: paint.red,
  }[state];
  return colour(state.padEnd(9));
}

function claimLines(file: FileResult, paint: Paint, columns: number | undefined): string[] {
  const { patches, checks, judged, declined } = file;
  const line = (mark: string, text: string): string => wrapped(`  ${mark} `, inertLine(text), columns);
  const stillFalse = declined.flatMap((one) => one.stillFalse);
  const left =
    stillFalse.length === 0
      ? []
      : ['', '  Still false, for what was left out:', ...stillFalse.map(({ claim }) => line(paint.red('✗'), claim))];
  const total = checks.length;
  if (total === 0) return left;
  // Where a patch has no place nothing was tried, and failing claims say nothing new.
  const isPlaced = !patches.some(isRefused);
  const held = checks.filter(({ holds }) => holds).length;
  const answer =
    held === total
      ? paint.green(total === 1 ? 'it holds' : `all ${total} hold`)
      : paint.red(`${held} of ${total} hold`);
  return [
    '',
    wrapped('  ', `${total === 1 ? 'The claim' : 'Claims'} on the ${judged}: ${answer}`, columns),
    ...(isPlaced ? checks : []).flatMap(({ holds, claim, evidence }) => [
      line(holds ? paint.green('✓') : paint.red('✗'), claim),
      ...(holds ? [] : evidence.slice(0, 3).map((one) => wrapped('      ', paint.dim(inertLine(one)), columns))),
    ]),
    ...left,
  ];
}

/** Messages of a file that come with the lines they are about. */
const FRAMES = 20;

function messageLines(
  file: FileResult,
  message: Message,
  text: readonly string[],
  paint: Paint,
  columns: number | undefined,
): string[] {
  const isError = message.level === 'error';
  const mark = isError ? paint.red('error') : paint.cyan('note');
  const said = wrapped(`  ${mark} `, inertLine(message.text), columns);
  const spots = isError ? spotsOf(file, message) : [];
  if (spots.length === 0 || text.length === 0) return isError ? ['', said] : [said];
  return ['', said, ...codeFrame(text, spots, paint, (columns ?? 100) - 2).map((line) => `  ${line}`)];
}

// What came of the run, and what to type next.
function closing(result: Result, paint: Paint): string[] {
  const { files, rerun } = result;
  const command = (...words: string[]): string =>
    paint.bold(['fix-auth-spec', ...words, rerun.where].filter((word) => word !== '').join(' '));
  // What would have to be shown otherwise than it is typed is not for pasting.
  const isTypable = inertLine(`${rerun.where} ${rerun.what}`) === `${rerun.where} ${rerun.what}`;
  const parts = outcomeOf(result).map(({ kind, text }) =>
    kind === 'pending'
      ? `${inertLine(text)} Apply with ${isTypable ? command('--write', rerun.what) : paint.bold('--write')}`
      : inertLine(text),
  );
  if (!isTypable) return parts;
  const refused = files.filter(isKept);
  const [unplaced] = refused.flatMap(({ patches }) => patches.filter(isRefused));
  if (unplaced) parts.push(`What it looked for and found: ${command(`explain ${unplaced.id}`)}`);
  const others = refused.flatMap(({ patches }) => patches.filter(({ state }) => state === 'pending'));
  if (unplaced && others.length > 0 && refused.length === 1) {
    const ids = others.map(({ id }) => `-p ${id}`);
    parts.push(`The others alone: ${command(ids.length > 6 ? [...ids.slice(0, 6), '…'].join(' ') : ids.join(' '))}`);
  }
  // Not wrapped by us: a command must come out of the terminal whole.
  return parts;
}

// Text behind what begins its line; in a terminal the lines that it goes on in stand below its own beginning.
function wrapped(before: string, text: string, columns: number | undefined): string {
  // Where there is hardly a terminal it breaks lines itself.
  if (columns === undefined || columns < 20 || text === '') return `${before}${text}`.trimEnd();
  const indent = stringWidth(before);
  // A narrow terminal has no room for two columns.
  if (indent > columns / 2) return `${before.trimEnd()}\n${wrapped('    ', text, columns)}`;
  return inertAgain(before + wrapAnsi(text, columns - indent).replaceAll('\n', `\n${' '.repeat(indent)}`));
}
