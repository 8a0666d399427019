import { COMMANDS, REPORTERS, SHELLS, UsageError } from '../options.js';
import { list } from '../words.js';
import { bashScript } from './bash.js';
import type { Words } from './tables.js';
import { zshScript } from './zsh.js';

/**
 * What a shell has to read once so that it completes command lines; nothing is started at a TAB.
 *
 * @param shell as typed
 * @param ids of the patches there are
 * @throws UsageError when the shell is none of {@link SHELLS}
 */
export function completionScript(shell: string, ids: readonly string[]): string {
  const known = SHELLS.find((name) => name === shell);
  const words: Words = { patch: ids, reporter: REPORTERS, shell: SHELLS, command: COMMANDS };
  switch (known) {
    case 'bash':
      return bashScript(words);
    case 'zsh':
      return zshScript(words);
    case undefined: {
      const names = SHELLS.map((name) => `\`${name}\``);
      throw new UsageError(
        `Expected ${list(names, 'or')} after \`completion\`${shell === '' ? '' : `, not \`${shell}\``}`,
      );
    }
  }
}
