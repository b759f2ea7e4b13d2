use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Instant;

use crate::relay::relay;

/// A long way to a server: every octet takes half a round trip in either direction, as many at
/// once as there are, and a new connection takes a whole one before it carries any. A TLS
/// handshake takes what its messages take.
///
/// It lasts until the test ends.
#[derive(Debug)]
pub struct Delay {
    url: String,
    micros: Arc<AtomicU64>,
}

/// Octets, and when they come out.
type Parcel = (Instant, Vec<u8>);

impl Delay {
    /// A way of this round trip to the server with this address.
    ///
    /// # Panics
    /// If there is no free port.
    #[must_use]
    pub fn new(server: &str, round_trip: Duration) -> Self {
        let (scheme, rest) = server.split_once("://").expect("an address has a scheme");
        let (target, _) = rest.split_once('/').unwrap_or((rest, ""));
        let (micros, target) = (Arc::<AtomicU64>::default(), target.to_owned());
        let shared = Arc::clone(&micros);
        let address = relay(move |client| {
            carry(client, &target, &shared);
        });
        let delay = Self { url: format!("{scheme}://{address}/"), micros };
        delay.set(round_trip);
        delay
    }

    /// Where it begins, with a slash at its end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// From now on a round trip takes so long.
    ///
    /// # Panics
    /// If that is for ever.
    pub fn set(&self, round_trip: Duration) {
        let micros = round_trip.as_micros().try_into().expect("some centuries at most");
        self.micros.store(micros, Ordering::Relaxed);
    }
}

/// Carries a connection's octets in both directions until both ends are done.
fn carry(client: TcpStream, target: &str, micros: &Arc<AtomicU64>) -> Option<()> {
    let round_trip = || Duration::from_micros(micros.load(Ordering::Relaxed));
    let opened = Instant::now() + round_trip();
    let server = TcpStream::connect(target).ok()?;
    for stream in [&client, &server] {
        stream.set_nodelay(true).ok()?;
    }
    for (from, to) in [(&client, &server), (&server, &client)] {
        let (from, to, micros) = (from.try_clone().ok()?, to.try_clone().ok()?, Arc::clone(micros));
        let (parcels, due) = channel();
        thread::spawn(move || collect(from, opened, &micros, &parcels));
        thread::spawn(move || deliver(to, &due));
    }
    Some(())
}

fn collect(mut from: TcpStream, opened: Instant, micros: &AtomicU64, parcels: &Sender<Parcel>) {
    let mut chunk = [0; 16 * 1024];
    // What ends it ends the channel, and so the other end.
    while let Ok(read @ 1..) = from.read(&mut chunk) {
        let half = Duration::from_micros(micros.load(Ordering::Relaxed) / 2);
        let due = Instant::now().max(opened) + half;
        if parcels.send((due, chunk[..read].to_vec())).is_err() {
            break;
        }
    }
}

fn deliver(mut to: TcpStream, due: &Receiver<Parcel>) {
    let mut deliver = |(at, octets): Parcel| -> io::Result<()> {
        thread::sleep(at.saturating_duration_since(Instant::now()));
        to.write_all(&octets)
    };
    while let Ok(parcel) = due.recv() {
        if deliver(parcel).is_err() {
            break;
        }
    }
    // Either end may have gone first.
    let _ = to.shutdown(Shutdown::Write);
}
