import { parentPort, workerData } from 'node:worker_threads';
import { authSpec } from '../patches/index.js';
import { readFixSpec } from './fix-spec/fix-spec.js';
import { patchText, type Settings } from './run.js';

/** One text to patch, as it travels to a worker: patches go by their ids. */
export interface Job {
  readonly text: string;
  readonly path: string;
  readonly settings: Omit<Settings, 'patches'> & { readonly patches: readonly string[] };
}

const { text, path, settings } = workerData as Job;
const all = settings.fixSpec
  ? readFixSpec(settings.fixSpec.text, settings.fixSpec.witnesses).changes.map(({ patch }) => patch)
  : authSpec.patches;
const patches = all.filter(({ id }) => settings.patches.includes(id));
parentPort?.postMessage(patchText(text, path, { ...settings, patches }));
