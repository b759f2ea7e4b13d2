//! What a gateway makes of a bad port, a bad server and a bad line: a clear message, and no crash.

use core::time::Duration;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Instant;

use e2e::{PATIENCE, Program, resident_kib};
use hdlc_core::{Decoder, Encoder};
use serialport::{SerialPort, TTYPort};
use tempfile::TempDir;

/// Runs a gateway that must end by itself, and returns its exit code and what it says.
fn fails(arguments: &[&str]) -> (Option<i32>, String) {
    let directory = TempDir::new().expect("a temporary directory");
    let state_dir = directory.path().to_string_lossy();
    fails_with_state_dir(&state_dir, arguments)
}

fn fails_with_state_dir(state_dir: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let arguments = [&["--state-dir", state_dir], arguments].concat();
    let mut gateway = Program::start("clouddata-gateway", arguments);
    let status = gateway.wait();
    (status.code(), gateway.heard())
}

/// A pty whose far end nobody has open, and its name.
fn pty() -> (TTYPort, String) {
    let (master, slave) = TTYPort::pair().expect("the system has ptys");
    let name = slave.name().expect("a pty has a name");
    (master, name)
}

#[test]
fn a_port_that_does_not_exist() {
    let (code, said) = fails(&["--port", "/dev/ttyUSB99"]);
    assert_eq!(code, Some(69), "{said}");
    assert!(said.contains("port /dev/ttyUSB99 does not exist"), "{said}");
    assert!(said.contains("clouddata-gateway ports"), "{said}");
}

#[test]
fn a_port_that_is_busy() {
    let (_master, name) = pty();
    let _other = serialport::new(&name, 9600).open_native().expect("the pty can be opened");
    let (code, said) = fails(&["--port", &name]);
    assert_eq!(code, Some(69), "{said}");
    assert!(said.contains(&format!("port {name} is busy")), "{said}");
}

#[test]
fn no_port_is_guessed() {
    let (code, said) = fails(&[]);
    assert_eq!(code, Some(69), "{said}");
    assert!(said.contains("serial port") && said.contains("try again") || said.contains("--port"));
}

#[test]
fn a_server_address_that_is_none() {
    let (code, said) = fails(&["--server", "example.org:80"]);
    assert_eq!(code, Some(64), "{said}");
    assert!(said.contains("--server") && said.contains("http://"), "{said}");
}

#[test]
fn a_state_directory_that_cannot_be_made() {
    let (_master, name) = pty();
    let (code, said) = fails_with_state_dir("/dev/null/state", &["--port", &name]);
    assert_eq!(code, Some(74), "{said}");
    assert!(said.contains("/dev/null/state") && said.contains("--state-dir"), "{said}");
}

#[test]
fn a_server_name_that_does_not_resolve_keeps_readings_in_the_spool() {
    let directory = TempDir::new().expect("a temporary directory");
    let simulator = Program::start("clouddata-simulator", ["--period", "200ms"]);
    let pty = format!("/dev/pts/{}", simulator.wait_for("/dev/pts/"));
    let state_dir = directory.path().to_string_lossy();
    let server = "http://no-such-host.invalid";
    let arguments = ["--port", &pty, "--server", server, "--state-dir", &state_dir];
    let mut gateway = Program::start("clouddata-gateway", arguments);
    gateway.wait_for("no-such-host.invalid does not resolve");
    gateway.terminate();
    let report = gateway.heard();
    assert!(!report.contains("spooled: 0,"), "{report}");
}

/// As a device server does that has another client.
#[test]
fn a_port_that_closes_as_soon_as_it_is_open_is_one_state() {
    let directory = TempDir::new().expect("a temporary directory");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = format!("tcp:{}", listener.local_addr().expect("it has an address"));
    let state_dir = directory.path().to_string_lossy();
    let mut gateway =
        Program::start("clouddata-gateway", ["--port", &port, "--state-dir", &state_dir]);
    for _ in 0..6 {
        drop(listener.accept().expect("the gateway connects again"));
    }
    let (mut last, _) = listener.accept().expect("the gateway connects again");
    last.read_exact(&mut [0; 10]).expect("it says hello to whoever stays");
    gateway.terminate();
    let said = gateway.heard();
    assert!(said.contains("has closed the connection; perhaps it serves somebody else"), "{said}");
    assert_eq!(said.matches("the port is gone").count(), 1, "{said}");
    assert!(said.lines().count() < 8, "{said}");
}

