//! The influx stores against real engines, which `ci/engines.sh` installs.

mod influxdb;
mod network;
mod site;
mod two_servers;
mod victoriametrics;
