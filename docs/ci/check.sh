#!/usr/bin/env bash
# Builds the book into target/book, and checks what it says: that its links lead somewhere, that the messages it
# explains are those of the programs, and that version and address are those of Cargo.toml. mdBook is compiled
# once, into ${XDG_CACHE_HOME:-~/.cache}/clouddata.
#
#   docs/ci/check.sh            target/book/index.html is the book
set -euo pipefail
cd "$(dirname "$0")/../.."

MDBOOK_VERSION=0.5.4

.ci/need.sh cc gcc python3 python3
tools=$(.ci/cargo-tool.sh mdbook "$MDBOOK_VERSION")
PATH=$tools:$PATH

book=$(realpath -m "${CARGO_TARGET_DIR:-target}")/book
mdbook build docs --dest-dir "$book"
docs/ci/links.py "$book"
docs/ci/messages.py

# What people type in is of this version, and from the address that one place holds.
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
repository=$(sed -n 's/^repository = "\(.*\)"$/\1/p' Cargo.toml)
grep -qF "$repository/releases/download/v$version/" README.md ||
    { echo "README.md downloads from elsewhere than $repository/releases/download/v$version"; exit 1; }
! grep -rnoE 'clouddata(-gateway|-server)?[-_][0-9]+\.[0-9]+\.[0-9]+' README.md docs/src release/archive/README.md |
    grep -vE "[-_]${version//./\\.}$" || { echo "these are of another version than $version"; exit 1; }
