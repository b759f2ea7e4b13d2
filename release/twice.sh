#!/usr/bin/env bash
# Whether the same commit gives the same downloads: builds it in two folders with other names, at two
# times and with two umasks, and compares what comes out octet by octet.
#
#   release/twice.sh [TARGET]...        as release/build.sh
#
# It takes what is committed when it begins. Each build is from nothing, which takes some minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset CARGO_TARGET_DIR
folders=(one another/that-is-longer)
# Both before the first is built: there may be another commit by then.
for folder in "${folders[@]}"; do
    git clone --quiet --no-hardlinks . "$work/$folder"
done
for folder in "${folders[@]}"; do
    "$work/$folder/release/build.sh" "$@"
    umask 077
done
diff -r "$work/one/target/dist" "$work/another/that-is-longer/target/dist"
echo "the same twice: $(wc -l <"$work/one/target/dist/SHA256SUMS") files"
