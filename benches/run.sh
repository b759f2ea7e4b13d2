#!/usr/bin/env bash
# Measures the cores beside their peers and prints the table. Exit code 1 if a goal is missed.
#
#   benches/run.sh             5 000 frames
#   FRAMES=1000000 benches/run.sh
set -euo pipefail
cd "$(dirname "$0")"

../.ci/need.sh cc 'gcc libc6-dev' valgrind 'valgrind libc6-dbg'

cargo bench --quiet --locked
