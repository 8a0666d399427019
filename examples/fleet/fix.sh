#!/bin/sh
# Corrects the spec of one repository, in whose root it runs. A repository without such a spec is left alone, which is
# success. All other exit codes are those of fix-auth-spec: 0 done, 2 wrong usage, 3 a person is needed, 4 unreadable.
#
#   FIX_AUTH_SPEC          the command, in words split at spaces; npx --yes fix-auth-spec
#   FIX_AUTH_SPEC_TARGET   what a repository must hold to be touched; specs/004-auth-integration/spec.md
#   FIX_AUTH_SPEC_REPORTS  directory for NAME.json and NAME.md, outside of the repository; a new one
#   REPOSITORY             NAME; that of the working directory
#
# Arguments go to fix-auth-spec.
set -ef

target=${FIX_AUTH_SPEC_TARGET:-specs/004-auth-integration/spec.md}
found=$(find . \( -name node_modules -o -name .git -o -name dist \) -prune -o -path "*/$target" -print) || exit 4
if [ -z "$found" ]; then exit 0; fi

reports=${FIX_AUTH_SPEC_REPORTS:-$(mktemp -d)}
case $reports in
  "$PWD" | "$PWD"/* | [!/]*)
    echo 'error Expected an absolute path outside of the repository in FIX_AUTH_SPEC_REPORTS' >&2
    exit 2
    ;;
esac
mkdir -p -- "$reports" || exit 4
name=$(printf %s "${REPOSITORY:-${PWD##*/}}" | tr -c 'A-Za-z0-9._-' _)

# shellcheck disable=SC2086
exec ${FIX_AUTH_SPEC:-npx --yes fix-auth-spec} --write --quiet \
  -r "json=$reports/$name.json" -r "markdown=$reports/$name.md" "$@"
