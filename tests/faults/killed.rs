//! `kill -9` at any moment, under load.

use core::time::Duration;
use std::thread;

use e2e::{Bench, by_length, listen};
use fastrand::Rng;

use crate::{SUBSCRIBED, end};

/// What the moments depend on.
const SEED: u64 = 4;

/// Kills the gateway, the server or both at random moments, their starts included, and asserts
/// that nothing was lost.
///
/// A reading that was stored, and whose acknowledgement died with the gateway, is sent again in
/// the next session: it is recognised by its time, and acknowledged then. So in the end what is
/// stored is exactly what is acknowledged.
fn killed_again_and_again(gateway_too: bool, server_too: bool) {
    let bench = Bench::lively();
    let (mut server, url) = bench.server();
    let load = ["--motes", "10", "--period", "200ms", "--queue", "100000"];
    let (simulator, pty) = bench.simulator(&load);
    let mut gateway = bench.gateway(&pty, &url);
    gateway.wait_for(SUBSCRIBED);
    let mut rng = Rng::with_seed(SEED);
    for _ in 0..by_length(10, 50) {
        thread::sleep(Duration::from_millis(rng.u64(..1500)));
        if gateway_too {
            gateway.signal("KILL");
        }
        if server_too {
            server.signal("KILL");
            server.wait();
            server = bench.server_at(listen(&url)).0;
        }
        if gateway_too {
            gateway.wait();
            gateway = bench.gateway(&pty, &url);
        }
    }
    bench.wait_for_acknowledged(50, &gateway);
    end(&bench, gateway, simulator, &url).assert_exact();
    server.terminate();
}

#[test]
fn the_gateway() {
    killed_again_and_again(true, false);
}

#[test]
fn the_server() {
    killed_again_and_again(false, true);
}

#[test]
fn both() {
    killed_again_and_again(true, true);
}
