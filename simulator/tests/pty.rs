//! The simulator on its pty, as clients open it.

use core::time::Duration;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use clouddata_simulator::{Config, Faults, LedgerEntry, Running, Settings, Simulator, StartError};
use hdlc_core::{Decoder, Encoder};
use manager_core::{
    Control, Hello, HelloResponse, MAX_FRAME_LEN, Notification, NotificationMask, Packet,
    PacketType, Subscribe, SuccessCode,
};
use oap_core::{Body, Message, Notification as Oap};
use serialport::TTYPort;

const MANAGER_HELLO: &[u8] = b"\x7e\x00\x03\x00\x02\x04\x00\x9b\x38\x7e";

/// Long enough for a busy machine; nothing waits that long when all is well.
const PATIENCE: Duration = Duration::from_secs(20);

fn start(config: Config) -> Running {
    Simulator::start(config).expect("it starts")
}

fn open(path: &Path) -> TTYPort {
    let builder = serialport::new(path.to_string_lossy(), 115_200).timeout(PATIENCE);
    TTYPort::open(&builder).expect("the port opens")
}

/// A client on a real port.
struct Client {
    port: TTYPort,
    decoder: Decoder<MAX_FRAME_LEN>,
    read: Vec<u8>,
}

impl Client {
    fn open(path: &Path) -> Self {
        Self { port: open(path), decoder: Decoder::new(), read: Vec::new() }
    }

    fn send(&mut self, control: Control, packet_type: PacketType, seq: u8, body: &[u8]) {
        let packet = Packet { control, packet_type, seq, body };
        let mut payload = vec![0; packet.buffer_len()];
        packet.emit(&mut payload).unwrap();
        let frame: Vec<u8> = Encoder::new(&payload).collect();
        self.port.write_all(&frame).unwrap();
    }

    /// Waits for a packet of this type; returns its number and body.
    fn receive(&mut self, wanted: PacketType) -> (u8, Vec<u8>) {
        loop {
            while !self.read.is_empty() {
                let fed = self.decoder.feed(&self.read);
                let consumed = fed.consumed;
                let payload = fed.outcome.and_then(Result::ok).map(<[u8]>::to_vec);
                self.read.drain(..consumed);
                let Some(payload) = payload else { continue };
                let packet = Packet::parse(&payload).unwrap();
                if packet.packet_type == wanted {
                    return (packet.seq, packet.body.to_vec());
                }
            }
            let mut chunk = [0; 256];
            let count = self.port.read(&mut chunk).expect("the manager says something");
            self.read.extend_from_slice(&chunk[..count]);
        }
    }

    fn connect(&mut self) {
        let mut body = [0; 3];
        Hello::new(41).emit(&mut body).unwrap();
        self.send(Control::BEST_EFFORT, PacketType::Hello, 0, &body);
        let (_, body) = self.receive(PacketType::HelloResponse);
        let response = HelloResponse::parse(&body).unwrap();
        assert_eq!((response.success_code, response.cli_seq_no), (SuccessCode::Ok, 41));
        let mut body = [0; 8];
        Subscribe::reliably(NotificationMask::DATA).emit(&mut body).unwrap();
        self.send(Control::RELIABLE, PacketType::Subscribe, 42, &body);
        assert_eq!(self.receive(PacketType::Subscribe), (42, vec![0]));
    }

    /// Waits for a notification, and returns the temperature in it, unacknowledged.
    fn temperature(&mut self) -> (u8, f64) {
        let (seq, body) = self.receive(PacketType::Notification);
        let Notification::Data(data) = Notification::parse(&body).unwrap() else { panic!() };
        let message = Message::parse(data.data).unwrap();
        let Body::Notification(Oap::Samples(samples)) = message.body else { panic!() };
        let (_, temperature) = samples.temperatures().next().expect("a temperature");
        (seq, temperature.celsius())
    }

    fn acknowledge(&mut self, seq: u8) {
        self.send(Control::RESPONSE, PacketType::Notification, seq, &[0]);
    }
}

#[test]
fn a_listener_hears_the_manager_without_writing() {
    let running = start(Config::default());
    let mut port = open(Path::new(running.port()));
    let mut heard = [0; MANAGER_HELLO.len()];
    port.read_exact(&mut heard).expect("a hello");
    assert_eq!(heard, MANAGER_HELLO);
    running.stop().unwrap();
}

