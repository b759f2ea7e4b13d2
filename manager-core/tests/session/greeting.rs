//! Greetings: what becomes of a hello.

use hdlc_core::Encoder;
use manager_core::session::Event;
use manager_core::{HelloResponse, SuccessCode};

use crate::rig::{Rig, Said};

#[test]
fn a_hello_is_granted() {
    let mut rig = Rig::new();
    assert_eq!(rig.session.poll_timeout(), None, "without a link there is nothing to wait for");
    rig.session.connect(rig.now);
    assert!(!rig.session.is_connected());
    let hello = rig.transmitted();
    assert_eq!(hello, [0, 1, 0, 3, 4, 0, 0]);
    assert_eq!(rig.hello_response(0, 17, 0), [Said::Connected]);
    assert!(rig.session.is_connected() && rig.session.is_ready());
    assert_eq!(rig.session.counters().sessions, 1);
    assert_eq!(rig.session.poll_timeout(), None);
}

#[test]
fn what_connected_carries_is_the_managers_answer() {
    let mut rig = Rig::new();
    rig.session.connect(rig.now);
    let wire: Vec<u8> = Encoder::new(&[0, 2, 0, 5, 0, 4, 9, 0, 0]).collect();
    assert_eq!(rig.session.handle_bytes(rig.now, &wire), wire.len());
    let success_code = SuccessCode::Ok;
    let response =
        HelloResponse { success_code, version: 4, mgr_seq_no: 9, cli_seq_no: 0, mode: 0 };
    assert_eq!(rig.session.poll_event(), Some(Event::Connected(response)));
}

#[test]
fn an_unanswered_hello_is_sent_again_with_another_number_each_time() {
    let mut rig = Rig::new();
    rig.session.connect(rig.now);
    let mut numbers = vec![rig.transmitted()[5]];
    for _ in 0..5 {
        assert_eq!(rig.wait(), 500);
        assert_eq!(rig.said(), []);
        numbers.push(rig.transmitted()[5]);
    }
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5]);
    // From now on less often, and for ever.
    for interval in [500, 5000, 5000, 5000] {
        assert_eq!(rig.wait(), interval);
        assert_eq!(rig.said(), [Said::Unanswered]);
        numbers.push(rig.transmitted()[5]);
    }
    assert_eq!(numbers[6..], [6, 7, 8, 9]);
    assert_eq!(rig.session.counters().retransmissions, 9);
    assert_eq!(rig.hello_response(0, 0, 9), [Said::Connected]);
}

#[test]
fn a_late_answer_to_an_earlier_hello_is_ignored() {
    let mut rig = Rig::new();
    rig.session.connect(rig.now);
    let first = rig.transmitted()[5];
    rig.wait();
    let second = rig.transmitted()[5];
    assert_eq!(rig.hello_response(0, 3, first), []);
    assert!(!rig.session.is_connected());
    assert_eq!(rig.session.counters().unexpected, 1);
    assert_eq!(rig.hello_response(0, 4, second), [Said::Connected]);
}

#[test]
fn a_refused_hello_is_reported_and_tried_again_later() {
    let mut rig = Rig::new();
    rig.session.connect(rig.now);
    rig.transmitted();
    let refused = Said::Refused(SuccessCode::UnsupportedVersion);
    assert_eq!(rig.hello_response(1, 0, 0), [refused]);
    assert_eq!(rig.hello_response(0, 0, 0), [], "nothing was asked meanwhile");
    assert_eq!(rig.session.counters().unexpected, 1);
    assert_eq!(rig.all_transmitted(), Vec::<Vec<u8>>::new());
    assert_eq!(rig.wait(), 5000);
    rig.said();
    rig.grant(0);
}

#[test]
fn a_manager_hello_without_a_link_is_unexpected() {
    let mut rig = Rig::new();
    assert_eq!(rig.manager_hello(), []);
    assert_eq!(rig.session.counters().unexpected, 1);
    assert_eq!(rig.all_transmitted(), Vec::<Vec<u8>>::new());
}

#[test]
fn a_manager_hello_does_not_hasten_a_hello_that_is_under_way() {
    let mut rig = Rig::new();
    rig.session.connect(rig.now);
    rig.transmitted();
    assert_eq!(rig.manager_hello(), []);
    assert_eq!(rig.all_transmitted(), Vec::<Vec<u8>>::new());
}

#[test]
fn a_manager_hello_ends_the_wait_for_a_silent_manager() {
    let mut rig = Rig::new();
    rig.session.connect(rig.now);
    while rig.said() != [Said::Unanswered] {
        rig.all_transmitted();
        rig.wait();
    }
    rig.all_transmitted();
    assert_eq!(rig.manager_hello(), []);
    rig.grant(0);
}
