use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::Stored;

/// A reading whose notification the gateway has acknowledged, as the simulator notes it.
#[derive(Debug)]
pub struct Acknowledged {
    /// The mote.
    pub mac: String,
    /// In °C.
    pub temperature: f64,
    /// When the mote measured, on the host's clock, in µs.
    pub host_micros: i64,
}

/// What a simulator has noted.
///
/// # Panics
/// If there is no ledger, or it is not one.
#[must_use]
pub fn acknowledged(ledger: &Path) -> Vec<Acknowledged> {
    let ledger = fs::read_to_string(ledger).expect("the simulator keeps a ledger");
    let lines = ledger.lines().map(|line| {
        let line: Value = serde_json::from_str(line).expect("a JSON line");
        Acknowledged {
            mac: line["mac"].as_str().expect("a mac").to_owned(),
            temperature: line["temperature"].as_f64().expect("a temperature"),
            host_micros: line["host_micros"].as_i64().expect("a time"),
        }
    });
    lines.collect()
}

/// Asserts that every acknowledged reading is stored, within a second of its time, and nothing
/// twice: a mote's readings are never closer to each other than half its period.
///
/// # Panics
/// If it is not so.
pub fn assert_nothing_lost(acknowledged: &[Acknowledged], stored: &[Stored], period_micros: i64) {
    let motes = by_mote(stored);
    let mut matched = BTreeSet::new();
    for reading in acknowledged {
        let times = motes.get(reading.mac.as_str());
        let times = times.unwrap_or_else(|| panic!("nothing is stored of {}", reading.mac));
        let around = reading.host_micros - 1_000_000..=reading.host_micros + 1_000_000;
        let found = times.range(around).find(|&(&time, &temperature)| {
            temperature == reading.temperature && !matched.contains(&(&reading.mac, time))
        });
        let Some((&time, _)) = found else { panic!("{reading:?} is not stored") };
        matched.insert((&reading.mac, time));
    }
    for (mac, times) in motes {
        let times: Vec<i64> = times.into_keys().collect();
        for pair in times.windows(2) {
            assert!(pair[1] - pair[0] > period_micros / 2, "{mac} is stored twice at {pair:?}");
        }
    }
}

/// The stored readings of each mote by their time in µs; a time may occur once only.
fn by_mote(stored: &[Stored]) -> BTreeMap<&str, BTreeMap<i64, f64>> {
    let mut motes: BTreeMap<&str, BTreeMap<i64, f64>> = BTreeMap::new();
    for reading in stored {
        let timestamp: jiff::Timestamp = reading.timestamp.parse().expect("RFC 3339");
        let times = motes.entry(&reading.mac).or_default();
        let repeated = times.insert(timestamp.as_microsecond(), reading.temperature);
        assert_eq!(repeated, None, "{reading:?} is stored twice");
    }
    motes
}
