import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { completionScript } from '../src/completion/completion.js';
import { COMMANDS, OPTIONS, REPORTERS, SHELLS } from '../src/options.js';
import { cli, folderWith, ids, skipUnless } from './support.js';

const does = (shell: string, command: string) =>
  process.platform !== 'win32' && spawnSync(shell, ['-c', command], { timeout: 10_000 }).status === 0;
const lacksBash = skipUnless(does('bash', 'exit 0'), 'completion in bash, which is not installed');
const lacksZsh = skipUnless(does('zsh', 'zmodload zsh/zpty'), 'completion in zsh, which is not installed');
const lacksTerminal = skipUnless(
  !lacksZsh && does('bash', '((BASH_VERSINFO[0] > 3))'),
  'completion in a terminal with bash, which takes zsh and bash 4',
);

const forms = Object.entries(OPTIONS).flatMap(([name, option]) =>
  'alias' in option ? [`-${option.alias}`, `--${name}`] : [`--${name}`],
);
const specs = ['a b.md', 'docs', 'notes.markdown', 'x=y.md'];
const files = [...specs, 'out.txt'];
const project = () =>
  folderWith({ 'a b.md': '', 'docs/c d.md': '', 'docs/e.txt': '', 'notes.markdown': '', 'out.txt': '', 'x=y.md': '' });

/** Lines without the command, and what is said of them. */
type Cases = readonly (readonly [string, readonly string[]])[];

/** What a TAB offers at the end of these lines, in either shell; the order is the shell's own. */
const OFFERED: Cases = [
  // First comes a command or a spec.
  ['', [...COMMANDS, ...specs]],
  ['l', ['list']],
  ['-q l', ['list']],
  ['a', ['a b.md']],
  ['"a', ['a b.md']],
  ['o', ['out.txt']],
  ['a\\ b.md ', specs],
  ['a\\ b.md l', []],
  // Options.
  ['-', forms],
  ['--', forms.filter((form) => form.startsWith('--'))],
  ['--no', ['--no-color']],
  ['--f', ['--from', '--follow-symlinks']],
  ['explain cors-configuration --pat', ['--patch', '--patches']],
  ['--write=', []],
  // Their values.
  ['-p ', ids],
  ['-p flow-diagram --patch j', ['jwt-verification']],
  ['-wp j', ['jwt-verification']],
  ['--patch=', ids],
  ['--patch=d', ['database-schema']],
  ['--overwrite co', ['cors-configuration']],
  ['--overwrite=co', ['cors-configuration']],
  ['--from x.md -p ', []],
  ['-r ', REPORTERS],
  ['--reporter=h', ['html']],
  ['-r json=', files],
  ['-r json=o', ['out.txt']],
  ['--reporter=json=o', ['out.txt']],
  ['-rjson=o', ['out.txt']],
  ['-r json ', [...COMMANDS, ...specs]],
  ['--from ', specs],
  ['--from=a', ['a b.md']],
  ['--from "a', ['a b.md']],
  ['--from o', ['out.txt']],
  ['--stdin-filepath=n', ['notes.markdown']],
  ['--context ', []],
  ['--context=', []],
  ['-U ', []],
  ['--max-size ', []],
  // What stands behind a command.
  ['list ', []],
  ['list a', []],
  ['explain ', ids],
  ['explain c', ['cors-configuration']],
  ['-q explain -r json c', ['cors-configuration']],
  ['explain cors-configuration ', specs],
  ['explain cors-configuration a\\ b.md ', specs],
  ['completion ', SHELLS],
  ['completion z', ['zsh']],
  ['completion zsh ', []],
  // Behind -- files alone.
  ['-- ', specs],
  ['-- -', []],
  ['-- l', []],
  ['explain -- ', specs],
  ['list -- a', ['a b.md']],
  ['-p -- ', specs],
  // Behind a redirection any file.
  ['> o', ['out.txt']],
  ['list >o', ['out.txt']],
];

const odd = ['-n', "it's odd", 'a:b c', 'x=y', '$(touch run)', '`touch run`', '"q"', 'back\\slash', '*', '!!', '~', ''];

