use core::time::Duration;
use std::io;
use std::time::Instant;

use manager_core::Session;
use manager_core::session::WIRE_BUFFER_LEN;

use super::StartError;
use super::pulse::Pulse;
use crate::port::{self, Link, PortChoice};
use crate::repetition::Repetition;

/// Between two looks for a port that has gone away.
const PORT_INTERVAL: Duration = Duration::from_secs(1);

/// A link that has lasted for so long was not lost at once.
const LASTING: Duration = Duration::from_secs(2);

/// The session with the manager, and the link that it uses while there is one.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) session: Session,
    choice: PortChoice,
    link: Option<Link>,
    /// The port's name, while there is a link.
    port: Option<String>,
    pub(super) pulse: Pulse,
    /// When a link is looked for again.
    next_look: Option<Instant>,
    /// When the link was made.
    opened: Instant,
    /// Whether it was said that the last one is gone.
    is_said: bool,
    /// Links that were lost at once, and why the last one was.
    losses: Repetition,
    reason: String,
    /// The zero of the session's clock.
    begun: Instant,
}

impl Line {
    /// Opens the port and asks for a session.
    pub(super) fn open(choice: PortChoice) -> Result<Self, StartError> {
        let (name, port) = open(&choice)?;
        let begun = Instant::now();
        let mut line = Self {
            session: Session::new(),
            choice,
            link: None,
            port: None,
            pulse: Pulse::new(begun),
            next_look: None,
            opened: begun,
            is_said: false,
            losses: Repetition::default(),
            reason: String::new(),
            begun,
        };
        tracing::info!(port = name, "the port is open");
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
        let frames = |session: &Session| session.line_counters().frames;
        let (now, before) = (self.now(), frames(&self.session));
        let handled = self.session.handle_bytes(now, octets);
        // Octets alone are no sign of life: noise is not.
        if frames(&self.session) > before {
            self.pulse.beat(Instant::now());
        }
        handled
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
        let silent = self.link.as_ref().and_then(|_| self.pulse.given_up(&self.session));
        [session, self.next_look, silent].into_iter().flatten().min()
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        self.session.handle_timeout(self.now());
        if self.next_look.is_some_and(|at| at <= now) {
            self.look();
        }
        if let Some(times) = self.losses.take_overdue(now) {
            say_gone(times, &self.reason);
        }
    }

    /// Whether nobody has answered for so long that the link may be dead without an error.
    pub(super) fn is_given_up(&self, now: Instant) -> bool {
        self.link.is_some() && self.pulse.given_up(&self.session).is_some_and(|at| at <= now)
    }

    /// The port is gone: from now on it is looked for. One that goes each time that it comes is one
    /// state.
    pub(super) fn lose(&mut self, reason: &str) {
        self.let_go();
        if self.opened.elapsed() < LASTING {
            self.is_said = self.complain(reason);
        } else {
            say_gone(1, reason);
            self.is_said = true;
        }
    }

    /// Nobody has answered for so long that the link may be dead: it is made anew. That nobody
    /// answers is said already.
    pub(super) fn give_up(&mut self) {
        tracing::debug!("nobody answers; opening the port anew");
        self.let_go();
        self.is_said = false;
    }

    fn let_go(&mut self) {
        (self.link, self.port) = (None, None);
        self.session.disconnect();
        self.next_look = Some(Instant::now() + PORT_INTERVAL);
    }

    /// Returns whether it is said, rather than counted.
    fn complain(&mut self, reason: &str) -> bool {
        reason.clone_into(&mut self.reason);
        let times = self.losses.happen(1, Instant::now());
        if let Some(times) = times {
            say_gone(times, reason);
        }
        times.is_some()
    }

    /// This may take some seconds, in which there is nothing else to do: nothing can be heard,
    /// and the spool is drained by a thread of its own.
    fn look(&mut self) {
        match open(&self.choice) {
            Ok((name, port)) => {
                if self.is_said {
                    tracing::info!(port = name, "the port is back");
                } else {
                    tracing::debug!(port = name, "the port is back");
                }
                self.connect(name, port);
            }
            Err(error) => {
                self.next_look = Some(Instant::now() + PORT_INTERVAL);
                tracing::debug!(%error, "no port yet");
                // The state is said once, mostly when the port was lost.
                if !self.is_said {
                    self.is_said = self.complain(&error.to_string());
                }
            }
        }
    }

    fn connect(&mut self, name: String, link: Link) {
        (self.link, self.port) = (Some(link), Some(name));
        self.next_look = None;
        self.opened = Instant::now();
        self.pulse.begin(self.opened);
        self.session.connect(self.now());
    }
}

/// The port, with its name.
fn open(choice: &PortChoice) -> Result<(String, Link), StartError> {
    let name = port::find(choice)?;
    let link = port::open(&name)?;
    Ok((name, link))
}

fn say_gone(times: u64, reason: &str) {
    tracing::warn!(times, reason, "the port is gone; looking for it");
}
