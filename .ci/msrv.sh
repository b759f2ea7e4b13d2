#!/usr/bin/env bash
# Builds the cores, without their features and with all, by the oldest compiler that they promise to
# build with: the rust-version of their manifests, which is that of Debian 13's own compiler.
#
# The toolchain is rustup's of that version if it is installed, else Debian 12's packages of it,
# unpacked into ${XDG_CACHE_HOME:-~/.cache}/clouddata-msrv and not installed. Exit code 1 if the
# cores do not build, 69 if there is no such toolchain.
set -euo pipefail
cd "$(dirname "$0")/.."

cores='hdlc-core manager-core oap-core'
debian_version='1.85.0+dfsg3-1~deb12u3'

die() {
    echo ".ci/msrv.sh: $2" >&2
    exit "$1"
}

# shellcheck disable=SC2086
version=$(for core in $cores; do sed -n 's/^rust-version = "\(.*\)"$/\1/p' "$core/Cargo.toml"; done | sort -u)
[[ $version =~ ^[0-9]+\.[0-9]+$ ]] || die 1 "the cores state other versions than each other: $version"

unpack() { # DIRECTORY: Debian's packages of the toolchain, and those they need
    rm -rf "$1"
    mkdir -p "$1/archives/partial"
    [ "$(id -u)" -ne 0 ] || apt-get -qq update
    apt-get install -qq --yes --no-install-recommends --download-only --reinstall --allow-downgrades \
        -o Debug::NoLocking=1 -o APT::Sandbox::User=root -o Dir::Cache::archives="$1/archives" \
        {rustc-web,cargo-web,libstd-rust-web-dev}="$debian_version" >/dev/null || return
    local package
    for package in "$1"/archives/*.deb; do dpkg-deb --extract "$package" "$1" || return; done
    rm -rf "$1/archives"
    touch "$1/complete"
}

if rustup toolchain list 2>/dev/null | grep -q "^$version\.\?[0-9]*-"; then
    export RUSTUP_TOOLCHAIN
    RUSTUP_TOOLCHAIN=$(rustup toolchain list | grep -o "^$version\.\?[0-9]*-[^ ]*" | head -n 1)
else
    [[ $debian_version == "$version".* ]] || die 69 "no toolchain $version, and no Debian package of it is known here"
    root=${XDG_CACHE_HOME:-$HOME/.cache}/clouddata-msrv/$debian_version
    [ -e "$root/complete" ] || unpack "$root" || die 69 "Debian's packages of Rust $version are not to be had"
    libraries=$(find "$root" -name '*.so*' -printf '%h\n' | grep -v rustlib | sort -u | paste -sd:)
    export PATH=$root/usr/bin:$PATH LD_LIBRARY_PATH=$libraries RUSTC=$root/usr/bin/rustc RUSTDOC=$root/usr/bin/rustdoc
fi

rustc=$(${RUSTC:-rustc} --version)
[[ $rustc == "rustc $version."* ]] || die 1 "$rustc is not $version"
echo "$rustc"

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/msrv
for core in $cores; do
    cargo build --quiet --locked -p "$core"
    cargo build --quiet --locked -p "$core" --all-features
done
