import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { InterruptedError } from './deadline.js';
import { FileError } from './file.js';
import { asksForJson, helpText, type Options, parseOptions, type Reporter, UsageError } from './options.js';
import type { PatchSet } from './patch.js';
import { describePatch } from './report/explain.js';
import { isOneFile, writeReport } from './report/file.js';
import { jsonReport } from './report/json.js';
import { createPaint, inert, inertJson, inertLine, type Paint, withoutCommands } from './report/terminal.js';
import { diffReport, errorReport, summaryReport } from './report/text.js';
import { EXIT, type ExitCode, type FileResult, type Result, worst } from './result.js';
import { type PatchText, patchBytes, patchFile, patchText, type Settings } from './run.js';
import { findTargets, followed, refuseLinkedDirectory, TargetError } from './targets.js';

/** A stream to write to. */
export interface Output {
  readonly isTerminal: boolean;
  readonly write: (data: string | Uint8Array) => void;
}

/** What the command line has of the outside world. */
export interface Io {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Standard input up to its end, or until more bytes than `limit` have come. */
  readonly stdin: (limit: number) => Promise<Buffer>;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Instead of {@link patchText}, where texts that need much memory can be worked on elsewhere. */
  readonly patchText?: PatchText;
}

/**
 * Runs one command line. Everything it does goes through `io` and the files it names; nothing is thrown.
 *
 * @param argv the words behind the command's name
 */
export async function main(argv: readonly string[], patchSet: PatchSet, io: Io): Promise<ExitCode> {
  let options: Options | undefined;
  try {
    options = await parseOptions(
      argv,
      patchSet.patches.map(({ id }) => id),
    );
    return await runCommand(options, patchSet, io);
  } catch (error) {
    if (error instanceof InterruptedError) return EXIT.interrupted;
    const isUsage = error instanceof UsageError || error instanceof TargetError;
    const exitCode = isUsage ? EXIT.usage : error instanceof FileError ? EXIT.unusable : EXIT.bug;
    const text = error instanceof Error ? error.message : String(error);
    const said = exitCode === EXIT.bug ? `This is a bug in fix-auth-spec: ${text}` : text;
    const paint = createPaint(isColoured(options?.color, io.stderr, io.env));
    io.stderr.write(`${paint.red('error')} ${inertLine(said)}\n`);
    if (exitCode === EXIT.bug && error instanceof Error) io.stderr.write(`${inert(error.stack ?? '')}\n`);
    if (options ? ownsStdout(options.reporters) : asksForJson(argv)) {
      io.stdout.write(
        jsonReport({ mode: options?.mode ?? 'dry-run', patchSet, files: [], exitCode, error: said }, version()),
      );
    }
    return exitCode;
  }
}

/** The version of this package. */
export function version(): string {
  const { version: text } = JSON.parse(readFileSync(new URL(import.meta.resolve('#package.json')), 'utf8')) as {
    version: string;
  };
  return text;
}

async function runCommand(options: Options, patchSet: PatchSet, io: Io): Promise<ExitCode> {
  switch (options.command) {
    case 'help':
      io.stdout.write(await helpText());
      return EXIT.done;
    case 'version':
      io.stdout.write(`${version()}\n`);
      return EXIT.done;
    case 'list':
      io.stdout.write(listing(options, patchSet));
      return EXIT.done;
    case 'explain':
      return explain(options, patchSet, io);
    case 'patch':
      return patch(options, patchSet, io);
  }
}

async function patch(options: Options, patchSet: PatchSet, io: Io): Promise<ExitCode> {
  const settings: Settings = {
    mode: options.mode,
    patches: patchSet.patches.filter(({ id }) => options.patches.length === 0 || options.patches.includes(id)),
    overwrite: new Set(options.overwrite),
    context: options.context,
    maxSize: options.maxSize,
  };
  const { files, input } = await runOn(options, settings, patchSet, io);
  const found: Result = { mode: options.mode, patchSet, files, exitCode: worst(files.map((file) => file.exitCode)) };
  // Files first: what goes to standard output tells whether they could be written.
  const reported = options.reporters.map((reporter) => reportTo(reporter, found, io));
  const result: Result = { ...found, exitCode: worst([found.exitCode, ...reported]) };

  const paintErr = createPaint(isColoured(options.color, io.stderr, io.env));
  if (ownsStdout(options.reporters)) io.stdout.write(jsonReport(result, version()));
  else {
    if (input && options.mode === 'write') io.stdout.write(filtered(input, files[0], io.stdout));
    else if (options.mode !== 'check') io.stdout.write(shownDiff(result, options, io));
    // Last, so that in a terminal it stands below the diff.
    io.stderr.write(options.quiet ? errorReport(result, paintErr) : summaryReport(result, paintErr));
  }
  return result.exitCode;
}

interface Patched {
  readonly files: readonly FileResult[];
  /** What came from standard input, when that was patched. */
  readonly input?: Buffer;
}

