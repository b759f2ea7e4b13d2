use core::net::SocketAddr;
use core::time::Duration;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{self, sleep};
use std::time::Instant;

use clouddata_server::{Config, Event, Running, Server, WebhookConfig};
use ring::hmac;
use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};

use crate::fixture::{ago, client, url};

const SECOND: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(120);
const SECRET: &str = "a secret";

/// What the other side does with a request.
#[derive(Clone, Copy)]
enum Does {
    Takes,
    Fails,
    Hangs,
}

/// What it got: the signature's header, the notice's number, and the body.
#[derive(Clone, Debug)]
struct Got {
    signature: String,
    number: String,
    body: String,
}

/// The other side of a webhook. Until it is switched on, its port refuses connections.
struct Receiver {
    socket: Socket,
    address: SocketAddr,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Receiver {
    fn off() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        Self { socket, address, got: Arc::default() }
    }

    /// Does this, and then takes what comes.
    fn switch_on(&self, first: &[Does]) {
        self.socket.listen(16).unwrap();
        let listener = TcpListener::from(self.socket.try_clone().unwrap());
        let (got, mut script) = (Arc::clone(&self.got), VecDeque::from(first.to_vec()));
        thread::spawn(move || {
            let mut hanging = Vec::new();
            while let Ok((stream, _)) = listener.accept() {
                match (script.pop_front().unwrap_or(Does::Takes), read(&stream)) {
                    (Does::Hangs, _) => hanging.push(stream),
                    (Does::Fails, _) => answer(&stream, "500 Internal Server Error"),
                    (Does::Takes, Some(one)) => {
                        got.lock().unwrap().push(one);
                        answer(&stream, "200 OK");
                    }
                    (Does::Takes, None) => {}
                }
            }
        });
    }

    fn webhook(&self) -> WebhookConfig {
        WebhookConfig {
            url: format!("http://{}/hook?topic=1", self.address),
            secret: Some(SECRET.to_owned()),
            token: None,
            events: Event::DEFAULT.to_vec(),
            ca_file: None,
        }
    }

    fn bodies(&self) -> Vec<Value> {
        let got = self.got.lock().unwrap();
        got.iter().map(|one| serde_json::from_str(&one.body).unwrap()).collect()
    }

    fn wait_for(&self, count: usize) -> Vec<Value> {
        wait_until(|| self.bodies().len() >= count);
        self.bodies()
    }
}

fn read(stream: &TcpStream) -> Option<Got> {
    let mut reader = BufReader::new(stream);
    let (mut length, mut got) =
        (0, Got { signature: String::new(), number: String::new(), body: String::new() });
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(": ") else { continue };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "clouddata-signature" => got.signature = value.to_owned(),
            "clouddata-notice" => got.number = value.to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    got.body = String::from_utf8(body).ok()?;
    Some(got)
}

fn answer(mut stream: &TcpStream, status: &str) {
    // The client may have gone.
    let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

fn wait_until(mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "it takes too long");
        sleep(SECOND / 10);
    }
}

fn start(folder: &tempfile::TempDir, receiver: &Receiver) -> Running {
    Server::start(Config {
        listen: ([127, 0, 0, 1], 0).into(),
        webhooks: vec![receiver.webhook()],
        ..Config::new(folder.path().to_owned())
    })
    .unwrap()
}

fn mac(number: u32) -> String {
    format!("00-17-0d-00-00-30-5d-{number:02x}")
}

/// Readings of motes, a second apart, the last of them now.
fn post(server: &Running, motes: &[u32], count: u32) {
    let reading = |mote, n: u32| json!({ "mac": mac(mote), "temperature": 20.5, "timestamp": ago(SECOND * (count - 1 - n)) });
    let body: Value = motes.iter().flat_map(|&m| (0..count).map(move |n| reading(m, n))).collect();
    let answer = client().post(url(server, "/oap")).send_json(&body).unwrap();
    assert_eq!(answer.status(), 204);
}

