//! What ends a session, and what comes after.

use core::time::Duration;

use manager_core::session::{LostReason, StaleToken};

use crate::rig::{Rig, SUBSCRIBE, Said};

#[test]
fn a_gap_delivers_what_came_and_starts_over() {
    let mut rig = Rig::connected(0);
    let token = rig.token(1);
    let lost = LostReason::SequenceGap { expected: 2, found: 4 };
    assert_eq!(rig.notification(4), [Said::Notification(None), Said::Lost(lost)]);
    assert_eq!(rig.session.acknowledge(token), Err(StaleToken));
    assert_eq!(rig.session.counters().sequence_gaps, 1);
    rig.grant(4);
    rig.token(5);
}

#[test]
fn what_an_earlier_session_left_unacknowledged_is_delivered_not_just_acknowledged() {
    let mut rig = Rig::connected(0);
    let stale = rig.token(1);
    rig.manager_hello();
    rig.grant(1);
    let token = rig.token(1);
    assert_eq!(rig.session.acknowledge(stale), Err(StaleToken));
    assert_eq!(rig.all_transmitted(), Vec::<Vec<u8>>::new());
    assert_eq!(rig.session.acknowledge(token), Ok(()));
    assert_eq!(rig.transmitted(), [1, 0x14, 1, 1, 0]);
}

#[test]
fn a_manager_hello_in_a_session_starts_over() {
    let mut rig = Rig::connected(0);
    let token = rig.token(1);
    assert_eq!(rig.session.acknowledge(token), Ok(()));
    assert_eq!(rig.manager_hello(), [Said::Lost(LostReason::ManagerHello)]);
    assert_eq!(rig.session.acknowledge(token), Err(StaleToken));
    rig.grant(0);
    assert_eq!(rig.session.counters().sessions, 2);
}

#[test]
fn a_hello_response_in_a_session_starts_over() {
    let mut rig = Rig::connected(0);
    let lost = Said::Lost(LostReason::UnexpectedHelloResponse);
    assert_eq!(rig.hello_response(0, 0, 77), [lost]);
    rig.grant(0);
}

#[test]
fn a_lost_link_takes_the_session_with_it() {
    let mut rig = Rig::connected(0);
    let token = rig.token(1);
    rig.session.request(rig.now, &SUBSCRIBE).expect("the session is ready");
    rig.session.disconnect();
    assert!(!rig.session.is_connected());
    assert_eq!(rig.session.acknowledge(token), Err(StaleToken));
    assert_eq!(rig.session.poll_timeout(), None);
    assert_eq!(rig.all_transmitted(), Vec::<Vec<u8>>::new());
    rig.session.connect(rig.now);
    rig.grant(1);
}

#[test]
fn sessions_that_break_at_once_come_back_less_and_less_often_until_one_lasts() {
    let mut rig = Rig::connected(0);
    for hold in [0, 0, 100, 200, 400, 800, 1600, 3200, 5000, 5000] {
        assert_eq!(rig.manager_hello(), [Said::Lost(LostReason::ManagerHello)]);
        if hold > 0 {
            assert_eq!(rig.manager_hello(), [], "what holds the hello back is not hastened");
            for number in 0..=u8::MAX {
                assert_eq!(rig.hello_response(0, 0, number), [], "nothing was asked");
            }
            assert_eq!(rig.all_transmitted(), Vec::<Vec<u8>>::new());
            assert_eq!(rig.wait(), hold);
            assert_eq!(rig.said(), []);
        }
        rig.grant(0);
    }
    for _ in 0..4 {
        rig.now = rig.now + Duration::from_secs(2);
        assert_eq!(rig.manager_hello(), [Said::Lost(LostReason::ManagerHello)]);
        rig.grant(0);
    }
}
