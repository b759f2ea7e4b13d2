//! Many servers on real nats-servers and a real VictoriaMetrics, which ci/cluster.sh installs.

mod batching;
mod draining;
mod fixture;
mod following;
mod house;
mod log;
mod site;
mod sites;
mod storing;
