#!/usr/bin/env bash
# Tries what release/build.sh has made, as those who download it do. As root, because of chroot.
#
#   release/test.sh [TARGET]...       those that are in target/dist if none is named
#
# Prints sizes. How long it takes from a download to readings on the page: release/first-minute.sh.
set -uo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.." || exit
# shellcheck source=deploy/tests/count.sh
. deploy/tests/count.sh

dist=$(realpath -m "${CARGO_TARGET_DIR:-target}")/dist
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
programs=(clouddata clouddata-gateway clouddata-server clouddata-simulator)
work=$(mktemp -d)
running=()
clean_up() {
    local process
    for process in "${running[@]}"; do kill "$process" 2>/dev/null; done
    wait
    rm -rf --one-file-system "$work"
}
trap clean_up EXIT

[ "$(id -u)" -eq 0 ] || { echo "test.sh: only root can change the root folder" >&2; exit 77; }
.ci/need.sh curl curl readelf binutils unshare util-linux python3 python3 || exit

# Each program is one file that needs no other, and names no folder of the machine that built it.
is_static() { # PROGRAM
    readelf --wide --program-headers "$1" >"$work/headers" && denied grep -qw INTERP "$work/headers" &&
        denied grep -q NEEDED <(readelf --dynamic "$1")
}
names_no_folder_of_ours() { denied grep -aqF -e "$PWD/" -e "$HOME/" "$1"; }

has_manuals() { # DIRECTORY PROGRAM
    grep -q "^.TH $2 1" "$1/share/man/man1/$2.1" && bash -n "$1/share/bash-completion/completions/$2" &&
        grep -q "^#compdef $2" "$1/share/zsh/site-functions/_$2" &&
        grep -q "complete -c $2 " "$1/share/fish/vendor_completions.d/$2.fish"
}

unwinds() { # TRIPLE EMULATOR-OR-NOTHING
    local environment compiler=CC_${1//-/_}
    environment=$(release/musl.sh "$1") || return
    eval "$environment"
    "${!compiler}" -O1 -funwind-tables -static -Wl,--eh-frame-hdr release/backtrace.c \
        -nodefaultlibs -lunwind -lc -lgcc -o "$work/backtrace" || return
    # shellcheck disable=SC2086 # one word or none
    $2 "$work/backtrace"
}

# What a folder that is to be the root of a file system needs for a pty, and no more.
make_root() { # PROGRAM EMULATOR-OR-NOTHING
    mkdir -p "$work/root/dev/pts"
    ln -sf pts/ptmx "$work/root/dev/ptmx"
    cp "$1" "$work/root/clouddata"
    [ -z "$2" ] || cp "$2" "$work/root/emulator"
}

# Starts the program for a test, and sets url to its page.
start() { # COMMAND...
    "$@" >"$work/said" 2>"$work/log" &
    running+=($!)
    soon grep -q '^live page: ' "$work/said" || { cat "$work/said" "$work/log"; return 1; }
    url=$(sed -n 's/^live page: //p' "$work/said")
}
stop() { # WHAT IS CHECKED
    local process=${running[-1]} status
    kill "$process"
    wait "$process"
    status=$?
    unset 'running[-1]'
    check "$1" test "$status" -eq 0
}
# The first line names the columns.
has_readings() { [ "$(curl -fsS "${url}api/v1/readings?format=csv" | wc -l)" -gt 5 ]; }
is_a_page() { prints '<html' curl -fsS --compressed "$url"; }

in_an_empty_root() {
    # Instead of this shell, so that a signal reaches it.
    exec unshare --mount sh -c 'mount -t devpts -o newinstance,ptmxmode=666 devpts "$0/dev/pts" && exec chroot "$0" "$@"' \
        "$work/root" "$@"
}

try_simulated() { # WHERE COMMAND...
    if ! start "${@:2}"; then
        failed=$((failed + 1))
        echo "FAILED: it starts $1"
        return
    fi
    check "there are readings $1" soon has_readings
    check "there is a page $1" is_a_page
    # shellcheck disable=SC2086 # one word or none
    check "it can be asked how it is $1" prints '"status":"ok"' $emulator "$work/unpacked/bin/clouddata" health \
        --listen "$(sed 's|http://||; s|/$||' <<<"$url")"
    stop "it stops when told to $1"
}

try_archive() { # TRIPLE
    local name=clouddata-$version-$1 program emulator= unit
    rm -rf "$work/root" "$work/unpacked"
    mkdir "$work/unpacked"
    echo "$name.tar.gz: $(stat -c %s "$dist/$name.tar.gz") octets"
    tar -xf "$dist/$name.tar.gz" -C "$work/unpacked" --strip-components 1
    check "all is in one folder" is "$name" sh -c "tar -tf '$dist/$name.tar.gz' | cut -d/ -f1 | sort -u"
    case $1 in
    aarch64*) emulator=$(.ci/emulator.sh qemu-aarch64) || return ;;
    armv7*) emulator=$(.ci/emulator.sh qemu-arm) || return ;;
    esac
    for program in "${programs[@]}"; do
        local file=$work/unpacked/bin/$program
        echo "$1 $program: $(stat -c %s "$file") octets"
        check "$program is one static file" is_static "$file"
        check "$program names no folder of ours" names_no_folder_of_ours "$file"
        check "$program has manual and completions" has_manuals "$work/unpacked" "$program"
        # shellcheck disable=SC2086 # one word or none
        check "$program says its version" is "$program $version" $emulator "$file" --version
    done
    check "its unwinder works" unwinds "$1" "$emulator"
    for program in gateway server; do
        unit=$work/unpacked/lib/systemd/system/clouddata-$program.service
        check "the unit starts what is here" test -x "$work/unpacked/$(sed -n 's|^ExecStart=/usr/local/\([^ ]*\).*|\1|p' "$unit")"
        # shellcheck disable=SC2086
        check "the configuration is the $program's own" cmp "$work/unpacked/share/clouddata/$program.toml" \
            <($emulator "$work/unpacked/bin/clouddata-$program" config)
    done
    for file in LICENSE-APACHE LICENSE-MIT CHANGELOG.md README.md THIRD-PARTY.txt; do
        check "$file is there" test -s "$work/unpacked/share/doc/clouddata/$file"
    done
    check "the licence of what is linked in is there" grep -q '^ring ' "$work/unpacked/share/doc/clouddata/THIRD-PARTY.txt"
    check "the udev rule is there" test -s "$work/unpacked/lib/udev/rules.d/70-clouddata-smartmesh.rules"
    check "the bill of materials has each library that they name" has_each_library "$dist/$name.cdx.json"
    make_root "$work/unpacked/bin/clouddata" "$emulator"
    try_simulated "in an empty root folder ($1)" in_an_empty_root ${emulator:+/emulator} /clouddata --simulate \
        --listen 127.0.0.1:0 --data-dir /data
}

