import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { DeadlineError, InterruptedError, within } from './deadline.js';
import { FileError, readSource } from './file.js';
import { type FixTarget, filesOf, textsOf } from './fix-spec/files.js';
import { type FixSpec, readFixSpec } from './fix-spec/fix-spec.js';
import { asksForJson, checkIds, helpText, type Options, parseOptions, type Reporter, UsageError } from './options.js';
import type { Patch, PatchSet } from './patch.js';
import { describePatch } from './report/explain.js';
import { isOneFile, writeReport } from './report/file.js';
import { jsonReport } from './report/json.js';
import { createPaint, inert, inertJson, inertLine, type Paint, withoutCommands } from './report/terminal.js';
import { diffReport, errorReport, summaryReport } from './report/text.js';
import { list } from './report/words.js';
import { EXIT, type ExitCode, type FileResult, type Result, worst } from './result.js';
import { deadlineFor, type PatchText, patchBytes, patchFile, patchText, type Settings } from './run.js';
import { findTargets, followed, refuseLinkedDirectory, shownPath, TargetError } from './targets.js';

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
    options = await parseOptions(argv);
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
      io.stdout.write(jsonReport({ mode: options?.mode ?? 'dry-run', files: [], exitCode, error: said }, version()));
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

/** What a run carries out: the built-in patches, or the changes of a fix spec and the files they go to. */
interface Program extends PatchSet {
  readonly fixSpec?: Settings['fixSpec'];
  readonly files?: readonly FixTarget[];
  /** What there is to say of the fix spec itself. */
  readonly note?: string;
}

async function runCommand(options: Options, builtIn: PatchSet, io: Io): Promise<ExitCode> {
  if (options.command === 'help' || options.command === 'version') {
    io.stdout.write(options.command === 'help' ? await helpText() : `${version()}\n`);
    return EXIT.done;
  }
  const program = options.from === undefined ? builtIn : await programFrom(options.from, options, io);
  checkIds(
    options,
    program.patches.map(({ id }) => id),
  );
  switch (options.command) {
    case 'list':
      io.stdout.write(listing(options, program));
      return EXIT.done;
    case 'explain':
      return explain(options, program, io);
    case 'patch':
      return patch(options, program, io);
  }
}

async function programFrom(from: string, options: Options, { cwd }: Io): Promise<Program> {
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
    return { target: '', patches: patchesOf(targets), fixSpec: { text, witnesses: [] }, files: targets };
  // Read once more: what stands in the files tells what damaged characters were.
  const witnesses = textsOf(targets);
  const { changes, mojibake } = read(witnesses);
  const files = await filesOf(changes, cwd, path, named);
  const lost = mojibake?.doubtful.length ?? 0;
  const note = `\`${shown}\` was saved in the wrong encoding: ${mojibake?.mangled ?? 0} characters are read as they were meant${lost > 0 ? `, ${lost} of them could be several (${list([...new Set(mojibake?.doubtful.map(({ line }) => `line ${line}`))].slice(0, 10))})` : ''}`;
  return { target: '', patches: patchesOf(files), fixSpec: { text, witnesses }, files, note };
}

function patchesOf(files: readonly FixTarget[]): Patch[] {
  const number = ({ id }: Patch): number => Number(id.slice(id.lastIndexOf('-') + 1));
  return files.flatMap(({ patches }) => patches).toSorted((a, b) => number(a) - number(b));
}

