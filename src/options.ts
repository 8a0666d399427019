import { closest, distance } from 'fastest-levenshtein';
import yargs from 'yargs';
import { MAX_SIZE } from './file.js';
import type { Mode } from './result.js';

/** The command line as typed was wrong; the text says how, and what would be right. */
export class UsageError extends Error {}

export interface Reporter {
  readonly name: 'text' | 'json';
  /** Where it goes instead of standard output. */
  readonly file?: string;
}

/** A command line that is right in itself. */
export interface Options {
  readonly command: 'patch' | 'list' | 'explain' | 'help' | 'version';
  readonly mode: Mode;
  /** Files, directories and globs as typed. */
  readonly specs: readonly string[];
  readonly stdin: boolean;
  readonly stdinPath: string;
  /** None means all. */
  readonly patches: readonly string[];
  readonly overwrite: readonly string[];
  /** A fix spec whose changes are carried out instead of the built-in ones. */
  readonly from: string | undefined;
  readonly explained: string;
  readonly reporters: readonly Reporter[];
  readonly context: number;
  /** In bytes. */
  readonly maxSize: number;
  readonly followSymlinks: boolean;
  /** Undefined leaves it to the environment and the terminal. */
  readonly color: boolean | undefined;
  readonly quiet: boolean;
}

/**
 * Reads a command line. The ids in it are still to be checked, see {@link checkIds}.
 *
 * @throws UsageError
 */
export async function parseOptions(argv: readonly string[]): Promise<Options> {
  const given = await read(argv);
  const [first, ...rest] = given.positionals;
  const command = given.help
    ? 'help'
    : given.version
      ? 'version'
      : first === 'list' || first === 'explain'
        ? first
        : 'patch';
  const specs = [
    ...(command === 'patch' ? given.positionals : command === 'explain' ? rest.slice(1) : []),
    ...given.literals,
  ];
  const options: Options = {
    command,
    mode: modeOf(given),
    specs,
    stdin: given.stdin,
    stdinPath: given['stdin-filepath'] ?? 'stdin',
    patches: given.patch,
    overwrite: given.overwrite,
    from: given.from,
    explained: command === 'explain' ? (rest[0] ?? '') : '',
    reporters: given.reporter.map(reporterOf),
    context: wholeNumber('--context', given.context ?? '3'),
    maxSize: given['max-size'] === undefined ? MAX_SIZE : byteSize('--max-size', given['max-size']),
    followSymlinks: given['follow-symlinks'] === true,
    color: given['no-color'] ? false : given.color ? true : undefined,
    quiet: given.quiet === true,
  };
  const unused = command === 'list' ? rest : [];
  if (unused[0] !== undefined) throw new UsageError(`Expected nothing after \`list\`, not \`${unused[0]}\``);
  if (command !== 'help' && command !== 'version') refuseContradictions(options, given['stdin-filepath'] !== undefined);
  return options;
}

/**
 * Checks that all ids on a command line are those of patches.
 *
 * @param ids the patches there are
 * @throws UsageError
 */
export function checkIds({ command, patches, overwrite, explained }: Options, ids: readonly string[]): void {
  for (const id of [...patches, ...overwrite]) refuseUnknown(id, ids);
  if (command !== 'explain') return;
  if (explained === '') throw new UsageError(`Expected the id of a patch after \`explain\`: ${ids.join(', ')}`);
  refuseUnknown(explained, ids);
}

/** The text of `--help`. */
export async function helpText(): Promise<string> {
  return `${USAGE}\n\n${await parser([]).getHelp()}\n\n${EPILOGUE}\n`;
}

interface Given {
  readonly positionals: readonly string[];
  /** What follows `--`. */
  readonly literals: readonly string[];
  readonly help?: boolean | undefined;
  readonly version?: boolean | undefined;
  readonly 'dry-run'?: boolean | undefined;
  readonly check?: boolean | undefined;
  readonly write?: boolean | undefined;
  readonly stdin: boolean;
  readonly 'stdin-filepath'?: string | undefined;
  readonly patch: readonly string[];
  readonly overwrite: readonly string[];
  readonly from?: string | undefined;
  readonly reporter: readonly string[];
  readonly context?: string | undefined;
  readonly 'max-size'?: string | undefined;
  readonly 'follow-symlinks'?: boolean | undefined;
  readonly color?: boolean | undefined;
  readonly 'no-color'?: boolean | undefined;
  readonly quiet?: boolean | undefined;
}

// yargs loses a bare `-` and every path with it, so it goes in under another name.
const STDIN = 'read-standard-input';

