//! The influx stores against real engines, which `ci/engines.sh` installs.

mod engine;
mod influxdb;
mod site;
mod victoriametrics;
