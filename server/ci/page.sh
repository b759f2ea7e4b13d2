#!/bin/sh
# Tests the live page in Debian's Chromium; installs that, Node and the test's npm packages.
# With a folder as argument it takes the documentation's pictures instead.
set -eu
cd "$(dirname "$0")/../.."
.ci/need.sh node nodejs npm npm /usr/bin/chromium chromium
cargo build -p clouddata-server
programs=${CARGO_TARGET_DIR:-$PWD/target}/debug
export CLOUDDATA_SERVER="$programs/clouddata-server"
if [ "$#" -gt 0 ]; then
    cargo build -p clouddata
    export CLOUDDATA="$programs/clouddata"
    pictures=$(realpath "$1")
fi
cd server/page-tests
npm install --no-audit --no-fund --silent
if [ "$#" -eq 0 ]; then npm test; else npm run screenshots -- "$pictures"; fi
