use crate::Link;

/// What is known of a mote over the time of a report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Whether it is the manager's own access point.
    pub is_access_point: bool,
    /// Packets sent, and not sent for want of room, of all intervals; none without any.
    pub tx: Option<(f64, f64)>,
    /// Packets received from it, and lost.
    pub packets: Option<(f64, f64)>,
    /// How often it has joined.
    pub joins: Option<f64>,
    /// Motes in its range with a path quality above 50.
    pub good_neighbours: Option<f64>,
    /// How many parents it has; none if no path of it is known.
    pub parents: Option<usize>,
    /// Its links: time slots in which it sends or listens.
    pub links: Option<f64>,
    /// Those in which it listens.
    pub links_rx: Option<f64>,
}

/// Attempts, failures and the mean signal of one direction of a way, over the time of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Traffic {
    pub(super) attempts: u32,
    failures: u32,
    rssi_sum: i64,
    rssi_count: u32,
}

impl Traffic {
    /// Adds what one mote says of its link over an interval: what it has sent, and how it hears the
    /// other. A link of another kind, or without packets, adds nothing.
    pub fn add(&mut self, link: &Link) {
        let Some(attempts) = link.attempts.filter(|&attempts| attempts > 0) else { return };
        self.attempts = self.attempts.saturating_add(attempts.into());
        self.failures = self.failures.saturating_add(link.failures.unwrap_or_default().into());
        if let Some(rssi) = link.rssi {
            self.rssi_sum += i64::from(rssi);
            self.rssi_count += 1;
        }
    }

    pub(super) fn stability(&self) -> f64 {
        stability(self.attempts, self.failures)
    }

    /// The mean signal in dBm.
    pub(super) fn rssi(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        (self.rssi_count > 0).then(|| self.rssi_sum as f64 / f64::from(self.rssi_count))
    }
}

/// The share of the attempts that were acknowledged, 0 to 1. Counters of two moments may not quite
/// fit; without attempts it is 1.
#[must_use]
pub fn stability(attempts: u32, failures: u32) -> f64 {
    1.0 - f64::from(failures.min(attempts)) / f64::from(attempts.max(1))
}
