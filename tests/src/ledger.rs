use std::fs;
use std::path::Path;

use serde_json::Value;

/// A reading that a manager has sent, as the simulator notes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Noted {
    /// The mote.
    pub mac: String,
    /// In °C.
    pub temperature: f64,
    /// When the mote measured, on the host's clock, in µs.
    pub host_micros: i64,
    /// The same on the manager's clock, which starts over at each of its boots.
    pub manager_micros: i64,
}

impl Noted {
    /// How far the host's clock is from the manager's, in µs: the same for all readings of one
    /// run of the manager, and of no other.
    #[must_use]
    pub const fn boot(&self) -> i64 {
        self.host_micros - self.manager_micros
    }
}

/// What a simulator has noted.
///
/// # Panics
/// If there is no ledger, or it is not one.
#[must_use]
pub fn noted(ledger: &Path) -> Vec<Noted> {
    let ledger = fs::read_to_string(ledger).expect("the simulator keeps a ledger");
    // What the simulator is just writing is no line yet.
    let whole = ledger.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let lines = whole.map(|line| {
        let line: Value = serde_json::from_str(line).expect("a JSON line");
        Noted {
            mac: line["mac"].as_str().expect("a mac").to_owned(),
            temperature: line["temperature"].as_f64().expect("a temperature"),
            host_micros: line["host_micros"].as_i64().expect("a time"),
            manager_micros: line["manager_micros"].as_i64().expect("a time"),
        }
    });
    lines.collect()
}
