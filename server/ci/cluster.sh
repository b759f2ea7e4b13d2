#!/bin/sh
# Many servers on three nats-servers and a VictoriaMetrics, which it installs: the tests, then load while each
# process is killed and each nats-server halted in turn, and all killed in the end. `cluster.sh` takes some six minutes
# after the build; `cluster.sh long` is ten minutes at 5000 readings a second with each process killed three times, and what
# one, two and three servers cost. `cluster.sh tests` runs the tests alone.
set -eu
cd "$(dirname "$0")/../.."
.ci/need.sh /usr/sbin/nats-server nats-server victoria-metrics victoria-metrics
load() { cargo bench -q -p clouddata-server --features cluster --bench load -- cluster "$@"; }
cargo test -p clouddata-server --features cluster-tests --test cluster
case "${1:-}" in
tests) ;;
long)
    load --time 10m --rate 5000 --rounds 3
    for servers in 1 2 3; do
        load --time 1m --rate 5000 --rounds 0 --servers "$servers"
    done
    ;;
*) load --time 150s --rate 2000 ;;
esac
