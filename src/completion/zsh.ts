import { COMMANDS } from '../options.js';
import { shellQuoted } from '../words.js';
import {
  ALONE,
  ARGUMENTS,
  EXCLUSIVE,
  type Kind,
  type Option,
  options,
  places,
  quotedAll,
  type Words,
} from './tables.js';

/** For zsh, to be read by `eval` or to stand in `fpath`. */
export function zshScript(words: Words): string {
  const depth = Math.max(...COMMANDS.map((command) => ARGUMENTS[command].length));
  const positions = Array.from({ length: depth }, (_, at) => `'${at + 1}: :->${at}'`);
  return `#compdef fix-auth-spec
# zsh completion for fix-auth-spec, made by \`fix-auth-spec completion zsh\`

_fix-auth-spec() {
  local curcontext=$curcontext state state_descr line expl ret=1
  local -A opt_args
  if (( \${words[(i)--]} < CURRENT )); then
    _wanted spec expl spec _fix-auth-spec_spec
    return
  fi
  _arguments -s -S -C : \\
${options
  .flatMap(zshSpecs)
  .map((spec) => `    ${shellQuoted(spec)} \\\n`)
  .join('')}    ${positions.join(' ')} '*: :->more' && ret=0
  [[ -n $state ]] && _fix-auth-spec_place && ret=0
  return ret
}

${zshPlace()}
${zshKinds(words)}
${ZSH_END}`;
}

// As _arguments takes it: `(what it excludes)form[what it does]:what its value is:what completes the value`.
function zshSpecs({ name, forms, describe, isRepeatable, value }: Option): string[] {
  const rivals = EXCLUSIVE.filter((names) => names.includes(name)).flat();
  const excluded = options.filter((one) => one.name === name || rivals.includes(one.name)).flatMap((one) => one.forms);
  const before = ALONE.includes(name) ? '(- : *)' : isRepeatable ? '*' : `(${excluded.join(' ')})`;
  const does = `[${describe.replaceAll(/[\\:[\]]/g, '\\$&')}]`;
  if (value === undefined) return forms.map((form) => `${before}${form}${does}`);
  const after = value === 'nothing' ? `:${name}: ` : `:${value}:_fix-auth-spec_${value}`;
  return forms.map((form) => `${before}${form}${form.startsWith('--') ? '=' : '+'}${does}${after}`);
}

function zshPlace(): string {
  const action = (kind: Kind): string =>
    kind === 'nothing' ? "_message 'nothing more'" : `_wanted ${kind} expl ${kind} _fix-auth-spec_${kind}`;
  return `_fix-auth-spec_place() {
  case "$line[1] $state" in
    *' 0') _alternative 'command:command:_fix-auth-spec_command' 'spec:spec:_fix-auth-spec_spec' ;;
${places.map(([command, place, kind]) => `    '${command} '${place}) ${action(kind)} ;;`).join('\n')}
    *) ${action('spec')} ;;
  esac
}
`;
}

function zshKinds({ patch, reporter, shell, command }: Words): string {
  return `_fix-auth-spec_command() {
  compadd "$@" -- ${quotedAll(command)}
}

_fix-auth-spec_patch() {
  # A fix spec and a module have ids of their own.
  if (( \${words[(I)--(from|patches)*]} )); then
    _message 'ids of the fix spec or module'
  else
    compadd "$@" -- ${quotedAll(patch)}
  fi
}

_fix-auth-spec_reporter() {
  if compset -P 1 '*='; then
    _files
  else
    compadd "$@" -- ${quotedAll(reporter)}
  fi
}

_fix-auth-spec_shell() {
  compadd "$@" -- ${quotedAll(shell)}
}

_fix-auth-spec_file() {
  _files "$@"
}

_fix-auth-spec_spec() {
  _files "$@" -g '(#i)*.(md|markdown)(-.)'
}
`;
}

// As a file in fpath this is the body of the function at its first call.
const ZSH_END = `if [[ $funcstack[1] == _fix-auth-spec ]]; then
  _fix-auth-spec "$@"
elif (( $+functions[compdef] )); then
  compdef _fix-auth-spec fix-auth-spec
else
  print -u2 'fix-auth-spec: Expected \`autoload -Uz compinit && compinit\` before its completion'
fi
`;
