#!/bin/sh
# Many servers on three nats-servers and a VictoriaMetrics, behind nginx, which it installs. `cluster.sh tests` runs the
# tests alone. Without that there is load besides, with our gateway and Chromium on the pages of three servers, while each
# process is killed, each nats-server cut off and everything restarted; in the end all is killed. That takes some six
# minutes after the build; `cluster.sh long` is ten minutes at 5000 readings a second with each process killed three times,
# and what one, two and three servers cost. Further arguments go to the load, for trying things: `cluster.sh load --help`.
set -eu
cd "$(dirname "$0")/../.."
.ci/need.sh /usr/sbin/nats-server nats-server victoria-metrics victoria-metrics
if [ "${1:-}" = tests ]; then
    exec cargo test -p clouddata-server --features cluster-tests --test cluster
fi
.ci/need.sh /usr/sbin/nginx nginx-light node nodejs npm npm /usr/bin/chromium chromium ip iproute2
(cd server/page-tests && npm install --no-audit --no-fund --silent)
# With PROFILE=dev it is for trying things, and its figures are worth nothing.
profile=${PROFILE:-release}
programs=$(realpath -m "${CARGO_TARGET_DIR:-target}")/$profile
[ "$profile" != dev ] || programs=${programs%dev}debug
cargo build -q --profile "$profile" -p clouddata-gateway -p clouddata-simulator
bench() { cargo bench -q --profile "$profile" -p clouddata-server --features cluster --bench load "$@"; }
bench --no-run
# In a network of its own, with nats-servers that are hosts; all that was started ends with it.
if [ "$(id -u)" -eq 0 ] && unshare --net --mount --pid --mount-proc --fork true 2>/dev/null; then
    apart() { unshare --net --mount --pid --mount-proc --fork --kill-child sh -c 'ip link set lo up && exec "$@"' apart "$@"; }
    load() { apart cargo bench -q --profile "$profile" -p clouddata-server --features cluster --bench load -- cluster --switch --programs "$programs" "$@"; }
else
    echo "cluster.sh: no network namespace of one's own is permitted (root has them): nats-servers are halted instead of cut off" >&2
    load() { bench -- cluster --programs "$programs" "$@"; }
fi
case "${1:-}" in
load)
    shift
    load "$@"
    ;;
long)
    load --pages --time 10m --rate 5000 --rounds 3
    for servers in 1 2 3; do
        load --time 1m --rate 5000 --rounds 0 --servers "$servers"
    done
    ;;
*) load --pages --time 150s --rate 2000 ;;
esac