# What the programs themselves name, where a panic would say where it was, is listed, with the checksum
# that is locked.
has_each_library() { # SBOM
    grep -aohE '/cargo/registry/src/[^/]+/[^/]+/' "$work"/unpacked/bin/* | cut -d/ -f6 | sort -u >"$work/named"
    python3 - "$1" "$work/named" <<'PYTHON'
import json, sys
bom = json.load(open(sys.argv[1]))
libraries = [one for one in bom["components"] if one.get("purl") and one["type"] == "library"]
listed = [f"{one['name']}-{one['version']}" for one in libraries]
named = set(open(sys.argv[2]).read().split())
# Within the standard library, which is listed as one.
STANDARD = {"addr2line", "gimli", "hashbrown", "memchr", "miniz_oxide", "object", "rustc-demangle"}
missing = {one for one in named - set(listed) if one.rsplit("-", 1)[0] not in STANDARD}
assert len(named) > 20, named
assert not missing, missing
assert len(listed) == len(set(listed)), "a library is listed twice"
without = {one["name"] for one in libraries if "hashes" not in one}
assert without == {"hdlc-core", "manager-core", "oap-core", "readings", "host"}, without
PYTHON
}

check "the checksums are right" sh -c "cd '$dist' && sha256sum --check --quiet --strict SHA256SUMS"
check "the checksums are of all there is" is '' sh -c "cd '$dist' && cut -c67- SHA256SUMS | sort >'$work/summed' &&
    ls | grep -vx SHA256SUMS | comm -3 - '$work/summed'"
if [ $# -eq 0 ]; then
    mapfile -t triples < <(cd "$dist" && ls | sed -n "s/^clouddata-$version-\(.*-linux-musl.*\)\.tar\.gz$/\1/p")
    set -- "${triples[@]}"
fi
[ $# -gt 0 ] || { echo "test.sh: there is nothing in $dist; release/build.sh makes it" >&2; exit 66; }
for triple; do try_archive "$triple"; done
finish
