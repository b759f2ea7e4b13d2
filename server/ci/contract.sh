#!/bin/bash
# Checks the running server against its OpenAPI description with schemathesis (PyPI), which it
# installs into a folder of its own. A reading may have any of a hundred quantities, all by one rule: of each with
# each other the checker makes 35 000 posts, in some ten minutes. `contract.sh short` has six of them, and fewer
# examples for each operation.
set -euo pipefail
cd "$(dirname "$0")/../.."
case ${1:-} in
'') examples=100 ;;
short) examples=20 ;;
*) echo "contract.sh: there is no $1; short, or nothing" >&2 && exit 64 ;;
esac
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
python3 - "$url/api/v1/openapi.json" "${1:-}" >"$work/openapi.json" <<'END'
import json, sys, urllib.request

_, url, which = sys.argv
with urllib.request.urlopen(url) as answer:
    description = json.load(answer)
if which == "short":
    reading = description["components"]["schemas"]["Reading"]
    some = reading["anyOf"][::20]
    left_out = {name for one in reading["anyOf"] if one not in some for name in one["required"]}
    reading["anyOf"] = some
    reading["properties"] = {name: it for name, it in reading["properties"].items() if name not in left_out}
json.dump(description, sys.stdout)
END
# The stream never ends, so no client that reads answers to their end can check it.
config=$PWD/server/ci/schemathesis.toml
cd "$work"
venv/bin/schemathesis --config-file "$config" run openapi.json --url "$url" --checks all \
    --max-examples "$examples" --exclude-path /api/v1/stream --seed 1 2>&1 | cut -c -300
