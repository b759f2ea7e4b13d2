//! What motes report of themselves.

use core::time::Duration;
use std::collections::{HashMap, HashSet};

use clouddata_simulator::{Firmware, Settings};
use manager_core::notification::health_report::Block;
use manager_core::{MAX_BODY_LEN, MacAddress, Notification, NotificationMask, Subscribe};

use crate::bench::{Bench, Heard};

const SECOND: Duration = Duration::from_secs(1);

const HEALTH: Subscribe = Subscribe {
    filter: NotificationMask::HEALTH_REPORT,
    unack_filter: NotificationMask::HEALTH_REPORT,
};

/// Who reports, and the only block of the report.
fn report(heard: &Heard) -> (MacAddress, Block<'_>) {
    assert!(heard.body.len() <= MAX_BODY_LEN);
    let Ok(Notification::HealthReport(report)) = Notification::parse(&heard.body) else {
        panic!("{heard:?}")
    };
    assert!(report.payload.len() <= 113);
    let mut blocks = report.blocks();
    let block = blocks.next().expect("a block").expect("a good one");
    assert!(blocks.next().is_none());
    (report.mac_address, block)
}

#[test]
fn every_mote_reports_soon_and_then_on_a_schedule() {
    let mut bench = Bench::subscribed(Settings { motes: 8, ..Settings::default() }, HEALTH);
    bench.pass(22 * SECOND);
    let heard = bench.notifications();
    let mut kinds: HashMap<_, HashSet<_>> = HashMap::new();
    for heard in &heard {
        let (mac, block) = report(heard);
        kinds.entry(mac).or_default().insert(block.id());
    }
    assert_eq!(kinds.len(), 8);
    let all = HashSet::from([0x80, 0x81, 0x82, 0x91]);
    assert!(kinds.values().all(|kinds| *kinds == all), "{kinds:?}");

    bench.pass(15 * 60 * SECOND - 22 * SECOND);
    assert_eq!(bench.notifications(), []);
    bench.pass(30 * SECOND);
    let heard = bench.notifications();
    let kinds: HashSet<_> = heard.iter().map(|heard| report(heard).1.id()).collect();
    assert_eq!(kinds, HashSet::from([0x80, 0x81]), "the others come now and then");
}

#[test]
fn a_report_tells_what_the_traffic_was() {
    let settings = Settings { motes: 12, health_every: 60 * SECOND, ..Settings::default() };
    let mut bench = Bench::subscribed(settings, HEALTH);
    bench.pass(600 * SECOND);
    let (mut attempts, mut failures, mut voltages) = (0, 0, HashMap::new());
    for heard in bench.notifications() {
        match report(&heard) {
            (mac, Block::Device(device)) => {
                let before = voltages.insert(mac, (device.charge, device.battery_voltage));
                if let Some((charge, voltage)) = before {
                    assert!(device.charge > charge && device.battery_voltage <= voltage);
                    // Once a second a packet, and those of others.
                    assert!(device.num_tx_ok >= 55, "{device:?}");
                    assert_eq!(device.num_tx_fail, 0);
                }
                assert!((2000..3300).contains(&device.battery_voltage));
                assert!((5..45).contains(&device.temperature));
                assert!(device.queue_occ.mean() <= device.queue_occ.max());
            }
            (_, Block::Neighbors(neighbors)) => {
                for neighbor in neighbors.iter() {
                    assert!(neighbor.num_tx_failures <= neighbor.num_tx_packets);
                    attempts += u32::from(neighbor.num_tx_packets);
                    failures += u32::from(neighbor.num_tx_failures);
                    assert!((-110..0).contains(&neighbor.rssi.0));
                }
            }
            (_, Block::DiscoveredNeighbors(neighbors)) => {
                assert!(neighbors.iter().all(|neighbor| neighbor.num_rx > 0));
            }
            (_, Block::Channels(channels)) => {
                assert_eq!(channels.iter().count(), 15);
                for channel in channels.iter() {
                    assert!(channel.tx_unicast_failures <= channel.tx_unicast_attempts);
                    assert!((-100..-60).contains(&channel.idle_rssi.0));
                }
            }
            (_, other) => panic!("{other:?}"),
        }
    }
    // Twelve motes for ten minutes, over two hops or so; some tries were in vain.
    assert!(attempts > 10_000, "{attempts}");
    assert!(failures > attempts / 200 && failures < attempts / 3, "{failures} of {attempts}");
}

#[test]
fn old_motes_report_less() {
    let settings = Settings { firmware: Firmware::Old, ..Settings::default() };
    let mut bench = Bench::subscribed(settings, HEALTH);
    bench.pass(22 * SECOND);
    let heard = bench.notifications();
    let devices = heard.iter().filter(|heard| matches!(report(heard).1, Block::Device(_)));
    let lengths: HashSet<_> = devices.map(|heard| heard.body[10]).collect();
    assert_eq!(lengths, HashSet::from([24]));
}

#[test]
fn it_can_be_silent_and_then_sends_nothing_but_readings() {
    let settings = Settings { health_every: Duration::ZERO, ..Settings::default() };
    let mut bench = Bench::subscribed(settings, HEALTH);
    bench.pass(3600 * SECOND);
    assert_eq!(bench.notifications(), []);
}
