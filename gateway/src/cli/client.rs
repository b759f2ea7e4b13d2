//! A client of the manager that does one thing after the other, for the commands that look at it.

use core::fmt;
use core::time::Duration;
use std::io;
use std::time::Instant;

use manager_core::session::{self, Event, Token, WIRE_BUFFER_LEN};
use manager_core::{Request, Session};

use super::capture_file::Direction;
use crate::port::Link;

/// Between two looks at whether it is time for something.
const TICK: Duration = Duration::from_millis(20);

/// Sees what goes over the port, in both directions.
pub(super) type Tap = Box<dyn FnMut(Direction, &[u8]) -> io::Result<()>>;

/// A session on an open port.
pub(super) struct Client {
    link: Link,
    session: Session,
    begun: Instant,
    /// Octets that the session has not handled yet.
    unhandled: Vec<u8>,
    tap: Option<Tap>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("session", &self.session).finish_non_exhaustive()
    }
}

impl Client {
    /// A client that has not said anything yet.
    pub(super) fn new(link: Link, tap: Option<Tap>) -> Self {
        let (session, begun, unhandled) = (Session::new(), Instant::now(), Vec::new());
        Self { link, session, begun, unhandled, tap }
    }

    /// Asks for a session.
    pub(super) fn connect(&mut self) {
        self.session.connect(self.now());
    }

    /// Makes a request, unless the session has just been lost: then there will be another.
    pub(super) fn request(&mut self, request: &Request<'_>) {
        if let Err(error) = self.session.request(self.now(), request) {
            tracing::debug!(%error, request = %request.packet_type(), "not requested");
        }
    }

    /// Tells the manager that a notification need not be sent again.
    pub(super) fn acknowledge(&mut self, token: Option<Token>) {
        if let Some(token) = token {
            // It is stale when the session has been lost meanwhile; the next one begins anew.
            let _ = self.session.acknowledge(token);
        }
    }

    /// What the line has brought so far.
    pub(super) const fn line_counters(&self) -> hdlc_core::Counters {
        self.session.line_counters()
    }

    /// Waits for the session's next event and hands it over; `None` if there is none by then.
    ///
    /// # Errors
    /// If the port is gone, or the tap fails.
    pub(super) fn next<T>(
        &mut self,
        deadline: Instant,
        handle: impl FnOnce(Event<'_>) -> T,
    ) -> io::Result<Option<T>> {
        loop {
            if let Some(event) = self.session.poll_event() {
                return Ok(Some(handle(event)));
            }
            self.transmit()?;
            if !self.unhandled.is_empty() {
                let consumed = self.session.handle_bytes(self.now(), &self.unhandled);
                self.unhandled.drain(..consumed);
                continue;
            }
            if Instant::now() >= deadline {
                return Ok(None);
            }
            self.read()?;
            self.session.handle_timeout(self.now());
        }
    }

    /// Sends what the session wants sent.
    pub(super) fn transmit(&mut self) -> io::Result<()> {
        let mut buffer = [0; WIRE_BUFFER_LEN];
        while let Some(octets) = self.session.poll_transmit(&mut buffer) {
            if let Some(tap) = &mut self.tap {
                tap(Direction::ToManager, octets)?;
            }
            self.link.write(octets)?;
        }
        Ok(())
    }

    fn read(&mut self) -> io::Result<()> {
        let mut chunk = [0; 4096];
        let octets = self.link.read(&mut chunk, TICK)?;
        if octets.is_empty() {
            return Ok(());
        }
        if let Some(tap) = &mut self.tap {
            tap(Direction::FromManager, octets)?;
        }
        self.unhandled.extend_from_slice(octets);
        Ok(())
    }

    fn now(&self) -> session::Instant {
        let millis = self.begun.elapsed().as_millis();
        session::Instant::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
    }
}
