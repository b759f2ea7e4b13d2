use core::time::Duration;

use ureq::http::StatusCode;

use super::address::Address;
use super::answer::cut;
use super::config::Protocol;

/// Shard group duration of the retention policy: whole ones expire, so it must be a small part of
/// the retention. An hour is the least that InfluxDB takes.
const SHARD_DURATION: &str = "1h";

/// The same of what is kept for a month.
const NETWORK_SHARD_DURATION: &str = "1d";

/// Where in the engine it is written to and read from.
pub(super) struct Place {
    protocol: Protocol,
    /// Of sensors' readings, and of all else.
    retention: [Duration; 2],
}

impl Place {
    pub(super) const fn new(protocol: Protocol, retention: [Duration; 2]) -> Self {
        Self { protocol, retention }
    }

    /// How long all but sensors' readings are kept.
    pub(super) const fn network_retention(&self) -> Duration {
        let [_, network_retention] = self.retention;
        network_retention
    }

    /// Path and parameters of a write of line protocol with times in microseconds.
    pub(super) fn of_write(&self, is_of_network: bool) -> (&'static str, [(&str, &str); 3]) {
        let name = self.name(is_of_network);
        match &self.protocol {
            Protocol::V1 { database, .. } => {
                ("/write", [("db", database), ("rp", name), ("precision", "u")])
            }
            Protocol::V2 { org, .. } => {
                ("/api/v2/write", [("org", org), ("bucket", name), ("precision", "us")])
            }
        }
    }

    /// Parameters of a query of InfluxQL.
    pub(super) fn of_query(&self, is_of_network: bool) -> Vec<(&str, &str)> {
        let name = self.name(is_of_network);
        match &self.protocol {
            Protocol::V1 { database, .. } => vec![("db", database), ("rp", name)],
            Protocol::V2 { .. } => vec![("db", name)],
        }
    }

    /// The retention policy or the bucket.
    fn name(&self, is_of_network: bool) -> &str {
        match &self.protocol {
            Protocol::V1 { retention_policy, network_retention_policy, .. } => {
                if is_of_network {
                    network_retention_policy
                } else {
                    retention_policy
                }
            }
            Protocol::V2 { bucket, network_bucket, .. } => match network_bucket {
                Some(network_bucket) if is_of_network => network_bucket,
                _ => bucket,
            },
        }
    }

    /// Makes the database, or a retention policy of it. True if it is there now.
    pub(super) fn make(&self, address: &Address, is_of_network: bool) -> bool {
        let Protocol::V1 { database, .. } = &self.protocol else {
            return false;
        };
        let (database, policy) = (quoted(database), quoted(self.name(is_of_network)));
        let [retention, network_retention] = self.retention;
        let (retention, shard) = if is_of_network {
            (network_retention, NETWORK_SHARD_DURATION)
        } else {
            (retention, SHARD_DURATION)
        };
        // A retention below one hour is not possible there.
        let minutes = retention.as_secs().div_ceil(60).max(60);
        let duration = format!("DURATION {minutes}m REPLICATION 1 SHARD DURATION {shard}");
        let policy_of = format!("CREATE RETENTION POLICY {policy} ON {database} {duration}");
        if is_of_network {
            // The database comes with the other policy, which is its default.
            return say(address, &policy_of)
                || (self.make(address, false) && say(address, &policy_of));
        }
        say(address, &format!("CREATE DATABASE {database} WITH {duration} NAME {policy}"))
            || say(address, &format!("{policy_of} DEFAULT"))
    }
}

fn say(address: &Address, statement: &str) -> bool {
    let Ok(mut answer) = address.post("/query", &[("q", statement)], &[]) else {
        return false;
    };
    let status = answer.status();
    // An error within its results is said with 200 too.
    let said = answer.body_mut().read_to_string().unwrap_or_default();
    let is_made = status == StatusCode::OK && !said.contains("\"error\"");
    if is_made {
        tracing::info!(statement, "made the database");
    } else {
        tracing::debug!(statement, %status, said = cut(&said), "the database is not made");
    }
    is_made
}

/// An identifier of InfluxQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}
