//! The manager reboots, and its clock is what it is.

use e2e::{Bench, by_length};

use crate::{Ended, SUBSCRIBED, end};

/// Runs a gateway with such a manager until it has subscribed so often and acknowledged more.
fn ended(options: &[&str], sessions: usize) -> (Bench, Ended) {
    let bench = Bench::lively();
    let (_server, url) = bench.server();
    let (simulator, pty) = bench.simulator(&[&["--motes", "5"], options].concat());
    let gateway = bench.gateway(&pty, &url);
    for _ in 0..sessions {
        gateway.wait_for(SUBSCRIBED);
    }
    bench.wait_for_acknowledged(20, &gateway);
    let ended = end(&bench, gateway, simulator, &url);
    (bench, ended)
}

/// What a manager has sent when it reboots may have been stored while the acknowledgement was on
/// its way: at most the one notification that is outstanding. It has forgotten it, so nobody ever
/// acknowledges that.
fn assert_exact_but_for_reboots(bench: &Bench, ended: &Ended) {
    let boots = bench.report()["boots"].as_u64().expect("a number");
    assert!(boots > 1, "the manager has rebooted");
    ended.assert_exact_but(usize::try_from(boots - 1).expect("few"));
}

#[test]
fn that_reboots_again_and_again() {
    let every = by_length("4s", "20s");
    let options = ["--period", "250ms", "--reboot-every", every];
    let (bench, ended) = ended(&options, by_length(4, 30));
    assert!(ended.readings.acknowledged > 50);
    assert_exact_but_for_reboots(&bench, &ended);
}

/// Every sample of a notification has its own time: the reckoning knows each by that.
#[test]
fn whose_clock_starts_in_2002_or_is_right_already() {
    for clock in ["2002", "utc"] {
        for samples in ["1", "4"] {
            let options = ["--clock", clock, "--period", "200ms", "--samples", samples];
            let (_, ended) = ended(&options, 1);
            ended.assert_exact();
            assert_eq!(ended.readings.shifts.len(), 1, "one look at the clock is enough");
        }
    }
}

#[test]
fn whose_clock_is_right_and_that_reboots() {
    let options = ["--clock", "utc", "--period", "250ms", "--reboot-every", "4s"];
    let (bench, ended) = ended(&options, 2);
    assert_exact_but_for_reboots(&bench, &ended);
}
