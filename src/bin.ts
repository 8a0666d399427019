import { Worker } from 'node:worker_threads';
import { authSpec } from '../patches/index.js';
import { main, type Output } from './cli.js';
import { FileError } from './file.js';
import { EXIT, type FileResult, worst } from './result.js';
import { type PatchText, unusable } from './run.js';
import type { Job } from './worker.js';

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

  const code = await main(process.argv.slice(2), authSpec, {
    cwd: process.cwd(),
    env: process.env,
    stdin: readUpTo,
    stdout: output(process.stdout),
    stderr: output(process.stderr),
    patchLargeText: inWorker,
  });
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

async function readUpTo(limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    chunks.push(Buffer.from(chunk));
    length += chunk.length;
    if (length > limit) break;
  }
  return Buffer.concat(chunks);
}

// A worker that runs out of memory ends alone; this process would die with all it had to say.
const inWorker: PatchText = (text, path, settings) =>
  new Promise((resolve, reject) => {
    const job: Job = { text, path, settings: { ...settings, patches: settings.patches.map(({ id }) => id) } };
    const worker = new Worker(new URL('worker.js', import.meta.url), { workerData: job });
    worker.once('message', (result: FileResult) => resolve(result));
    worker.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') return reject(error);
      return resolve(unusable(path, new FileError('memory', 'its Markdown takes more memory to read than there is')));
    });
  });

function output(stream: NodeJS.WriteStream): Output {
  return {
    isTerminal: stream.isTTY === true,
    write: (data) => {
      if (data.length > 0) stream.write(data);
    },
  };
}
