#!/usr/bin/env bash
# Prints what to put into the environment, as shell commands, so that cargo builds for the bare
# metal targets given: nothing if the installed toolchain can, else a private copy of it with the
# source of the standard library beside it, for build-std.
#
#   eval "$(firmware/toolchain.sh [--source] TARGET...)"
#
# With --source it is always the source, whatever is installed, as a build has to do that is to give
# the same everywhere. BUILD_STD is then set to the options that cargo build needs. The source comes from rustup's
# rust-src if it is installed, else from Debian's package of the same version, kept in
# ${XDG_CACHE_HOME:-~/.cache}/clouddata-firmware.
set -euo pipefail

# Debian's package of the source, by version of the compiler: package version and SHA-256.
declare -A packages=(
    [1.95.0]='1.95.0+dfsg1-2~bpo13+1 7b76db5b880a77f9e52975d2baa6209d2f76d2c9c2789515c3088cb960e2c83b'
)
suite=trixie-backports
build_std="-Z build-std=core -Z build-std-features="

die() {
    echo "firmware/toolchain.sh: $*" >&2
    exit 69
}

from_source=
[ "${1:-}" != --source ] || { from_source=yes && shift; }
sysroot=$(rustc --print sysroot)
version=$(rustc --version | cut -d' ' -f2)

have_targets() {
    local target
    for target; do
        compgen -G "$sysroot/lib/rustlib/$target/lib/libcore-*.rlib" >/dev/null || return 1
    done
}

fetch_source() { # DIRECTORY PACKAGE-VERSION SHA-256: the package, checked, as DIRECTORY/rust-src.deb
    "$(dirname "${BASH_SOURCE[0]}")/../.ci/debian-package.sh" "$suite" "rust-src=$2" "$1" || return
    mv "$1"/rust-src_*.deb "$1/rust-src.deb"
    echo "$3  $1/rust-src.deb" | sha256sum --check --quiet >&2 || {
        rm -f "$1/rust-src.deb"
        return 1
    }
}

if [ -z "$from_source" ] && have_targets "$@"; then
    echo "export BUILD_STD="
    exit
fi
if [ -e "$sysroot/lib/rustlib/src/rust/library/core" ]; then
    printf 'export RUSTC_BOOTSTRAP=1 BUILD_STD=%q\n' "$build_std"
    exit
fi

advice="install them: rustup target add $*; or the source: rustup component add rust-src"
[ -n "${packages[$version]:-}" ] ||
    die "rustc $version has none of $*, and no Debian package of its source is known here; $advice"
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || die "rustc $version lacks $*; $advice"
command -v rustup >/dev/null || die "a toolchain that rustup does not manage cannot be copied; $advice"

cache=${XDG_CACHE_HOME:-$HOME/.cache}/clouddata-firmware
copy=$cache/toolchain-$version
if [ ! -e "$copy/complete" ]; then
    read -r package sha256 <<<"${packages[$version]}"
    rm -rf "$copy"
    mkdir -p "$cache"
    [ -e "$cache/rust-src.deb" ] && echo "$sha256  $cache/rust-src.deb" | sha256sum --check --quiet >&2 ||
        fetch_source "$cache" "$package" "$sha256" ||
        die "rust-src $package is not to be had from Debian's $suite; $advice"
    # Hard links cost no space, where the file system allows them.
    cp -al "$sysroot" "$copy" 2>/dev/null || { rm -rf "$copy" && cp -a "$sysroot" "$copy"; }
    dpkg-deb --fsys-tarfile "$cache/rust-src.deb" |
        tar -x -C "$copy" "./usr/src/rustc-$version/library" "./usr/src/rustc-$version/Cargo.lock" 2>/dev/null ||
        dpkg-deb --fsys-tarfile "$cache/rust-src.deb" | tar -x -C "$copy" "./usr/src/rustc-$version/library"
    mkdir -p "$copy/lib/rustlib/src"
    ln -s "../../../usr/src/rustc-$version" "$copy/lib/rustlib/src/rust"
    RUSTUP_TOOLCHAIN=$copy rustc --version | grep -qF " $version " || die "the copy of rustc $version does not run"
    touch "$copy/complete"
fi
printf 'export RUSTUP_TOOLCHAIN=%q RUSTC_BOOTSTRAP=1 BUILD_STD=%q\n' "$copy" "$build_std"
