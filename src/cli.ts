import { basename, isAbsolute, resolve } from 'node:path';
import { runTasks, type Task } from './batch.js';
import { completionScript } from './completion/completion.js';
import { InterruptedError } from './deadline.js';
import { PatchError } from './define.js';
import { FileError } from './file.js';
import { chooseByAsking } from './interactive.js';
import { type Io, isColoured, type Output } from './io.js';
import { askedReport, COMMANDS, checkIds, helpText, meant, type Options, parseOptions, UsageError } from './options.js';
import { aboutRun, ownerOfStdout, refuseReportOverSpec, version, writeReports } from './outputs.js';
import type { PatchSet } from './patch.js';
import { type Program, programFrom, programOf } from './program.js';
import { describePatch } from './report/explain.js';
import { progressOn } from './report/progress.js';
import { reportOn } from './report/reports.js';
import { createPaint, inert, inertJson, inertLine, withoutCommands } from './report/terminal.js';
import { diffReport, errorReport, summaryReport } from './report/text.js';
import { NOTHING, rerunOf } from './rerun.js';
import { EXIT, type ExitCode, type FileResult, type Result, worst } from './result.js';
import { type PatchText, patchBytes, patchText, type Settings } from './run.js';
import { findTargets, followed, namesBeside, shownPath, standsFile, TargetError } from './targets.js';

/**
 * Runs one command line. Everything it does goes through `io` and the files it names; nothing is thrown.
 *
 * @param argv the words behind the command's name
 * @param compute instead of {@link patchText}, where texts that need much memory can be worked on elsewhere
 */
export async function main(
  argv: readonly string[],
  patchSet: PatchSet,
  io: Io,
  compute: PatchText = patchText,
): Promise<ExitCode> {
  let options: Options | undefined;
  try {
    options = await parseOptions(argv);
    return await runCommand(options, patchSet, io, compute);
  } catch (error) {
    if (error instanceof InterruptedError) return EXIT.interrupted;
    const isUsage = error instanceof UsageError || error instanceof TargetError || error instanceof PatchError;
    const exitCode = isUsage ? EXIT.usage : error instanceof FileError ? EXIT.unusable : EXIT.bug;
    const text = error instanceof Error ? error.message : String(error);
    const said = exitCode === EXIT.bug ? `This is a bug in fix-auth-spec: ${text}` : text;
    const paint = createPaint(isColoured(options?.color, io.stderr, io.env));
    io.stderr.write(`${paint.red('error')} ${inertLine(said)}\n`);
    if (exitCode === EXIT.bug && error instanceof Error) io.stderr.write(`${inert(error.stack ?? '')}\n`);
    const mode = options?.mode ?? 'dry-run';
    const result: Result = { mode, questions: [], files: [], rerun: NOTHING, exitCode, error: said };
    if (options && exitCode !== EXIT.bug) await reportError(options, patchSet.target, result, io);
    const owner = options ? ownerOfStdout(options.reporters)?.name : askedReport(argv);
    if (owner) {
      const about = { version: version(), prefix: '' };
      io.stdout.write(await reportOn(owner, result, about));
    }
    return exitCode;
  }
}

// Reports in files say what went wrong too: one of an earlier run would pass for this one's. But nothing that could be a spec is
// written over, and what a fix spec would have changed is not known here.
async function reportError(options: Options, target: string, result: Result, io: Io): Promise<void> {
  const reporters = options.reporters.filter(
    ({ file }) => file !== undefined && !(options.from !== undefined && standsFile(resolve(io.cwd, file))),
  );
  try {
    const found = await findTargets(options.specs, io.cwd, target).catch((error: unknown) => {
      if (error instanceof TargetError) return [];
      throw error;
    });
    refuseReportOverSpec(reporters, [...found, ...programPaths(options, io)], io);
  } catch {
    return;
  }
  await writeReports(reporters, result, io);
}