async function patch(options: Options, program: Program, io: Io): Promise<ExitCode> {
  const settings: Settings = {
    mode: options.mode,
    patches: program.patches.filter(({ id }) => options.patches.length === 0 || options.patches.includes(id)),
    overwrite: new Set(options.overwrite),
    context: options.context,
    maxSize: options.maxSize,
    ...(program.fixSpec && { fixSpec: program.fixSpec }),
  };
  const { files, input } = await runOn(options, settings, program, io);
  const found: Result = { mode: options.mode, files, exitCode: worst(files.map((file) => file.exitCode)) };
  // Files first: what goes to standard output tells whether they could be written.
  const reported = options.reporters.map((reporter) => reportTo(reporter, found, io));
  const result: Result = { ...found, exitCode: worst([found.exitCode, ...reported]) };

  const paintErr = createPaint(isColoured(options.color, io.stderr, io.env));
  if (program.note !== undefined && !options.quiet)
    io.stderr.write(`${paintErr.cyan('note')} ${inertLine(program.note)}\n`);
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

async function runOn(options: Options, settings: Settings, program: Program, io: Io): Promise<Patched> {
  const compute = io.patchText ?? patchText;
  if (program.files) return { files: await runOnEach(program.files, options, settings, compute, io) };
  if (options.stdin) {
    const input = await io.stdin(options.maxSize);
    return { files: [await patchBytes(input, options.stdinPath, settings, compute)], input };
  }
  const found = await findTargets(options.specs, io.cwd, program.target);
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

// Each file has changes of its own; those that have no file are told as such.
async function runOnEach(
  targets: readonly FixTarget[],
  options: Options,
  settings: Settings,
  compute: PatchText,
  { cwd }: Io,
): Promise<FileResult[]> {
  const paths = targets.flatMap(({ path }) => path ?? []);
  refuseReportOverSpec(options.reporters, [...paths, resolve(cwd, options.from ?? '')], cwd);
  const files: FileResult[] = [];
  for (const { path, shown, patches } of targets) {
    const own = {
      ...settings,
      all: patches,
      patches: patches.filter(({ id }) => settings.patches.some((one) => one.id === id)),
    };
    if (own.patches.length === 0) continue;
    files.push(
      path === undefined
        ? patchText('', shown, own)
        : await patchFile(options.followSymlinks ? followed(path) : path, cwd, own, compute),
    );
    await new Promise(setImmediate);
  }
  return files;
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
async function explain(options: Options, program: Program, io: Io): Promise<ExitCode> {
  const isMeant = ({ id }: { id: string }): boolean => id === options.explained;
  const patches = program.patches.filter(isMeant);
  const settings: Settings = {
    mode: 'dry-run',
    // A change of a fix spec may stand in what another brings.
    patches: program.files?.find((target) => target.patches.some(isMeant))?.patches ?? patches,
    overwrite: new Set(),
    context: options.context,
    maxSize: options.maxSize,
    isExplained: true,
    ...(program.fixSpec && { fixSpec: program.fixSpec }),
  };
  if (!ownsStdout(options.reporters)) for (const one of patches) io.stdout.write(inert(`${describePatch(one)}\n`));
  const found = await runOn(options, settings, program, io);
  const files = found.files.map((file) => ({
    ...file,
    patches: file.patches.filter(isMeant),
    messages: file.messages.filter(({ patch: id }) => id === undefined || id === options.explained),
  }));
  const unreadable = files.filter(({ exitCode }) => exitCode === EXIT.unusable);
  const exitCode = unreadable.length > 0 ? EXIT.unusable : EXIT.done;
  const result: Result = { mode: 'dry-run', files, exitCode };
  if (ownsStdout(options.reporters)) io.stdout.write(jsonReport(result, version()));
  else {
    for (const { explanation } of files.flatMap((file) => file.patches))
      if (explanation !== undefined) io.stdout.write(`\n${inert(explanation)}\n`);
    const paint = createPaint(isColoured(options.color, io.stderr, io.env));
    io.stderr.write(errorReport({ ...result, files: unreadable }, paint));
  }
  return exitCode;
}

function listing({ reporters }: Options, { patches, target, files }: Program): string {
  if (ownsStdout(reporters)) {
    const rows = patches.map((one) => {
      const file = files?.find((target) => target.patches.includes(one))?.shown;
      return {
        id: one.id,
        title: one.title,
        ...(file !== undefined && { file }),
        claims: one.checks.map(({ claim }) => claim),
      };
    });
    const where = files ? {} : { target };
    return `${inertJson({ schemaVersion: 1, tool: { name: 'fix-auth-spec', version: version() }, exitCode: EXIT.done, ...where, patches: rows })}\n`;
  }
  const described = patches.map((one) => {
    const file = files?.find((target) => target.patches.includes(one))?.shown;
    return `${describePatch(one)}${file === undefined ? '' : `\n  in ${file}`}\n`;
  });
  return inert(described.join('\n'));
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
