//! Simulator, gateway and server as real processes over a real pty: what the simulated manager was
//! told is safe must be in the server's store, once, at the right time.

use core::time::Duration;
use std::thread;
use std::time::Instant;

use e2e::{Bench, PATIENCE, ScriptedServer, cpu_ticks, readings, resident_kib, written_octets};

#[test]
fn a_minute_over_a_bad_line_loses_nothing_and_stores_nothing_twice() {
    let bench = Bench::new();
    let (mut server, url) = bench.server();
    let faults = ["--motes", "8", "--period", "500ms", "--loss", "0.02", "--corrupt", "0.02"];
    let (mut simulator, pty) = bench.simulator(&faults);
    let mut gateway = bench.gateway(&pty, &url);

    thread::sleep(Duration::from_secs(20));
    let before = [gateway.id(), server.id()].map(resident_kib);
    thread::sleep(Duration::from_secs(40));
    let after = [gateway.id(), server.id()].map(resident_kib);

    gateway.terminate();
    simulator.terminate();
    bench.settle(&url);
    let reckoning = bench.reckon(&readings(&url));
    server.terminate();

    println!("resident KiB of gateway and server at 20 s {before:?}, at 60 s {after:?}");
    let acknowledged = reckoning.acknowledged;
    assert!(acknowledged > 100, "the line is bad, but not dead:\n{}", gateway.heard());
    // The line may lose the last acknowledgement, and then nobody is left to send it again.
    reckoning.assert_exact_but(1);
    for (before, after) in before.into_iter().zip(after) {
        assert!(after < before + 4096, "memory grows from {before} to {after} KiB");
    }
}

#[test]
fn while_the_server_answers_nothing_is_written_to_disk() {
    let bench = Bench::new();
    let server = ScriptedServer::start([]);
    let options = ["--motes", "20", "--period", "10ms", "--queue", "100000"];
    let (mut simulator, pty) = bench.simulator(&options);
    // However slow this machine is: the server answers.
    let patient = ["--direct-window", "1h"];
    let mut gateway = bench.gateway_with(&pty, server.url(), &patient);
    let wait_for_stored = |count| {
        let deadline = Instant::now() + PATIENCE;
        while server.stored().len() < count {
            assert!(Instant::now() < deadline, "only {} are stored", server.stored().len());
            thread::sleep(Duration::from_millis(20));
        }
    };
    wait_for_stored(1);
    let before = written_octets(gateway.id());
    for count in (1001..=10_001).step_by(1000) {
        wait_for_stored(count);
    }
    let written = written_octets(gateway.id()) - before;
    gateway.terminate();
    simulator.terminate();
    assert_eq!(written, 0, "octets for 10 000 readings:\n{}", gateway.heard());
}

#[test]
fn an_idle_gateway_is_idle() {
    let bench = Bench::new();
    let idle = ["--motes", "1", "--period", "1h"];
    for (_simulator, port) in [bench.simulator(&idle), bench.simulator_on_a_socket(&idle)] {
        let mut gateway = bench.gateway(&port, "http://127.0.0.1:9");
        gateway.wait_for("the manager sends its motes' readings");
        let before = cpu_ticks(gateway.id());
        thread::sleep(Duration::from_secs(10));
        let used = cpu_ticks(gateway.id()) - before;
        println!("an idle gateway on {port} uses {used} ms a second of one core");
        assert!(used < 10, "{used} ticks in 10 s are more than 1 % of a core");
        gateway.terminate();
    }
}
