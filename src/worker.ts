import { parentPort, workerData } from 'node:worker_threads';
import { authSpec } from '../patches/index.js';
import { engineSet, PatchError } from './define.js';
import type { Patch } from './patch.js';
import type { FileResult } from './result.js';
import { patchText, type Settings } from './run.js';

/** One text to patch, as it travels to a worker: patches go by their ids. */
export interface Job {
  readonly text: string;
  readonly path: string;
  readonly settings: Omit<Settings, 'patches' | 'all' | 'declined'> & {
    readonly patches: readonly string[];
    readonly all?: readonly string[];
    readonly declined?: readonly string[];
  };
}

/** What comes back: a result, or what the user's code did. */
export type Answer = { readonly result: FileResult } | { readonly patchError: string };

const { text, path, settings } = workerData as Job;
void patchesOf(settings).then((known) => {
  const named = (ids: readonly string[]) => known.filter(({ id }) => ids.includes(id));
  const { patches, all, declined, ...rest } = settings;
  try {
    const result = patchText(text, path, {
      ...rest,
      patches: named(patches),
      ...(all && { all: named(all) }),
      ...(declined && { declined: named(declined) }),
    });
    parentPort?.postMessage({ result } satisfies Answer);
  } catch (error) {
    // Its class would be lost on the way.
    if (!(error instanceof PatchError)) throw error;
    parentPort?.postMessage({ patchError: error.message } satisfies Answer);
  }
});

async function patchesOf({ fixSpec, module }: Job['settings']): Promise<readonly Patch[]> {
  if (fixSpec) {
    const { readFixSpec } = await import('./fix-spec/fix-spec.js');
    return readFixSpec(fixSpec.text, fixSpec.witnesses).changes.map(({ patch }) => patch);
  }
  if (module === undefined) return engineSet(authSpec).patches;
  const { exportedSet } = await import('./load.js');
  return (await exportedSet(module, module)).patches;
}
