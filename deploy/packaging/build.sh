#!/usr/bin/env bash
# Builds the Debian packages of a program into target/debian, has lintian look at them, and prints
# their sizes. What it needs it installs by name.
#
#   deploy/packaging/build.sh gateway|server [amd64|arm64|armhf]...        amd64 if none is named
#
# arm64 is for a Raspberry Pi 3 or newer with a 64-bit system, armhf for a Raspberry Pi 2 or newer
# with a 32-bit one. Debian 12 or newer, because of the C library.
set -euo pipefail
cd "$(dirname "$0")/../.."

CARGO_DEB_VERSION=3.8.0
# Of the C library, as the package's dependencies say it.
GLIBC=2.34

declare -A triples=(
    [amd64]=x86_64-unknown-linux-gnu
    [arm64]=aarch64-unknown-linux-gnu
    [armhf]=armv7-unknown-linux-gnueabihf
)
declare -A tuples=([amd64]=x86_64-linux-gnu [arm64]=aarch64-linux-gnu [armhf]=arm-linux-gnueabihf)

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
export CARGO_TARGET_DIR=$target
# Two builds of the same commit give the same packages.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH

die() {
    echo "build.sh: $*" >&2
    exit 1
}

case ${1:-} in
gateway | server) folder=$1 name=clouddata-$1 ;;
*) die "which program, gateway or server?" ;;
esac
shift

need_cargo_deb() {
    local tools
    tools=$(.ci/cargo-tool.sh cargo-deb "$CARGO_DEB_VERSION")
    PATH=$tools:$PATH
}

# What the package has beside the program, by the program itself, as one that runs here prints it.
generate() { # PROGRAM DIRECTORY
    mkdir -p "$2"
    "$1" man | gzip -9n >"$2/$name.1.gz"
    local shell
    for shell in bash zsh fish; do
        "$1" completions "$shell" >"$2/completions.$shell"
    done
}

build_host() { cargo build --release --quiet --locked -p "$name"; }

build_cross() ( # TRIPLE TUPLE
    # Sets BUILD_STD if the installed toolchain has no standard library for the target.
    environment=$(firmware/toolchain.sh "$1")
    eval "$environment"
    variable=CARGO_TARGET_$(tr a-z- A-Z_ <<<"$1")_LINKER
    export "$variable=$2-gcc"
    # shellcheck disable=SC2086 # none or two words
    cargo build --release --quiet --locked -p "$name" --target "$1" ${BUILD_STD:+-Z build-std=std}
)

# The dependencies in Cargo.toml are written by hand: cargo-deb would take those of a cross build
# from the cross libraries.
check_dependencies() { # PROGRAM TUPLE
    local newest library
    newest=$("$2-objdump" -T "$1" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -1)
    [ "$(printf '%s\n' "$newest" "GLIBC_$GLIBC" | sort -V | tail -1)" = "GLIBC_$GLIBC" ] ||
        die "$1 needs $newest, and the package promises $GLIBC"
    grep -qF "libc6 (>= $GLIBC), libgcc-s1" "$folder/Cargo.toml" || die "$folder/Cargo.toml has other dependencies"
    "$2-objdump" -p "$1" | sed -n 's/ *NEEDED *//p' | while read -r library; do
        case $library in
        libc.so.6 | libm.so.6 | libgcc_s.so.1 | ld-linux*) ;;
        *) die "$1 needs $library, which is not among the package's dependencies" ;;
        esac
    done
}

package() { # ARCHITECTURE
    local triple=${triples[$1]} tuple=${tuples[$1]} release=$target/release options=(--no-build --no-strip) deb
    if [ "$1" != "$host" ]; then
        .ci/need.sh "$tuple-gcc" "gcc-${tuple//_/-} libc6-dev-$1-cross"
        build_cross "$triple" "$tuple"
        release=$target/$triple/release
        options+=(--target "$triple")
    fi
    check_dependencies "$release/$name" "$tuple"
    "$tuple-strip" "$release/$name"
    generate "$target/release/$name" "$release/packaging"
    cargo deb --quiet -p "$name" "${options[@]}" --output "$target/debian/" >/dev/null
    deb=$(find "$target/debian" -name "${name}_*_$1.deb" -newer "$release/packaging/$name.1.gz")
    [ -n "$deb" ] || die "cargo deb has left no package"
    lintian --allow-root --no-cfg --fail-on error "$deb"
    printf '%s: %s bytes; program %s bytes\n' "$deb" "$(stat -c %s "$deb")" "$(stat -c %s "$release/$name")"
}

host=$(dpkg --print-architecture)
[ -n "${triples[$host]:-}" ] || die "packages cannot be built on $host"
[ $# -gt 0 ] || set -- amd64
for architecture; do
    [ -n "${triples[$architecture]:-}" ] || die "unknown architecture: $architecture"
done

# SQLite and the TLS library are C.
.ci/need.sh cc gcc "${tuples[$host]}-objdump" binutils lintian lintian python3 python3
deploy/packaging/licences.py || die "deploy/packaging/copyright is not true any more, see above"
need_cargo_deb
# Also for the others: it prints the manual page.
build_host
for architecture; do
    package "$architecture"
done
