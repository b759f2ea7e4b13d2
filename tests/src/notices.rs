use core::fmt;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, thread};

use readings::{Detail, Event, Link, LinkKind, Mac, Record};
use serde_json::Value;

/// What has become of what a manager has said besides temperatures: events, health reports, and
/// packets that are kept as they came.
///
/// Each is put into words, the same for the octets that were said and for the records that were
/// stored; it is read from the octets by the vendor's tables, and not by the cores. What is said
/// twice in the same words, as after a reboot, is counted.
#[derive(Clone, Debug, Default)]
pub struct Notices {
    /// What the manager has sent, each counted once.
    sent: Counts,
    /// What of it the gateway has acknowledged.
    acknowledged: Counts,
    /// What is stored, by whatever times.
    stored: Counts,
}

/// How often what was said, in words.
type Counts = BTreeMap<String, usize>;

impl Notices {
    /// Compares a simulator's ledger with what is stored; what is there twice with the same
    /// identity is taken for one, as a store does.
    ///
    /// # Panics
    /// If there is no ledger.
    #[must_use]
    pub fn new(ledger: &Path, stored: &[Record]) -> Self {
        let mut notices = Self { stored: words_of_records(stored), ..Self::default() };
        let ledger = fs::read_to_string(ledger).expect("the simulator keeps a ledger");
        // What the simulator is just writing is no line yet.
        for line in ledger.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
            let line: Value = serde_json::from_str(line).expect("a JSON line");
            let is_acknowledged = line["acknowledged"].as_bool().expect("true or false");
            let counts =
                if is_acknowledged { &mut notices.acknowledged } else { &mut notices.sent };
            let body = octets(line["body"].as_str().expect("octets"));
            words_of_body(&body).into_iter().for_each(|words| count(counts, words));
        }
        notices
    }

    /// How much was acknowledged.
    #[must_use]
    pub fn acknowledged(&self) -> usize {
        self.acknowledged.values().sum()
    }

    /// Acknowledged, and not stored.
    #[must_use]
    pub fn missing(&self) -> Vec<&str> {
        more(&self.acknowledged, &self.stored)
    }

    /// Asserts that what is stored is just what was acknowledged, each once; but of so many
    /// notifications the acknowledgement may not have reached the manager.
    ///
    /// # Panics
    /// If it is not so.
    pub fn assert_exact_but(&self, unacknowledged: usize) {
        self.assert_kept(unacknowledged);
        let missing = self.missing();
        assert!(missing.is_empty(), "{self}: missing {missing:?}");
    }

    /// The same, but what was acknowledged may be missing: whoever calls knows where it is.
    ///
    /// # Panics
    /// If it is not so.
    pub fn assert_kept(&self, unacknowledged: usize) {
        println!("{}: {self}", thread::current().name().unwrap_or_default());
        let twice = more(&self.stored, &self.sent);
        assert!(twice.is_empty(), "{self}: twice {twice:?}");
        // A report of many neighbours is one notification.
        let unexpected: BTreeSet<&str> = more(&self.stored, &self.acknowledged)
            .into_iter()
            .map(|words| words.rsplit_once(" of ").map_or(words, |(_, mote)| mote))
            .collect();
        assert!(unexpected.len() <= unacknowledged, "{self}: unacknowledged {unexpected:?}");
    }
}

impl fmt::Display for Notices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [sent, acknowledged, stored] =
            [&self.sent, &self.acknowledged, &self.stored].map(|of| of.values().sum::<usize>());
        write!(f, "besides temperatures {sent} sent, {acknowledged} acknowledged, {stored} stored")
    }
}

/// What is more often in one than in the other.
fn more<'a>(one: &'a Counts, other: &Counts) -> Vec<&'a str> {
    let more =
        one.iter().filter(|(words, count)| **count > other.get(*words).copied().unwrap_or(0));
    more.map(|(words, _)| words.as_str()).collect()
}

