//! `systemctl reload`: SIGHUP has the gateway read its configuration again.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use e2e::{Bench, PATIENCE, Program, ScriptedServer, once};

fn wait_for_stored(server: &ScriptedServer, more: usize, gateway: &Program) {
    let enough = server.stored().len() + more;
    let deadline = Instant::now() + PATIENCE;
    while server.stored().len() < enough {
        assert!(Instant::now() < deadline, "{}", gateway.heard());
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_new_configuration_takes_the_place_of_the_old_one_and_loses_nothing() {
    let bench = Bench::new();
    let (old, new) = (ScriptedServer::start([]), ScriptedServer::start([]));
    let (mut simulator, pty) = bench.simulator(&["--motes", "5", "--period", "200ms"]);
    let state_dir = bench.path("gateway");
    let config = bench.path("gateway.toml");
    let write_with_port = |port: &str, server: &str| {
        let text = format!("port = {port:?}\nserver = {server:?}\nstate_dir = {state_dir:?}\n");
        fs::write(&config, text).expect("it can be written");
    };
    let write = |server: &str| write_with_port(&pty, server);
    write(old.url());
    let mut gateway = bench.gateway_by(&config);
    wait_for_stored(&old, 20, &gateway);

    // One that cannot be used changes nothing, nor does one that is the same.
    write("not an address");
    gateway.signal("HUP");
    gateway.wait_for("the new configuration cannot be used; the old one stays");
    write(old.url());
    gateway.signal("HUP");
    gateway.wait_for("the configuration is unchanged");
    wait_for_stored(&old, 5, &gateway);
    // Nor does one that turns out not to work.
    write_with_port("/dev/ttyUSB-not-there", new.url());
    gateway.signal("HUP");
    gateway.wait_for("the new configuration does not work; going back to the old one");
    wait_for_stored(&old, 5, &gateway);
    assert_eq!(new.requests(), 0);

    write(new.url());
    gateway.signal("HUP");
    gateway.wait_for("the configuration has changed");
    wait_for_stored(&new, 20, &gateway);
    gateway.terminate();
    simulator.terminate();
    let stored = once(&[old.stored(), new.stored()].concat());
    bench.reckon(&[stored, bench.spooled()].concat()).assert_exact();
}

/// Asks for metrics an octet at a time, and never ends; no time-out of a single read sees that.
fn dawdle(address: &str, gateway_ends: &Arc<AtomicBool>) {
    let (address, gateway_ends) = (address.to_owned(), Arc::clone(gateway_ends));
    thread::spawn(move || {
        while !gateway_ends.load(Ordering::Relaxed) {
            let Ok(mut client) = TcpStream::connect(&address) else { continue };
            while client.write_all(b"x").is_ok() {
                thread::sleep(Duration::from_millis(300));
            }
        }
    });
}

#[test]
fn clients_of_the_metrics_that_dawdle_keep_nobody_waiting() {
    let bench = Bench::new();
    let server = ScriptedServer::start([]);
    let (mut simulator, pty) = bench.simulator(&["--motes", "5", "--period", "200ms"]);
    let (state_dir, config) = (bench.path("gateway"), bench.path("gateway.toml"));
    let write = |listen: &str| {
        let url = server.url();
        let text = format!(
            "port = {pty:?}\nserver = {url:?}\nstate_dir = {state_dir:?}\n\
             metrics_listen = {listen:?}\n"
        );
        fs::write(&config, text).expect("it can be written");
    };
    write("127.0.0.1:0");
    let mut gateway = bench.gateway_by(&config);
    let url = gateway.wait_for("serving metrics url=\"");
    let address = url.trim_start_matches("http://").trim_end_matches("/metrics").to_owned();
    let gateway_ends = Arc::default();
    for _ in 0..3 {
        dawdle(&address, &gateway_ends);
    }
    wait_for_stored(&server, 20, &gateway);
    let metrics = ureq::get(&url).call().expect("the gateway answers others");
    assert_eq!(metrics.status(), 200);

    // The next gateway wants the same address.
    write(&address);
    gateway.signal("HUP");
    gateway.wait_for("the configuration has changed");
    gateway.wait_for("serving metrics url=\"");
    wait_for_stored(&server, 20, &gateway);
    let begun = Instant::now();
    gateway.terminate();
    assert!(begun.elapsed() < PATIENCE / 2, "it has waited for its clients");
    gateway_ends.store(true, Ordering::Relaxed);
    simulator.terminate();
    bench.reckon(&[once(&server.stored()), bench.spooled()].concat()).assert_exact();
}
