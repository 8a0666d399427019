import { basename, isAbsolute, resolve } from 'node:path';
import { runTasks, type Task } from './batch.js';
import { type Io, isColoured, type Output } from './io.js';
import { COMMANDS, checkIds, meant, type Options } from './options.js';
import { aboutRun, ownerOfStdout, programPaths, refuseReportOverSpec, writeReports } from './outputs.js';
import type { PatchSet } from './patch.js';
import type { Program } from './program.js';
import { describePatch } from './report/explain.js';
import { progressOn } from './report/progress.js';
import { reportOn } from './report/reports.js';
import { createPaint, inert, inertJson, inertLine, withoutCommands } from './report/terminal.js';
import { diffReport, errorReport, summaryReport } from './report/text.js';
import { NOTHING, rerunOf } from './rerun.js';
import { EXIT, type ExitCode, type FileResult, type Result, worst } from './result.js';
import { type PatchText, patchBytes, patchText, type Settings } from './run.js';
import { findTargets, followed, namesBeside, shownPath, TargetError } from './targets.js';
import { version } from './version.js';

export { tellFailure } from './failure.js';

/** What there is for a command, and not needed for help. */
export interface Means {
  /** The patches that are meant where the words name no others. */
  readonly builtIn: () => PatchSet;
  /** Instead of {@link patchText}, where texts that need much memory can be worked on elsewhere. */
  readonly compute?: PatchText;
  /** Told of each text, by its UTF-16 units, before it is worked on; of infinitely many where it is worked on again and again. */
  readonly onWork?: (units: number) => void;
}

/** Carries out a command. */
export async function runCommand(
  command: Exclude<Options['command'], 'help' | 'version'>,
  options: Options,
  { builtIn, onWork = () => {}, compute: worked = patchText }: Means,
  io: Io,
): Promise<ExitCode> {
  if (command === 'record' || command === 'new') {
    const { record, scaffold } = await import('./record.js');
    if (command === 'new') return scaffold(options, io);
    onWork(Number.POSITIVE_INFINITY);
    return record(options, io);
  }
  const compute: PatchText = (text, path, settings) => {
    onWork(text.length);
    return worked(text, path, settings);
  };
  const program = await programFor(options, builtIn, io.cwd, onWork);
  const ids = program.patches.map(({ id }) => id);
  checkIds(options, ids);
  switch (command) {
    case 'list':
      io.stdout.write(listing(options, program));
      return EXIT.done;
    case 'completion':
      io.stdout.write((await import('./completion/completion.js')).completionScript(options.shell, ids));
      return EXIT.done;
    case 'explain':
      return explain(options, program, io, compute);
    case 'patch':
      return patch(options, program, io, compute);
  }
}

async function programFor(
  options: Options,
  builtIn: () => PatchSet,
  cwd: string,
  onWork: (units: number) => void,
): Promise<Program> {
  if (options.from === undefined && options.module === undefined) return builtIn();
  const { programFrom, programOf } = await import('./program.js');
  if (options.from !== undefined) return programFrom(options.from, options, cwd, onWork);
  return programOf(options.module as string, cwd);
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
  { interactive, module, quiet, color, context, reporters }: Options,
  io: Io,
  compute: PatchText,
): Promise<FileResult[]> {
  const showsTexts = reporters.some(({ name }) => !['text', 'json', 'markdown'].includes(name));
  const progress = progressOn(io.stderr, tasks.length, quiet);
  const paint = createPaint(isColoured(color, io.stderr, io.env));
  return runTasks(tasks, io, {
    compute,
    onFile: progress.show,
    ...(!showsTexts && { keep: withoutTexts }),
    // Code of the user's that fails on one file must not leave others written.
    ...(module !== undefined && { choose: async (files: readonly FileResult[]) => files.map(() => new Set<string>()) }),
    ...(interactive && {
      choose: async (files: readonly FileResult[]) => {
        progress.clear();
        const { chooseByAsking } = await import('./interactive.js');
        return chooseByAsking(io, paint, context)(files);
      },
    }),
  }).finally(progress.clear);
}

// A run over a thousand files holds what is said of them. A copy, for a part of a text would hold all of it; and where there is
// something to say, lines of the text are shown.
function withoutTexts(file: FileResult): FileResult {
  if (file.messages.length > 0) return file;
  const { before, text, ...rest } = file;
  return structuredClone(rest);
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
