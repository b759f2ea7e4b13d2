use core::time::Duration;

use clouddata_simulator::{Event, SessionEnd, Settings};
use manager_core::command::PingMote;
use manager_core::{Control, MacAddress, NotificationMask, Packet, PacketType, Request, Subscribe};

use crate::bench::{Bench, DATA};

const SECOND: Duration = Duration::from_secs(1);

/// Motes that report often enough that something always waits.
fn busy() -> Settings {
    Settings { motes: 5, period: Duration::from_millis(100), ..Settings::default() }
}

#[test]
fn one_reliable_notification_is_outstanding_and_holds_the_next() {
    let mut bench = Bench::subscribed(busy(), DATA);
    bench.pass(Duration::from_millis(2400));
    let heard = bench.notifications();
    let [first, repeats @ ..] = &heard[..] else { panic!("nothing was heard") };
    assert!(first.is_reliable());
    assert_eq!(first.seq, 1);
    assert!(repeats.iter().all(|repeat| (repeat.seq, &repeat.body) == (1, &first.body)));

    for seq in 1..=20 {
        bench.acknowledge(seq);
        let heard = bench.notifications();
        let [next] = &heard[..] else { panic!("{heard:?}") };
        assert_eq!(next.seq, seq + 1);
    }
    assert_eq!(bench.manager.tally().notifications.acknowledged, 20);
}

#[test]
fn an_acknowledgement_of_anything_else_is_ignored() {
    let mut bench = Bench::subscribed(busy(), DATA);
    bench.pass(2 * SECOND);
    bench.notifications();
    let (control, packet_type) = (Control::RESPONSE, PacketType::Notification);
    for seq in [0, 2, 255] {
        bench.acknowledge(seq);
    }
    bench.send(&Packet { control, packet_type, seq: 1, body: &[1] });
    bench.send(&Packet { control, packet_type, seq: 1, body: &[] });
    assert_eq!(bench.notifications(), []);
    assert_eq!(bench.manager.tally().readings.acknowledged, 0);
    bench.acknowledge(1);
    bench.acknowledge(1);
    assert_eq!(bench.notifications().len(), 1);
    let tally = bench.manager.tally();
    assert_eq!((tally.readings.acknowledged, tally.unexpected, tally.malformed), (1, 5, 1));
}

#[test]
fn what_is_not_acknowledged_is_repeated_and_then_the_client_given_up() {
    let settings = Settings { ack_timeout: SECOND / 2, ack_retries: 2, ..busy() };
    let mut bench = Bench::subscribed(settings, DATA);
    bench.pass(5 * SECOND);
    let heard = bench.heard();
    let (sent, hellos): (Vec<_>, Vec<_>) =
        heard.into_iter().partition(|packet| packet.packet_type == PacketType::Notification);
    let times: Vec<_> = sent.iter().map(|packet| packet.at - sent[0].at).collect();
    assert_eq!(times, [Duration::ZERO, SECOND / 2, SECOND]);
    assert_eq!(hellos[0].packet_type, PacketType::ManagerHello);
    assert_eq!(hellos[0].at - sent[0].at, SECOND * 3 / 2);
    assert_eq!(hellos[1].at - hellos[0].at, SECOND);
    assert!(!bench.manager.has_session());
    assert!(bench.events().contains(&Event::SessionOver(SessionEnd::GivenUp)));
    let tally = bench.manager.tally();
    assert_eq!((tally.given_up, tally.notifications.repeats), (1, 2));
}

#[test]
fn the_next_session_begins_with_what_was_not_acknowledged() {
    let mut bench = Bench::subscribed(busy(), DATA);
    bench.pass(2 * SECOND);
    bench.acknowledge(1);
    let second = bench.notifications().pop().expect("the next one");
    assert_eq!(second.seq, 2);

    let response = bench.hello();
    assert_eq!(response.mgr_seq_no, 2, "the last number used");
    bench.pass(SECOND);
    assert_eq!(bench.notifications(), [], "a new session has no subscription");

    bench.acknowledge(2);
    assert_eq!(bench.manager.tally().readings.acknowledged, 1, "that was the session before");
    let mut bench = resubscribed(bench);
    let again = bench.notifications().remove(0);
    assert_eq!((again.seq, &again.body), (3, &second.body));
    assert_eq!(bench.manager.tally().notifications.sent_anew, 1);
    bench.acknowledge(3);
    assert_eq!(bench.manager.tally().readings.acknowledged, 2);
}

