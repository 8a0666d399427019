import { parentPort, workerData } from 'node:worker_threads';
import { authSpec } from '../patches/index.js';
import { readFixSpec } from './fix-spec/fix-spec.js';
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

const { text, path, settings } = workerData as Job;
const known = settings.fixSpec
  ? readFixSpec(settings.fixSpec.text, settings.fixSpec.witnesses).changes.map(({ patch }) => patch)
  : authSpec.patches;
const named = (ids: readonly string[]) => known.filter(({ id }) => ids.includes(id));
const { patches, all, declined, ...rest } = settings;
parentPort?.postMessage(
  patchText(text, path, {
    ...rest,
    patches: named(patches),
    ...(all && { all: named(all) }),
    ...(declined && { declined: named(declined) }),
  }),
);
