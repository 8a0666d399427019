import { closest, distance } from 'fastest-levenshtein';
import { Parser } from 'yargs/helpers';
import { MAX_SIZE } from './file.js';
import type { Mode } from './result.js';
import { list } from './words.js';

/** The command line as typed was wrong; the text says how, and what would be right. */
export class UsageError extends Error {}

/** The reports there are. */
export const REPORTERS = ['text', 'json', 'markdown', 'html', 'github', 'sarif'] as const;

export type ReporterName = (typeof REPORTERS)[number];

/** The shells that completion is for. */
export const SHELLS = ['bash', 'zsh'] as const;

export interface Reporter {
  readonly name: ReporterName;
  /** Where it goes instead of standard output. */
  readonly file?: string;
}

/** A command line that is right in itself. */
export interface Options {
  readonly command: 'patch' | (typeof COMMANDS)[number] | 'help' | 'version';
  readonly mode: Mode;
  /** Whether each patch is asked for before it is written. */
  readonly interactive: boolean;
  /** Files, directories and globs as typed; of `new` the id before them. */
  readonly specs: readonly string[];
  readonly stdin: boolean;
  readonly stdinPath: string;
  /** None means all. */
  readonly patches: readonly string[];
  readonly overwrite: readonly string[];
  /** A module whose default export is a set of patches, carried out instead of the built-in ones. */
  readonly module: string | undefined;
  /** A fix spec whose changes are carried out instead of the built-in ones. */
  readonly from: string | undefined;
  readonly explained: string;
  /** The shell that completion is for; '' when none is named. */
  readonly shell: string;
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
export function parseOptions(argv: readonly string[]): Options {
  const given = read(argv);
  const [first, ...rest] = given.positionals;
  const command = given.help
    ? 'help'
    : given.version
      ? 'version'
      : (COMMANDS.find((name) => name === first) ?? 'patch');
  const specs = [
    ...(command === 'patch' ? given.positionals : rest.slice(SKIPPED[command] ?? rest.length)),
    ...given.literals,
  ];
  const options: Options = {
    command,
    mode: modeOf(given),
    interactive: given.interactive === true,
    specs,
    stdin: given.stdin,
    stdinPath: given['stdin-filepath'] ?? 'stdin',
    patches: given.patch,
    overwrite: given.overwrite,
    module: given.patches,
    from: given.from,
    explained: command === 'explain' ? (rest[0] ?? '') : '',
    shell: command === 'completion' ? (rest[0] ?? '') : '',
    reporters: given.reporter.map(reporterOf),
    context: wholeNumber('--context', given.context ?? '3'),
    maxSize: given['max-size'] === undefined ? MAX_SIZE : byteSize('--max-size', given['max-size']),
    followSymlinks: given['follow-symlinks'] === true,
    color: given['no-color'] ? false : given.color ? true : undefined,
    quiet: given.quiet === true,
  };
  const unused = command === 'list' ? rest : command === 'completion' ? rest.slice(1) : [];
  if (unused[0] !== undefined)
    throw new UsageError(
      `Expected nothing after \`${[first, ...rest].slice(0, -unused.length).join(' ')}\`, not \`${unused[0]}\``,
    );
  if (command !== 'help' && command !== 'version')
    refuseContradictions(
      options,
      given['stdin-filepath'] !== undefined,
      given['dry-run'] || given.check || given.write || false,
    );
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

// Words behind a command that are no specs; where nothing is said, none of them is.
const SKIPPED: Partial<Record<Options['command'], number>> = { explain: 1, record: 0, new: 0 };

interface Given {
  readonly positionals: readonly string[];
  /** What follows `--`. */
  readonly literals: readonly string[];
  readonly help?: boolean | undefined;
  readonly version?: boolean | undefined;
  readonly 'dry-run'?: boolean | undefined;
  readonly check?: boolean | undefined;
  readonly write?: boolean | undefined;
  readonly interactive?: boolean | undefined;
  readonly stdin: boolean;
  readonly 'stdin-filepath'?: string | undefined;
  readonly patch: readonly string[];
  readonly overwrite: readonly string[];
  readonly patches?: string | undefined;
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

function read(argv: readonly string[]): Given {
  const end = argv.indexOf('--');
  const before = end === -1 ? argv : argv.slice(0, end);
  const words = [...before.flatMap(spelledOut), ...argv.slice(before.length)];
  const { argv: given, error, aliases } = Parser.detailed(words, WORDS);
  if (error) throw new UsageError(withoutValue(error.message));
  const unknown = Object.keys(given).filter((name) => name !== '_' && name !== '--' && !Object.hasOwn(aliases, name));
  if (unknown.length > 0) throw new UsageError(notUnderstood(unknown));
  return {
    ...given,
    positionals: given._.map(String),
    literals: given['--']?.map(String) ?? [],
    stdin: given[STDIN] === true,
    'stdin-filepath': last(given['stdin-filepath']),
    patch: given['patch'] ?? [],
    overwrite: given['overwrite'] ?? [],
    patches: last(given['patches']),
    from: last(given['from']),
    reporter: given['reporter'] ?? [],
    context: last(given['context']),
    'max-size': last(given['max-size']),
  };
}

// One word of the command line as yargs understands it: `-` by a name, `-wrjson` in three.
function spelledOut(word: string): string[] {
  if (word === '-') return [`--${STDIN}`];
  if (word === `--${STDIN}`) throw new UsageError(notUnderstood([STDIN]));
  const [flag] =
    /^--(?:dry-run|check|write|interactive|follow-symlinks|color|no-color|quiet|help|version)(?==)/.exec(word) ?? [];
  if (flag) throw new UsageError(`Expected \`${flag}\` without a value`);
  const [, flags, short, value] = /^-([nciwqhV]{0,9})([prU])=?(.+)$/s.exec(word) ?? [];
  return short && value ? [...[...(flags ?? '')].map((one) => `-${one}`), `-${short}`, value] : [word];
}

// yargs makes an array of an option given twice.
function last(value: unknown): string | undefined {
  const values: unknown[] = [value].flat();
  const final = values.at(-1);
  return final === undefined ? undefined : String(final);
}

const flag = (group: string, describe: string) => ({ type: 'boolean', group, describe }) as const;
const value = (group: string, describe: string) => ({ type: 'string', requiresArg: true, group, describe }) as const;
const values = (group: string, describe: string) => ({ ...value(group, describe), array: true, nargs: 1 }) as const;

/** Every option there is, as yargs takes it. */
export const OPTIONS = {
  'dry-run': { alias: 'n', ...flag('Mode:', 'Show what would change (the default)') },
  check: { alias: 'c', ...flag('Mode:', 'Write nothing; exit 1 when something is pending') },
  write: { alias: 'w', ...flag('Mode:', 'Apply in place, all or nothing per file') },
  interactive: { alias: 'i', ...flag('Mode:', 'With --write: ask for each patch') },
  patch: { alias: 'p', ...values('Selection:', 'Only this patch and its claims (repeatable)') },
  overwrite: values('Selection:', 'Bring a drifted section back to its template (repeatable)'),
  patches: value('Selection:', 'Your own patch set, a JavaScript module: a program that you trust'),
  from: value('Selection:', 'Carry out the changes listed in this fix spec instead'),
  'follow-symlinks': flag('Safety:', 'Patch the file that a symbolic link leads to'),
  'max-size': { ...value('Safety:', 'Refuse larger files, as in 500KiB or 20MiB'), defaultDescription: '12MiB' },
  reporter: { alias: 'r', ...values('Output:', `NAME[=FILE] (repeatable): ${REPORTERS.join(', ')}`) },
  context: { alias: 'U', ...value('Output:', 'Unchanged lines around a change'), defaultDescription: '3' },
  color: flag('Output:', 'Colour whatever the output goes to'),
  'no-color': flag('Output:', 'Never colour'),
  quiet: { alias: 'q', ...flag('Output:', 'Say only what goes wrong') },
  'stdin-filepath': value('Output:', 'The name of standard input in the output'),
  help: { alias: 'h', ...flag('Info:', 'Show this help') },
  version: { alias: 'V', ...flag('Info:', 'Show the version') },
} as const;

/** The words that are commands where a spec could stand. */
export const COMMANDS = ['list', 'explain', 'completion', 'record', 'new'] as const;

const named = (isMeant: (option: { type: string; array?: boolean }) => boolean): string[] =>
  Object.entries(OPTIONS).flatMap(([name, option]) => (isMeant(option) ? [name] : []));

// What yargs makes of these options for its parser, which is all of yargs that is needed to read a command line.
const WORDS = {
  alias: Object.fromEntries([
    [STDIN, []],
    ...Object.entries(OPTIONS).map(([name, option]) => [name, 'alias' in option ? [option.alias] : []]),
  ]),
  boolean: [STDIN, ...named(({ type }) => type === 'boolean')],
  string: named(({ type }) => type === 'string'),
  array: named(({ array }) => array === true),
  narg: Object.fromEntries(named(({ type }) => type === 'string').map((name) => [name, 1])),
  configuration: {
    'boolean-negation': false,
    'camel-case-expansion': false,
    'dot-notation': false,
    'greedy-arrays': false,
    'parse-numbers': false,
    'parse-positional-numbers': false,
    'populate--': true,
  },
};

function modeOf(given: Given): Mode {
  const modes = (['dry-run', 'check', 'write'] as const).filter((mode) => given[mode]);
  if (modes.length > 1)
    throw new UsageError(`Expected one mode, not ${modes.map((mode) => `\`--${mode}\``).join(' and ')}`);
  return modes[0] ?? 'dry-run';
}

function reporterOf(text: string): Reporter {
  const at = text.indexOf('=');
  const name = at === -1 ? text : text.slice(0, at);
  if (!isReporter(name))
    throw new UsageError(
      `Expected ${list(
        REPORTERS.map((one) => `\`${one}\``),
        'or',
      )} after \`--reporter\`, not \`${name}\`${meant(name, REPORTERS)}`,
    );
  if (at === -1) return { name };
  const file = text.slice(at + 1);
  if (file === '') throw new UsageError(`Expected a file name behind \`${text}\``);
  return { name, file };
}

function isReporter(name: string): name is ReporterName {
  return REPORTERS.some((one) => one === name);
}

function refuseUnknown(id: string, ids: readonly string[]): void {
  if (ids.includes(id)) return;
  throw new UsageError(`Cannot find a patch \`${id}\`${meant(id, ids) || `; the patches are ${ids.join(', ')}`}`);
}

/** “; did you mean `x`?” where one of some words is near what was typed, else ''. */
export function meant(typed: string, words: readonly string[], before = ''): string {
  const near = words.length === 0 ? '' : closest(typed, [...words]);
  const letters = (word: string): string => [...word].toSorted().join('');
  const isNear =
    distance(typed, near) <= Math.max(1, Math.floor(Math.min(typed.length, near.length) / 3)) ||
    letters(typed) === letters(near);
  return near !== '' && isNear ? `; did you mean \`${before}${near}\`?` : '';
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

function refuseContradictions(options: Options, isStdinNamed: boolean, isModeGiven: boolean): void {
  const { stdin, specs, mode, reporters, patches, overwrite, interactive } = options;
  if (specs.includes('')) throw new UsageError('Expected a path, not an empty word');
  if (options.command !== 'patch' && reporters.some(({ file }) => file !== undefined))
    throw new UsageError(`Expected no file for the report of \`${options.command}\`: it goes to standard output`);
  if (interactive && (mode !== 'write' || options.command !== 'patch'))
    throw new UsageError('Expected `--write` beside `--interactive`: without it there is nothing to choose');
  if (interactive && stdin)
    throw new UsageError('Expected no `-` beside `--interactive`: the answers come from standard input');
  const twice = reporters.find(
    ({ file }, at) => file !== undefined && reporters.findIndex((one) => one.file === file) < at,
  );
  if (twice) throw new UsageError(`Expected a file of its own for each report, not \`${twice.file}\` twice`);
  const owners = reporters.filter(({ name, file }) => name !== 'text' && file === undefined);
  if (owners.length > 1)
    throw new UsageError(
      `Expected one report on standard output, not ${list(owners.map(({ name }) => `\`${name}\``))}; give the others files, as in \`-r ${owners[1]?.name}=FILE\``,
    );
  const isMaker = options.command === 'record' || options.command === 'new';
  if (isMaker && (options.stdin || options.from !== undefined || owners.length > 0 || isModeGiven))
    throw new UsageError(
      `Expected no mode, \`-\`, \`--from\` or report beside \`${options.command}\`: it makes new files, and changes none`,
    );
  const [owner] = owners;
  if (owner && owner.name !== 'json' && (options.command === 'list' || options.command === 'explain'))
    throw new UsageError(
      `Expected \`json\` or nothing for the report of \`${options.command}\`, not \`${owner.name}\``,
    );
  if (stdin && specs.length > 0) throw new UsageError('Expected `-` alone, not beside other specs');
  if (options.module === '') throw new UsageError('Expected a path after `--patches`, not an empty word');
  if (options.module !== undefined && options.from !== undefined)
    throw new UsageError('Expected either `--patches` or `--from`, not both');
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

// The parser has an error of its own for a value that is missing.
function withoutValue(message: string): string {
  const name = /^Not enough arguments following: (.+)$/.exec(message)?.[1];
  return name === undefined ? message : `Expected a value after \`${dashed(name)}\``;
}

function notUnderstood(names: readonly string[]): string {
  const hint = meant(names[0] ?? '', Object.keys(OPTIONS), '--');
  const shown = names.map((name) => `\`${dashed(name)}\``).join(', ');
  return `Cannot understand ${shown}${hint || '; see `fix-auth-spec --help`'}`;
}

function dashed(name: string): string {
  return `${name.length === 1 ? '-' : '--'}${name}`;
}

/** The report that a command line, which may be wrong, asks for on standard output, so that its error comes so too. */
export function askedReport(argv: readonly string[]): ReporterName | undefined {
  const names = argv.flatMap((word, at) => {
    const [, attached] = /^(?:--reporter=|-\w{0,9}r=?)(\w{1,9})$/.exec(word) ?? [];
    return [attached, /^(?:--reporter|-\w{0,9}r)$/.test(argv[at - 1] ?? '') ? word : undefined];
  });
  return names.find((name): name is ReporterName => name !== undefined && name !== 'text' && isReporter(name));
}
