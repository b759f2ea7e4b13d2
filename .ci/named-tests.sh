#!/usr/bin/env bash
# Every test that a table of CONTRIBUTING.md names has to be there. Exit code 1 if one is not.
set -euo pipefail
cd "$(dirname "$0")/.."

names=$(sed -n 's/^| [^|]* | \(`.*\) |$/\1/p' CONTRIBUTING.md | grep -o '[a-z0-9_]*')
[ -n "$names" ] || { echo ".ci/named-tests.sh: CONTRIBUTING.md names no test" >&2; exit 1; }
tests=$(git grep --untracked -hEA2 '^ *#\[(tokio::)?test' -- '*.rs')
missing=$(for name in $names; do grep -qE "fn $name\(" <<<"$tests" || echo "$name"; done)
[ -z "$missing" ] || { printf 'CONTRIBUTING.md names tests that are not there:\n%s\n' "$missing" >&2; exit 1; }
