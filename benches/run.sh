#!/usr/bin/env bash
# Measures the cores beside their peers and prints the table. Exit code 1 if a goal is missed.
#
#   benches/run.sh             5 000 frames
#   FRAMES=1000000 benches/run.sh
set -euo pipefail
cd "$(dirname "$0")"

need() { # COMMAND PACKAGE...: Debian packages, if the command is missing
    command -v "$1" >/dev/null && return
    shift
    [ -n "${apt_updated:-}" ] || { apt-get update -qq && apt_updated=1; }
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

need cc gcc libc6-dev
need valgrind valgrind libc6-dbg

cargo bench --quiet --locked