/** The lines as typed. */
const typed = (cases: readonly (readonly [string, unknown])[]) => cases.map(([line]) => `fix-auth-spec ${line}`);

/** The lines with what was found of each, in an order of its own where it is a list. */
const zipped = (cases: Cases, found: readonly (readonly string[])[]) =>
  cases.map(([line], at) => [line, found[at]?.toSorted()]);

describe('completion', () => {
  it.each(SHELLS)('prints the script for %s', async (shell) => {
    expect(await cli(folderWith(), ['completion', shell])).toEqual({
      code: 0,
      out: completionScript(shell, ids),
      err: '',
    });
  });

  it.each([
    [[], 'Expected `bash` or `zsh` after `completion`'],
    [[''], 'Expected `bash` or `zsh` after `completion`'],
    [['fish'], 'Expected `bash` or `zsh` after `completion`, not `fish`'],
    [['bash', 'zsh'], 'Expected nothing after `completion bash`, not `zsh`'],
  ])('is a usage error with %j', async (words, message) => {
    expect(await cli(folderWith(), ['completion', ...words])).toEqual({ code: 2, out: '', err: `error ${message}\n` });
  });

  it.each(SHELLS)('knows every option and command in %s', (shell) => {
    const words = new Set(completionScript(shell, ids).match(/[\w-]+/g));
    expect([...forms, ...COMMANDS, ...REPORTERS, ...ids].filter((word) => !words.has(word))).toEqual([]);
  });
});

interface Readline {
  readonly ids?: readonly string[];
  /** The characters at which words are broken as well. */
  readonly breaks?: string;
  /** As in bash 3.2: words are broken for readline but not for the function, and there is no compopt. */
  readonly isOld?: boolean;
}

/** What the function of the script offers at the end of each line when called as bash calls it at a TAB. */
function offeredByBash(lines: readonly string[], cwd: string, { ids: known = ids, ...how }: Readline = {}): string[][] {
  const script = `${how.isOld ? 'enable -n compopt 2> /dev/null' : 'compopt() { :; }'}
${completionScript('bash', known)}
tab() {
  COMP_LINE=$1 COMP_POINT=\${#1} COMP_WORDS=("\${@:3}") COMP_CWORD=$(($# - 3))
  _fix_auth_spec fix-auth-spec "$2" "\${COMP_WORDS[COMP_CWORD - 1]}"
  ((\${#COMPREPLY[@]})) && printf '%s\\1' "\${COMPREPLY[@]}"
  printf '\\0'
}
while (($#)); do tab "\${@:2:$1}"; shift $(($1 + 1)); done`;
  const calls = lines.map((line) => [line, ...takenApart(line, how)]).flatMap((call) => [`${call.length}`, ...call]);
  return partsOf(bash(script, cwd, ...calls), '\0').map((offered) => partsOf(offered, '\u0001'));
}

/** The text that readline replaces, and the words as the function gets them. */
function takenApart(line: string, { breaks = '=:', isOld = false }: Readline): string[] {
  const broken = isOld ? '' : breaks;
  const pieces = new RegExp(`[<>${broken}]+|(?:\\\\.|"[^"]*"?|[^\\s"\\\\<>${broken}])+`, 'g');
  const words = [...(line.match(pieces) ?? []), ...(line.endsWith(' ') ? [''] : [])];
  const last = words.at(-1) ?? '';
  const broke = Math.max(...[...breaks, '<', '>'].map((one) => last.lastIndexOf(one)));
  return [last.startsWith('"') ? last.slice(1) : last.slice(broke + 1), ...words];
}

/** The texts that each end with a mark. */
function partsOf(text: string, mark: string): string[] {
  return text.split(mark).slice(0, -1);
}

function bash(script: string, cwd: string, ...args: string[]): string {
  const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', ...args], { cwd, encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout;
}