async function read(argv: readonly string[]): Promise<Given> {
  const end = argv.indexOf('--');
  const before = end === -1 ? argv : argv.slice(0, end);
  const given = await parser([...before.flatMap(spelledOut), ...argv.slice(before.length)]).parseAsync();
  return {
    ...given,
    positionals: given._.map(String),
    literals: (given['--'] as string[] | undefined)?.map(String) ?? [],
    stdin: given[STDIN] === true,
    'stdin-filepath': last(given['stdin-filepath']),
    patch: given.patch ?? [],
    overwrite: given.overwrite ?? [],
    from: last(given.from),
    reporter: given.reporter ?? [],
    context: last(given.context),
    'max-size': last(given['max-size']),
  };
}

// One word of the command line as yargs understands it: `-` by a name, `-rjson` in two.
function spelledOut(word: string): string[] {
  if (word === '-') return [`--${STDIN}`];
  if (word === `--${STDIN}`) throw new UsageError(asSentence(`Unknown argument: ${STDIN}`));
  const [flag] = /^--(?:dry-run|check|write|follow-symlinks|color|no-color|quiet|help|version)(?==)/.exec(word) ?? [];
  if (flag) throw new UsageError(`Expected \`${flag}\` without a value`);
  const [, short, value] = /^(-[prU])=?(.+)$/s.exec(word) ?? [];
  return short && value ? [short, value] : [word];
}

// yargs makes an array of an option given twice.
function last(value: unknown): string | undefined {
  const values: unknown[] = [value].flat();
  const final = values.at(-1);
  return final === undefined ? undefined : String(final);
}

function parser(argv: readonly string[]) {
  const flag = (describe: string, group: string) => ({ type: 'boolean', describe, group }) as const;
  const values = (describe: string, group: string) =>
    ({ type: 'string', array: true, nargs: 1, requiresArg: true, describe, group }) as const;
  return yargs([...argv])
    .scriptName('fix-auth-spec')
    .locale('en')
    .help(false)
    .version(false)
    .exitProcess(false)
    .strictOptions()
    .fail((message, error) => {
      // yargs has errors of its own for values that are missing.
      throw error && error.name !== 'YError' ? error : new UsageError(asSentence(message ?? error.message));
    })
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'greedy-arrays': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'populate--': true,
    })
    .option('dry-run', { alias: 'n', ...flag('Show what would change (the default)', 'Mode:') })
    .option('check', { alias: 'c', ...flag('Write nothing; exit 1 when something is pending', 'Mode:') })
    .option('write', { alias: 'w', ...flag('Apply in place, all or nothing per file', 'Mode:') })
    .option('patch', { alias: 'p', ...values('Only this patch and its claims (repeatable)', 'Selection:') })
    .option('overwrite', values('Bring a drifted section back to its template (repeatable)', 'Selection:'))
    .option('from', {
      type: 'string',
      requiresArg: true,
      describe: 'Carry out the changes listed in this fix spec instead',
      group: 'Selection:',
    })
    .option('follow-symlinks', flag('Patch the file that a symbolic link leads to', 'Safety:'))
    .option('max-size', {
      type: 'string',
      requiresArg: true,
      describe: 'Refuse larger files, as in 500KiB or 20MiB',
      defaultDescription: '12MiB',
      group: 'Safety:',
    })
    .option('reporter', { alias: 'r', ...values('NAME[=FILE]: text or json (repeatable)', 'Output:') })
    .option('context', {
      alias: 'U',
      type: 'string',
      requiresArg: true,
      describe: 'Unchanged lines around a change',
      defaultDescription: '3',
      group: 'Output:',
    })
    .option('color', flag('Colour whatever the output goes to', 'Output:'))
    .option('no-color', flag('Never colour', 'Output:'))
    .option('quiet', { alias: 'q', ...flag('Say only what goes wrong', 'Output:') })
    .option('stdin-filepath', {
      type: 'string',
      requiresArg: true,
      describe: 'The name of standard input in the output',
      group: 'Output:',
    })
    .option('help', { alias: 'h', ...flag('Show this help', 'Info:') })
    .option('version', { alias: 'V', ...flag('Show the version', 'Info:') })
    .option(STDIN, { ...flag('', ''), hidden: true })
    .wrap(100);
}

const USAGE = `Patch a Markdown spec: preview, apply, verify.

  fix-auth-spec [options] [spec..]     files, directories, globs, or - for standard input;
                                       without any, specs/004-auth-integration/spec.md is looked for
  fix-auth-spec --from fix-spec.md     the changes listed in a fix spec, to the files that it names
  fix-auth-spec list                   the patches
  fix-auth-spec explain <id> [spec..]  what a patch looks for and finds`;

