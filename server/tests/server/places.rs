//! What strangers may take, and that readings always find a place.

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use std::io::{Read, Write};
use std::net::TcpStream;

use clouddata_server::{Config, Running, Server, TrustedProxies};
use tempfile::TempDir;

use crate::fixture::{MAC, client, url};

const PLACES: usize = 20;

/// Ample for what a busy machine needs, and for the grace that idle connections have.
const PATIENCE: Duration = Duration::from_secs(60);

fn start(folder: &TempDir) -> Running {
    let config = Config {
        listen: ([127, 0, 0, 1], 0).into(),
        max_connections: PLACES,
        ..Config::new(folder.path().to_owned())
    };
    Server::start(config).unwrap()
}

/// What a client has sent, and the beginning of what it is answered.
fn ask(address: SocketAddr, request: &str) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        let mut octet = [0];
        assert_eq!(stream.read(&mut octet).unwrap(), 1, "{head}");
        head.push(char::from(octet[0]));
    }
    (stream, head)
}

fn follow(address: SocketAddr, forwarded_for: &str) -> (TcpStream, String) {
    let request = format!(
        "GET /api/v1/stream HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {forwarded_for}\r\n\r\n"
    );
    ask(address, &request)
}

fn post(server: &Running) -> u16 {
    let body = format!(r#"{{"mac": "{MAC}", "temperature": 22.97}}"#);
    let agent: ureq::Agent =
        ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).build().into();
    let request = agent.post(url(server, "/api/v1/oap")).content_type("application/json");
    request.send(body).unwrap().status().as_u16()
}

#[test]
fn streams_leave_places_for_readings() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(&folder);
    let streams: Vec<_> =
        (0..PLACES).map(|n| follow(server.local_addr(), &format!("192.0.2.{n}"))).collect();
    let (open, refused): (Vec<_>, Vec<_>) =
        streams.iter().partition(|(_, head)| head.starts_with("HTTP/1.1 200"));
    assert_eq!((open.len(), refused.len()), (PLACES / 4, PLACES - PLACES / 4));
    for (_, head) in refused {
        assert!(head.starts_with("HTTP/1.1 503") && head.contains("retry-after: "), "{head}");
        assert!(head.contains("connection: close") && head.contains("application/json"), "{head}");
    }
    for _ in 0..PLACES {
        assert_eq!(post(&server), 204);
    }
    // One that ends makes place for another.
    drop(streams);
    let begun = std::time::Instant::now();
    while !follow(server.local_addr(), "192.0.2.1").1.starts_with("HTTP/1.1 200") {
        assert!(begun.elapsed() < PATIENCE, "no place is free again");
        std::thread::sleep(Duration::from_millis(50));
    }
    server.stop();
}

#[test]
fn one_origin_has_only_a_part_of_the_streams() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(&folder);
    let address = server.local_addr();
    let (_first, head) = follow(address, "2001:db8::1");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let (_second, head) = follow(address, "2001:db8::2");
    assert!(head.starts_with("HTTP/1.1 429") && head.contains("retry-after: "), "{head}");
    let (_other, head) = follow(address, "2001:db8:0:1::1");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    server.stop();
}

#[test]
fn idle_and_half_open_connections_make_room_for_readings() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(&folder);
    let beginnings = ["", "P", "POST /api/v1/oap HTTP/1.1\r\nHost: a\r\nX: ", "\r\n"];
    let mut idle: Vec<_> = (0..PLACES - 1)
        .map(|n| {
            let mut stream = TcpStream::connect(server.local_addr()).unwrap();
            stream.write_all(beginnings[n % beginnings.len()].as_bytes()).unwrap();
            stream
        })
        .collect();
    idle.push(ask(server.local_addr(), "GET /health HTTP/1.1\r\nHost: a\r\n\r\n").0);
    // More wait behind those.
    idle.extend((0..5).map(|_| TcpStream::connect(server.local_addr()).unwrap()));
    for _ in 0..5 {
        assert_eq!(post(&server), 204);
    }
    server.stop();
}

#[test]
fn an_address_that_is_no_proxy_has_only_a_part_of_the_connections() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        listen: ([127, 0, 0, 1], 0).into(),
        max_connections: PLACES,
        trusted_proxies: "127.0.0.2".parse::<TrustedProxies>().unwrap(),
        ..Config::new(folder.path().to_owned())
    };
    let server = Server::start(config).unwrap();
    let begun = std::time::Instant::now();
    let health = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n";
    let held: Vec<_> = (0..PLACES / 4).map(|_| ask(server.local_addr(), health)).collect();
    assert!(held.iter().all(|(_, head)| head.starts_with("HTTP/1.1 200")));
    let mut refused = TcpStream::connect(server.local_addr()).unwrap();
    let mut answer = String::new();
    refused.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 429") && answer.contains("Retry-After: "), "{answer}");
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let length = format!("Content-Length: {}\r\n", body.len());
    assert!(body.starts_with("{\"error\":") && answer.contains(&length), "{answer}");
    // The proxy is served still.
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::new(IpAddr::from([127, 0, 0, 2]), 0).into()).unwrap();
    socket.connect(&server.local_addr().into()).unwrap();
    let mut proxy = TcpStream::from(socket);
    proxy.write_all(health.as_bytes()).unwrap();
    let mut head = [0; 12];
    proxy.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");
    assert!(begun.elapsed() < PATIENCE);
    // A place that is given back can be had again.
    drop(held);
    let begun = std::time::Instant::now();
    loop {
        let mut stream = TcpStream::connect(server.local_addr()).unwrap();
        let _ = stream.write_all(health.as_bytes());
        if stream.read_exact(&mut head).is_ok() && &head == b"HTTP/1.1 200" {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "no place is free again");
        std::thread::sleep(Duration::from_millis(50));
    }
    server.stop();
}

#[test]
fn a_listener_that_reads_nothing_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(&folder);
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(&server.local_addr().into()).unwrap();
    let mut stream = TcpStream::from(socket);
    stream.write_all(b"GET /api/v1/stream HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let listeners = || {
        let mut answer = client().get(url(&server, "/metrics")).call().unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        let line = text
            .lines()
            .find(|line| line.starts_with("clouddata_server_stream_listeners "))
            .unwrap()
            .to_owned();
        line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap()
    };
    let begun = std::time::Instant::now();
    while listeners() == 0.0 {
        assert!(begun.elapsed() < PATIENCE, "it never listens");
    }
    // Some 90 kB of events a request, until neither kernel takes any more.
    let mut number = 0;
    while listeners() > 0.0 {
        assert!(begun.elapsed() < 3 * PATIENCE, "it is not cut off");
        let readings: Vec<String> = (0..1000)
            .map(|n| {
                format!(
                    r#"{{"mac":"00-17-0d-00-00-30-{:02x}-{:02x}","temperature":1}}"#,
                    n / 256,
                    n % 256
                )
            })
            .collect();
        let request = client().post(url(&server, "/oap")).content_type("application/json");
        assert_eq!(request.send(format!("[{}]", readings.join(","))).unwrap().status(), 204);
        number += 1;
        std::thread::sleep(Duration::from_millis(if number < 20 { 1 } else { 1000 }));
    }
    drop(stream);
    server.stop();
}