#[test]
fn what_a_client_acknowledges_is_in_the_ledger() {
    let directory = tempfile::tempdir().unwrap();
    let [ledger, sent] = ["ledger", "sent"].map(|name| directory.path().join(name));
    let settings = Settings { period: Duration::from_millis(50), ..Settings::default() };
    let ledgers = Config {
        ledger: Some(ledger.clone()),
        sent_ledger: Some(sent.clone()),
        ..Config::default()
    };
    let running = start(Config { settings, ..ledgers });
    let mut client = Client::open(Path::new(running.port()));
    client.connect();
    let mut temperatures = Vec::new();
    for _ in 0..40 {
        let (seq, temperature) = client.temperature();
        client.acknowledge(seq);
        temperatures.push(temperature);
    }
    // The next one is only sent when the last one is acknowledged.
    client.temperature();
    let report = running.stop().unwrap();
    let [entries, sent] = [ledger, sent].map(|path| {
        let lines = fs::read_to_string(path).unwrap();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<LedgerEntry>>()
    });
    assert_eq!(report.tally.readings.acknowledged, 40);
    assert_eq!((sent.len(), &sent[..40]), (41, &entries[..]));
    let acknowledged: Vec<_> = entries.iter().map(|entry| entry.temperature).collect();
    assert_eq!(acknowledged, temperatures);
    assert!(entries.iter().all(|entry| entry.mac.starts_with("00-17-0d-00-00-31-00-0")));
}

#[test]
fn clients_come_and_go() {
    let running = start(Config::default());
    for _ in 0..3 {
        let mut client = Client::open(Path::new(running.port()));
        client.connect();
        client.temperature();
        // Gone without an acknowledgement.
    }
    let report = running.stop().unwrap();
    assert_eq!(report.tally.sessions, 3);
}

#[test]
fn two_in_one_process_know_nothing_of_each_other() {
    let simulators = [start(Config::default()), start(Config::default())];
    let mut clients = simulators.each_ref().map(|running| Client::open(Path::new(running.port())));
    clients.iter_mut().for_each(Client::connect);
    let [first, second] = clients.each_mut().map(Client::temperature);
    assert_eq!(first.0, second.0, "each numbers its own");
    clients[0].acknowledge(first.0);
    clients[0].temperature();
    let tallies = simulators.map(|running| running.stop().unwrap().tally);
    assert_eq!(tallies.map(|tally| tally.sessions), [1, 1]);
    assert_eq!(tallies.map(|tally| tally.readings.acknowledged), [1, 0]);
}

#[test]
fn nobody_reading_does_not_stop_it() {
    let settings = Settings { motes: 20, period: Duration::from_millis(1), ..Settings::default() };
    let running = start(Config { settings, ..Config::default() });
    let mut client = Client::open(Path::new(running.port()));
    let all = NotificationMask::DATA;
    let mut body = [0; 3];
    Hello::new(41).emit(&mut body).unwrap();
    client.send(Control::BEST_EFFORT, PacketType::Hello, 0, &body);
    let mut body = [0; 8];
    Subscribe { filter: all, unack_filter: all }.emit(&mut body).unwrap();
    client.send(Control::RELIABLE, PacketType::Subscribe, 42, &body);
    std::thread::sleep(Duration::from_millis(2500));
    // It still listens; and its answer, once nothing more comes, is not crowded out.
    Subscribe::reliably(NotificationMask::NONE).emit(&mut body).unwrap();
    client.send(Control::RELIABLE, PacketType::Subscribe, 43, &body);
    while client.receive(PacketType::Subscribe).0 != 43 {}
    let report = running.stop().unwrap();
    assert!(report.octets_dropped > 0, "{report:?}");
}

#[test]
fn the_link_is_there_as_long_as_the_port() {
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("usb-Dust_Networks-if03-port0");
    let config = Config { link: Some(link.clone()), ..Config::default() };
    let first = start(config.clone());
    assert_eq!(fs::read_link(&link).unwrap(), Path::new(first.port()));
    // A second one takes it over, as when a port comes back under another name.
    let second = start(config.clone());
    first.stop().unwrap();
    assert_eq!(fs::read_link(&link).unwrap(), Path::new(second.port()));
    let mut client = Client::open(&link);
    client.connect();
    second.stop().unwrap();
    assert!(fs::symlink_metadata(&link).is_err());

    let error = loop {
        if let Err(error) = client.port.read_exact(&mut [0]) {
            break error;
        }
    };
    assert_ne!(error.kind(), ErrorKind::TimedOut, "a client notices that the port is gone");

    fs::write(&link, "something else").unwrap();
    let refused = Simulator::start(config).expect_err("it is no link");
    assert!(matches!(refused, StartError::Link { .. }), "{refused:?}");
    assert_eq!(fs::read(&link).unwrap(), b"something else");
}

#[test]
fn it_stops_by_itself_after_its_duration() {
    let duration = Some(Duration::from_millis(50));
    let report = start(Config { duration, ..Config::default() }).wait().unwrap();
    assert!(report.seconds >= 0.05);
    assert_eq!(report.to_client.frames, 1, "one hello");
}

#[test]
fn what_is_no_probability_is_refused() {
    for found in [-0.1, 1.1, f64::NAN] {
        let faults = Faults { corrupt: found, ..Faults::default() };
        let refused =
            Simulator::start(Config { faults, ..Config::default() }).expect_err("it is none");
        assert!(refused.to_string().starts_with("corrupt: expected a probability"), "{refused}");
    }
}
