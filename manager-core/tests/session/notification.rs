//! Notifications and their acknowledgements.

use hdlc_core::Encoder;
use manager_core::session::{Event, StaleToken};
use manager_core::{Notification, PacketType};

use crate::rig::{Rig, Said};

#[test]
fn a_notification_is_acknowledged_on_the_callers_word_only() {
    let mut rig = Rig::connected(41);
    let token = rig.token(42);
    assert_eq!(rig.all_transmitted(), Vec::<Vec<u8>>::new());
    assert_eq!(rig.session.acknowledge(token), Ok(()));
    assert_eq!(rig.transmitted(), [1, 0x14, 42, 1, 0]);
    assert_eq!(rig.all_transmitted(), Vec::<Vec<u8>>::new(), "once");
}

#[test]
fn a_repeat_is_not_delivered_and_acknowledged_only_if_the_first_was() {
    let mut rig = Rig::connected(0);
    let token = rig.token(1);
    assert_eq!(rig.notification(1), []);
    assert_eq!(rig.all_transmitted(), Vec::<Vec<u8>>::new());
    assert_eq!(rig.session.acknowledge(token), Ok(()));
    rig.transmitted();
    assert_eq!(rig.notification(1), []);
    assert_eq!(rig.transmitted(), [1, 0x14, 1, 1, 0]);
    assert_eq!(rig.session.counters().repeats, 2);
    assert_eq!(rig.session.counters().notifications, 1);
}

#[test]
fn numbers_wrap_around() {
    let mut rig = Rig::connected(254);
    for seq in [255, 0, 1] {
        let token = rig.token(seq);
        assert_eq!(rig.session.acknowledge(token), Ok(()));
        assert_eq!(rig.transmitted()[2], seq);
    }
}

#[test]
fn a_token_is_not_that_of_the_notification_256_later() {
    let mut rig = Rig::connected(10);
    let first = rig.token(11);
    rig.session.acknowledge(first).expect("it is the last one");
    rig.all_transmitted();
    for seq in (12..=255).chain(0..=10) {
        let token = rig.token(seq);
        rig.session.acknowledge(token).expect("it is the last one");
        rig.all_transmitted();
    }
    let last = rig.token(11);
    assert_eq!(rig.session.acknowledge(first), Err(StaleToken));
    assert_eq!(rig.all_transmitted(), [[0_u8; 0]; 0]);
    assert_eq!(rig.session.acknowledge(last), Ok(()));
}

#[test]
fn a_best_effort_notification_is_delivered_whatever_its_number() {
    let mut rig = Rig::connected(0);
    for seq in [9, 9, 3] {
        let said = rig.hear(0, PacketType::Notification, seq, &[1, 0, 0, 0, 0, 1]);
        assert_eq!(said, [Said::Notification(None)]);
    }
    rig.token(1);
}

#[test]
fn a_notification_that_claims_to_be_a_response_is_unexpected() {
    let mut rig = Rig::connected(0);
    for control in [1, 3] {
        assert_eq!(rig.hear(control, PacketType::Notification, 1, &[1, 0, 0, 0, 0, 1]), []);
    }
    assert_eq!(rig.session.counters().unexpected, 2);
    assert_eq!(rig.all_transmitted(), Vec::<Vec<u8>>::new());
    rig.token(1);
}

#[test]
fn a_faulty_notification_can_be_acknowledged() {
    let mut rig = Rig::connected(0);
    let said = rig.hear(2, PacketType::Notification, 1, &[4, 0]);
    let [Said::FaultyNotification(_, Some(token))] = said[..] else { panic!("{said:?}") };
    assert_eq!(rig.session.acknowledge(token), Ok(()));
    assert_eq!(rig.transmitted(), [1, 0x14, 1, 1, 0]);
}

#[test]
fn without_a_session_notifications_are_neither_delivered_nor_acknowledged() {
    let mut rig = Rig::new();
    assert_eq!(rig.notification(1), []);
    rig.session.connect(rig.now);
    assert_eq!(rig.notification(1), []);
    assert_eq!(rig.transmitted()[1], 1, "nothing but the hello");
    assert_eq!(rig.session.counters().unexpected, 2);
}

#[test]
fn an_event_lends_the_frame_without_copying() {
    let mut rig = Rig::connected(0);
    let wire: Vec<u8> = Encoder::new(&[0, 0x14, 1, 4, 9, 1, 2, 3]).collect();
    assert_eq!(rig.session.handle_bytes(rig.now, &wire), wire.len());
    let unknown = Notification::Unknown { notification_type: 9, fields: &[1, 2, 3] };
    let expected = Event::Notification { notification: Ok(unknown), token: None };
    assert_eq!(rig.session.poll_event(), Some(expected));
}
