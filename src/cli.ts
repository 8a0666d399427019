import type { Means } from './commands.js';
import { helpText } from './help.js';
import type { Io } from './io.js';
import { type Options, parseOptions } from './options.js';
import { EXIT, type ExitCode } from './result.js';
import { version } from './version.js';

/**
 * Runs one command line. Everything it does goes through `io` and the files it names; nothing is thrown. Until it is known to
 * ask for more than help, nothing is loaded but what reads it.
 *
 * @param argv the words behind the command's name
 * @param load called when there is more to do than to help
 */
export async function main(argv: readonly string[], load: () => Promise<Means>, io: Io): Promise<ExitCode> {
  let options: Options | undefined;
  try {
    options = parseOptions(argv);
    const { command } = options;
    if (command === 'help' || command === 'version') {
      io.stdout.write(command === 'help' ? await helpText() : `${version()}\n`);
      return EXIT.done;
    }
    const { runCommand } = await import('./commands.js');
    return await runCommand(command, options, await load(), io);
  } catch (error) {
    const { tellFailure } = await import('./commands.js');
    return tellFailure(error, argv, options, (await load()).builtIn, io);
  }
}
