#!/usr/bin/env bash
# Makes everything of a version, and tries all of it: programs, image, packages, apt source, crates. Nothing is uploaded.
#
#   release/release.sh KEY ADDRESS       the apt source's key in gpg, and where it will be served
#
# As root, on Debian 12 or newer, from a clean checkout of the tag. What comes out is in target/dist and target/apt. It
# takes about an hour on two processors.
set -euo pipefail
cd "$(dirname "$0")/.."

key=${1:?which key?} address=${2:?served where?}
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
release/version.sh

release/build.sh all
deploy/packaging/build.sh gateway amd64 arm64 armhf
deploy/packaging/build.sh server amd64
release/apt.sh "$key" "$address"
release/semver.sh

release/test.sh
release/test-image.sh
release/test-windows.sh
release/test-apt.sh
release/first-minute.sh
release/crates.sh
release/twice.sh

# The tests above have signed it with a key of theirs.
release/apt.sh "$key" "$address"
version=$(release/version.sh)
cp "$target"/debian/clouddata-*_"$version"-*.deb "$target/dist"
(cd "$target/dist" && sha256sum -- clouddata-* >SHA256SUMS)
ls -l "$target/dist" "$target/apt"
