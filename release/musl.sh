#!/usr/bin/env bash
# Prints what to put into the environment, as shell commands, so that cargo builds static Linux
# programs for a target with musl: a C compiler and linker for it, and the standard library's source.
#
#   eval "$(release/musl.sh TRIPLE)"
#
# MUSL_LICENCE is then a file with the terms of what is linked in.
# The compiler is Debian's own for that processor, told to use musl's headers and library instead of
# the GNU ones; these are Debian 13's package, checked, kept in ${XDG_CACHE_HOME:-~/.cache}/clouddata.
set -euo pipefail
cd "$(dirname "$0")/.."

suite=trixie
version=1.2.5-3.1~deb13u1

die() {
    echo "release/musl.sh: $*" >&2
    exit 69
}

flags=()
case ${1:-} in
x86_64-unknown-linux-musl)
    architecture=amd64 compiler=x86_64-linux-gnu-gcc package=gcc
    sha256=a3f7d47e452129bb65aae201d6c115abf4d5d3efb136b38b7c6b4fa03ec065e9
    ;;
aarch64-unknown-linux-musl)
    architecture=arm64 compiler=aarch64-linux-gnu-gcc package='gcc-aarch64-linux-gnu libc6-dev-arm64-cross'
    sha256=384ea029e3694baac696d3993d93246f9a4b3741c493697e1ceb7256d8820748
    # These ask a function of the GNU library which processor it is.
    flags=(-mno-outline-atomics)
    ;;
armv7-unknown-linux-musleabihf)
    architecture=armhf compiler=arm-linux-gnueabihf-gcc package='gcc-arm-linux-gnueabihf libc6-dev-armhf-cross'
    sha256=db485234c01cb9887da0907f3e47d36d101a3299528afd3bbeb46edd551c8264
    ;;
*) die "unknown target: ${1:-none}" ;;
esac

.ci/need.sh "$compiler" "$package" >&2

folder=${XDG_CACHE_HOME:-$HOME/.cache}/clouddata/musl-$version/$architecture
if [ ! -e "$folder/complete" ]; then
    rm -rf "$folder"
    mkdir -p "$folder"
    .ci/debian-package.sh "$suite" "musl-dev:$architecture=$version" "$folder" ||
        die "musl-dev $version is not to be had from Debian's $suite"
    echo "$sha256  $(echo "$folder"/musl-dev_*.deb)" | sha256sum --check --quiet >&2
    dpkg-deb --extract "$folder"/musl-dev_*.deb "$folder"
    rm "$folder"/musl-dev_*.deb
    touch "$folder/complete"
fi
headers=$(echo "$folder"/usr/include/*-linux-musl*)
libraries=$(echo "$folder"/usr/lib/*-linux-musl*)

# In -B it looks for the files that a program starts with, before its own places.
cat >"$folder/cc.new" <<CC
#!/bin/sh
exec $compiler -B'$libraries' -L'$libraries' -nostdinc -isystem '$headers' \\
    -isystem "\$($compiler -print-file-name=include)" ${flags[*]} "\$@"
CC
chmod +x "$folder/cc.new"
mv "$folder/cc.new" "$folder/cc"

# The standard library asks for the unwinder by the name that LLVM's has; here it is GCC's.
"$folder/cc" -Wall -Wextra -Werror -O2 -fPIC -c -o "$folder/find-object.o" release/find-object.c
rm -f "$libraries/libfind-object.a"
"${compiler%gcc}ar" -crD "$libraries/libfind-object.a" "$folder/find-object.o"
echo 'EXTERN ( _dl_find_object ) GROUP ( -lgcc_eh -lgcc -lfind-object )' >"$libraries/libunwind.a"

firmware/toolchain.sh --source "$1"
name=$(tr - _ <<<"$1")
printf 'export MUSL_LICENCE=%q\n' "$folder/usr/share/doc/musl-dev/copyright"
printf 'export CC_%s=%q AR_%s=%q CARGO_TARGET_%s_LINKER=%q\n' \
    "$name" "$folder/cc" "$name" "${compiler%gcc}ar" "${name^^}" "$folder/cc"
