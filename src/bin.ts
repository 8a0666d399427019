import { authSpec } from '../patches/index.js';
import { main, type Output } from './cli.js';
import { EXIT, worst } from './result.js';

/** Runs the command line on this process: the only place that knows `process`. */
export async function run(): Promise<void> {
  process.on('SIGINT', () => process.exit(EXIT.interrupted));
  let lost: NodeJS.ErrnoException | undefined;
  // Without a listener a closed pipe would end the process with code 1 too.
  process.stdout.on('error', (error) => {
    lost ??= error;
  });
  process.stderr.on('error', () => {});

  const code = await main(process.argv.slice(2), authSpec, {
    cwd: process.cwd(),
    env: process.env,
    stdin: readAll,
    stdout: output(process.stdout),
    stderr: output(process.stderr),
  }).catch((error: unknown) => {
    // An uncaught exception would end the process with code 1, which means something else here.
    process.stderr.write(`error This is a bug in fix-auth-spec: ${String(error)}\n`);
    return EXIT.bug;
  });
  await new Promise((resolve) => process.stdout.write('', resolve));
  if (lost && lost.code !== 'EPIPE')
    process.stderr.write(`error Cannot write to standard output: ${lost.code ?? lost.message}\n`);
  process.exitCode = worst([code, lost ? (lost.code === 'EPIPE' ? EXIT.outputLost : EXIT.unusable) : EXIT.done]);
}

async function readAll(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function output(stream: NodeJS.WriteStream): Output {
  return {
    isTerminal: stream.isTTY === true,
    write: (data) => {
      if (data.length > 0) stream.write(data);
    },
  };
}
