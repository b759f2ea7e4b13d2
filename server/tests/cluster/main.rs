//! Many servers on real nats-servers and a real VictoriaMetrics, which ci/cluster.sh installs.

mod batching;
mod following;
mod site;
mod storing;
