import { OPTIONS } from './options.js';

/** The text of `--help`. It is always the same: the bundle holds it as it was when that was made. */
export async function helpText(): Promise<string> {
  const { default: yargs } = await import('yargs');
  const described = yargs([])
    .scriptName('fix-auth-spec')
    .locale('en')
    .help(false)
    .version(false)
    .options(OPTIONS)
    .wrap(100);
  return `${USAGE}\n\n${await described.getHelp()}\n\n${EPILOGUE}\n`;
}

const USAGE = `Patch a Markdown spec: preview, apply, verify.

  fix-auth-spec [options] [spec..]     files, directories, globs, or - for standard input;
                                       without any, specs/004-auth-integration/spec.md is looked for
  fix-auth-spec --from fix-spec.md     the changes listed in a fix spec, to the files that it names
  fix-auth-spec --patches module.js    a patch set of your own
  fix-auth-spec list                   the patches
  fix-auth-spec explain <id> [spec..]  what a patch looks for and finds
  fix-auth-spec record <spec> [former] a patch set, with its test, of what you edited since the last commit
  fix-auth-spec new <id> [spec]        a patch set, with its test, to start from
  fix-auth-spec completion <shell>     what bash or zsh needs to complete all this`;

const EPILOGUE = `Exit codes:
  0 done, or nothing to do        1 --check: something is pending
  2 wrong usage, nothing found    3 a person is needed; the file is untouched
  4 a file cannot be read or written, or output fails    70 a bug in fix-auth-spec`;