fn resubscribed(mut bench: Bench) -> Bench {
    bench.hello();
    bench.subscribe(DATA);
    bench
}

#[test]
fn best_effort_notifications_are_not_held() {
    let data = NotificationMask::DATA;
    let mut bench = Bench::subscribed(busy(), Subscribe { filter: data, unack_filter: data });
    bench.pass(4 * SECOND);
    let heard = bench.notifications();
    assert!(heard.len() > 80);
    assert!(heard.iter().all(|packet| packet.control == Control::BEST_EFFORT));
    let tally = bench.manager.tally();
    assert_eq!(tally.readings.best_effort, heard.len() as u64);
    assert_eq!((tally.readings.acknowledged, tally.readings.sent), (0, 0));
    assert!(bench.manager.has_session());
}

#[test]
fn only_what_was_subscribed_to_comes() {
    let mut bench = Bench::subscribed(busy(), Subscribe::reliably(NotificationMask::LOG));
    bench.pass(5 * SECOND);
    assert_eq!(bench.notifications(), []);
    let tally = bench.manager.tally();
    assert!(tally.readings.unsubscribed > 100);
    assert_eq!(tally.readings.waiting, 0);

    // Each subscription replaces the last one, for what already waits too.
    bench.subscribe(DATA);
    bench.pass(SECOND);
    assert_eq!(bench.notifications()[0].seq, 1);
    assert!(bench.manager.tally().readings.waiting > 10);
    bench.subscribe(Subscribe::reliably(NotificationMask::EVENT));
    bench.acknowledge(1);
    assert_eq!(bench.notifications(), []);
    assert_eq!(bench.manager.tally().readings.waiting, 0);
}

#[test]
fn too_many_for_the_queue_are_counted() {
    let mut bench = Bench::subscribed(Settings { queue: 10, ack_retries: 1000, ..busy() }, DATA);
    bench.pass(10 * SECOND);
    let tally = bench.manager.tally();
    assert_eq!(tally.readings.waiting, 10);
    assert!(tally.readings.overflowed > 400);
    assert_eq!(tally.readings.overflowed, tally.notifications.overflowed);
    let first = bench.notifications().remove(0);
    bench.acknowledge(first.seq);
    bench.pass(SECOND);
    assert_eq!(bench.manager.tally().readings.acknowledged, 1);
}

/// The vendor's C library drops a notification that has the number of the last one; the hello's
/// response tells it where reliable ones begin.
#[test]
fn no_two_notifications_in_a_row_have_the_same_number() {
    let (event, data) = (NotificationMask::EVENT, NotificationMask::DATA);
    let health = NotificationMask::HEALTH_REPORT;
    for best_effort in [data, event, data | health, event | data | health] {
        let filter = event | data | health;
        let settings = Settings { path_lasts: SECOND, health_every: SECOND, ..busy() };
        let mut bench = Bench::new(settings);
        let mut reliable = 0_u8;
        for _ in 0..3 {
            let mut last = bench.hello().mgr_seq_no;
            assert_eq!(last, reliable);
            bench.subscribe(Subscribe { filter, unack_filter: best_effort });
            let mut kinds = [0, 0];
            for _ in 0..600 {
                // What the answer brings is an event.
                let mac_address = MacAddress([0, 0x17, 0x0D, 0, 0, 0x31, 0, 1]);
                bench.request(&Request::PingMote(PingMote { mac_address }));
                bench.pass(SECOND / 10);
                // Each acknowledgement lets more through.
                let mut heard = std::collections::VecDeque::from(bench.notifications());
                while let Some(packet) = heard.pop_front() {
                    assert_ne!(packet.seq, last, "{packet:?}");
                    last = packet.seq;
                    kinds[usize::from(packet.is_reliable())] += 1;
                    if packet.is_reliable() {
                        reliable = reliable.wrapping_add(1);
                        assert_eq!(packet.seq, reliable);
                        bench.acknowledge(packet.seq);
                        heard.extend(bench.notifications());
                    }
                }
            }
            assert!(kinds[0] > 20, "{kinds:?}");
            assert!((kinds[1] > 20) == (best_effort != filter), "{kinds:?}");
        }
    }
}
