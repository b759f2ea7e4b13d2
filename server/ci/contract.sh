#!/bin/bash
# Checks the running server against its OpenAPI description with schemathesis (PyPI), which it
# installs into a folder of its own. An argument sets the number of examples for each operation.
set -euo pipefail
cd "$(dirname "$0")/../.."
examples=${1:-100}
work=$(mktemp -d)
server=
: >"$work/log"
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
.ci/need.sh python3 python3
python3 -m venv "$work/venv" || {
    apt-get install --yes --no-install-recommends python3-venv >/dev/null
    python3 -m venv "$work/venv"
}
"$work/venv/bin/pip" install --quiet --disable-pip-version-check schemathesis
cargo build -p clouddata-server
"${CARGO_TARGET_DIR:-$PWD/target}/debug/clouddata-server" --listen 127.0.0.1:0 --data-dir "$work/data" 2>"$work/log" &
server=$!
url=
while [ -z "$url" ]; do
    kill -0 "$server"
    sleep 0.1
    url=$(sed -n 's/.*url="\(http:[^"]*\)\/".*/\1/p' "$work/log")
done
# The stream never ends, so no client that reads answers to their end can check it.
config=$PWD/server/ci/schemathesis.toml
cd "$work"
venv/bin/schemathesis --config-file "$config" run "$url/api/v1/openapi.json" --checks all \
    --max-examples "$examples" --exclude-path /api/v1/stream --seed 1 2>&1 | cut -c -300
