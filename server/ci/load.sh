#!/bin/sh
# Loads servers and engines on this machine: the table of speeds, then processes killed under load.
# Installs Debian's InfluxDB 1.x and VictoriaMetrics. `load.sh` takes two minutes after the build;
# `load.sh long` is the whole of it: ten minutes for each victim.
set -eu
cd "$(dirname "$0")/../.."
missing=
for package in influxdb victoria-metrics; do
    dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
done
if [ -n "$missing" ]; then
    # shellcheck disable=SC2086
    apt-get install --yes --no-install-recommends $missing >/dev/null
fi
load() { cargo bench -q -p clouddata-server --bench load -- "$@"; }
if [ "${1:-}" = long ]; then
    load speed --time 20s
    load kills engine --time 10m --kills 5
    load kills server --time 10m --kills 20
    load kills one-of-two --time 2m
else
    load speed --time 3s
    load kills engine --time 15s --kills 3
    load kills server --time 15s --kills 5
    load kills one-of-two --time 10s
fi
