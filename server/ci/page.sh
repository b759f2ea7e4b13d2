#!/bin/sh
# Tests the live page in Debian's Chromium; installs that, Node and the test's npm packages.
# With a folder as argument it takes the documentation's pictures instead.
set -eu
cd "$(dirname "$0")/../.."
.ci/need.sh node nodejs npm npm /usr/bin/chromium chromium
cargo build -p clouddata-server
CLOUDDATA_SERVER="${CARGO_TARGET_DIR:-$PWD/target}/debug/clouddata-server"
export CLOUDDATA_SERVER
[ "$#" -eq 0 ] || pictures=$(realpath "$1")
cd server/page-tests
npm install --no-audit --no-fund --silent
if [ "$#" -eq 0 ]; then npm test; else npm run screenshots -- "$pictures"; fi
