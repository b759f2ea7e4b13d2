#!/usr/bin/env bash
# Builds the firmware for two Cortex-M cores, runs it in an emulator and compares what it prints
# with what is expected; proves that nothing in it allocates or panics; prints what it costs.
# Exit code 1 if anything is not as it must be.
#
#   firmware/run.sh
set -euo pipefail
cd "$(dirname "$0")"

machines='thumbv6m-none-eabi:microbit thumbv7em-none-eabi:mps2-an386'
# Of the whole path, in octets: flash without the recorded line, and static data.
max_flash=12288
max_ram=512

die() {
    echo "firmware/run.sh: $*" >&2
    exit 1
}

../.ci/qemu.sh arm
../.ci/need.sh arm-none-eabi-nm binutils-arm-none-eabi
# Decodes what the firmware logs.
command -v defmt-print >/dev/null || cargo install --quiet --locked defmt-print --version 1.2.0
environment=$(./toolchain.sh $(printf '%s\n' $machines | cut -d: -f1))
eval "$environment"

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
target_dir=${CARGO_TARGET_DIR:-target}

build() { # TARGET [CARGO-OPTION...]
    # BUILD_STD is several words.
    # shellcheck disable=SC2086
    cargo build --quiet --release --locked --target-dir "$target_dir" --target "$@" $BUILD_STD
}

emulate() { # MACHINE PROGRAM
    timeout 60 qemu-system-arm -M "$1" -nographic -monitor none \
        -semihosting-config enable=on,target=native -kernel "$2" </dev/null
}

# Whatever a panic or an allocation cannot do without.
culprits() { # PROGRAM
    arm-none-eabi-nm -C "$1" | grep -E 'core::panicking|rust_begin_unwind|__rust_alloc|__rg_alloc|alloc::|malloc' || true
}

size_of() { # PROGRAM: flash and static RAM
    arm-none-eabi-size "$1" | awk 'NR == 2 { print $1 + $2, $2 + $3 }'
}

# With embassy, whose executor may panic for reasons of its own.
build thumbv7em-none-eabihf --bin embassy --features embassy,semihosting
emulate mps2-an386 "$target_dir/thumbv7em-none-eabihf/release/embassy" >"$out/embassy" || die 'embassy: the firmware failed'
diff -u expected.txt "$out/embassy" || die 'embassy: other temperatures than expected'
echo "thumbv7em-none-eabihf: the same temperatures with embassy"

line_len=$(wc -c <line.bin)
table=$out/table
for pair in $machines; do
    target=${pair%:*} machine=${pair#*:}
    programs=$target_dir/$target/release

    build "$target" --bins --features semihosting
    emulate "$machine" "$programs/receive" >"$out/printed" || die "$target: the firmware failed"
    diff -u expected.txt "$out/printed" || die "$target: other temperatures than expected"
    emulate "$machine" "$programs/session" >"$out/session" || die "$target: the session failed"
    [ -s "$out/session" ] || die "$target: no temperature in the session"
    head -n "$(wc -l <"$out/session")" expected.txt | diff -u - "$out/session" ||
        die "$target: other temperatures than expected in the session"
    echo "$target: $(wc -l <"$out/printed") temperatures, as expected; $(wc -l <"$out/session") in the session"

    DEFMT_LOG=info build "$target" --bin receive --features defmt
    emulate "$machine" "$programs/receive" >"$out/defmt" || die "$target: the firmware with defmt failed"
    defmt-print --log-format '{s}' -e "$programs/receive" <"$out/defmt" >"$out/logged" ||
        die "$target: the log cannot be decoded"
    diff -u expected.txt "$out/logged" || die "$target: other temperatures logged than expected"
    echo "$target: the same temperatures in the log"

    build "$target" --bins --features stack
    for program in decode receive session; do
        emulate "$machine" "$programs/$program" >"$out/stack-$program" || die "$target: the stack is not measured"
    done

    build "$target" --bin receive --features planted-panic
    [ -n "$(culprits "$programs/receive")" ] || die "$target: the check has not found the planted panic"

    build "$target" --bins --features small
    read -r small _ < <(size_of "$programs/decode")

    build "$target" --bins
    for program in decode receive session; do
        found=$(culprits "$programs/$program")
        [ -z "$found" ] || die "$target: $program can panic or allocate: $found"
    done
    echo "$target: no panic, no allocation; a planted panic is found"

    read -r empty _ < <(size_of "$programs/empty")
    read -r decode decode_ram < <(size_of "$programs/decode")
    read -r receive receive_ram < <(size_of "$programs/receive")
    read -r session session_ram < <(size_of "$programs/session")
    whole=$((receive - line_len))
    {
        echo "$target|decoder without an FCS table|$((small - empty))|$decode_ram|"
        echo "$target|decoder and FCS table|$((decode - empty))|$decode_ram|$(cat "$out/stack-decode")"
        echo "$target|from octets to temperatures|$((receive - empty))|$receive_ram|$(cat "$out/stack-receive")"
        echo "$target|the same, the whole image|$whole|$receive_ram|"
        echo "$target|the same within a session|$((session - empty))|$session_ram|$(cat "$out/stack-session")"
    } >>"$table"
    [ "$session_ram" -lt "$max_ram" ] || die "$target: $session_ram octets of RAM for the session"
    [ "$whole" -lt "$max_flash" ] || die "$target: $whole octets of flash"
    [ "$receive_ram" -lt "$max_ram" ] || die "$target: $receive_ram octets of RAM"
done

echo
{
    echo 'target|what|flash|static RAM|stack'
    cat "$table"
} | awk -F'|' '{ printf "%-20s  %-30s %6s %11s %6s\n", $1, $2, $3, $4, $5 }'
