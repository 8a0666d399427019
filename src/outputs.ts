import { resolve } from 'node:path';
import { FileError } from './file.js';
import type { Io } from './io.js';
import { type Options, type Reporter, UsageError } from './options.js';
import { isOneFile, writeReport } from './report/file.js';
import { reportOn } from './report/reports.js';
import { inertLine } from './report/terminal.js';
import { type About, EXIT, type ExitCode, type Result } from './result.js';
import { isInside, refuseLinkedDirectory, repositoryRoot, shownPath } from './targets.js';
import { version } from './version.js';

/** The report that standard output is given to; the text yields to any other. */
export function ownerOfStdout(reporters: readonly Reporter[]): Reporter | undefined {
  return reporters.find(({ name, file }) => name !== 'text' && file === undefined);
}

/**
 * @param targets absolute paths of what no report may take the place of
 * @throws UsageError
 */
export function refuseReportOverSpec(reporters: readonly Reporter[], targets: readonly string[], io: Io): void {
  const isSpec = (path: string): boolean => targets.some((target) => isOneFile(target, resolve(io.cwd, path)));
  for (const { name, file } of reporters) {
    if (file !== undefined && isSpec(file))
      throw new UsageError(`Cannot write the ${name} report to \`${file}\`: it is one of the files of this run`);
  }
  const summary = summaryOf(reporters, io);
  if (summary !== undefined && isSpec(summary))
    throw new UsageError(`Cannot write the step summary to \`${summary}\`: it is one of the files of this run`);
}

/** The files that tell what is to be done, which no report takes the place of either. */
export function programPaths({ from, module }: Options, { cwd }: Io): string[] {
  return [from, module].flatMap((path) => (path === undefined ? [] : [resolve(cwd, path)]));
}

/** Writes the reports that go to files. The exit codes are those of what could not be written. */
export async function writeReports(reporters: readonly Reporter[], result: Result, io: Io): Promise<ExitCode[]> {
  const about = aboutRun(io);
  const codes: ExitCode[] = [];
  const write = (what: string, name: string, action: () => void): void => {
    try {
      action();
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      io.stderr.write(`error ${inertLine(`Cannot write ${what} to \`${name}\`: ${error.message}`)}\n`);
      codes.push(EXIT.unusable);
    }
  };
  for (const { name, file } of reporters) {
    if (file === undefined) continue;
    const path = resolve(io.cwd, file);
    const report = await reportOn(name, result, about);
    write(`the ${name} report`, file, () => {
      refuseLinkedDirectory(path, io.cwd);
      writeReport(path, report);
    });
  }
  const summary = summaryOf(reporters, io);
  if (summary !== undefined) {
    const report = await reportOn('markdown', result, about);
    write('the step summary', summary, () => writeReport(resolve(io.cwd, summary), `${report}\n`, { isAdded: true }));
  }
  return codes;
}

// GitHub's runner gives every step a file of its own, to which the commands of the step add.
function summaryOf(reporters: readonly Reporter[], { env }: Io): string | undefined {
  return reporters.some(({ name }) => name === 'github') ? env['GITHUB_STEP_SUMMARY'] || undefined : undefined;
}

/** What names files for those who see the whole repository, such as GitHub. */
export function aboutRun({ cwd, env }: Io): About {
  const workspace = env['GITHUB_WORKSPACE'];
  const root = workspace && isInside(workspace, cwd) ? workspace : (repositoryRoot(cwd) ?? cwd);
  const way = shownPath(root, cwd);
  return { version: version(), prefix: way === '' ? '' : `${way}/` };
}