fn count(counts: &mut Counts, words: String) {
    *counts.entry(words).or_default() += 1;
}

fn octets(hex: &str) -> Vec<u8> {
    let octet = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("two digits");
    (0..hex.len()).step_by(2).map(octet).collect()
}

/// What each record says.
fn words_of_records(records: &[Record]) -> Counts {
    let mut counts = Counts::new();
    let mut once = BTreeSet::new();
    let mut reports: BTreeMap<(Mac, i64), BTreeMap<&str, f64>> = BTreeMap::new();
    for record in records {
        let time = record.timestamp().expect("what is stored has a time").as_micros();
        let words = match record {
            Record::Reading(reading) => {
                let report = reports.entry((reading.mac, time)).or_default();
                report.insert(reading.quantity.name(), reading.value);
                continue;
            }
            Record::Link(link) => match words_of_link(link) {
                Some(words) if once.insert((time, format!("{words} {}", link.neighbour))) => words,
                _ => continue,
            },
            Record::Event(event) => {
                let words = words_of_event(event);
                if !once.insert((time, words.clone())) {
                    continue;
                }
                words
            }
        };
        count(&mut counts, words);
    }
    for ((mac, _), values) in reports {
        let value = |name: &str| values.get(name).copied().unwrap_or_default();
        if values.contains_key("charge") {
            let numbers = DEVICE.map(value);
            count(&mut counts, format!("device {numbers:?} of {mac}"));
        }
        if values.contains_key("channel_0_tx_attempts") {
            let numbers: Vec<f64> =
                (0..15).map(|channel| value(&format!("channel_{channel}_tx_attempts"))).collect();
            count(&mut counts, format!("channels {numbers:?} of {mac}"));
        }
    }
    counts
}

/// Of a device report, what tells it from others.
const DEVICE: [&str; 5] = ["charge", "battery_voltage", "device_temperature", "tx_ok", "rx_ok"];

fn words_of_link(link: &Link) -> Option<String> {
    let &Link { mac, kind, rssi, attempts, failures, received, .. } = link;
    let (rssi, received) = (rssi.unwrap_or(0), received.unwrap_or(0));
    match kind {
        LinkKind::Used => {
            let [attempts, failures] = [attempts, failures].map(Option::unwrap_or_default);
            Some(format!("used {rssi} {attempts} {failures} {received} of {mac}"))
        }
        LinkKind::Heard => Some(format!("heard {rssi} {received} of {mac}")),
        // The manager was asked for that.
        LinkKind::Path => None,
    }
}

fn words_of_event(event: &Event) -> String {
    let mac = event.mac.map_or_else(|| "the network".to_owned(), |mac| mac.to_string());
    match (event.details.get("octets"), event.name.as_str()) {
        (Some(Detail::Text(octets)), name @ ("userData" | "ipData")) => {
            format!("{name} {octets} of {mac}")
        }
        (_, name) => format!("{name} {} of {mac}", event.number.expect("an event has a number")),
    }
}

/// What a notification's body says.
fn words_of_body(body: &[u8]) -> Vec<String> {
    let hex = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
    match body {
        [1, rest @ ..] => {
            let (number, fields) = (u32_at(rest, 0), &rest[5..]);
            let (name, has_mote) = match rest[4] {
                0 => ("moteReset", true),
                1 => ("networkReset", false),
                3 => ("moteJoin", true),
                4 => ("moteOperational", true),
                5 => ("moteLost", true),
                10 => ("pathCreate", true),
                11 => ("pathDelete", true),
                13 => ("moteCreate", true),
                other => panic!("the simulator says no events of type {other} by itself"),
            };
            let mac = if has_mote { mac(fields).to_string() } else { "the network".to_owned() };
            vec![format!("{name} {number} of {mac}")]
        }
        [4, rest @ ..] if u16_at(rest, 22) != 0xf0b9 => {
            vec![format!("userData {} of {}", hex(&rest[24..]), mac(&rest[12..]))]
        }
        [5, rest @ ..] => vec![format!("ipData {} of {}", hex(&rest[20..]), mac(&rest[12..]))],
        [6, rest @ ..] => words_of_health(mac(rest), &rest[8..]),
        _ => Vec::new(),
    }
}

