use core::time::Duration;
use std::collections::{HashMap, HashSet};

use clouddata_simulator::{Event, Reading, Settings};
use manager_core::command::PathDirection;
use manager_core::notification::{Data, EventKind};
use manager_core::{Notification, NotificationMask, Subscribe};
use oap_core::{Body, Message, Notification as Oap, Timestamp, UDP_PORT};

use crate::bench::{Bench, Heard};
use crate::settings::MANAGER;

const SECOND: Duration = Duration::from_secs(1);

/// Everything, without having to acknowledge it.
pub(crate) const ALL: Subscribe = {
    let all = NotificationMask(NotificationMask::DATA.0 | NotificationMask::EVENT.0);
    Subscribe { filter: all, unack_filter: all }
};

pub(crate) fn notification(heard: &Heard) -> Notification<'_> {
    Notification::parse(&heard.body).expect("the manager sends good ones")
}

pub(crate) fn data(heard: &Heard) -> Option<Data<'_>> {
    match notification(heard) {
        Notification::Data(data) => Some(data),
        _ => None,
    }
}

/// Rate in ms, and the samples with their times.
pub(crate) fn samples(data: &Data<'_>) -> Option<(u32, Vec<(Timestamp, i16)>)> {
    let message = Message::parse(data.data).expect("motes send good ones");
    let Body::Notification(Oap::Samples(samples)) = message.body else { return None };
    let values = samples.temperatures().map(|(time, value)| (time, value.hundredths()));
    Some((samples.rate_ms, values.collect()))
}

pub(crate) fn micros(time: Timestamp) -> i64 {
    time.checked_micros().expect("nothing is so far away")
}

