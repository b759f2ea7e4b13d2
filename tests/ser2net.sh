#!/bin/sh
# The gateway and a manager behind Debian's ser2net, which it installs.
set -eu
cd "$(dirname "$0")/.."
.ci/need.sh ser2net ser2net
cargo test -p e2e --features ser2net-tests --test ser2net
