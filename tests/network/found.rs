//! What a server has got, in the terms of what was said.

use std::collections::{BTreeMap, BTreeSet};

use readings::{Detail, Event, LinkKind, Record};

use crate::said::{Mote, Said};

/// What has arrived.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// By number: the name and the time.
    events: BTreeMap<u32, BTreeSet<(String, i64)>>,
    /// By mote, time and quantity.
    readings: BTreeMap<(Mote, i64), BTreeMap<&'static str, f64>>,
    used: BTreeSet<(Mote, Mote, i8, u16, u16, u16)>,
    heard: BTreeSet<(Mote, Mote, i8, u8)>,
    pub(crate) paths: BTreeMap<(Mote, Mote, i64), Path>,
    /// What was kept as it came: mote, ports and octets, and when.
    pub(crate) extras: BTreeMap<Extra, BTreeSet<i64>>,
}

type Extra = (Mote, Option<[u16; 2]>, Vec<u8>);

/// Direction, links, signals.
type Path = (u8, u8, i8, i8);

/// How many links a mote has, and in how many of these it sends and listens.
const LINKS: [&str; 3] = ["links", "links_tx", "links_rx"];

impl Found {
    pub(crate) fn read(records: &[Record]) -> Self {
        let mut found = Self::default();
        for record in records {
            found.add(record);
        }
        found
    }

    fn add(&mut self, record: &Record) {
        let time = record.timestamp().expect("everything has a time").as_micros();
        match record {
            Record::Event(event) if ["userData", "ipData"].contains(&event.name.as_str()) => {
                self.extras.entry(extra(event)).or_default().insert(time);
            }
            Record::Event(event) => {
                let number = event.number.expect("every event has a number");
                self.events.entry(number).or_default().insert((event.name.clone(), time));
            }
            Record::Reading(reading) => {
                let of = self.readings.entry((reading.mac.octets(), time)).or_default();
                of.insert(reading.quantity.name(), reading.value);
            }
            Record::Link(link) => {
                let (mote, other) = (link.mac.octets(), link.neighbour.octets());
                let signal = link.rssi.unwrap_or(0);
                match link.kind {
                    LinkKind::Used => {
                        let [attempts, failures, received] =
                            [link.attempts, link.failures, link.received]
                                .map(|count| count.expect("it has"));
                        self.used.insert((mote, other, signal, attempts, failures, received));
                    }
                    LinkKind::Heard => {
                        let times = u8::try_from(link.received.expect("it has")).expect("an octet");
                        self.heard.insert((mote, other, signal, times));
                    }
                    LinkKind::Path => {
                        let direction = match link.direction.expect("it has").name() {
                            "none" => 0,
                            "unused" => 1,
                            "upstream" => 2,
                            "downstream" => 3,
                            other => panic!("{other}"),
                        };
                        let back = link.rssi_back.unwrap_or(0);
                        let path = (direction, link.slots.expect("it has"), signal, back);
                        self.paths.insert((mote, other, time), path);
                    }
                }
            }
        }
    }

    /// Expects what was said, and nothing else. What was under way when the gateway ended may have been
    /// said and not kept, or kept and not acknowledged; and the answers to a walk's questions need not
    /// be there: nobody acknowledges them, those that were not posted yet end with their gateway, and
    /// the next walk asks again. [`has_answers`](Self::has_answers) knows of these.
    pub(crate) fn assert_is(&self, said: &Said) {
        self.assert_events(said);
        self.assert_reports(said);
        self.assert_answers(said);
    }

    /// Expects every packet that is no OAP once, at the manager's time or that on the host's clock.
    pub(crate) fn assert_extras(&self, said: &Said) {
        let told = said.extras.iter().flat_map(|((mote, micros), extras)| {
            extras.iter().map(move |(ports, octets)| ((*mote, *ports, octets.clone()), *micros))
        });
        let told: BTreeMap<Extra, i64> = told.collect();
        assert!(self.extras.keys().all(|extra| told.contains_key(extra)));
        let missing: Vec<_> =
            told.keys().filter(|extra| !self.extras.contains_key(*extra)).collect();
        assert!(missing.len() <= 1, "{missing:?}");
        let mut shifts = BTreeSet::new();
        for (extra, times) in &self.extras {
            assert_eq!(times.len(), 1, "{extra:?} {times:?}");
            shifts.extend(times.iter().map(|time| time - told[extra]));
        }
        // All are moved as far as the clocks are apart, each time that these were looked at.
        assert!(shifts.len() <= 3, "{shifts:?}");
    }