#[test]
fn motes_join_then_are_operational_then_report() {
    let mut bench = Bench::subscribed(Settings { motes: 20, ..Settings::default() }, ALL);
    bench.pass(5 * SECOND);
    let (mut known, mut joined, mut operational) = (HashSet::new(), HashSet::new(), HashSet::new());
    let (mut reported, mut has_parent) = (HashSet::new(), HashSet::new());
    let mut event_ids = 0..;
    for heard in bench.notifications() {
        match notification(&heard) {
            Notification::Event(event) => {
                assert_eq!(Some(event.event_id), event_ids.next());
                match event.kind {
                    EventKind::NetworkReset => assert_eq!(event.event_id, 0),
                    EventKind::MoteCreate { mac_address, mote_id } => {
                        assert_eq!(usize::from(mote_id), known.len() + 2);
                        assert!(known.insert(mac_address));
                    }
                    EventKind::MoteJoin(mac) => {
                        assert!(known.contains(&mac) && joined.insert(mac));
                    }
                    EventKind::PathCreate { source, dest, direction } => {
                        assert_eq!(direction, PathDirection::Upstream);
                        assert!(joined.contains(&source) && !joined.is_empty());
                        assert!(dest == MANAGER || operational.contains(&dest));
                        has_parent.insert(source);
                    }
                    EventKind::MoteOperational(mac) => {
                        assert!(has_parent.contains(&mac) && operational.insert(mac));
                    }
                    other => panic!("{other:?}"),
                }
            }
            Notification::Data(data) => {
                assert!(operational.contains(&data.mac_address));
                reported.insert(data.mac_address);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((operational.len(), reported.len()), (20, 20));
    let events = bench.events();
    let told = events.iter().filter(|event| matches!(event, Event::MoteOperational(_)));
    assert_eq!(told.count(), 20);
}

#[test]
fn temperatures_come_at_the_period_with_the_time_of_their_measurement() {
    let mut bench = Bench::subscribed(Settings::default(), ALL);
    bench.pass(60 * SECOND);
    let mut last = HashMap::new();
    let mut latencies = Vec::new();
    for heard in bench.notifications() {
        let Some(data) = data(&heard) else { continue };
        assert_eq!((data.src_port, data.dst_port), (UDP_PORT, UDP_PORT));
        let (rate_ms, samples) = samples(&data).expect("temperatures");
        assert_eq!(rate_ms, 1000);
        let [(time, value)] = samples[..] else { panic!("{samples:?}") };
        let boot = manager_core::UtcTime::BOOT.as_micros();
        let arrived = boot + i64::try_from(heard.at.as_micros()).unwrap();
        assert!(micros(time) <= data.utc.as_micros() && data.utc.as_micros() < arrived);
        latencies.push(arrived - data.utc.as_micros());
        assert!((500..4000).contains(&value), "{value}");
        if let Some((before, was)) = last.insert(data.mac_address, (micros(time), value)) {
            assert_eq!(micros(time) - before, 1_000_000);
            assert!(i16::abs_diff(value, was) < 40, "from {was} to {value}");
        }
    }
    assert_eq!(last.len(), 5);
    let phases: HashSet<_> = last.values().map(|(time, _)| time % 1_000_000).collect();
    assert_eq!(phases.len(), 5, "they do not report all at once");
    assert!(latencies.iter().all(|latency| (150_000..900_000).contains(latency)), "{latencies:?}");
}

#[test]
fn several_samples_come_in_one_notification() {
    for samples_each in [2, 32] {
        let settings = Settings { samples: samples_each, ..Settings::default() };
        let mut bench = Bench::subscribed(settings, ALL);
        bench.pass(SECOND * (3 * u32::from(samples_each) + 3));
        let mut next = HashMap::new();
        for heard in bench.notifications() {
            let Some(data) = data(&heard) else { continue };
            let (rate_ms, samples) = samples(&data).expect("temperatures");
            assert_eq!((rate_ms, samples.len()), (1000, samples_each.into()));
            let first = micros(samples[0].0);
            if let Some(expected) =
                next.insert(data.mac_address, first + i64::from(samples_each) * 1_000_000)
            {
                assert_eq!(first, expected, "no sample is missing between two notifications");
            }
            // All were measured before they were sent.
            assert!(samples.iter().all(|&(time, _)| micros(time) < data.utc.as_micros()));
        }
        assert_eq!(next.len(), 5);
    }
}

#[test]
fn acknowledged_readings_are_those_that_were_sent() {
    let settings = Settings { samples: 3, ..Settings::default() };
    let reliably = Subscribe::reliably(NotificationMask::DATA);
    let mut bench = Bench::subscribed(settings, reliably);
    let (mut sent, mut acknowledged) = (Vec::new(), Vec::new());
    for _ in 0..300 {
        bench.pass(SECOND / 10);
        for heard in bench.notifications() {
            let data = data(&heard).expect("nothing else was subscribed to");
            let (_, samples) = samples(&data).expect("temperatures");
            let mac = data.mac_address;
            sent.extend(samples.into_iter().map(|(time, value)| (mac, micros(time), value)));
            bench.acknowledge(heard.seq);
        }
        for event in bench.events() {
            let Event::Acknowledged(Reading { mac_address, measured, utc, temperature }) = event
            else {
                continue;
            };
            let boot = manager_core::UtcTime::BOOT.as_micros();
            assert_eq!(utc.as_micros(), boot + i64::try_from(measured.as_micros()).unwrap());
            acknowledged.push((mac_address, utc.as_micros(), temperature.hundredths()));
        }
    }
    assert!(acknowledged.len() > 100);
    // The last was sent by the last acknowledgement.
    assert_eq!(acknowledged, sent[..acknowledged.len()]);
    assert!(sent.len() - acknowledged.len() <= 3);
}

#[test]
fn packets_of_one_mote_do_not_overtake_each_other() {
    let period = Duration::from_millis(10);
    let mut bench = Bench::subscribed(Settings { period, ..Settings::default() }, ALL);
    bench.pass(10 * SECOND);
    let mut last = HashMap::new();
    for heard in bench.notifications() {
        let Some(data) = data(&heard) else { continue };
        let before = last.insert(data.mac_address, data.utc);
        assert!(before < Some(data.utc), "{before:?}, then {:?}", data.utc);
    }
    assert_eq!(last.len(), 5);
}

/// Paths that end and reports of health cost a mote that stays in the network nothing.
#[test]
fn what_befalls_the_mesh_neither_changes_nor_delays_a_reading() {
    let run = |path_lasts, health_every| {
        let settings = Settings { motes: 9, path_lasts, health_every, ..Settings::default() };
        let mut bench = Bench::subscribed(settings, ALL);
        bench.pass(900 * SECOND);
        let (mut readings, mut lost, mut changes) = (HashMap::new(), HashSet::new(), 0);
        for heard in bench.notifications() {
            match notification(&heard) {
                Notification::Event(event) => match event.kind {
                    EventKind::MoteLost(mac) => drop(lost.insert(mac)),
                    EventKind::PathDelete { .. } => changes += 1,
                    _ => {}
                },
                Notification::Data(data) => {
                    let (_, samples) = samples(&data).expect("temperatures");
                    let boot = manager_core::UtcTime::BOOT.as_micros();
                    let arrived = boot + i64::try_from(heard.at.as_micros()).unwrap();
                    let latency = arrived - data.utc.as_micros();
                    assert!((150_000..900_000).contains(&latency), "{latency} µs");
                    readings.entry(data.mac_address).or_insert_with(Vec::new).extend(samples);
                }
                other => panic!("{other:?}"),
            }
        }
        (readings, lost, changes)
    };
    let (calm, none_lost, none_changed) = run(Duration::ZERO, Duration::ZERO);
    assert_eq!((none_lost.len(), none_changed), (0, 0));
    let (restless, lost, changes) = run(100 * SECOND, 10 * SECOND);
    assert!(changes > 10 && lost.len() < 9, "{changes} changes, {lost:?}");
    for (mac, readings) in calm.iter().filter(|(mac, _)| !lost.contains(mac)) {
        // The last may be on its way in one of them.
        let both = readings.len().min(restless[mac].len());
        assert!(both > 890 && readings.len().abs_diff(restless[mac].len()) <= 1);
        assert_eq!(readings[..both], restless[mac][..both]);
    }
}
