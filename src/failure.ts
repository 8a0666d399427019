import { resolve } from 'node:path';
import { InterruptedError } from './deadline.js';
import { PatchError } from './define.js';
import { FileError } from './file.js';
import { type Io, isColoured } from './io.js';
import { askedReport, type Options, UsageError } from './options.js';
import { ownerOfStdout, programPaths, refuseReportOverSpec, writeReports } from './outputs.js';
import type { PatchSet } from './patch.js';
import { reportOn } from './report/reports.js';
import { createPaint, inert, inertLine } from './report/terminal.js';
import { NOTHING } from './rerun.js';
import { EXIT, type ExitCode, type Result } from './result.js';
import { findTargets, standsFile, TargetError } from './targets.js';
import { version } from './version.js';

/**
 * Tells what ended a run, also in the reports that were asked for.
 *
 * @param options undefined when the words themselves are wrong
 */
export async function tellFailure(
  error: unknown,
  argv: readonly string[],
  options: Options | undefined,
  builtIn: () => PatchSet,
  io: Io,
): Promise<ExitCode> {
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
  if (options && exitCode !== EXIT.bug) await reportError(options, builtIn, result, io);
  const owner = options ? ownerOfStdout(options.reporters)?.name : askedReport(argv);
  if (owner) {
    const about = { version: version(), prefix: '' };
    io.stdout.write(await reportOn(owner, result, about));
  }
  return exitCode;
}

// Reports in files say what went wrong too: one of an earlier run would pass for this one's. But nothing that could be a spec is
// written over, and what a fix spec would have changed is not known here.
async function reportError(options: Options, builtIn: () => PatchSet, result: Result, io: Io): Promise<void> {
  const reporters = options.reporters.filter(
    ({ file }) => file !== undefined && !(options.from !== undefined && standsFile(resolve(io.cwd, file))),
  );
  try {
    const found = await findTargets(options.specs, io.cwd, builtIn().target).catch((error: unknown) => {
      if (error instanceof TargetError) return [];
      throw error;
    });
    refuseReportOverSpec(reporters, [...found, ...programPaths(options, io)], io);
  } catch {
    return;
  }
  await writeReports(reporters, result, io);
}