describe.skipIf(lacksBash)('in bash', () => {
  it('is valid', () => {
    const checked = spawnSync('bash', ['-n'], { input: completionScript('bash', odd), encoding: 'utf8' });
    expect(checked).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  it.each([
    ['as it comes', {}],
    ['as old as on macOS', { isOld: true }],
  ])('offers what can stand at the end of a line, %s', (_, how) => {
    const offered = offeredByBash(typed(OFFERED), project(), how);
    expect(zipped(OFFERED, offered)).toEqual(OFFERED.map(([line, words]) => [line, words.toSorted()]));
  });

  it('gives readline the whole of what it replaces', () => {
    const cases: Cases = [
      ['-pco', ['-pcors-configuration']],
      ['-p=co', ['cors-configuration']],
      ['docs/', ['docs/c d.md']],
      ['x=', ['y.md']],
    ];
    expect(zipped(cases, offeredByBash(typed(cases), project()))).toEqual(cases);
    const unbroken: Cases = [
      ['--patch=d', ['--patch=database-schema']],
      ['-r json=o', ['json=out.txt']],
    ];
    expect(zipped(unbroken, offeredByBash(typed(unbroken), project(), { breaks: '' }))).toEqual(unbroken);
  });

  it('offers files, whatever they are called', () => {
    const names = [' a\\b .md', '* .MD', '-w.md'];
    const folder = folderWith(Object.fromEntries(names.map((name) => [name, ''])));
    expect(offeredByBash(['fix-auth-spec -- '], folder).map((offered) => offered.toSorted())).toEqual([names]);
  });

  it('quotes ids, whatever they hold', () => {
    const folder = folderWith();
    const cases: Cases = [
      ["-p it\\'s", ["it\\'s\\ odd"]],
      ['-p "it', ["it's odd"]],
      ['-p a:', ['b\\ c']],
      ['explain x=', ['y']],
    ];
    expect(zipped(cases, offeredByBash(typed(cases), folder, { ids: odd }))).toEqual(cases);
    const [all = []] = offeredByBash(['fix-auth-spec -p '], folder, { ids: odd });
    expect(partsOf(bash(`printf '%s\\0' ${all.join(' ')}`, folder), '\0')).toEqual(odd);
    expect(offeredByBash(['fix-auth-spec -p '], folder, { ids: [] })).toEqual([[]]);
    expect(readdirSync(folder)).toEqual([]);
  });
});

// What a person has in the line after a TAB, in either shell.
const FINISHED: readonly (readonly [string, string])[] = [
  ['l', 'list '],
  ['a', 'a\\ b.md '],
  ['a\\ b', 'a\\ b.md '],
  ['"a', '"a b.md" '],
  ['do', 'docs/'],
  ['docs/', 'docs/c\\ d.md '],
  ['docs/e', 'docs/e.txt '],
  ['~/no', '~/notes.markdown '],
  ['--dry', '--dry-run '],
  ['-p f', '-p flow-diagram '],
  ['-pf', '-pflow-diagram '],
  ['--patch=d', '--patch=database-schema '],
  ['-r j', '-r json '],
  ['-r json=o', '-r json=out.txt '],
  ['--reporter=json=docs/e', '--reporter=json=docs/e.txt '],
  ['--from=a', '--from=a\\ b.md '],
  ['--from "docs/c', '--from "docs/c d.md" '],
  ['--from x=', '--from x=y.md '],
  ['explain j', 'explain jwt-verification '],
  ['completion b', 'completion bash '],
  ['completion bash ', 'completion bash '],
  ['--context ', '--context '],
  ['list ', 'list '],
  ['-- l', '-- l'],
  ['a\\ b.md > o', 'a\\ b.md > out.txt '],
];
const completed = FINISHED.map(([, line]) => `fix-auth-spec ${line}`);

/** Runs a command in a pseudo terminal, which zsh makes, and presses keys until it ends. */
function inTerminal(cwd: string, command: string, keys: readonly string[]): void {
  const driver = `zmodload zsh/zpty && zpty shell $1 && zpty -w -n shell $2 && while zpty -r shell; do :; done`;
  const { status, stdout, stderr } = spawnSync('zsh', ['-f', '-c', driver, 'zsh', command, keys.join('')], {
    cwd,
    env: { ...process.env, HOME: cwd, TERM: 'xterm', LC_ALL: 'C' },
    encoding: 'utf8',
    timeout: 30_000,
  });
  if (status === null || stderr !== '') throw new Error(`Expected the shell to end: ${stdout}${stderr}`);
}

/** The lines that a person has in bash after a TAB at the end of each. */
function completedByBash(lines: readonly string[], { setting = '', ids: known = ids } = {}): string[] {
  const folder = project();
  const own = folderWith({ script: completionScript('bash', known), lines: '' });
  const rc = `${setting}
source '${join(own, 'script')}'
tell() { printf '%s\\n' "$READLINE_LINE" >> '${join(own, 'lines')}'; READLINE_LINE='' READLINE_POINT=0; }
bind -x '"\\C-]": tell'
`;
  writeFileSync(join(own, 'rc'), rc);
  inTerminal(folder, `bash --noprofile --rcfile '${join(own, 'rc')}' -i`, [
    ...lines.map((line) => `${line}\t\u001d`),
    'exit\n',
  ]);
  return readFileSync(join(own, 'lines'), 'utf8').split('\n').slice(0, -1);
}

describe.skipIf(lacksTerminal)('in a terminal with bash', () => {
  it.each([
    ['as it comes', ''],
    ['as old as on macOS', 'enable -n compopt'],
    ['set up strangely', 'set -o posix -o nounset -o noglob; shopt -s failglob nocasematch; IFS=xo'],
  ])('finishes lines, %s', (_, setting) => {
    expect(completedByBash(typed(FINISHED), { setting })).toEqual(completed);
  });

  it.each(['', 'enable -n compopt'])('quotes ids once, after %j', (setting) => {
    const lines = ['-p it', '-p "it', '--patch=x=', 'explain ba'].map((line) => `fix-auth-spec ${line}`);
    expect(completedByBash(lines, { setting, ids: odd })).toEqual([
      "fix-auth-spec -p it\\'s\\ odd ",
      'fix-auth-spec -p "it\'s odd" ',
      'fix-auth-spec --patch=x=y ',
      'fix-auth-spec explain back\\\\slash ',
    ]);
  });

  it('completes before the end of a line, and behind a quote within a word', () => {
    const back = '\u0002';
    const lines = [`-p f --${back.repeat(3)}`, `--patch=fx${back}`, 'docs/"c'].map((line) => `fix-auth-spec ${line}`);
    expect(completedByBash(lines)).toEqual([
      'fix-auth-spec -p flow-diagram --',
      'fix-auth-spec --patch=flow-diagramx',
      'fix-auth-spec docs/"c d.md" ',
    ]);
  });
});

interface Completed {
  readonly line: string;
  readonly offered: readonly string[];
  /** Each with what is said of it. */
  readonly shown: readonly string[];
}

const BY_EVAL = 'eval "$(<$script)"';

/** What zsh offers at a TAB at the end of each line, and what it makes of the line. */
function completedByZsh(
  lines: readonly string[],
  { load = `autoload -Uz compinit; compinit -D -u; ${BY_EVAL}`, ids: known = ids } = {},
): Completed[] {
  const folder = project();
  const own = folderWith({ '_fix-auth-spec': completionScript('zsh', known), found: '', lines: lines.join('\n') });
  const rc = `setopt no_auto_menu no_list_beep
stty columns 200
own='${own}' script='${join(own, '_fix-auth-spec')}'
${load}
compadd() {
  if (( \${@[(I)-[AOD]]} )); then
    builtin compadd "$@"
  else
    local -a found
    builtin compadd -A found "$@"
    offered+=("\${(@Q)found}")
    (( \${@[(I)-d]} )) && shown+=("\${(@P)@[\${@[(I)-d]} + 1]}")
    builtin compadd "$@"
  fi
}
complete-all() {
  local -a offered shown
  for BUFFER in "\${(@f)$(<$own/lines)}"; do
    CURSOR=$#BUFFER offered=() shown=()
    zle complete-word
    print -rn -- "$BUFFER"$'\\2'"\${(pj:\\1:)offered}"$'\\2'"\${(pj:\\1:)shown}"$'\\3' >> $own/found
  done
  BUFFER=exit
  zle accept-line
}
zle -N complete-all
bindkey '^]' complete-all
`;
  writeFileSync(join(own, 'rc'), rc);
  inTerminal(folder, 'zsh -f -i', [`source '${join(own, 'rc')}'\n`, '\u001d']);
  const listed = (text = '') => (text === '' ? [] : text.split('\u0001'));
  return readFileSync(join(own, 'found'), 'utf8')
    .split('\u0003')
    .slice(0, -1)
    .map((one) => {
      const [line = '', offered, shown] = one.split('\u0002');
      return { line, offered: listed(offered), shown: listed(shown) };
    });
}

describe.skipIf(lacksZsh)('in zsh', () => {
  it('is valid', () => {
    expect(spawnSync('zsh', ['-n'], { input: completionScript('zsh', odd), encoding: 'utf8' })).toMatchObject({
      status: 0,
      stdout: '',
      stderr: '',
    });
  });

  it('offers what can stand at the end of a line, and finishes it', () => {
    const found = completedByZsh([...typed(OFFERED), ...typed(FINISHED)]);
    const offered = found.map((one) => one.offered);
    expect(zipped(OFFERED, offered)).toEqual(OFFERED.map(([line, words]) => [line, words.toSorted()]));
    expect(found.slice(OFFERED.length).map(({ line }) => line)).toEqual(completed);
  });

  it('says what each option does', () => {
    const [found] = completedByZsh(['fix-auth-spec --']);
    expect(found?.shown.map((text) => text.replace(/ +-- /, ' -- ')).toSorted()).toEqual(
      Object.entries(OPTIONS)
        .map(([name, { describe: text }]) => `--${name} -- ${text}`)
        .toSorted(),
    );
  });

  it('offers nothing that what is given excludes', () => {
    const modes = ['-n', '--dry-run', '-c', '--check'];
    const allModes = [...modes, '-w', '--write', '-i', '--interactive'];
    const excluded: readonly (readonly [string, readonly string[]])[] = [
      ['-w', [...modes, '-w', '--write']],
      ['--dry-run', allModes],
      ['-c -p flow-diagram', allModes],
      ['-wi', allModes],
      ['--no-color -q', ['--color', '--no-color', '-q', '--quiet']],
      ['-h', forms],
    ];
    const found = completedByZsh(excluded.map(([line]) => `fix-auth-spec ${line} -`));
    const left = found.map(({ offered }) => forms.filter((form) => !offered.includes(form)));
    expect(excluded.map(([line], at) => [line, left[at]])).toEqual(excluded);
  });

  it('quotes ids, whatever they hold', () => {
    const [all, apostrophe, quote, behind, none] = completedByZsh(
      ['-p ', "-p it\\'s", '-p "it', '-p a:', '-p zz'].map((line) => `fix-auth-spec ${line}`),
      { ids: odd },
    );
    expect(all?.offered).toEqual(odd);
    expect([apostrophe, quote, behind, none].map((one) => one?.line)).toEqual([
      "fix-auth-spec -p it\\'s\\ odd ",
      'fix-auth-spec -p "it\'s odd" ',
      'fix-auth-spec -p a:b\\ c ',
      'fix-auth-spec -p zz',
    ]);
  });

  it.each([
    ['sourced', 'autoload -Uz compinit; compinit -D -u; source <(<$script)'],
    ['from a folder of fpath', 'fpath=($own $fpath); autoload -Uz compinit; compinit -D -u'],
  ])('works %s, from the first TAB on', (_, load) => {
    const found = completedByZsh(['fix-auth-spec explain f', 'fix-auth-spec --dry'], { load });
    expect(found.map(({ line }) => line)).toEqual(['fix-auth-spec explain flow-diagram ', 'fix-auth-spec --dry-run ']);
  });

  it('says what it needs where completion is not set up', () => {
    const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', 'eval "$1"', 'zsh', completionScript('zsh', ids)], {
      encoding: 'utf8',
    });
    expect([stdout, stderr]).toEqual([
      '',
      'fix-auth-spec: Expected `autoload -Uz compinit && compinit` before its completion\n',
    ]);
  });
});
