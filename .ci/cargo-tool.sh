#!/usr/bin/env bash
# Compiles a cargo tool of this version, unless it is there, and prints the folder that it is in. It is kept in
# ${XDG_CACHE_HOME:-~/.cache}/clouddata.
#
#   PATH=$(.ci/cargo-tool.sh CRATE VERSION):$PATH
set -euo pipefail
crate=${1:?which crate?} version=${2:?which version?}
tools=${XDG_CACHE_HOME:-$HOME/.cache}/clouddata/tools
if ! "$tools/bin/$crate" --version 2>/dev/null | grep -qE "(^|[ v])${version//./\\.}$"; then
    # Compiled once and seldom run: quickly made is better than quick. In a folder of its own, as another may be
    # compiled at the same time.
    CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
        CARGO_TARGET_DIR=$tools/build-$crate cargo install --quiet --locked "$crate" \
        --version "$version" --root "$tools" >&2
    rm -rf "$tools/build-$crate"
fi
echo "$tools/bin"
