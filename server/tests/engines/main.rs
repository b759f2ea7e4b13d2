//! The influx stores against real engines, which `ci/engines.sh` installs.

mod addresses;
mod alike;
mod influxdb;
mod network;
mod parts;
mod site;
mod two_servers;
mod victoriametrics;
