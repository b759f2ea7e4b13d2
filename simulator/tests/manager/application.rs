//! What a mote's application does about requests.

use core::time::Duration;
use std::collections::HashMap;

use clouddata_simulator::Settings;
use manager_core::notification::EventKind;
use manager_core::{MacAddress, Notification, Request, SendData};
use oap_core::{Address, Body, Message, Notification as Oap, UDP_PORT};

use crate::bench::Bench;
use crate::motes::{ALL, data, micros, notification, samples};

const SECOND: Duration = Duration::from_secs(1);

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

#[test]
fn an_analog_input_is_reported_beside_the_temperature_and_summed_up() {
    let mut bench = Bench::subscribed(Settings { analog: true, ..Settings::default() }, ALL);
    bench.pass(60 * SECOND);
    let (mut temperatures, mut summed_up) = (0, 0);
    let mut levels: HashMap<_, Vec<i16>> = HashMap::new();
    for heard in bench.notifications() {
        let Some(data) = data(&heard) else { continue };
        let Body::Notification(oap) = Message::parse(data.data).expect("a good one").body else {
            panic!("{heard:?}")
        };
        let levels = levels.entry(data.mac_address).or_default();
        match oap {
            Oap::Samples(samples) if samples.address == Address::Temperature => temperatures += 1,
            Oap::Samples(samples) => {
                assert_eq!((samples.address, samples.rate_ms), (Address::Analog(0), 1000));
                levels.extend(samples.values.iter());
            }
            Oap::Statistics(statistics) => {
                let ten = levels.split_off(levels.len() - 10);
                assert_eq!((statistics.address, statistics.num_samples), (Address::Analog(0), 10));
                assert_eq!(Some(&statistics.min), ten.iter().min());
                assert_eq!(Some(&statistics.max), ten.iter().max());
                assert_eq!(statistics.average, ten.iter().sum::<i16>() / 10);
                assert!((0..=1800).contains(&statistics.min), "mV");
                summed_up += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!((285..300).contains(&temperatures), "{temperatures}");
    assert_eq!(summed_up, 25);
}

#[test]
fn numbered_packets_are_generated_as_many_as_are_wanted() {
    let mut bench = Bench::subscribed(Settings::default(), ALL);
    bench.pass(5 * SECOND);
    let generated = |bench: &mut Bench| {
        bench.pass(30 * SECOND);
        let heard = bench.notifications();
        let packets = heard.iter().filter_map(data).filter_map(|data| {
            let Ok(Message { body: Body::Notification(Oap::PkGen(packet)), .. }) =
                Message::parse(data.data)
            else {
                return None;
            };
            assert_eq!((data.mac_address, packet.address), (MOTE, Address::PkGen));
            assert_eq!((packet.start_pid, packet.num_packets, packet.filler.len()), (7, 20, 10));
            Some(packet.pid)
        });
        packets.collect::<Vec<_>>()
    };
    let put = |rate| {
        let address = [5, 0, 2, 0xFF, 1, 254];
        let fields = [1, 4, 0, 0, 0, 20, 2, 4, 0, 0, 0, rate, 3, 1, 10, 4, 4, 0, 0, 0, 7];
        [&address[..], &fields].concat()
    };
    send_to(&mut bench, MOTE, &put(100));
    assert_eq!(generated(&mut bench), (7..27).collect::<Vec<_>>());
    send_to(&mut bench, MOTE, &put(0));
    assert_eq!(generated(&mut bench), [0; 0], "that is no rate");
    // Told again, it begins again; told to send none, it stops.
    send_to(&mut bench, MOTE, &put(250));
    bench.pass(2 * SECOND);
    send_to(&mut bench, MOTE, &[5, 0, 2, 0xFF, 1, 254, 1, 4, 0, 0, 0, 0]);
    let some = generated(&mut bench);
    assert!((4..12).contains(&some.len()), "{some:?}");
}
