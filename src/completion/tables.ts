import { COMMANDS, OPTIONS } from '../options.js';
import { shellQuoted } from '../words.js';

type Name = keyof typeof OPTIONS;
type Valued = { [One in Name]: (typeof OPTIONS)[One] extends { type: 'string' } ? One : never }[Name];
/** What can stand at a place. A patch is named by its id; a spec is a Markdown file, or a directory with one. */
export type Kind = 'patch' | 'reporter' | 'shell' | 'spec' | 'file' | 'nothing';
/** The words for the places that are completed from a list. */
export type Words = Readonly<Record<'patch' | 'reporter' | 'shell' | 'command', readonly string[]>>;

/** What the value of an option is. */
const VALUES: Readonly<Record<Valued, Kind>> = {
  patch: 'patch',
  overwrite: 'patch',
  patches: 'file',
  from: 'spec',
  'max-size': 'nothing',
  reporter: 'reporter',
  context: 'nothing',
  'stdin-filepath': 'spec',
};

/** What stands behind a command; the last kind goes on. */
export const ARGUMENTS: Readonly<Record<(typeof COMMANDS)[number], readonly [Kind, ...Kind[]]>> = {
  list: ['nothing'],
  explain: ['patch', 'spec'],
  completion: ['shell', 'nothing'],
  record: ['spec', 'spec', 'nothing'],
  new: ['nothing', 'spec', 'nothing'],
};

/** Of each of these only one is of use. */
export const EXCLUSIVE: readonly (readonly Name[])[] = [
  ['dry-run', 'check', 'write'],
  ['dry-run', 'interactive'],
  ['check', 'interactive'],
  ['color', 'no-color'],
];

/** After these nothing else counts. */
export const ALONE: readonly Name[] = ['help', 'version'];

export interface Option {
  readonly name: Name;
  /** As typed, the short one first. */
  readonly forms: readonly string[];
  readonly describe: string;
  readonly isRepeatable: boolean;
  /** What its value is, if it takes one. */
  readonly value: Kind | undefined;
}

export const options: readonly Option[] = (Object.keys(OPTIONS) as Name[]).map((name) => {
  const option = OPTIONS[name];
  return {
    name,
    forms: 'alias' in option ? [`-${option.alias}`, `--${name}`] : [`--${name}`],
    describe: option.describe,
    isRepeatable: 'array' in option,
    value: isValued(name) ? VALUES[name] : undefined,
  };
});

function isValued(name: Name): name is Valued {
  return OPTIONS[name].type === 'string';
}

/** What stands behind a command at each place: the command, the number of the place or `*`, the kind. */
export const places: readonly (readonly [string, string, Kind])[] = COMMANDS.flatMap((command) =>
  ARGUMENTS[command].map(
    (kind, at) => [command, at + 1 < ARGUMENTS[command].length ? `${at + 1}` : '*', kind] as const,
  ),
);

/** The letters of the options that have one. */
export function lettersOf(some: readonly Option[]): string {
  const short = some.flatMap(({ forms }) => forms).filter((form) => !form.startsWith('--'));
  return short.map((form) => form.slice(1)).join('');
}

/** Words for any shell, whatever they hold. */
export function quotedAll(texts: readonly string[]): string {
  return texts.map(shellQuoted).join(' ');
}