// The files that tell what is to be done, which no report takes the place of either.
function programPaths({ from, module }: Options, { cwd }: Io): string[] {
  return [from, module].flatMap((path) => (path === undefined ? [] : [resolve(cwd, path)]));
}

async function runCommand(options: Options, builtIn: PatchSet, io: Io, compute: PatchText): Promise<ExitCode> {
  if (options.command === 'help' || options.command === 'version') {
    io.stdout.write(options.command === 'help' ? await helpText() : `${version()}\n`);
    return EXIT.done;
  }
  if (options.command === 'record' || options.command === 'new') {
    const { record, scaffold } = await import('./record.js');
    return options.command === 'record' ? record(options, io) : scaffold(options, io);
  }
  const program = await programFor(options, builtIn, io.cwd);
  const ids = program.patches.map(({ id }) => id);
  checkIds(options, ids);
  switch (options.command) {
    case 'list':
      io.stdout.write(listing(options, program));
      return EXIT.done;
    case 'completion':
      io.stdout.write(completionScript(options.shell, ids));
      return EXIT.done;
    case 'explain':
      return explain(options, program, io, compute);
    case 'patch':
      return patch(options, program, io, compute);
  }
}

async function programFor(options: Options, builtIn: PatchSet, cwd: string): Promise<Program> {
  if (options.from !== undefined) return programFrom(options.from, options, cwd);
  return options.module === undefined ? builtIn : programOf(options.module, cwd);
}

async function patch(options: Options, program: Program, io: Io, compute: PatchText): Promise<ExitCode> {
  const settings: Settings = {
    mode: options.mode,
    patches: program.patches.filter(({ id }) => options.patches.length === 0 || options.patches.includes(id)),
    overwrite: new Set(options.overwrite),
    context: options.context,
    maxSize: options.maxSize,
    ...(program.fixSpec && { fixSpec: program.fixSpec }),
    ...(program.module !== undefined && { module: program.module }),
  };
  const paint = createPaint(isColoured(options.color, io.stderr, io.env));
  const input = options.stdin ? await io.stdin(options.maxSize) : undefined;
  const files = input
    ? [await patchBytes(input, stdinName(options, io.cwd), settings, compute)]
    : await patchFiles(await tasksFor(options, settings, program, io), options, io, compute);
  const found: Result = {
    mode: options.mode,
    questions: program.questions ?? [],
    files,
    rerun: rerunOf(options),
    exitCode: worst(files.map((file) => file.exitCode)),
  };
  // Files first: what goes to standard output tells whether they could be written.
  const lost = await writeReports(options.reporters, found, io);
  const result: Result = { ...found, exitCode: worst([found.exitCode, ...lost]) };

  if (program.note !== undefined && !options.quiet)
    io.stderr.write(`${paint.cyan('note')} ${inertLine(program.note)}\n`);
  const owner = ownerOfStdout(options.reporters);
  if (owner) io.stdout.write(await reportOn(owner.name, result, aboutRun(io)));
  else {
    if (input && options.mode === 'write') io.stdout.write(filtered(input, files[0], io.stdout));
    else if (options.mode !== 'check') {
      const diff = options.interactive && io.stdout.isTerminal ? '' : shownDiff(result, options, io);
      io.stdout.write(diff);
      if (diff !== '' && io.stdout.isTerminal && !options.quiet) io.stderr.write('\n');
    }
    // Last, so that in a terminal it stands below the diff.
    io.stderr.write(options.quiet ? errorReport(result, paint) : summaryReport(result, paint, io.stderr.columns));
  }
  return result.exitCode;
}

// No absolute path is told.
function stdinName({ stdinPath }: Options, cwd: string): string {
  return isAbsolute(stdinPath) ? shownPath(cwd, stdinPath) : stdinPath;
}

