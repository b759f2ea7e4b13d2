//! The simulator behind a socket, as clients connect to it.

use core::time::Duration;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use clouddata_simulator::{Config, Running, Simulator, StartError};

const MANAGER_HELLO: &[u8] = b"\x7e\x00\x03\x00\x02\x04\x00\x9b\x38\x7e";

const HELLO: &[u8] = b"\x7e\x00\x01\x00\x03\x04\x00\x00\xf7\xce\x7e";

/// Long enough for a busy machine; nothing waits that long when all is well.
const PATIENCE: Duration = Duration::from_secs(20);

fn start() -> Running {
    let listen = Some(([127, 0, 0, 1], 0).into());
    Simulator::start(Config { listen, ..Config::default() }).expect("it starts")
}

fn connect(running: &Running) -> TcpStream {
    let address = running.port().strip_prefix("tcp:").expect("a port at the end of a network");
    let stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket has a time-out");
    stream
}

/// Connects as soon as it is noticed that the client before has gone, says this, and is answered.
fn connect_next(running: &Running, said: &[u8]) -> TcpStream {
    loop {
        let mut client = connect(running);
        if client.write_all(said).is_ok() && matches!(client.peek(&mut [0]), Ok(1)) {
            return client;
        }
    }
}

/// Waits until something has come that ends so.
fn read_until(stream: &mut TcpStream, end: &[u8]) {
    let mut read = Vec::new();
    while !read.ends_with(end) {
        let mut octet = [0];
        stream.read_exact(&mut octet).expect("the manager says something");
        read.push(octet[0]);
    }
}

#[test]
fn clients_come_and_go_and_each_begins_anew() {
    let running = start();
    for _ in 0..3 {
        // Half of what another one has said is not taken for the next one's.
        let mut client = connect_next(&running, &[HELLO, &HELLO[..5]].concat());
        // The response to it.
        read_until(&mut client, b"\x7e\x00\x02");
    }
    let report = running.stop().unwrap();
    assert!(report.tally.sessions >= 3, "{report:?}");
}

#[test]
fn there_is_one_client_at_a_time() {
    let running = start();
    let mut first = connect(&running);
    read_until(&mut first, MANAGER_HELLO);
    let mut second = connect(&running);
    match second.read(&mut [0; 64]) {
        Ok(read) => assert_eq!(read, 0, "the second hears nothing"),
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}"),
    }
    read_until(&mut first, MANAGER_HELLO);
    drop(first);
    read_until(&mut connect_next(&running, &[]), MANAGER_HELLO);
}

#[test]
fn a_client_that_reads_nothing_does_not_hold_up_the_manager() {
    let running = start();
    let mut client = connect(&running);
    client.write_all(&HELLO.repeat(10_000)).expect("it reads");
    // More than systems keep for whoever does not read.
    client.write_all(&[0x55; 16 * 1024 * 1024]).expect("it reads");
    let report = running.stop().unwrap();
    assert!(report.from_client.frames >= 10_000, "{report:?}");
}

#[test]
fn it_stops_with_a_client_and_the_client_notices() {
    let running = start();
    let mut client = connect(&running);
    read_until(&mut client, MANAGER_HELLO);
    running.stop().unwrap();
    let mut rest = Vec::new();
    client.read_to_end(&mut rest).expect("the connection ends");
}

#[test]
fn what_cannot_be_listened_on_is_named() {
    let running = start();
    let taken = running.port()["tcp:".len()..].parse().unwrap();
    let Err(error) = Simulator::start(Config { listen: Some(taken), ..Config::default() }) else {
        panic!("it is taken")
    };
    assert!(matches!(error, StartError::Listen { .. }), "{error}");
    assert!(error.to_string().contains(&taken.to_string()), "{error}");
    let link = Some("/nowhere/link".into());
    let listen = Some(([127, 0, 0, 1], 0).into());
    let both = Simulator::start(Config { listen, link, ..Config::default() });
    assert!(matches!(both, Err(StartError::LinkToSocket)));
}
