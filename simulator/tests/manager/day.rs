//! A day of a network, in virtual time: what events and reports tell is what the manager answers.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use clouddata_simulator::Settings;
use manager_core::command::{MoteState, PathDirection};
use manager_core::notification::health_report::Block;
use manager_core::notification::{EventKind, HealthReport};
use manager_core::{MacAddress, Notification, NotificationMask, Subscribe};
use oap_core::{Body, Message, Notification as Oap};

use crate::bench::{Bench, Heard};
use crate::survey::Survey;

const HOUR: Duration = Duration::from_secs(3600);

const PERIOD: i64 = 30;

const ALL: Subscribe = {
    let all = NotificationMask::EVENT.0 | NotificationMask::DATA.0;
    let all = NotificationMask(all | NotificationMask::HEALTH_REPORT.0);
    Subscribe { filter: all, unack_filter: all }
};

/// What a client makes of the notifications.
#[derive(Default)]
struct Picture {
    events: u32,
    names: BTreeMap<u16, MacAddress>,
    operational: BTreeSet<MacAddress>,
    parents: BTreeSet<(MacAddress, MacAddress)>,
    lost: u32,
    changes: u32,
    charges: HashMap<MacAddress, (u32, u16)>,
    neighbors: BTreeSet<u16>,
    reports: u32,
    /// Of each mote, the last reading's time and whether the mote has joined again since.
    readings: HashMap<MacAddress, (i64, bool)>,
    count: u64,
}

impl Picture {
    fn hear(&mut self, heard: &Heard) {
        match Notification::parse(&heard.body).expect("the manager sends good ones") {
            Notification::Event(event) => {
                assert_eq!(event.event_id, self.events, "{event:?}");
                self.events += 1;
                self.see(event.kind);
            }
            Notification::HealthReport(report) => self.take(&report),
            Notification::Data(data) => {
                let message = Message::parse(data.data).expect("motes send good ones");
                let Body::Notification(Oap::Samples(samples)) = message.body else {
                    panic!("{message:?}")
                };
                for (time, _) in samples.temperatures() {
                    self.read(data.mac_address, time.checked_micros().expect("it is near"));
                }
            }
            other => panic!("{other:?}"),
        }
    }

    fn see(&mut self, event: EventKind<'_>) {
        match event {
            EventKind::MoteCreate { mac_address, mote_id } => {
                assert_eq!(self.names.insert(mote_id, mac_address), None);
            }
            EventKind::MoteOperational(mac) => {
                assert!(self.operational.insert(mac));
                self.readings.entry(mac).and_modify(|(_, is_back)| *is_back = true);
            }
            EventKind::MoteLost(mac) => {
                assert!(self.operational.remove(&mac));
                self.lost += 1;
            }
            EventKind::PathCreate { source, dest, direction } => {
                assert_eq!(direction, PathDirection::Upstream);
                assert!(self.parents.insert((source, dest)));
                self.changes += 1;
            }
            EventKind::PathDelete { source, dest, .. } => {
                assert!(self.parents.remove(&(source, dest)));
            }
            EventKind::NetworkReset | EventKind::MoteJoin(_) => {}
            other => panic!("{other:?}"),
        }
    }

    fn take(&mut self, report: &HealthReport<'_>) {
        for block in report.blocks() {
            self.reports += 1;
            match block.expect("motes send good ones") {
                Block::Device(device) => {
                    let now = (device.charge, device.battery_voltage);
                    let before = self.charges.insert(report.mac_address, now).unwrap_or(now);
                    assert!(now.0 >= before.0 && now.1 <= before.1, "{before:?}, then {now:?}");
                }
                Block::Neighbors(neighbors) => {
                    for neighbor in neighbors.iter() {
                        assert!(neighbor.num_tx_failures <= neighbor.num_tx_packets);
                        self.neighbors.insert(neighbor.neighbor_id);
                    }
                }
                Block::DiscoveredNeighbors(neighbors) => {
                    self.neighbors.extend(neighbors.iter().map(|neighbor| neighbor.neighbor_id));
                }
                Block::Channels(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// While a mote is there, no reading is missing.
    fn read(&mut self, mac: MacAddress, micros: i64) {
        self.count += 1;
        let before = self.readings.insert(mac, (micros, false));
        let Some((before, is_back)) = before else { return };
        let step = micros - before;
        assert!(step == PERIOD * 1_000_000 || is_back && step > 0, "{mac}: {step} µs");
    }

    fn compare(&self, survey: &Survey) {
        let motes = survey.motes.iter().skip(1);
        let told: BTreeMap<_, _> = motes.map(|mote| (mote.mote_id, mote.mac_address)).collect();
        assert_eq!(told, self.names);
        let motes = survey.motes.iter().skip(1);
        let there = motes.filter(|mote| mote.state == MoteState::Operational);
        let there: BTreeSet<_> = there.map(|mote| mote.mac_address).collect();
        assert_eq!(there, self.operational);
        let paths = survey.paths.values().flatten();
        let up = paths.filter(|path| path.direction == PathDirection::Upstream);
        let up: BTreeSet<_> = up.map(|path| (path.source, path.dest)).collect();
        assert_eq!(up, self.parents);
        let known: BTreeSet<_> = survey.motes.iter().map(|mote| mote.mote_id).collect();
        assert!(self.neighbors.is_subset(&known), "{:?} of {known:?}", self.neighbors);
    }
}

#[test]
fn of_a_day_events_reports_and_answers_tell_the_same() {
    let period = Duration::from_secs(PERIOD.unsigned_abs());
    let settings = Settings { motes: 20, period, seed: 11, ..Settings::default() };
    let mut bench = Bench::subscribed(settings, ALL);
    let mut picture = Picture::default();
    for _ in 0..24 {
        bench.pass(HOUR);
        bench.notifications().iter().for_each(|heard| picture.hear(heard));
        let survey = Survey::of(&mut bench);
        survey.check();
        picture.compare(&survey);
    }
    assert_eq!(picture.names.len(), 20);
    assert!((1..60).contains(&picture.lost), "{} lost", picture.lost);
    assert!(picture.changes > 200, "{} paths made", picture.changes);
    assert_eq!(picture.charges.len(), 20);
    assert!(picture.reports > 20 * 2 * 90, "{} reports", picture.reports);
    let tally = bench.manager.tally();
    assert_eq!(tally.readings.measured, picture.count + tally.readings.on_their_way);
    let without_loss = 24 * 3600 / 30 * 20;
    assert!(picture.count > without_loss * 99 / 100, "{} readings", picture.count);
}

/// A network that is hardly ever the same must still hold together.
#[test]
fn a_day_of_restless_networks_holds_together() {
    for (motes, seed) in [(2, 1), (5, 2), (13, 3), (60, 4)] {
        let (period, path_lasts) = (Duration::from_secs(30), Duration::from_secs(40));
        let settings = Settings { motes, seed, period, path_lasts, ..Settings::default() };
        let mut bench = Bench::subscribed(settings, ALL);
        let mut picture = Picture::default();
        for _ in 0..40 {
            bench.pass(Duration::from_secs(97));
            bench.notifications().iter().for_each(|heard| picture.hear(heard));
            let survey = Survey::of(&mut bench);
            survey.check();
            picture.compare(&survey);
        }
        assert!(motes < 5 || picture.lost > 0, "{motes} motes");
    }
}
