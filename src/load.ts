import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { engineSet, PatchError } from './define.js';
import type { PatchSet } from './patch.js';
import { standsFile } from './targets.js';

/** Milliseconds that a module may take to load. */
const PATIENCE = 10_000;

/**
 * The patch set that a module exports by default. The module is a program: it runs with all that its user may do, and is loaded
 * only where the user has named it. It is first loaded in a thread, which can be ended when it does not come back.
 *
 * @param path absolute
 * @param shown the path as messages name it
 * @throws PatchError when there is no such module, it throws or hangs, or what it exports is no set of patches
 */
export async function loadPatchSet(path: string, shown: string, patience = PATIENCE): Promise<PatchSet> {
  if (!standsFile(path)) throw new PatchError(`Cannot find the patch set \`${shown}\`: there is no such file`);
  const failure = await loadedInThread(path, patience);
  if (failure !== undefined) throw new PatchError(`Cannot load the patch set \`${shown}\`: ${failure}`);
  return exportedSet(path, shown);
}

/** The patch set of a module that is known to load. */
export async function exportedSet(path: string, shown: string): Promise<PatchSet> {
  const { default: set } = (await import(pathToFileURL(path).href)) as { default?: unknown };
  if (set === undefined)
    throw new PatchError(
      `Cannot use the patch set \`${shown}\`: it has no default export; export a \`definePatchSet(…)\``,
    );
  try {
    return engineSet(set);
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    throw new PatchError(`Cannot use the patch set \`${shown}\`: ${error.message}`, { cause: error });
  }
}

// Why a module cannot be loaded, undefined when it can.
function loadedInThread(path: string, patience: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL('probe.js', import.meta.url), { workerData: pathToFileURL(path).href });
    const timer = setTimeout(() => {
      resolve(`it has not come back after ${patience / 1000} s`);
      void worker.terminate();
    }, patience);
    const done = (failure: string | undefined): void => {
      clearTimeout(timer);
      resolve(failure);
      void worker.terminate();
    };
    worker.once('message', (failure: string) => done(failure === '' ? undefined : failure));
    worker.once('error', (error) => done(error.message));
    worker.once('exit', (code) => done(`it ended its process with code ${code}`));
  });
}
