#!/bin/sh
# Tests the influx stores against Debian's InfluxDB 1.x and VictoriaMetrics, which it installs.
set -eu
cd "$(dirname "$0")/../.."
.ci/need.sh influxd influxdb victoria-metrics victoria-metrics
cargo test -p clouddata-server --features engine-tests --test engines
