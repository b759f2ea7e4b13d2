#!/usr/bin/env bash
# Whether the programs compile for systems that they are not built for here: nothing is linked, and
# nothing run.
set -euo pipefail
cd "$(dirname "$0")/.."

programs=(-p clouddata -p clouddata-gateway -p clouddata-server -p clouddata-simulator)
CARGO_TARGET_DIR=$(realpath -m "${CARGO_TARGET_DIR:-target}")/other-systems
export CARGO_TARGET_DIR CARGO_PROFILE_DEV_DEBUG=0

compiles() { # TRIPLE C-COMPILER
    local environment
    environment=$(firmware/toolchain.sh --source "$1")
    eval "$environment"
    export "CC_${1//-/_}=$2" "AR_${1//-/_}=ar"
    echo "$1:"
    cargo check --quiet --locked --target "$1" -Z build-std=std,panic_abort,proc_macro "${programs[@]}"
}

zig=$(.ci/zig.sh aarch64-macos)
(compiles aarch64-apple-darwin "$zig")
# Objects of C are not looked into: this machine's do.
(compiles x86_64-unknown-freebsd gcc)
