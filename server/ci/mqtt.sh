#!/bin/sh
# Tests what is published against Debian's mosquitto and its clients, which it installs.
set -eu
cd "$(dirname "$0")/../.."
.ci/need.sh /usr/sbin/mosquitto mosquitto mosquitto_sub mosquitto-clients
cargo test -p clouddata-server --features mqtt-tests --test mqtt -- "$@"
