#!/bin/sh
# Loads servers and engines on this machine: the table of speeds, with what is aimed at and whether
# it is met, then processes killed under load. Installs Debian's InfluxDB 1.x, VictoriaMetrics and
# wrk. `load.sh` takes three minutes after the build; `load.sh long` is the whole of it: ten minutes
# for each victim.
set -eu
cd "$(dirname "$0")/../.."
.ci/need.sh influxd influxdb victoria-metrics victoria-metrics wrk wrk
load() { cargo bench -q -p clouddata-server --bench load -- "$@"; }
if [ "${1:-}" = long ]; then
    load speed --time 20s
    load network
    load sites
    load kills engine --time 10m --kills 5
    load kills victoriametrics --time 2m --kills 5
    load kills server --time 10m --kills 20
    load kills one-of-two --time 2m
else
    load speed --time 3s
    load network
    load sites --sites 100 --hours 2
    load kills engine --time 15s --kills 3
    load kills victoriametrics --time 15s --kills 2
    load kills server --time 15s --kills 5
    load kills one-of-two --time 10s
fi
