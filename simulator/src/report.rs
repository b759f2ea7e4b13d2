use serde::{Deserialize, Serialize};

use crate::{LineTally, Tally};

/// What a [`Simulator`](crate::Simulator) has done in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// How long it ran.
    pub seconds: f64,
    /// The manager and its motes.
    #[serde(flatten)]
    pub tally: Tally,
    /// The line from the manager to its client.
    pub to_client: LineTally,
    /// The line from the client to the manager.
    pub from_client: LineTally,
    /// Octets thrown away as no client read them.
    pub octets_dropped: u64,
}
