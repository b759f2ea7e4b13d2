use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use clouddata_server::{Config, Server};

use crate::fixture::{Site, client, start, url};

fn exchange(address: core::net::SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_body_of_two_mebibytes_is_answered_not_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(&folder);
    let request = client().post(url(&server, "/oap")).content_type("application/json");
    let mut answer = request.send(vec![b' '; 2 * 1024 * 1024]).unwrap();
    assert_eq!(answer.status(), 413);
    let text = answer.body_mut().read_to_string().unwrap();
    assert!(text.contains("1048576"), "{text}");
}

#[test]
fn clients_that_break_off_or_speak_no_http_cost_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(&folder);
    let address = server.local_addr();
    let mut open = Vec::new();
    for start in [
        "",
        "POST /oap HTTP/1.1\r\n",
        "POST /oap HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
    ] {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(start.as_bytes()).unwrap();
        open.push(stream);
        let gone = TcpStream::connect(address).unwrap();
        (&gone).write_all(start.as_bytes()).unwrap();
        gone.shutdown(Shutdown::Both).unwrap();
    }
    let garbage: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let answer = exchange(address, &garbage);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert_eq!(client().get(url(&server, "/health")).call().unwrap().status(), 200);
}

#[test]
fn a_header_that_is_too_large_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(&folder);
    let large = format!("GET /health HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(100_000));
    let many = format!("GET /health HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(200));
    for request in [large, many] {
        let answer = exchange(server.local_addr(), request.as_bytes());
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_of_one_octet_a_second_is_cut_off() {
    let site = Site::new();
    let octets = futures_util::stream::unfold((), async |()| {
        tokio::time::sleep(core::time::Duration::from_secs(1)).await;
        Some((Ok::<_, core::convert::Infallible>(" "), ()))
    });
    let answer = site.post("/oap", axum::body::Body::from_stream(octets)).await;
    assert_eq!(answer.status, 408);
    assert_eq!(answer.headers["connection"], "close");
}

#[test]
fn connections_beyond_the_limit_are_served_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        listen: ([127, 0, 0, 1], 0).into(),
        max_connections: 2,
        ..Config::new(folder.path().to_owned())
    };
    let server = Server::start(config).unwrap();
    let connect = || TcpStream::connect(server.local_addr()).unwrap();
    let ask = |stream: &mut TcpStream| {
        stream.write_all(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).map(|()| answer == *b"HTTP/1.1 200")
    };
    let (mut first, mut second) = (connect(), connect());
    assert!(ask(&mut first).unwrap() && ask(&mut second).unwrap());
    // More than there is room for wait, and are served one after the other.
    let waiting: Vec<TcpStream> = (0..5).map(|_| connect()).collect();
    for mut next in waiting {
        drop(core::mem::replace(&mut first, second));
        assert!(ask(&mut next).unwrap());
        second = next;
    }
}
