import type { Io } from './io.js';
import type { FileResult } from './result.js';
import { finishFile, type PatchText, type Prepared, patchText, prepareFile, type Settings } from './run.js';

/** One file of a run. */
export interface Task {
  /** Absolute; absent where the changes of a fix spec have no file. */
  readonly path?: string;
  readonly shown: string;
  readonly settings: Settings;
}

/** Chooses among the patches of files that are ready to be written: for each file the ids of those not wanted. */
export type Choose = (files: readonly FileResult[]) => Promise<readonly ReadonlySet<string>[]>;

/** How a run goes about its files. */
export interface Manner {
  /** Instead of {@link patchText}, where texts that need much memory can be worked on elsewhere. */
  readonly compute?: PatchText;
  /** Asked once, before anything is written. */
  readonly choose?: Choose;
  /** What is kept of a file that is done, when nobody chooses: all by default. */
  readonly keep?: (file: FileResult) => FileResult;
  /** Told how many files are done. */
  readonly onFile?: (done: number) => void;
}

/** Patches files, one after the other. */
export async function runTasks(
  tasks: readonly Task[],
  { cwd }: Pick<Io, 'cwd'>,
  { compute = patchText, choose, keep = (file) => file, onFile }: Manner = {},
): Promise<FileResult[]> {
  const prepare = ({ path, shown, settings }: Task): Promise<Prepared> =>
    path === undefined
      ? Promise.resolve({ path: shown, result: patchText('', shown, settings) })
      : prepareFile(path, cwd, settings, compute);

  const results: FileResult[] = [];
  const waiting: { task: Task; prepared: Prepared }[] = [];
  for (const [index, task] of tasks.entries()) {
    const prepared = await prepare(task);
    if (choose) waiting.push({ task, prepared });
    else results.push(keep(finishFile(prepared, task.settings)));
    onFile?.(index + 1);
    // Between files whatever waits gets its turn: Ctrl-C, a reader of the output that went away.
    await new Promise(setImmediate);
  }
  if (!choose) return results;
  const declined = await choose(waiting.map(({ prepared }) => prepared.result));
  const chosen: Prepared[] = [];
  for (const [index, { task, prepared }] of waiting.entries())
    chosen.push(await without(declined[index] ?? new Set(), prepared, task.settings, compute));
  return chosen.map((prepared, index) => finishFile(prepared, (tasks[index] as Task).settings));
}

// The same text once more, for what the user wants of it.
async function without(
  ids: ReadonlySet<string>,
  prepared: Prepared,
  settings: Settings,
  compute: PatchText,
): Promise<Prepared> {
  if (ids.size === 0 || !prepared.source) return prepared;
  const { patches, all = patches, overwrite } = settings;
  const chosen: Settings = {
    ...settings,
    all,
    patches: patches.filter(({ id }) => !ids.has(id)),
    declined: patches.filter(({ id }) => ids.has(id)),
    overwrite: new Set([...overwrite].filter((id) => !ids.has(id))),
  };
  return { ...prepared, result: await compute(prepared.source.text, prepared.result.path, chosen) };
}
