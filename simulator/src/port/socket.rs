use core::net::SocketAddr;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;

use socket2::{SockRef, TcpKeepalive};

use super::{Port, Ready, Ring};
use crate::StartError;

/// Between two looks for a client.
const LOOK: Duration = Duration::from_millis(20);

/// Between two looks whether there is room again for what waits to be written.
const ROOM: Duration = Duration::from_millis(5);

/// How long a write may wait for room: systems know no shorter time.
const WRITE_TIMEOUT: Duration = Duration::from_millis(1);

/// Happenings that wait for the worker; a client that sends more waits too.
const HAPPENINGS: usize = 64;

/// A client that is gone without a word is not in the next one's way for ever.
const KEEP_ALIVE: (Duration, Duration) = (Duration::from_secs(15), Duration::from_secs(5));

/// A port that clients connect to. There is one at a time, as on a serial line: another one's
/// connection is closed at once.
#[derive(Debug)]
pub(super) struct Socket {
    name: String,
    happenings: Receiver<Happening>,
    sender: SyncSender<Happening>,
    client: Option<Client>,
    /// Clients that have come so far.
    count: u64,
    /// What the client has written.
    heard: VecDeque<u8>,
    has_come: bool,
    closed: Arc<AtomicBool>,
}

#[derive(Debug)]
struct Client {
    number: u64,
    stream: TcpStream,
}

#[derive(Debug)]
enum Happening {
    Came(TcpStream),
    Wrote(u64, Vec<u8>),
    Gone(u64),
    Rung,
}

impl Socket {
    pub(super) fn listen(address: SocketAddr) -> Result<Self, StartError> {
        let failed = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        if !address.ip().to_canonical().is_loopback() {
            tracing::warn!(%address, "whoever reaches this address can be the manager's client");
        }
        let (sender, happenings) = sync_channel(HAPPENINGS);
        let closed = Arc::<AtomicBool>::default();
        let acceptor = (sender.clone(), Arc::clone(&closed));
        thread::Builder::new()
            .name("acceptor".to_owned())
            .spawn(move || accept(&listener, &acceptor.0, &acceptor.1))
            .map_err(StartError::Thread)?;
        Ok(Self {
            name: format!("tcp:{address}"),
            happenings,
            sender,
            client: None,
            count: 0,
            heard: VecDeque::new(),
            has_come: false,
            closed,
        })
    }

    fn handle(&mut self, happening: Happening) {
        match happening {
            Happening::Came(stream) => self.welcome(stream),
            Happening::Wrote(number, octets) if self.serves(number) => self.heard.extend(octets),
            Happening::Gone(number) if self.serves(number) => self.leave("the client has gone"),
            Happening::Wrote(..) | Happening::Gone(_) | Happening::Rung => {}
        }
    }

    fn handle_all(&mut self) {
        while let Ok(happening) = self.happenings.try_recv() {
            self.handle(happening);
        }
    }

    fn serves(&self, number: u64) -> bool {
        self.client.as_ref().is_some_and(|client| client.number == number)
    }

    fn welcome(&mut self, stream: TcpStream) {
        if self.client.is_some() {
            tracing::debug!("another client is turned away");
            return;
        }
        self.count += 1;
        let number = self.count;
        match attend(&stream, number, self.sender.clone()) {
            Ok(()) => {
                self.client = Some(Client { number, stream });
                self.heard.clear();
                self.has_come = true;
            }
            Err(error) => tracing::warn!(%error, "a client cannot be served"),
        }
    }

    fn leave(&mut self, why: &str) {
        tracing::info!("{why}");
        self.hang_up();
    }

    fn hang_up(&mut self) {
        if let Some(client) = self.client.take() {
            // Also for the thread that reads. The client may have gone first.
            let _ = client.stream.shutdown(Shutdown::Both);
        }
    }
}

impl Port for Socket {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn ring(&self) -> Ring {
        let sender = self.sender.clone();
        Box::new(move || {
            // If it is full, there is enough to wake up for.
            let _ = sender.try_send(Happening::Rung);
        })
    }

    fn wait(&mut self, timeout: Option<Duration>, has_more: bool) -> io::Result<Ready> {
        let room = (has_more && self.client.is_some()).then_some(ROOM);
        let rest = (!self.heard.is_empty()).then_some(Duration::ZERO);
        let timeout = [timeout, room, rest].into_iter().flatten().min();
        let happening = match timeout {
            Some(timeout) => self.happenings.recv_timeout(timeout),
            None => self.happenings.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        if let Ok(happening) = happening {
            self.handle(happening);
        }
        Ok(Ready { line: !self.heard.is_empty(), visits: self.has_come })
    }

    fn tidy(&mut self) -> io::Result<bool> {
        Ok(core::mem::take(&mut self.has_come))
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.heard.is_empty() && !self.has_come {
            self.handle_all();
        }
        self.heard.read(buffer)
    }

    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
        let Some(client) = &mut self.client else { return Ok(0) };
        match client.stream.write(octets) {
            Ok(written) => Ok(written),
            Err(error) if matches!(error.kind(), WouldBlock | TimedOut | Interrupted) => Ok(0),
            Err(_) => {
                self.leave("the client has gone");
                Ok(0)
            }
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
        self.hang_up();
    }
}

fn accept(listener: &TcpListener, to: &SyncSender<Happening>, closed: &AtomicBool) {
    while !closed.load(Ordering::Relaxed) {
        match listener.accept() {
            Ok((stream, _)) => {
                if to.send(Happening::Came(stream)).is_err() {
                    return;
                }
            }
            // Also if the system has no room for another: it may have again.
            Err(_) => thread::sleep(LOOK),
        }
    }
}

/// Has a thread read what a client writes.
fn attend(stream: &TcpStream, number: u64, to: SyncSender<Happening>) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
    let (time, interval) = KEEP_ALIVE;
    let keep_alive = TcpKeepalive::new().with_time(time).with_interval(interval);
    SockRef::from(stream).set_tcp_keepalive(&keep_alive)?;
    let mut stream = stream.try_clone()?;
    thread::Builder::new().name("client".to_owned()).spawn(move || {
        let mut chunk = [0; 4096];
        while let Ok(read @ 1..) = stream.read(&mut chunk) {
            let octets = chunk.get(..read).unwrap_or_default().to_vec();
            if to.send(Happening::Wrote(number, octets)).is_err() {
                return;
            }
        }
        // If nobody is there any more, it is of no interest.
        let _ = to.send(Happening::Gone(number));
    })?;
    Ok(())
}