fn get(server: &Running, path: &str) -> Value {
    client().get(url(server, path)).call().unwrap().into_body().read_json().unwrap()
}

/// Whether the body was signed with the secret, at the time that is in the signature.
fn is_signed(got: &Got) -> bool {
    let (time, hex) = got.signature.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    let tag: Vec<u8> = (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect();
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    hmac::verify(&key, format!("{time}.{}", got.body).as_bytes(), &tag).is_ok()
}

/// While nobody takes notices, a gateway with five motes goes away and the server is restarted.
#[test]
fn a_gateway_that_is_away_is_one_notice_that_outlives_a_restart_and_a_bad_receiver() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::off();
    let server = start(&folder, &receiver);
    post(&server, &[1, 2, 3, 4, 5], 20);
    wait_until(|| get(&server, "/api/v1/gateways")[0]["state"] == "silent");
    wait_until(|| {
        let metrics =
            client().get(url(&server, "/metrics")).call().unwrap().into_body().read_to_string();
        !metrics.unwrap().contains("clouddata_server_notices_failed_total 0\n")
    });
    server.stop();

    let server = start(&folder, &receiver);
    assert_eq!(get(&server, "/api/v1/gateways")[0]["state"], "silent");
    receiver.switch_on(&[Does::Fails, Does::Hangs, Does::Fails]);
    let notices = receiver.wait_for(1);
    assert_eq!(
        (&notices[0]["event"], &notices[0]["status"]),
        (&json!("gateway_away"), &json!("firing"))
    );
    assert_eq!((&notices[0]["gateway"], &notices[0]["mote"]), (&json!("127.0.0.1"), &Value::Null));
    server.stop();

    // It is not told again, and that it is over is told.
    let server = start(&folder, &receiver);
    wait_until(|| {
        post(&server, &[1, 2, 3, 4, 5], 1);
        sleep(SECOND);
        receiver.bodies().len() > 1
    });
    let notices = receiver.bodies();
    assert_eq!(notices.len(), 2, "{notices:#?}");
    assert_eq!(notices[1]["status"], "resolved");
    assert_eq!(notices[1]["id"], notices[0]["id"]);
    assert!(notices[1]["until"].is_string() && notices[0]["until"].is_null());
    server.stop();
    let got = receiver.got.lock().unwrap().clone();
    assert!(got.iter().all(is_signed), "{got:#?}");
    assert_ne!(got[0].number, got[1].number);
}

/// Its gateway is in touch, so that it is the mote's own silence; while the other side hangs,
/// readings are stored as always.
#[test]
fn a_mote_that_is_silent_while_its_gateway_is_not_is_told_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::off();
    receiver.switch_on(&[Does::Hangs]);
    let server = start(&folder, &receiver);
    post(&server, &[1, 2], 20);
    let path = url(&server, &format!("/api/v1/motes/{}", mac(1)));
    client().put(path).send_json(json!({ "label": "attic" })).unwrap();
    wait_until(|| {
        post(&server, &[2], 1);
        sleep(SECOND);
        !receiver.bodies().is_empty()
    });
    let notice = &receiver.bodies()[0];
    assert_eq!((&notice["event"], &notice["status"]), (&json!("mote_silent"), &json!("firing")));
    assert_eq!((&notice["mote"], &notice["label"]), (&json!(mac(1)), &json!("attic")));
    assert_eq!(notice["gateway"], "127.0.0.1");
    let summary = notice["summary"].as_str().unwrap();
    assert!(
        summary.starts_with(&format!("Mote attic ({}) is silent since 20", mac(1))),
        "{summary}"
    );
    wait_until(|| {
        post(&server, &[1, 2], 1);
        sleep(SECOND);
        receiver.bodies().len() > 1
    });
    let notices = receiver.bodies();
    assert_eq!(notices[1]["status"], "resolved");
    assert_eq!(notices.len(), 2, "{notices:#?}");
    server.stop();
}
