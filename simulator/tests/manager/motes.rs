use core::time::Duration;
use std::collections::{HashMap, HashSet};

use clouddata_simulator::{Event, Reading, Settings};
use manager_core::command::PathDirection;
use manager_core::notification::{Data, EventKind};
use manager_core::{MacAddress, Notification, NotificationMask, Request, SendData, Subscribe};
use oap_core::{Body, Message, Notification as Oap, Timestamp, UDP_PORT};

use crate::bench::{Bench, Heard};

const SECOND: Duration = Duration::from_secs(1);

/// Everything, without having to acknowledge it.
const ALL: Subscribe = {
    let all = NotificationMask(NotificationMask::DATA.0 | NotificationMask::EVENT.0);
    Subscribe { filter: all, unack_filter: all }
};

fn notification(heard: &Heard) -> Notification<'_> {
    Notification::parse(&heard.body).expect("the manager sends good ones")
}

fn data(heard: &Heard) -> Option<Data<'_>> {
    match notification(heard) {
        Notification::Data(data) => Some(data),
        _ => None,
    }
}

/// Rate in ms, and the samples with their times.
fn samples(data: &Data<'_>) -> Option<(u32, Vec<(Timestamp, i16)>)> {
    let message = Message::parse(data.data).expect("motes send good ones");
    let Body::Notification(Oap::Samples(samples)) = message.body else { return None };
    let values = samples.temperatures().map(|(time, value)| (time, value.hundredths()));
    Some((samples.rate_ms, values.collect()))
}

fn micros(time: Timestamp) -> i64 {
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

/// The manager itself, and its access point.
const MANAGER: MacAddress = MacAddress([0, 0x17, 0x0D, 0, 0, 0x30, 0, 1]);

const MOTE: MacAddress = MacAddress([0, 0x17, 0x0D, 0, 0, 0x31, 0, 2]);

fn send_to(bench: &mut Bench, mac_address: MacAddress, data: &[u8]) {
    let (src_port, dst_port) = (0xF0BA, UDP_PORT);
    let packet = SendData { mac_address, priority: 0, src_port, dst_port, options: 0, data };
    bench.request(&Request::SendData(packet));
}

#[test]
fn a_put_changes_how_a_mote_reports() {
    let settings = Settings { path_lasts: Duration::ZERO, ..Settings::default() };
    let mut bench = Bench::subscribed(settings, ALL);
    bench.pass(5 * SECOND);
    bench.heard();
    // Rate 10 s.
    send_to(&mut bench, MOTE, &[5, 0x3D, 2, 0xFF, 1, 5, 0, 1, 1, 1, 4, 0, 0, 0x27, 0x10]);
    bench.pass(60 * SECOND);
    let (mut sent, mut responses, mut rates) = (0, 0, HashMap::new());
    for heard in bench.notifications() {
        match notification(&heard) {
            Notification::Event(event) => {
                assert!(matches!(event.kind, EventKind::PacketSent { callback_id: 1, .. }));
                sent += 1;
            }
            Notification::Data(data) => match samples(&data) {
                Some((rate_ms, _)) => *rates.entry((data.mac_address, rate_ms)).or_insert(0) += 1,
                None => {
                    assert_eq!((data.mac_address, data.dst_port), (MOTE, 0xF0BA));
                    assert_eq!(data.data[..7], [7, 0x3D, 2, 0, 0xFF, 1, 5]);
                    responses += 1;
                }
            },
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((sent, responses), (1, 1));
    assert!((5..=6).contains(&rates[&(MOTE, 10_000)]), "{rates:?}");
    assert!(rates[&(MOTE, 1000)] <= 3, "{rates:?}");
    assert_eq!(rates.len(), 6, "the others go on as before: {rates:?}");
}

#[test]
fn samples_before_and_after_a_change_of_rate_are_not_mixed() {
    let mut bench = Bench::subscribed(Settings { samples: 10, ..Settings::default() }, ALL);
    bench.pass(17 * SECOND);
    // Rate 2 s.
    send_to(&mut bench, MOTE, &[5, 0, 2, 0xFF, 1, 5, 1, 4, 0, 0, 0x07, 0xD0]);
    bench.pass(60 * SECOND);
    let mut all = Vec::new();
    for heard in bench.notifications() {
        let Some(data) = data(&heard).filter(|data| data.mac_address == MOTE) else { continue };
        let Some((rate_ms, samples)) = samples(&data) else { continue };
        assert!(rate_ms == 1000 && samples.len() <= 10 || rate_ms == 2000 && samples.len() == 10);
        all.extend(samples.iter().map(|&(time, _)| micros(time)));
    }
    let steps: Vec<_> = all.windows(2).map(|times| times[1] - times[0]).collect();
    let (slow, fast): (Vec<_>, Vec<_>) = steps.iter().partition(|&&step| step == 2_000_000);
    assert_eq!(slow.len(), 19, "{steps:?}");
    // One step lies across the change; the request arrived some time after a sample.
    assert_eq!(fast.iter().filter(|&&&step| step != 1_000_000).count(), 1, "{steps:?}");
    assert!(fast.iter().all(|&&step| (1_000_000..3_000_000).contains(&step)), "{steps:?}");
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

#[test]
fn a_put_can_silence_all_motes_and_wake_them_again() {
    let mut bench = Bench::subscribed(Settings::default(), ALL);
    bench.pass(5 * SECOND);
    let reports = |bench: &mut Bench| {
        bench.pass(2 * SECOND);
        bench.heard();
        bench.pass(10 * SECOND);
        bench.notifications().len()
    };
    send_to(&mut bench, MacAddress::BROADCAST, &[5, 0, 2, 0xFF, 1, 5, 0, 1, 0]);
    assert_eq!(reports(&mut bench), 0);
    send_to(&mut bench, MacAddress::BROADCAST, &[5, 1, 2, 0xFF, 1, 5, 0, 1, 1]);
    assert!((49..=51).contains(&reports(&mut bench)));
}