    fn assert_events(&self, said: &Said) {
        let names = [
            (0, "moteReset"),
            (1, "networkReset"),
            (3, "moteJoin"),
            (4, "moteOperational"),
            (5, "moteLost"),
            (10, "pathCreate"),
            (11, "pathDelete"),
            (13, "moteCreate"),
        ];
        let named = |of: &u8| names.iter().find(|(number, _)| number == of).expect("a name").1;
        let missing = said.events.iter().filter(|(number, _)| !self.events.contains_key(number));
        assert!(missing.count() <= 1);
        for (number, found) in &self.events {
            let name = said.events.get(number).map(named);
            assert!(found.iter().all(|(found, _)| Some(found.as_str()) == name), "{found:?}");
        }
        assert!(self.events.values().all(|times| times.len() == 1), "{:?}", self.events);
    }

    fn assert_reports(&self, said: &Said) {
        let devices = self.readings.iter().filter_map(|((mote, _), values)| {
            let value = |name| values.get(name).copied();
            let [charge, voltage, temperature] =
                [value("charge")?, value("battery_voltage")?, value("device_temperature")?];
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole")]
            Some((*mote, charge as u32, voltage as u16, temperature as i8))
        });
        let devices: BTreeSet<_> = devices.collect();
        assert!(devices.is_subset(&said.devices));
        assert!(said.devices.len() <= devices.len() + 1, "{devices:?} of {:?}", said.devices);
        assert!(self.used.is_subset(&said.used), "{:?}", self.used.difference(&said.used));
        // Those of the last report.
        assert!(said.used.len() <= self.used.len() + 11, "{:?}", said.used.difference(&self.used));
        assert!(self.heard.is_subset(&said.heard));
        assert!(said.heard.len() <= self.heard.len() + 27);
        let values = |name| {
            let values = self.readings.values().filter_map(move |values| values.get(name).copied());
            values.collect::<Vec<_>>()
        };
        let mut analog: Vec<i16> = said.analog.clone();
        analog.sort_unstable();
        let mut found = values("analog_0");
        found.sort_by(f64::total_cmp);
        assert!(analog.len() <= found.len() + 1, "{} of {}", found.len(), analog.len());
        for [min, max, mean] in &said.statistics {
            for (name, value) in [("min", min), ("max", max), ("mean", mean)] {
                let found = values(match name {
                    "min" => "analog_0_min",
                    "max" => "analog_0_max",
                    _ => "analog_0_mean",
                });
                assert!(found.len() + 1 >= said.statistics.len());
                let is_last = said.statistics.last() == Some(&[*min, *max, *mean]);
                assert!(is_last || found.contains(&f64::from(*value)), "{name} {value}");
            }
        }
    }

    /// Expects that what was found on walks is what the manager answered.
    fn assert_answers(&self, said: &Said) {
        for ((source, dest, time), (direction, slots, signal, back)) in &self.paths {
            let path = (*source, *dest, *direction, *slots, *signal, *back);
            assert!(said.paths.contains(&path), "{path:?} was never said");
            let reverse = (*dest, *source, *time);
            assert!(source == dest || !self.paths.contains_key(&reverse), "each pair once a walk");
        }
        for ((mote, _), values) in &self.readings {
            for name in LINKS {
                let Some(found) = values.get(name) else { continue };
                let mut told = said.slots.iter().filter(|(of, _)| of == mote);
                assert!(told.any(|(_, counts)| counts.map(f64::from).contains(found)), "{found}");
            }
        }
    }

    /// Whether all that the manager was asked for on its walks is there.
    pub(crate) fn has_answers(&self, said: &Said) -> bool {
        let pair = |source: Mote, dest: Mote| (source.min(dest), source.max(dest));
        let found: BTreeSet<_> = self.paths.keys().map(|(one, two, _)| pair(*one, *two)).collect();
        let has = |of: &Mote, name: &str, value: f64| {
            let mut of_mote = self.readings.iter().filter(|((mote, _), _)| mote == of);
            of_mote.any(|(_, values)| values.get(name) == Some(&value))
        };
        said.paths.iter().all(|path| found.contains(&pair(path.0, path.1)))
            && said.slots.iter().all(|(mote, counts)| {
                LINKS.into_iter().zip(counts).all(|(name, &count)| has(mote, name, count.into()))
            })
            && said
                .packets
                .iter()
                .all(|(mote, received, _)| has(mote, "packets_received", (*received).into()))
    }
}

fn extra(event: &Event) -> Extra {
    let number = |name| match event.details.get(name) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a port")]
        Some(Detail::Number(number)) => Some(*number as u16),
        _ => None,
    };
    let ports = number("srcPort").zip(number("dstPort")).map(|(source, dest)| [source, dest]);
    let Some(Detail::Text(hex)) = event.details.get("octets") else { panic!("{event:?}") };
    let octet = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("two digits");
    let octets = (0..hex.len()).step_by(2).map(octet).collect();
    (event.mac.expect("a mote").octets(), ports, octets)
}
