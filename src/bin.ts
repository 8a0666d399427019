import { fstatSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { getHeapStatistics } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { authSpec } from '../patches/index.js';
import { main } from './cli.js';
import { engineSet, PatchError } from './define.js';
import { FileError } from './file.js';
import type { Io, Output } from './io.js';
import type { Patch } from './patch.js';
import { inertLine } from './report/terminal.js';
import { EXIT, worst } from './result.js';
import { type PatchText, patchText, unusable } from './run.js';
import type { Answer, Job } from './worker.js';

/** Runs the command line on this process: the only place that knows `process`. */
export async function run(): Promise<void> {
  process.on('SIGINT', () => process.exit(EXIT.interrupted));
  // Without a listener a closed pipe would end the process with code 1 too.
  const lost = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].on('error', ({ code, message }: NodeJS.ErrnoException) => {
      lost[name] ||= code ?? message;
    });
  }

  const cwd = workingDirectory();
  const code = await main(
    process.argv.slice(2),
    engineSet(authSpec),
    {
      get cwd() {
        return cwd();
      },
      env: process.env,
      stdin: readInput,
      ask: asker(),
      stdout: output(process.stdout),
      stderr: output(process.stderr),
    },
    (text, path, settings) => (text.length > largest() ? inWorker : patchText)(text, path, settings),
  );
  // Answers that nobody waits for any more would keep the process.
  process.stdin.unref?.();
  await new Promise((resolve) => process.stdout.write('', resolve));
  if (lost.stdout !== '' && lost.stdout !== 'EPIPE')
    process.stderr.write(`error Cannot write to standard output: ${lost.stdout}\n`);
  await new Promise((resolve) => process.stderr.write('', resolve));
  process.exitCode = worst([
    code,
    lost.stdout === '' ? EXIT.done : lost.stdout === 'EPIPE' ? EXIT.outputLost : EXIT.unusable,
    // Who closes standard error does not want to know; a full device is another thing.
    lost.stderr === '' || lost.stderr === 'EPIPE' ? EXIT.done : EXIT.unusable,
  ]);
}

// Without a directory to stand in nothing can be named, but help can be given: yargs too asks where it is.
function workingDirectory(): () => string {
  try {
    const cwd = process.cwd();
    return () => cwd;
  } catch (cause) {
    process.chdir('/');
    return () => {
      throw new FileError('io', 'Cannot use the working directory: it does not exist', { cause });
    };
  }
}

async function readInput(limit: number): Promise<Buffer> {
  if (fstatSync(0).isDirectory()) throw new FileError('not-a-file', 'Cannot read standard input: it is a directory');
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    chunks.push(Buffer.from(chunk));
    length += chunk.length;
    if (length > limit) break;
  }
  return Buffer.concat(chunks);
}

// Lines come when they are asked for. Not in raw mode, so that Ctrl-C is the signal that ends the process.
function asker(): Io['ask'] {
  let lines: AsyncIterator<string> | undefined;
  return async (question) => {
    lines ??= createInterface({ input: process.stdin, terminal: false })[Symbol.asyncIterator]();
    process.stderr.write(question);
    const { value, done } = await lines.next();
    // A terminal shows what is typed.
    if (done || !process.stdin.isTTY) process.stderr.write(done ? '\n' : `${inertLine(value)}\n`);
    return done ? undefined : value;
  };
}

// UTF-16 units that this process reads itself. The parser needs up to 8 KiB for each of a hostile text, and half of the heap is
// left for the rest; of texts beyond 128 Ki only one in a thousand is a spec.
function largest(): number {
  return Math.min(128 * 1024, getHeapStatistics().heap_size_limit / (16 * 1024));
}

// A worker that runs out of memory ends alone; this process would die with all it had to say.
const inWorker: PatchText = (text, path, settings) =>
  new Promise((resolve, reject) => {
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

function output(stream: NodeJS.WriteStream): Output {
  return {
    isTerminal: stream.isTTY === true,
    get columns() {
      // A terminal that does not know its width says 0.
      return stream.isTTY ? stream.columns || undefined : undefined;
    },
    write: (data) => {
      if (data.length > 0) stream.write(data);
    },
  };
}
