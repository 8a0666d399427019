import { parentPort, workerData } from 'node:worker_threads';
import { authSpec } from '../patches/index.js';
import { patchText, type Settings } from './run.js';

/** One text to patch, as it travels to a worker: patches go by their ids. */
export interface Job {
  readonly text: string;
  readonly path: string;
  readonly settings: Omit<Settings, 'patches'> & { readonly patches: readonly string[] };
}

const { text, path, settings } = workerData as Job;
const patches = authSpec.patches.filter(({ id }) => settings.patches.includes(id));
parentPort?.postMessage(patchText(text, path, { ...settings, patches }));
