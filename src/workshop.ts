import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { authSpec } from '../patches/index.js';
import type { Means } from './commands.js';
import { engineSet, PatchError } from './define.js';
import { FileError } from './file.js';
import type { Patch } from './patch.js';
import { inertLine } from './report/terminal.js';
import { type PatchText, patchText, unusable } from './run.js';
import type { Answer, Job } from './worker.js';

/** What there is for a command. */
export function means(): Means {
  return { builtIn: () => engineSet(authSpec), compute, onWork: optimiseWhenLarge() };
}

/** UTF-16 units of all texts of a run from which on V8's optimising compiler gives back what it takes. */
const WORTH_OPTIMISING = 250_000;

// A preview of one spec is over before it has: without that compiler a whole run took 0.67 of the time on 24 KB, 0.70 on 250 KB and
// 0.85 on 400 KB, but 1.25 on 1 MB; on ten files of 24 KB 1.05, for 0.72 of the processor's time. Of the flags that do this, this
// one is known to every Node.js. It holds for the whole process, its threads included. Node.js 24 leaves to its other compiler what that
// has compiled by then, which measured the same.
function optimiseWhenLarge(): (units: number) => void {
  setFlagsFromString('--no-opt');
  let ahead = 0;
  return (units) => {
    if (ahead <= WORTH_OPTIMISING && ahead + units > WORTH_OPTIMISING) setFlagsFromString('--opt');
    ahead += units;
  };
}

// A large text on a heap of its own.
const compute: PatchText = (text, path, settings) =>
  (text.length > largest() ? inWorker : patchText)(text, path, settings);

// UTF-16 units that this process reads itself. The parser needs up to 8 KiB for each of a hostile text, and half of the heap is
// left for the rest; of texts beyond 128 Ki only one in a thousand is a spec.
function largest(): number {
  return Math.min(128 * 1024, getHeapStatistics().heap_size_limit / (16 * 1024));
}

// A worker that runs out of memory ends alone; this process would die with all it had to say.
const inWorker: PatchText = async (text, path, settings) => {
  const { Worker } = await import('node:worker_threads');
  return new Promise((resolve, reject) => {
    const { patches, all, declined, ...rest } = settings;
    const ids = (some: readonly Patch[]): string[] => some.map(({ id }) => id);
    const named = {
      patches: ids(patches),
      ...(all && { all: ids(all) }),
      ...(declined && { declined: ids(declined) }),
    };
    const job: Job = { text, path, settings: { ...rest, ...named } };
    const worker = new Worker(new URL('worker.js', import.meta.url), { workerData: job });
    worker.once('message', (answer: Answer) =>
      'result' in answer ? resolve(answer.result) : reject(new PatchError(answer.patchError)),
    );
    worker.once('exit', (code) => reject(new Error(`Expected a result from the worker, which ended with ${code}`)));
    worker.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') return reject(error);
      return resolve(unusable(path, new FileError('memory', 'its Markdown takes more memory to read than there is')));
    });
  });
};

let lines: AsyncIterator<string> | undefined;

/**
 * Asks on a terminal. Lines come when they are asked for; not in raw mode, so that Ctrl-C is the signal that ends the process.
 *
 * @returns undefined at the end of the input
 */
export async function ask(
  question: string,
  input: NodeJS.ReadStream,
  output: NodeJS.WriteStream,
): Promise<string | undefined> {
  const { createInterface } = await import('node:readline');
  lines ??= createInterface({ input, terminal: false })[Symbol.asyncIterator]();
  output.write(question);
  const { value, done } = await lines.next();
  // A terminal shows what is typed.
  if (done || !input.isTTY) output.write(done ? '\n' : `${inertLine(value)}\n`);
  return done ? undefined : value;
}
