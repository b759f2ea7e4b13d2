//! The manager behind Debian's ser2net, as on a machine that has the cable and nothing else.

use core::time::Duration;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;

use e2e::{Bench, Program, readings};

const SUBSCRIBED: &str = "the manager sends its motes' readings";

const LOAD: [&str; 6] = ["--motes", "5", "--period", "250ms", "--queue", "100000"];

/// A running ser2net. It is killed when dropped.
struct Ser2net(Child);

impl Ser2net {
    fn start(bench: &Bench, number: u16, pty: &str) -> Self {
        let config = bench.path("ser2net.yaml");
        let content = format!(
            "connection: &manager\n  \
               accepter: tcp,127.0.0.1,{number}\n  \
               connector: serialdev,{pty},115200n81,local\n  \
               options:\n    kickolduser: true\n"
        );
        fs::write(&config, content).expect("there is room");
        // In the foreground, and without a lock file that belongs to the machine.
        let mut command = Command::new("ser2net");
        command.args(["-n", "-u", "-c"]).arg(&config).stdin(Stdio::null());
        let child = command.spawn().expect("ser2net is there: tests/ser2net.sh installs it");
        // It does not listen at once.
        while TcpStream::connect(("127.0.0.1", number)).is_err() {
            thread::sleep(Duration::from_millis(20));
        }
        Self(child)
    }
}

impl Drop for Ser2net {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_number() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it has an address").port()
}

/// The cable is pulled, there, again and again.
#[test]
fn a_manager_whose_cable_is_pulled_behind_ser2net() {
    let bench = Bench::new();
    let (mut server, url) = bench.server();
    let link = bench.path("by-id").to_string_lossy().into_owned();
    let (mut simulator, _) =
        bench.simulator(&[&LOAD[..], &["--link", &link, "--replug-every", "5s"]].concat());
    let number = free_number();
    let _ser2net = Ser2net::start(&bench, number, &link);
    let mut gateway = bench.gateway(&format!("tcp:127.0.0.1:{number}"), &url);
    for _ in 0..3 {
        gateway.wait_for(SUBSCRIBED);
        gateway.wait_for("the port is gone");
    }
    gateway.wait_for(SUBSCRIBED);
    bench.wait_for_acknowledged(5, &gateway);
    end(&bench, &mut gateway, &mut simulator, &url);
    server.terminate();
}

/// Gateway and ser2net are killed, and ser2net stands still.
#[test]
fn a_manager_behind_ser2net() {
    let bench = Bench::new();
    let (mut server, url) = bench.server();
    let (mut simulator, pty) = bench.simulator(&LOAD);
    let number = free_number();
    let port = format!("tcp:127.0.0.1:{number}");
    let mut ser2net = Ser2net::start(&bench, number, &pty);
    let mut gateway = bench.gateway(&port, &url);
    gateway.wait_for(SUBSCRIBED);
    bench.wait_for_acknowledged(10, &gateway);

    gateway.signal("KILL");
    gateway.wait();
    gateway = bench.gateway(&port, &url);
    gateway.wait_for(SUBSCRIBED);
    bench.wait_for_acknowledged(10, &gateway);

    drop(ser2net);
    gateway.wait_for("the port is gone");
    ser2net = Ser2net::start(&bench, number, &pty);
    gateway.wait_for(SUBSCRIBED);
    bench.wait_for_acknowledged(10, &gateway);

    // It stands still: neither octets nor an error.
    let signal = |name: &str| {
        let id = ser2net.0.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.expect("kill is there").success());
    };
    signal("STOP");
    gateway.wait_for("nothing comes, and the manager does not answer");
    signal("CONT");
    gateway.wait_for(SUBSCRIBED);
    bench.wait_for_acknowledged(10, &gateway);

    end(&bench, &mut gateway, &mut simulator, &url);
    server.terminate();
}

/// Stops both, and asserts that what is acknowledged is stored, and nothing twice.
fn end(bench: &Bench, gateway: &mut Program, simulator: &mut Program, server: &str) {
    gateway.terminate();
    // What it said last is on its way through ser2net.
    thread::sleep(Duration::from_millis(200));
    simulator.terminate();
    bench.settle(server);
    bench.reckon(&readings(server)).assert_exact_but(1);
}
