use core::time::Duration;
use std::io;
use std::time::Instant;

use manager_core::Session;
use manager_core::session::WIRE_BUFFER_LEN;
use serialport::TTYPort;

use super::StartError;
use crate::port::{self, Link, PortChoice};

/// Between two looks for a port that has gone away.
const PORT_INTERVAL: Duration = Duration::from_secs(1);

/// The session with the manager, and the link that it uses while there is one.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) session: Session,
    choice: PortChoice,
    link: Option<Link>,
    /// The port's name, while there is a link.
    port: Option<String>,
    /// When a link is looked for again.
    next_look: Option<Instant>,
    /// The zero of the session's clock.
    begun: Instant,
}

impl Line {
    /// Opens the port and asks for a session.
    pub(super) fn open(choice: PortChoice) -> Result<Self, StartError> {
        let (name, port) = open(&choice)?;
        let (session, begun) = (Session::new(), Instant::now());
        let mut line = Self { session, choice, link: None, port: None, next_look: None, begun };
        line.connect(name, port);
        Ok(line)
    }

    /// The port's name, while there is one.
    pub(super) fn port(&self) -> Option<&str> {
        self.port.as_deref()
    }

    pub(super) const fn begun(&self) -> Instant {
        self.begun
    }

    /// The session's clock.
    pub(super) fn now(&self) -> manager_core::session::Instant {
        let millis = self.begun.elapsed().as_millis();
        manager_core::session::Instant::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
    }

    /// Waits for octets, but no longer than this; `None` without a link.
    pub(super) fn read<'a>(
        &mut self,
        buffer: &'a mut [u8],
        at_most: Duration,
    ) -> Option<io::Result<&'a [u8]>> {
        self.link.as_mut().map(|link| link.read(buffer, at_most))
    }

    /// Gives octets to the session, and returns how many it has handled.
    pub(super) fn handle_octets(&mut self, octets: &[u8]) -> usize {
        self.session.handle_bytes(self.now(), octets)
    }

    /// Sends what the session wants sent.
    ///
    /// # Errors
    /// If the port is gone.
    pub(super) fn transmit(&mut self) -> io::Result<()> {
        let Some(link) = &mut self.link else { return Ok(()) };
        let mut buffer = [0; WIRE_BUFFER_LEN];
        while let Some(octets) = self.session.poll_transmit(&mut buffer) {
            link.write(octets)?;
        }
        Ok(())
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let session = self.session.poll_timeout();
        let session = session.map(|at| self.begun + Duration::from_millis(at.as_millis()));
        [session, self.next_look].into_iter().flatten().min()
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        self.session.handle_timeout(self.now());
        if self.next_look.is_some_and(|at| at <= now) {
            self.look();
        }
    }

    /// The port is gone: from now on it is looked for.
    pub(super) fn lose(&mut self, reason: &str) {
        tracing::warn!(reason, "the port is gone; looking for it");
        (self.link, self.port) = (None, None);
        self.session.disconnect();
        self.next_look = Some(Instant::now() + PORT_INTERVAL);
    }

    /// This may take some seconds, in which there is nothing else to do: nothing can be heard,
    /// and the spool is drained by a thread of its own.
    fn look(&mut self) {
        // The state was logged when the port was lost.
        match open(&self.choice) {
            Ok((name, port)) => {
                self.connect(name, port);
                tracing::info!("the port is back");
            }
            Err(error) => {
                self.next_look = Some(Instant::now() + PORT_INTERVAL);
                tracing::debug!(%error, "no port yet");
            }
        }
    }

    fn connect(&mut self, name: String, port: TTYPort) {
        (self.link, self.port) = (Some(Link::new(port)), Some(name));
        self.next_look = None;
        self.session.connect(self.now());
    }
}

/// The port, with its name.
fn open(choice: &PortChoice) -> Result<(String, TTYPort), StartError> {
    let name = port::find(choice)?;
    let opened = port::open(&name)?;
    tracing::info!(port = name, "the port is open");
    Ok((name, opened))
}
