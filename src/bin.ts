import { fstatSync } from 'node:fs';
import { main } from './cli.js';
import { FileError } from './file.js';
import type { Output } from './io.js';
import { EXIT, worst } from './result.js';

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
  let isAsking = false;
  const code = await main(process.argv.slice(2), async () => (await import('./workshop.js')).means(), {
    get cwd() {
      return cwd();
    },
    env: process.env,
    stdin: readInput,
    ask: async (question) => {
      const { ask } = await import('./workshop.js');
      isAsking = true;
      return ask(question, process.stdin, process.stderr);
    },
    stdout: output(process.stdout),
    stderr: output(process.stderr),
  });
  // Answers that nobody waits for any more would keep the process.
  if (isAsking) process.stdin.unref?.();
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
