//! The least that a gateway can do: what it costs to take a notification from a port to a server
//! and acknowledge it, if nothing is done with it.

use core::time::Duration;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Instant;

use e2e::{PATIENCE, ScriptedServer, cpu_nanos_of_this_thread, listen};
use readings::{Mac, Reading, Timestamp};
use serialport::{SerialPort, TTYPort};

/// As long as the simulator's notification of one sample, and as a gateway's acknowledgement.
const NOTIFICATION: [u8; 60] = [b'n'; 60];
const ACKNOWLEDGEMENT: [u8; 9] = [b'a'; 9];

/// The request that a gateway sends for it.
fn request() -> String {
    let mac = Mac::from([0, 0x17, 0x0d, 0, 0, 0x31, 0, 2]);
    let timestamp = Some(Timestamp::from_micros(1_764_148_422_498_246));
    let body = serde_json::to_string(&[Reading::temperature(mac, 22.97, timestamp)]);
    let body = body.expect("a reading can be written as JSON");
    format!(
        "POST /api/v1/oap HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         user-agent: clouddata-gateway\r\naccept: */*\r\nhost: 127.0.0.1:8080\r\n\r\n{body}",
        body.len()
    )
}

/// Processor time a notification, of one thread that reads, sends, receives and writes as a
/// gateway does, with the same library for the port and none for HTTP.
pub(crate) fn cpu_a_notification(interval: Duration, count: u32) -> Duration {
    let server = ScriptedServer::start([]);
    let address = listen(server.url()).to_owned();
    let (mut manager, mut port) = TTYPort::pair().expect("the system has ptys");
    for end in [&mut manager, &mut port] {
        end.set_timeout(PATIENCE).expect("a pty has a time-out");
    }
    let gateway = thread::spawn(move || {
        let mut server = TcpStream::connect(address).expect("the server listens");
        server.set_nodelay(true).expect("the system can");
        let (request, mut buffer) = (request(), [0; 4096]);
        let mut used = 0;
        for number in 0..=count {
            // The first makes the connection known to both ends, and is not counted.
            if number == 1 {
                used = cpu_nanos_of_this_thread();
            }
            port.read_exact(&mut buffer[..NOTIFICATION.len()]).expect("the manager writes");
            server.write_all(request.as_bytes()).expect("the server reads");
            let read = server.read(&mut buffer).expect("the server answers");
            assert!(buffer[..read].starts_with(b"HTTP/1.1 204"), "the request is understood");
            port.write_all(&ACKNOWLEDGEMENT).expect("the manager reads");
        }
        // The port stays open until the manager has read the last of it.
        (cpu_nanos_of_this_thread() - used, port)
    });
    let begun = Instant::now();
    for number in 0..=count {
        thread::sleep((begun + interval * number).saturating_duration_since(Instant::now()));
        manager.write_all(&NOTIFICATION).expect("the gateway reads");
        manager.read_exact(&mut [0; ACKNOWLEDGEMENT.len()]).expect("the gateway acknowledges");
    }
    let (used, _port) = gateway.join().expect("it has not panicked");
    assert_eq!(server.stored().len(), count as usize + 1);
    Duration::from_nanos(used) / count
}
