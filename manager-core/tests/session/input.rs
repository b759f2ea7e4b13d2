//! What comes in: octets, and time.

use core::time::Duration;

use hdlc_core::Encoder;
use manager_core::PacketType;
use manager_core::session::{Counters, Instant, LostReason};

use crate::rig::{Rig, SUBSCRIBE, Said};

#[test]
fn events_hold_back_further_octets_until_they_are_polled() {
    let mut rig = Rig::connected(0);
    let wire: Vec<u8> = Encoder::new(&[2, 0x14, 1, 6, 1, 0, 0, 0, 0, 1]).collect();
    assert_eq!(rig.session.handle_bytes(rig.now, &wire), wire.len());
    assert_eq!(rig.session.handle_bytes(rig.now, &wire), 0);
    assert_eq!(rig.said().len(), 1);
    assert_eq!(rig.session.handle_bytes(rig.now, &wire), wire.len());
}

#[test]
fn events_hold_back_time_until_they_are_polled() {
    let mut rig = Rig::new();
    rig.session.connect(rig.now);
    rig.transmitted();
    let wire: Vec<u8> = Encoder::new(&[0, 2, 0, 5, 0, 4, 0, 0, 0]).collect();
    assert_eq!(rig.session.handle_bytes(rig.now, &wire), wire.len());
    rig.session.request(rig.now, &SUBSCRIBE).expect("the session is ready");
    for _ in 0..6 {
        rig.wait();
    }
    assert_eq!(rig.said(), [Said::Connected]);
    assert_eq!(rig.session.counters().retransmissions, 0);
    for _ in 0..6 {
        rig.wait();
    }
    assert_eq!(rig.said(), [Said::Lost(LostReason::NoResponse(PacketType::Subscribe))]);
}

#[test]
fn a_moment_before_the_awaited_one_changes_nothing_and_a_later_one_will_do() {
    let mut rig = Rig::new();
    rig.session.connect(rig.now);
    rig.transmitted();
    rig.session.handle_timeout(rig.now + Duration::from_millis(499));
    assert_eq!(rig.all_transmitted(), Vec::<Vec<u8>>::new());
    assert_eq!(rig.session.poll_timeout(), Some(rig.now + Duration::from_millis(500)));
    rig.session.handle_timeout(rig.now + Duration::from_millis(700));
    rig.transmitted();
    assert_eq!(rig.session.poll_timeout(), Some(rig.now + Duration::from_millis(1200)));
}

#[test]
fn good_frames_that_hold_no_packet_are_counted() {
    let mut rig = Rig::connected(0);
    for payload in [&[0][..], &[2, 0x14, 1, 9, 1], &[0, 2, 0, 1, 0]] {
        let wire: Vec<u8> = Encoder::new(payload).collect();
        assert_eq!(rig.hear_octets(&wire), []);
    }
    let counters = rig.session.counters();
    assert_eq!(counters, Counters { sessions: 1, malformed: 3, ..Counters::default() });
    assert_eq!(rig.session.line_counters().frames, 4);
}

#[test]
fn a_moment_that_cannot_be_expressed_never_comes() {
    let last = Instant::from_millis(u64::MAX);
    assert_eq!(last + Duration::from_secs(1), last);
    assert_eq!(Instant::from_millis(5).saturating_duration_since(last), Duration::ZERO);
    assert_eq!(Instant::from_millis(5).as_millis(), 5);
}
