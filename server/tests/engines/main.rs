//! The influx stores against real engines, which `ci/engines.sh` installs.

mod alike;
mod influxdb;
mod network;
mod site;
mod two_servers;
mod victoriametrics;
