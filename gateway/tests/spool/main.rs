//! The spool, by what anybody can see of it: its files.

mod bounds;
mod earlier_version;
mod removal;

use std::fs;
use std::path::Path;

use clouddata_gateway::Spool;
use readings::{Field, Mac, Reading, Record, Refusal, Timestamp};

const LIMIT: u64 = 1024 * 1024;

fn reading(mote: u64, micros: i64) -> Record {
    let mac = Mac::from(mote.to_be_bytes());
    Reading::temperature(mac, 22.97, Some(Timestamp::from_micros(micros))).into()
}

/// The same reason for each of so many.
fn refusals(count: usize, reason: &str) -> Vec<Refusal> {
    let refusal = |index| Refusal { index, field: Field::TIMESTAMP, reason: reason.to_owned() };
    (0..count).map(refusal).collect()
}

fn contents(spool: &mut Spool) -> Vec<Record> {
    spool.oldest(1_000_000).unwrap().into_iter().map(|spooled| spooled.record).collect()
}

/// What the folder holds, in octets.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
}
