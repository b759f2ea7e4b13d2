#!/bin/sh
# Tests the influx stores against Debian's InfluxDB 1.x and VictoriaMetrics, which it installs.
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
command -v influxd
command -v victoria-metrics
cargo test -p clouddata-server --features engine-tests --test engines
