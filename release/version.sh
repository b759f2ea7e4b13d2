#!/usr/bin/env bash
# Prints the version, if every place says the same, and this is a clean checkout of its tag.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
    echo "version.sh: $*" >&2
    exit 65
}

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
[ -z "$(git status --porcelain)" ] || fail "there are changes that no commit has"
[ "$(git describe --tags --exact-match 2>/dev/null)" = "v$version" ] || fail "this commit is not tagged v$version"
grep -qE "^## \[${version//./\\.}\] - [0-9]{4}-[0-9]{2}-[0-9]{2}$" CHANGELOG.md || fail "CHANGELOG.md has no date for $version"
for core in hdlc-core manager-core oap-core readings; do
    grep -qF "$core = { path = \"$core\", version = \"$version\" }" Cargo.toml || fail "Cargo.toml names another $core"
done
grep -qx "  image: clouddata:$version" release/compose.yaml || fail "compose.yaml names another version"
for program in gateway server; do
    head -n 1 "$program/packaging/changelog" | grep -qF "($version-" || fail "the package of the $program has another changelog"
done
grep -qF "/releases/download/v$version/" README.md || fail "README.md downloads another version"
echo "$version"