#[test]
fn ten_seconds_of_noise_and_then_a_manager() {
    let directory = TempDir::new().expect("a temporary directory");
    let (mut master, name) = pty();
    let state_dir = directory.path().to_string_lossy();
    let mut gateway =
        Program::start("clouddata-gateway", ["--port", &name, "--state-dir", &state_dir]);
    gateway.wait_for("the port is open");

    let mut noise = 0x9e37_79b9_7f4a_7c15_u64;
    let before = resident_kib(gateway.id());
    let end = Instant::now() + Duration::from_secs(10);
    while Instant::now() < end {
        let octets: Vec<u8> = (0..64)
            .map(|_| {
                // xorshift64: every octet is as likely as any other.
                noise ^= noise << 13;
                noise ^= noise >> 7;
                noise ^= noise << 17;
                noise.to_le_bytes()[7]
            })
            .collect();
        master.write_all(&octets).expect("the gateway reads");
        // As fast as the line at 115200 baud.
        thread::sleep(Duration::from_micros(5500));
    }
    let after = resident_kib(gateway.id());
    assert!(gateway.is_running(), "{}", gateway.heard());
    assert!(after < before + 4096, "memory grows from {before} to {after} KiB");

    // What it wrote meanwhile is hellos only. The next manager_hello gets it another.
    master.clear(serialport::ClearBuffer::Input).expect("a pty can be cleared");
    master.write_all(b"\x7e\x00\x03\x00\x02\x04\x00\x9b\x38\x7e").expect("the gateway reads");
    master.set_timeout(PATIENCE).expect("a pty has a time-out");
    let mut hello = [0; 6];
    master.read_exact(&mut hello).expect("the gateway says hello");
    assert_eq!(hello, [0x7e, 0x00, 0x01, 0x00, 0x03, 0x04]);
    gateway.terminate();
}

/// Each session is granted, and over before anything can be done in it.
#[test]
fn a_manager_that_grants_sessions_and_breaks_them_at_once() {
    const MANAGER_HELLO: &[u8] = &[0, 3, 0, 2, 4, 0];
    let directory = TempDir::new().expect("a temporary directory");
    let (mut master, name) = pty();
    let state_dir = directory.path().to_string_lossy();
    let mut gateway =
        Program::start("clouddata-gateway", ["--port", &name, "--state-dir", &state_dir]);
    gateway.wait_for("the port is open");
    master.set_timeout(Duration::from_millis(20)).expect("a pty has a time-out");
    let (mut decoder, mut sessions) = (Decoder::<128>::new(), 0);
    let end = Instant::now() + Duration::from_secs(6);
    while Instant::now() < end {
        let mut octet = [0];
        // Without a hello too it says that there is no session.
        let is_hello = master
            .read_exact(&mut octet)
            .is_ok_and(|()| matches!(decoder.feed(&octet).outcome, Some(Ok([0, 1, ..]))));
        if is_hello {
            sessions += 1;
            let number = decoder.payload()[5];
            let granted = Encoder::new(&[0, 2, 0, 5, 0, 4, 0, number, 0]).collect::<Vec<_>>();
            master.write_all(&granted).expect("the gateway reads");
        }
        if is_hello || octet == [0] {
            let hello: Vec<_> = Encoder::new(MANAGER_HELLO).collect();
            master.write_all(&hello).expect("the gateway reads");
        }
    }
    gateway.terminate();
    let said = gateway.heard();
    assert!((3..12).contains(&sessions), "{sessions} sessions");
    assert!(said.contains("the session breaks at once"), "{said}");
    assert!(said.lines().count() < 20, "{said}");
}