async function patchFiles(
  tasks: readonly Task[],
  { interactive, module, quiet, color, context }: Options,
  io: Io,
  compute: PatchText,
): Promise<FileResult[]> {
  const progress = progressOn(io.stderr, tasks.length, quiet);
  const paint = createPaint(isColoured(color, io.stderr, io.env));
  const ask = chooseByAsking(io, paint, context);
  return runTasks(tasks, io, {
    compute,
    onFile: progress.show,
    // Code of the user's that fails on one file must not leave others written.
    ...(module !== undefined && { choose: async (files: readonly FileResult[]) => files.map(() => new Set<string>()) }),
    ...(interactive && {
      choose: (files: readonly FileResult[]) => {
        progress.clear();
        return ask(files);
      },
    }),
  }).finally(progress.clear);
}

async function tasksFor(options: Options, settings: Settings, program: Program, io: Io): Promise<Task[]> {
  const { cwd } = io;
  const follow = (path: string): string => (options.followSymlinks ? followed(path) : path);
  if (!program.files) {
    const found = await findTargets(options.specs, cwd, program.target).catch((error: unknown) => {
      throw error instanceof TargetError ? withSuggestion(error, cwd) : error;
    });
    const targets = new Set(found.map(follow));
    refuseReportOverSpec(options.reporters, [...targets, ...programPaths(options, io)], io);
    const own = { ...settings, all: program.patches };
    return [...targets].map((path) => ({ path, shown: shownPath(cwd, path), settings: own }));
  }
  const paths = program.files.flatMap(({ path }) => path ?? []);
  refuseReportOverSpec(options.reporters, [...paths, ...programPaths(options, io)], io);
  // Each file has changes of its own; those that have no file are told as such.
  return program.files.flatMap(({ path, shown, patches }): Task[] => {
    const own = patches.filter(({ id }) => settings.patches.some((one) => one.id === id));
    if (own.length === 0) return [];
    const task = { shown, settings: { ...settings, all: patches, patches: own } };
    return [path === undefined ? task : { ...task, path: follow(path) }];
  });
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
async function explain(options: Options, program: Program, io: Io, compute: PatchText): Promise<ExitCode> {
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
    ...(program.module !== undefined && { module: program.module }),
  };
  const isJson = ownerOfStdout(options.reporters) !== undefined;
  if (!isJson) for (const one of patches) io.stdout.write(inert(`${describePatch(one)}\n`));
  const found = options.stdin
    ? [await patchBytes(await io.stdin(options.maxSize), stdinName(options, io.cwd), settings, compute)]
    : await runTasks(await tasksFor(options, settings, program, io), io, { compute });
  const files = found.map((file) => ({
    ...file,
    patches: file.patches.filter(isMeant),
    messages: file.messages.filter(({ patch: id }) => id === undefined || id === options.explained),
  }));
  const unreadable = files.filter(({ exitCode }) => exitCode === EXIT.unusable);
  const exitCode = unreadable.length > 0 ? EXIT.unusable : EXIT.done;
  const result: Result = { mode: 'dry-run', questions: [], files, rerun: NOTHING, exitCode };
  if (isJson) io.stdout.write(await reportOn('json', result, aboutRun(io)));
  else {
    for (const { explanation } of files.flatMap((file) => file.patches))
      if (explanation !== undefined) io.stdout.write(`\n${inert(explanation)}\n`);
    const paint = createPaint(isColoured(options.color, io.stderr, io.env));
    io.stderr.write(errorReport({ ...result, files: unreadable }, paint));
  }
  return exitCode;
}

function listing({ reporters }: Options, { patches, target, files }: Program): string {
  if (ownerOfStdout(reporters)) {
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

// A path that leads to nothing may be a command, or a name beside it.
function withSuggestion(error: TargetError, cwd: string): TargetError {
  const { message } = error;
  const typed = error.typed?.replace(/[/\\]$/, '');
  if (typed === undefined) return error;
  const name = basename(typed);
  const isBare = name === typed;
  const names = namesBeside(resolve(cwd, typed));
  return new TargetError(
    message + meant(name, isBare ? [...COMMANDS, ...names] : names, isBare ? '' : typed.slice(0, -name.length)),
  );
}
