#!/bin/sh
# Tests the influx stores against Debian's InfluxDB 1.x and VictoriaMetrics, which it installs.
set -eu
cd "$(dirname "$0")/../.."
. server/ci/need.sh
need influxd influxdb
need victoria-metrics victoria-metrics
cargo test -p clouddata-server --features engine-tests --test engines