async function runOn(options: Options, settings: Settings, { target }: PatchSet, io: Io): Promise<Patched> {
  const compute = io.patchText ?? patchText;
  if (options.stdin) {
    const input = await io.stdin(options.maxSize);
    return { files: [await patchBytes(input, options.stdinPath, settings, compute)], input };
  }
  const found = await findTargets(options.specs, io.cwd, target);
  const targets = options.followSymlinks ? [...new Set(found.map(followed))] : found;
  refuseReportOverSpec(options.reporters, targets, io.cwd);
  const files: FileResult[] = [];
  for (const path of targets) {
    files.push(await patchFile(path, io.cwd, settings, compute));
    // Between files whatever waits gets its turn: Ctrl-C, a reader of the output that went away.
    await new Promise(setImmediate);
  }
  return { files };
}

// A filter gives back what it was given when it cannot do better: whoever ignores its exit code loses nothing.
function filtered(input: Buffer, file: FileResult | undefined, { isTerminal }: Output): Buffer {
  const output = file?.changed && file.text !== undefined ? Buffer.from(file.text, 'utf8') : input;
  return isTerminal ? Buffer.from(inert(output.toString('utf8').replaceAll('\r\n', '\n'))) : output;
}

function shownDiff(result: Result, options: Options, { stdout, env }: Io): string {
  const isPainted = isColoured(options.color, stdout, env);
  const isRaw = !isPainted && !stdout.isTerminal;
  const diff = diffReport(result, createPaint(isPainted), isRaw);
  return isRaw && env['GITHUB_ACTIONS'] === 'true' ? withoutCommands(diff) : diff;
}

// An explanation is the preview of one patch in other words; that it would be refused is no failure of explaining.
async function explain(options: Options, patchSet: PatchSet, io: Io): Promise<ExitCode> {
  const patches = patchSet.patches.filter(({ id }) => id === options.explained);
  const settings: Settings = {
    mode: 'dry-run',
    patches,
    overwrite: new Set(),
    context: options.context,
    maxSize: options.maxSize,
    isExplained: true,
  };
  if (!ownsStdout(options.reporters)) for (const one of patches) io.stdout.write(`${describePatch(one)}\n`);
  const { files } = await runOn(options, settings, patchSet, io);
  const unreadable = files.filter(({ exitCode }) => exitCode === EXIT.unusable);
  const exitCode = unreadable.length > 0 ? EXIT.unusable : EXIT.done;
  const result: Result = { mode: 'dry-run', patchSet, files, exitCode };
  if (ownsStdout(options.reporters)) io.stdout.write(jsonReport(result, version()));
  else {
    for (const { explanation } of files.flatMap(({ patches: found }) => found))
      if (explanation !== undefined) io.stdout.write(`\n${inert(explanation)}\n`);
    const paint = createPaint(isColoured(options.color, io.stderr, io.env));
    io.stderr.write(errorReport({ ...result, files: unreadable }, paint));
  }
  return exitCode;
}

function listing({ reporters }: Options, { patches, target }: PatchSet): string {
  if (ownsStdout(reporters)) {
    const rows = patches.map(({ id, title, checks }) => ({ id, title, claims: checks.map(({ claim }) => claim) }));
    return `${inertJson({ schemaVersion: 1, tool: { name: 'fix-auth-spec', version: version() }, exitCode: EXIT.done, target, patches: rows })}\n`;
  }
  return patches.map((one) => `${describePatch(one)}\n`).join('\n');
}

function ownsStdout(reporters: readonly Reporter[]): boolean {
  return reporters.some(({ name, file }) => name === 'json' && file === undefined);
}

function refuseReportOverSpec(reporters: readonly Reporter[], targets: readonly string[], cwd: string): void {
  for (const { name, file } of reporters) {
    if (file !== undefined && targets.some((path) => isOneFile(path, resolve(cwd, file)))) {
      throw new UsageError(`Cannot write the ${name} report to \`${file}\`: it is one of the specs`);
    }
  }
}

function reportTo({ name, file }: Reporter, result: Result, io: Io): ExitCode {
  if (file === undefined) return EXIT.done;
  const plain: Paint = createPaint(false);
  const report =
    name === 'json'
      ? jsonReport(result, version())
      : `${summaryReport(result, plain)}\n${diffReport(result, plain, true)}`;
  const path = resolve(io.cwd, file);
  try {
    refuseLinkedDirectory(path, io.cwd);
    writeReport(path, report);
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    io.stderr.write(`error ${inertLine(`Cannot write the ${name} report to \`${file}\`: ${error.message}`)}\n`);
    return EXIT.unusable;
  }
}

function isColoured(flag: boolean | undefined, output: Output, env: Io['env']): boolean {
  if (flag !== undefined) return flag;
  if (env['NO_COLOR']) return false;
  const force = env['FORCE_COLOR'];
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false';
  return output.isTerminal && env['TERM'] !== 'dumb';
}
