//! The port is at the end of a network (`tcp:…`), or dead without an error.

use core::time::Duration;
use std::io::{self, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Instant;

use e2e::{Bench, Bridge, by_length, cpu_ticks, listen, resident_kib};
use fastrand::Rng;

use crate::{SUBSCRIBED, end};

const LOAD: [&str; 6] = ["--motes", "5", "--period", "250ms", "--queue", "100000"];

/// The last acknowledgement may be on its way when the manager ends.
const ON_ITS_WAY: usize = 1;

/// As a program ends, as a machine does, and as a cable or a router does that says nothing.
#[test]
fn whose_connection_is_cut_in_every_way() {
    let bench = Bench::lively();
    let (_server, url) = bench.server();
    let (simulator, manager) = bench.simulator_on_a_socket(&LOAD);
    let bridge = Bridge::new(&manager);
    let gateway = bench.gateway(bridge.port(), &url);
    for round in 0..by_length(6, 60) {
        gateway.wait_for(SUBSCRIBED);
        bench.wait_for_acknowledged(5, &gateway);
        match round % 3 {
            0 => bridge.close(),
            1 => bridge.reset(),
            _ => {
                bridge.freeze();
                gateway.wait_for("nothing comes, and the manager does not answer");
                bridge.thaw();
            }
        }
    }
    gateway.wait_for(SUBSCRIBED);
    bench.wait_for_acknowledged(5, &gateway);
    end(&bench, gateway, simulator, &url).assert_exact_but(ON_ITS_WAY);
}

#[test]
fn whose_gateway_and_server_are_killed() {
    let bench = Bench::lively();
    let (mut server, url) = bench.server();
    let (simulator, manager) = bench.simulator_on_a_socket(&LOAD);
    let mut gateway = bench.gateway(&manager, &url);
    gateway.wait_for(SUBSCRIBED);
    let mut rng = Rng::with_seed(15);
    for round in 0..by_length(6, 40) {
        thread::sleep(Duration::from_millis(rng.u64(..1500)));
        if round % 2 == 0 {
            gateway.signal("KILL");
            gateway.wait();
            gateway = bench.gateway(&manager, &url);
        } else {
            server.signal("KILL");
            server.wait();
            bench.wait_for_acknowledged(5, &gateway);
            server = bench.server_at(listen(&url)).0;
        }
    }
    bench.wait_for_acknowledged(20, &gateway);
    end(&bench, gateway, simulator, &url).assert_exact_but(ON_ITS_WAY);
    server.terminate();
}

/// The other end of the pty stands still: neither octets nor an error.
#[test]
fn that_is_dead_without_an_error() {
    let bench = Bench::lively();
    let (_server, url) = bench.server();
    let (simulator, pty) = bench.simulator(&LOAD);
    let gateway = bench.gateway(&pty, &url);
    for _ in 0..by_length(2, 20) {
        gateway.wait_for(SUBSCRIBED);
        bench.wait_for_acknowledged(5, &gateway);
        simulator.signal("STOP");
        gateway.wait_for("nothing comes, and the manager does not answer");
        simulator.signal("CONT");
    }
    gateway.wait_for(SUBSCRIBED);
    bench.wait_for_acknowledged(5, &gateway);
    end(&bench, gateway, simulator, &url).assert_exact();
}

/// Whoever answers there is no manager: sends an octet now and then, and then as fast as it can.
#[test]
fn whose_peer_sends_garbage_without_end() {
    let bench = Bench::lively();
    let (_server, url) = bench.server();
    let (simulator, manager) = bench.simulator_on_a_socket(&LOAD);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = format!("tcp:{}", listener.local_addr().expect("it has an address"));
    let gateway = bench.gateway(&port, &url);
    for (name, chunk, pause) in [("drip", 1, DRIP), ("flood", 65536, Duration::ZERO)] {
        let (hostile, _) = listener.accept().expect("the gateway connects");
        let before = (cpu_ticks(gateway.id()), resident_kib(gateway.id()));
        let sent = send_garbage(hostile, chunk, pause);
        let ticks = cpu_ticks(gateway.id()) - before.0;
        let kib = resident_kib(gateway.id()).saturating_sub(before.1);
        println!("{name}: {sent} octets in 5 s cost {ticks} ticks and {kib} KiB more");
        assert!(sent > 1000, "{name}: only {sent} octets are taken");
        assert!(ticks < 50, "{name}: {ticks} ticks in 5 s are more than a tenth of a core");
        assert!(kib < 4096, "{name}: memory grows by {kib} KiB");
    }
    // Now it leads to the manager.
    let (client, _) = listener.accept().expect("the gateway connects");
    join(client, TcpStream::connect(&manager["tcp:".len()..]).expect("the manager listens"));
    gateway.wait_for(SUBSCRIBED);
    bench.wait_for_acknowledged(5, &gateway);
    end(&bench, gateway, simulator, &url).assert_exact_but(ON_ITS_WAY);
}

/// Between two octets of a slow peer.
const DRIP: Duration = Duration::from_millis(1);

/// For five seconds; returns how many octets were taken.
fn send_garbage(mut to: TcpStream, chunk: usize, pause: Duration) -> usize {
    let mut rng = Rng::with_seed(7);
    let mut octets = vec![0; chunk];
    let end = Instant::now() + Duration::from_secs(5);
    let mut sent = 0;
    while Instant::now() < end {
        rng.fill(&mut octets);
        sent += to.write(&octets).expect("the gateway is there");
        thread::sleep(pause);
    }
    sent
}

/// Carries octets between two in both directions, until either ends.
fn join(one: TcpStream, other: TcpStream) {
    let again = |stream: &TcpStream| stream.try_clone().expect("a socket can be cloned");
    for (mut from, mut to) in [(again(&one), again(&other)), (other, one)] {
        thread::spawn(move || {
            // Either end may have gone first.
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Both);
        });
    }
}
