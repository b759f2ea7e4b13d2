use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use crate::relay::relay;

/// An HTTP proxy that makes tunnels (`CONNECT`), whatever they are to, to one server, and looks at
/// what goes through them as any stranger could.
///
/// It lasts until the test ends.
#[derive(Debug)]
pub struct Tunnel {
    address: String,
    seen: Arc<Mutex<Seen>>,
}

/// What a proxy gets to see.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The heads of the requests that it was asked.
    pub heads: Vec<String>,
    /// What clients have sent through its tunnels.
    pub octets: Vec<u8>,
}

impl Tunnel {
    /// To the server with this address.
    ///
    /// # Panics
    /// If there is no free port.
    #[must_use]
    pub fn new(server: &str) -> Self {
        let (_, rest) = server.split_once("://").expect("an address has a scheme");
        let (target, _) = rest.split_once('/').unwrap_or((rest, ""));
        let (seen, target) = (Arc::<Mutex<Seen>>::default(), target.to_owned());
        let shared = Arc::clone(&seen);
        let address = relay(move |client| {
            carry(client, &target, &shared);
        });
        Self { address: address.to_string(), seen }
    }

    /// Host and port.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What it has seen so far.
    ///
    /// # Panics
    /// Never: no thread panics while it holds the lock.
    #[must_use]
    pub fn seen(&self) -> Seen {
        lock(&self.seen).clone()
    }
}

fn carry(client: TcpStream, target: &str, seen: &Arc<Mutex<Seen>>) -> Option<()> {
    let mut to_client = client.try_clone().ok()?;
    let mut client = BufReader::new(client);
    let mut head = String::new();
    while client.read_line(&mut head).ok()? > 2 {}
    let is_tunnel = head.starts_with("CONNECT ");
    lock(seen).heads.push(head);
    if !is_tunnel {
        return to_client.write_all(b"HTTP/1.1 405 Method Not Allowed\r\n\r\n").ok();
    }
    let server = TcpStream::connect(target).ok()?;
    to_client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").ok()?;
    let from_server = server.try_clone().ok()?;
    thread::spawn(move || pass(from_server, to_client, |_| {}));
    pass(client, server, |octets| lock(seen).octets.extend_from_slice(octets));
    Some(())
}

/// Carries octets until one end is done.
fn pass(mut from: impl Read, mut to: TcpStream, mut look: impl FnMut(&[u8])) {
    let mut chunk = [0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut chunk) {
        look(&chunk[..read]);
        if to.write_all(&chunk[..read]).is_err() {
            break;
        }
    }
    // Either end may have gone first.
    let _ = to.shutdown(Shutdown::Write);
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().expect("no thread panics with it")
}
