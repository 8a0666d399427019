import { lettersOf, type Option, options, places, quotedAll, type Words } from './tables.js';

/** For bash, in the words of 3.2, which macOS still has. */
export function bashScript(words: Words): string {
  return `# bash completion for fix-auth-spec, made by \`fix-auth-spec completion bash\`

${BASH_MAIN}
${bashOffers(words)}
${BASH_READ}
${bashPlace()}
${BASH_WORDS}
${BASH_END}`;
}

const BASH_MAIN = `_fix_auth_spec() {
  local text=$2 words=() typed='' kind='' form=%q head='' cut=''
  COMPREPLY=()
  _fix_auth_spec_read
  _fix_auth_spec_place
  # A fix spec and a module have ids of their own.
  [[ $kind == patch && ( $COMP_LINE == *' --from'* || $COMP_LINE == *' --patches'* ) ]] && return
  [[ $kind == reporter && $typed == *=* ]] && kind=file typed=\${typed#*=}
  # Behind a redirection stands any file.
  [[ \${COMP_WORDS[COMP_CWORD - 1]} == *[\\<\\>] ]] && kind=file typed=$text
  # Inside quotes, and where bash takes every word for the name of a file, bash quotes what it is given.
  if [[ $typed == [\\"\\']* ]]; then
    form=%s typed=\${typed:1}
  elif ! type compopt > /dev/null 2>&1; then
    form=%s
  fi
  # What bash replaces may begin before what is typed, as in -pID, or behind a : or = within it.
  if [[ $text == *"$typed" ]]; then head=\${text%"$typed"}; else cut=\${typed%"$text"}; fi
  _fix_auth_spec_offer
}
`;

function bashOffers({ patch, reporter, shell, command }: Words): string {
  return `_fix_auth_spec_offer() {
  case $kind in
    option) _fix_auth_spec_words ${quotedAll(options.flatMap(({ forms }) => forms))} ;;
    patch) _fix_auth_spec_words ${quotedAll(patch)} ;;
    reporter) _fix_auth_spec_words ${quotedAll(reporter)} ;;
    shell) _fix_auth_spec_words ${quotedAll(shell)} ;;
    command)
      _fix_auth_spec_words ${quotedAll(command)}
      _fix_auth_spec_specs
      ;;
    spec) _fix_auth_spec_specs ;;
    file) _fix_auth_spec_files "$(compgen -f -- "$typed")" ;;
  esac
}
`;
}

const BASH_READ = `# The words up to the cursor as the command will see them: bash breaks them at = and : as well.
_fix_auth_spec_read() {
  local line=\${COMP_LINE:0:COMP_POINT} at gap part
  for ((at = 0; at <= COMP_CWORD; at++)); do
    gap=\${line%%[![:space:]]*}
    line=\${line#"$gap"}
    [[ $at == 0 || -n $gap ]] && words+=('')
    part=$line
    ((at < COMP_CWORD)) && part=\${COMP_WORDS[at]}
    words[\${#words[@]} - 1]+=$part
    line=\${line#"$part"}
  done
}
`;

function bashPlace(): string {
  const flags = options.filter(({ value }) => value === undefined);
  const valued = options.filter(({ value }) => value !== undefined);
  const forms = (some: readonly Option[]): string => some.flatMap((one) => one.forms).join(' | ');
  const kinds = [...new Set(valued.map(({ value }) => value))];
  return `# What stands at the cursor, and how much of it is typed.
_fix_auth_spec_place() {
  local at word option='' command='' place=0 letters='^-[${lettersOf(flags)}]*[${lettersOf(valued)}]$'
  typed=\${words[\${#words[@]} - 1]}
  for ((at = 1; at < \${#words[@]} - 1; at++)); do
    word=\${words[at]}
    [[ $word == -- ]] && kind=spec && return
    [[ -n $option ]] && option='' && continue
    [[ $word =~ $letters ]] && word=-\${word:\${#word}-1}
    case $word in
      ${forms(valued)}) option=$word ;;
      -*) ;;
      *)
        [[ $place == 0 ]] && command=$word
        place=$((place + 1))
        ;;
    esac
  done
  if [[ -z $option ]]; then
    case $typed in
      --*=*) option=\${typed%%=*} typed=\${typed#*=} ;;
      -[${lettersOf(valued)}]?*) option=\${typed:0:2} typed=\${typed:2} typed=\${typed#=} ;;
      -*) kind=option && return ;;
    esac
  fi
  case $option in
${kinds.map((kind) => `    ${forms(valued.filter(({ value }) => value === kind))}) kind=${kind} && return ;;`).join('\n')}
    ?*) return ;;
  esac
  case "$command $place" in
    ' 0') kind=command ;;
${places.map(([command, place, kind]) => `    '${command} '${place}) kind=${kind} ;;`).join('\n')}
    *) kind=spec ;;
  esac
}
`;
}

const BASH_WORDS = `# Offers those of the words that begin with what is typed.
_fix_auth_spec_words() {
  local word
  for word in "$@"; do
    printf -v word "$form" "$word"
    [[ $word == "$typed"* ]] && COMPREPLY+=("$head\${word#"$cut"}")
  done
}

# Markdown files and directories; all files where there are none.
_fix_auth_spec_specs() {
  local found
  found=$(
    compgen -d -- "$typed"
    compgen -f -X '!*.[mM][dD]' -- "$typed"
    compgen -f -X '!*.markdown' -- "$typed"
  )
  _fix_auth_spec_files "\${found:-$(compgen -f -- "$typed")}"
}

_fix_auth_spec_files() {
  local file gone=\${cut//[\\\\\\"\\']/}
  type compopt > /dev/null 2>&1 && compopt -o filenames
  while IFS= read -r file; do
    [[ -n $file ]] && COMPREPLY+=("$head\${file#"$gone"}")
  done <<< "$1"
}
`;

const BASH_END = `if type compopt > /dev/null 2>&1; then
  complete -F _fix_auth_spec fix-auth-spec
else
  complete -o filenames -F _fix_auth_spec fix-auth-spec
fi
`;
