#!/usr/bin/env bash
# Unpacks the image that release/build.sh has made for this machine and runs it by runc, as its own
# settings and compose.yaml say: not as root, its root folder read-only, all capabilities dropped. As root.
#
#   release/test-image.sh
set -uo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.." || exit
# shellcheck source=deploy/tests/count.sh
. deploy/tests/count.sh

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
image=$(realpath -m "${CARGO_TARGET_DIR:-target}")/dist/clouddata-$version-image-$(dpkg --print-architecture).tar
work=$(mktemp -d)
container=clouddata-test-$$
clean_up() {
    runc kill "$container" KILL 2>/dev/null
    wait
    runc delete --force "$container" 2>/dev/null
    rm -rf "$work"
}
trap clean_up EXIT

[ "$(id -u)" -eq 0 ] || { echo "test-image.sh: only root can run containers here" >&2; exit 77; }
[ -e "$image" ] || { echo "test-image.sh: there is no $image; release/build.sh makes it" >&2; exit 66; }
.ci/need.sh runc runc umoci umoci skopeo skopeo docker-compose docker-compose curl curl python3 python3 || exit

# What the image itself asks for, and what compose.yaml adds. On the machine's own network, at any port.
configure() { # FOLDER-OF-DATA ARGUMENT...
    python3 - "$work/bundle/config.json" "$@" <<'PYTHON'
import json, sys
path, data, *arguments = sys.argv[1:]
config = json.load(open(path))
process = config["process"]
process["terminal"] = False
process["args"] = arguments
process["noNewPrivileges"] = True
process["capabilities"] = {}
process["env"] = [one for one in process["env"] if not one.startswith("CLOUDDATA_LISTEN=")]
process["env"].append("CLOUDDATA_LISTEN=127.0.0.1:0")
config["root"]["readonly"] = True
config["mounts"] = [one for one in config["mounts"] if one["destination"] not in ("/data", "/etc/resolv.conf")]
config["mounts"].append({"destination": "/data", "type": "bind", "source": data, "options": ["rbind", "rw"]})
config["linux"]["namespaces"] = [one for one in config["linux"]["namespaces"] if one["type"] not in ("network", "user")]
json.dump(config, open(path, "w"))
PYTHON
}

start() { # ARGUMENT...
    configure "$work/data" "$@"
    # What the last one has said is not this one's.
    rm -f "$work/said" "$work/log"
    runc run --bundle "$work/bundle" "$container" >"$work/said" 2>"$work/log" &
    running=$!
    soon has_address || { cat "$work/said" "$work/log"; failed=$((failed + 1)); finish; exit 1; }
}
# The system prints it for people, the server logs it.
has_address() {
    url=$(cat "$work/said" "$work/log" 2>/dev/null | grep -o 'http://127\.0\.0\.1:[0-9]*' | head -n 1)/
    [ "$url" != / ]
}
stop() { # WHAT IS CHECKED
    runc kill "$container" TERM
    wait "$running"
    check "$1" test $? -eq 0
}
lines() { curl -fsS "${url}api/v1/readings?format=csv" | wc -l; }
has_readings() { [ "$(lines)" -gt 5 ]; }
inside() { runc exec "$container" "$@"; }
# Of the container's first process, as the machine sees it.
process() { runc state "$container" | python3 -c 'import json, sys; print(json.load(sys.stdin)["pid"])'; }

began=${EPOCHREALTIME/./}
mkdir "$work/layout" "$work/data"
tar -xf "$image" -C "$work/layout"
check 'umoci unpacks it' umoci unpack --image "$work/layout:$version" "$work/bundle"
check 'there are the programs, and no shell' is 'clouddata clouddata-gateway clouddata-server clouddata-simulator' \
    sh -c "echo \$(ls '$work/bundle/rootfs/bin')"
check 'docker load would take it too' skopeo inspect "docker-archive:$image"
chown 65532:65532 "$work/data"
chmod 700 "$work/data"

entrypoint=$(python3 -c 'import json, sys; print(*json.load(open(sys.argv[1]))["process"]["args"])' "$work/bundle/config.json")
check 'it starts the whole system' is /bin/clouddata echo "$entrypoint"
start "$entrypoint" --simulate
check 'there are readings' soon has_readings
printf 'from the image to a page with readings, unpacked and run: %s ms\n' $(((${EPOCHREALTIME/./} - began) / 1000))
check 'it is not root' is 65532 stat -c %u "/proc/$(process)"
check 'its root folder is read-only' grep -q ' / ro[, ]' "/proc/$(process)/mountinfo"
check 'it has no capabilities' grep -q '^CapEff:\s*0*$' "/proc/$(process)/status"
check 'its health check is content' prints '"status":"ok"' inside /bin/clouddata health --listen "$(sed 's|http://||; s|/$||' <<<"$url")"
check 'and is not where nothing listens' denied inside /bin/clouddata health --listen 127.0.0.1:9
stop 'it stops when told to'

rm -rf "${work:?}/data"/*
start /bin/clouddata-server
check 'the server takes a reading' curl -fsS -H 'Content-Type: application/json' \
    -d '{"mac": "00-17-0d-00-00-30-5d-39", "temperature": 22.97}' "${url}api/v1/oap"
check 'and has it' is 2 lines
stop 'the server stops when told to'
start /bin/clouddata-server
check 'a new container with the same volume has it still' is 2 lines
stop 'that stops too'

check 'compose.yaml names this version' grep -qx "  image: clouddata:$version" release/compose.yaml
check 'compose understands compose.yaml' docker-compose --file release/compose.yaml config --quiet
finish
