use core::time::Duration;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use socket2::SockRef;

use crate::relay::relay;

/// Between two looks for octets.
const TICK: Duration = Duration::from_millis(1);

/// A network to a port at its end (`tcp:…`), which can be cut as networks are.
///
/// It lasts until the test ends.
#[derive(Debug)]
pub struct Bridge {
    port: String,
    state: Arc<Mutex<State>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    is_frozen: bool,
    /// How often it was cut so far: connections from before are over.
    cuts: u64,
    with_reset: bool,
}

impl Bridge {
    /// To this port.
    ///
    /// # Panics
    /// If there is no free port.
    #[must_use]
    pub fn new(target: &str) -> Self {
        let target = target.strip_prefix("tcp:").expect("a port at the end of a network");
        let (state, target) = (Arc::<Mutex<State>>::default(), target.to_owned());
        let shared = Arc::clone(&state);
        let address = relay(move |client| {
            carry(client, &target, &shared);
        });
        Self { port: format!("tcp:{address}"), state }
    }

    /// What clients open.
    #[must_use]
    pub fn port(&self) -> &str {
        &self.port
    }

    /// Ends all connections, as a program does that ends (FIN).
    pub fn close(&self) {
        self.lock().cuts += 1;
    }

    /// Ends all connections as if they had never been (RST).
    pub fn reset(&self) {
        let mut state = self.lock();
        (state.with_reset, state.cuts) = (true, state.cuts + 1);
    }

    /// From now on it carries nothing, and says nothing of that.
    pub fn freeze(&self) {
        self.lock().is_frozen = true;
    }

    /// It carries again what comes by new connections, those made meanwhile included.
    pub fn thaw(&self) {
        let mut state = self.lock();
        (state.is_frozen, state.cuts) = (false, state.cuts + 1);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn carry(client: TcpStream, target: &str, state: &Mutex<State>) -> Option<()> {
    while lock(state).is_frozen {
        thread::sleep(TICK);
    }
    let born = lock(state).cuts;
    let server = TcpStream::connect(target).ok()?;
    for stream in [&client, &server] {
        stream.set_nodelay(true).ok()?;
        stream.set_nonblocking(true).ok()?;
    }
    let mut open = [true; 2];
    while open.contains(&true) {
        let now = *lock(state);
        if now.cuts != born {
            if now.with_reset {
                for stream in [&client, &server] {
                    SockRef::from(stream).set_linger(Some(Duration::ZERO)).ok()?;
                }
            }
            return None;
        }
        let mut has_passed = false;
        if !now.is_frozen {
            for ((from, to), open) in
                [(&client, &server), (&server, &client)].into_iter().zip(&mut open)
            {
                match pass(from, to) {
                    Ok(passed) => has_passed |= passed,
                    // Either end may have gone first.
                    Err(_) => {
                        *open = false;
                        let _ = to.shutdown(Shutdown::Write);
                    }
                }
            }
        }
        if !has_passed {
            thread::sleep(TICK);
        }
    }
    Some(())
}

/// Carries what there is; an error at the end.
fn pass(mut from: &TcpStream, mut to: &TcpStream) -> io::Result<bool> {
    let mut chunk = [0; 4096];
    let read = match from.read(&mut chunk) {
        Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
        Ok(read) => read,
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
        Err(error) => return Err(error),
    };
    let mut rest = &chunk[..read];
    while !rest.is_empty() {
        match to.write(rest) {
            Ok(written) => rest = &rest[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(TICK),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().expect("no thread panics with it")
}