const EPILOGUE = `Exit codes:
  0 done, or nothing to do        1 --check: something is pending
  2 wrong usage, nothing found    3 a person is needed; the file is untouched
  4 a file cannot be read or written, or output fails    70 a bug in fix-auth-spec`;

function modeOf(given: Given): Mode {
  const modes = (['dry-run', 'check', 'write'] as const).filter((mode) => given[mode]);
  if (modes.length > 1)
    throw new UsageError(`Expected one mode, not ${modes.map((mode) => `\`--${mode}\``).join(' and ')}`);
  return modes[0] ?? 'dry-run';
}

function reporterOf(text: string): Reporter {
  const at = text.indexOf('=');
  const name = at === -1 ? text : text.slice(0, at);
  if (name !== 'text' && name !== 'json')
    throw new UsageError(`Expected \`text\` or \`json\` after \`--reporter\`, not \`${name}\``);
  if (at === -1) return { name };
  const file = text.slice(at + 1);
  if (file === '') throw new UsageError(`Expected a file name behind \`${text}\``);
  return { name, file };
}

function refuseUnknown(id: string, ids: readonly string[]): void {
  if (ids.includes(id)) return;
  const near = closest(id, [...ids]);
  const hint =
    distance(id, near) <= Math.max(3, near.length / 2)
      ? `did you mean \`${near}\`?`
      : `the patches are ${ids.join(', ')}`;
  throw new UsageError(`Cannot find a patch \`${id}\`; ${hint}`);
}

function wholeNumber(flag: string, text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new UsageError(`Expected a whole number after \`${flag}\`, not \`${text}\``);
  return Number(text);
}

/** Beyond this a JavaScript string cannot hold a file. */
const LARGEST = 256 * 2 ** 20;

function byteSize(flag: string, text: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,12})(b|k|kb|kib|m|mb|mib)?$/i.exec(text) ?? [];
  const factor = /^k/i.test(unit) ? 2 ** 10 : /^m/i.test(unit) ? 2 ** 20 : 1;
  const size = Number(digits) * factor;
  if (digits === '' || size < 1 || size > LARGEST) {
    throw new UsageError(
      `Expected a size up to ${LARGEST / 2 ** 20}MiB after \`${flag}\`, as in 500KiB or 20MiB, not \`${text}\``,
    );
  }
  return size;
}

function refuseContradictions(options: Options, isStdinNamed: boolean): void {
  const { stdin, specs, mode, reporters, patches, overwrite } = options;
  if (specs.includes('')) throw new UsageError('Expected a path, not an empty word');
  if (options.command !== 'patch' && reporters.some(({ file }) => file !== undefined))
    throw new UsageError(`Expected no file for the report of \`${options.command}\`: it goes to standard output`);
  if (stdin && specs.length > 0) throw new UsageError('Expected `-` alone, not beside other specs');
  if (options.from === '') throw new UsageError('Expected a path after `--from`, not an empty word');
  if (stdin && options.from !== undefined)
    throw new UsageError('Expected no `-` beside `--from`: a fix spec names its files');
  if (isStdinNamed && !stdin) throw new UsageError('Expected `-` beside `--stdin-filepath`');
  if (stdin && mode === 'write' && reporters.some(({ name, file }) => name !== 'text' && file === undefined)) {
    throw new UsageError(
      'Expected a file for the report, as in `-r json=report.json`: with `-` and `--write` standard output carries the document',
    );
  }
  const left = overwrite.find((id) => patches.length > 0 && !patches.includes(id));
  if (left !== undefined) throw new UsageError(`Cannot overwrite \`${left}\`: \`-p\` leaves it out`);
}

function asSentence(message: string): string {
  const unknown = /^Unknown arguments?: (.+)$/.exec(message);
  const short = /^Not enough arguments following: (.+)$/.exec(message)?.[1];
  if (short) return `Expected a value after \`${short.length === 1 ? '-' : '--'}${short}\``;
  if (!unknown) return message;
  const names = [...new Set((unknown[1] ?? '').split(', '))].filter((name) => name !== '');
  return `Cannot understand ${names.map((name) => `\`${name.length === 1 ? '-' : '--'}${name}\``).join(', ')}; see \`fix-auth-spec --help\``;
}

/** Whether a command line that may be wrong asks for JSON on standard output, so that its error comes as JSON too. */
export function asksForJson(argv: readonly string[]): boolean {
  return argv.some((word, at) => {
    if (/^(?:--reporter=|-\w{0,9}r=?)json$/.test(word)) return true;
    return word === 'json' && /^(?:--reporter|-\w{0,9}r)$/.test(argv[at - 1] ?? '');
  });
}