fn words_of_health(mac: Mac, mut blocks: &[u8]) -> Vec<String> {
    let mut words = Vec::new();
    while let [id, length, rest @ ..] = blocks {
        let (block, rest) = rest.split_at(usize::from(*length));
        blocks = rest;
        match id {
            0x80 => {
                let numbers = [
                    f64::from(u32_at(block, 0)),
                    u16_at(block, 6).into(),
                    i8::from_be_bytes([block[5]]).into(),
                    u16_at(block, 8).into(),
                    u16_at(block, 12).into(),
                ];
                words.push(format!("device {numbers:?} of {mac}"));
            }
            0x81 => words.extend(block[1..].chunks_exact(10).map(|item| {
                let rssi = i8::from_be_bytes([item[3]]);
                let [attempts, failures, received] = [4, 6, 8].map(|at| u16_at(item, at));
                format!("used {rssi} {attempts} {failures} {received} of {mac}")
            })),
            0x82 => words.extend(block[2..].chunks_exact(4).map(|item| {
                let rssi = i8::from_be_bytes([item[2]]);
                format!("heard {rssi} {} of {mac}", item[3])
            })),
            0x91 => {
                let numbers: Vec<f64> =
                    block[2..].chunks_exact(5).map(|channel| u16_at(channel, 1).into()).collect();
                words.push(format!("channels {numbers:?} of {mac}"));
            }
            _ => {}
        }
    }
    words
}

fn mac(octets: &[u8]) -> Mac {
    Mac::from(<[u8; 8]>::try_from(&octets[..8]).expect("eight octets"))
}

fn u16_at(octets: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([octets[at], octets[at + 1]])
}

fn u32_at(octets: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(octets[at..at + 4].try_into().expect("four octets"))
}

#[cfg(test)]
mod tests {
    use readings::Timestamp;

    use super::*;

    /// `moteLost` of a mote, with this number.
    fn lost(number: u8) -> String {
        format!("01000000{number:02x}0500170d0000305d39")
    }

    fn stored(number: u32, micros: i64) -> Record {
        let mut event = Event::new("moteLost", Some(number), Some(Timestamp::from_micros(micros)));
        event.mac = Some("00-17-0d-00-00-30-5d-39".parse().unwrap());
        event.into()
    }

    fn notices(sent: u8, acknowledged: u8, stored: &[Record]) -> Notices {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notices");
        let line = |number, acknowledged: bool| {
            format!("{{\"acknowledged\":{acknowledged},\"body\":\"{}\"}}\n", lost(number))
        };
        let lines = (0..sent).map(|number| line(number, false));
        let lines = lines.chain((0..acknowledged).map(|number| line(number, true)));
        fs::write(&path, lines.collect::<String>()).unwrap();
        Notices::new(&path, stored)
    }

    fn fails(notices: &Notices, unacknowledged: usize) -> bool {
        std::panic::catch_unwind(|| notices.assert_exact_but(unacknowledged)).is_err()
    }

    #[test]
    fn what_is_missing_twice_or_too_early_is_told() {
        let (one, other) = (stored(0, 1), stored(1, 1));
        assert!(!fails(&notices(2, 2, &[one.clone(), other.clone(), other.clone()]), 0));
        assert!(fails(&notices(2, 2, core::slice::from_ref(&one)), 0), "missing");
        assert!(fails(&notices(2, 2, &[one.clone(), stored(0, 2), other.clone()]), 0), "twice");
        let early = notices(2, 1, &[one, other]);
        assert!(fails(&early, 0) && !fails(&early, 1));
    }
}
