//! The line loses and corrupts frames; the cable is pulled.

use core::time::Duration;
use std::thread;

use e2e::{Bench, by_length};

use crate::{SUBSCRIBED, acknowledged, end};

#[test]
fn that_loses_a_tenth_of_all_frames_and_corrupts_a_hundredth() {
    let bench = Bench::lively();
    let (_server, url) = bench.server();
    let load = ["--motes", "8", "--period", "250ms", "--queue", "100000"];
    let faults = ["--loss", "0.1", "--corrupt", "0.01", "--ack-timeout", "200ms"];
    let (simulator, pty) = bench.simulator(&[load, faults].concat());
    let gateway = bench.gateway(&pty, &url);
    thread::sleep(by_length(Duration::from_secs(20), Duration::from_secs(600)));
    assert!(acknowledged(&bench) > 50, "{}", gateway.heard());
    // The line may lose the acknowledgement of the last notification, and then nobody is left to
    // send it again.
    end(&bench, gateway, simulator, &url).assert_exact_but(1);
}

/// A pty goes away and another, with another number, comes at the same link, as by-id links do.
/// The manager has kept what it could not send.
#[test]
fn whose_cable_is_pulled_and_plugged_in_again() {
    let bench = Bench::lively();
    let (_server, url) = bench.server();
    let link = bench.path("by-id").to_string_lossy().into_owned();
    let options = ["--motes", "5", "--period", "250ms", "--link", &link, "--replug-every"];
    let every = by_length("3s", "10s");
    let (simulator, _) = bench.simulator(&[&options[..], &[every]].concat());
    let gateway = bench.gateway(&link, &url);
    for _ in 0..by_length(3, 50) {
        gateway.wait_for(SUBSCRIBED);
        gateway.wait_for("the port is gone");
    }
    gateway.wait_for(SUBSCRIBED);
    bench.wait_for_acknowledged(5, &gateway);
    end(&bench, gateway, simulator, &url).assert_exact();
}
