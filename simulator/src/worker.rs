use core::time::Duration;
use std::io;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::backlog::Backlog;
use crate::ledger::Ledger;
use crate::pty::Pty;
use crate::stopper::Stopper;
use crate::{Config, Event, FaultyLine, Report, SimulatedManager};

/// What a client may leave unread before octets are dropped, besides what the kernel holds.
const BACKLOG: usize = 64 * 1024;

/// What is due within this time of each other is done at once: at thousands of samples a second
/// the simulator would do little but go to sleep and wake up.
const TICK: Duration = Duration::from_millis(1);

/// Moves octets between a pty and a simulated manager, and time on.
#[derive(Debug)]
pub(crate) struct Worker {
    manager: SimulatedManager,
    pty: Pty,
    ledger: Option<Ledger>,
    stopper: Stopper,
    duration: Option<Duration>,
    started: Instant,
    to_client: FaultyLine,
    from_client: FaultyLine,
    backlog: Backlog,
}

/// What the worker was woken for, besides time.
#[derive(Clone, Copy, Debug)]
struct Ready {
    line: bool,
    visits: bool,
}

impl Worker {
    pub(crate) fn new(
        config: &Config,
        started: Instant,
        manager: SimulatedManager,
        pty: Pty,
        ledger: Option<Ledger>,
        stopper: Stopper,
    ) -> Self {
        let seed = config.settings.seed;
        Self {
            manager,
            pty,
            ledger,
            stopper,
            duration: config.duration,
            started,
            to_client: FaultyLine::new(config.faults, seed.wrapping_add(1)),
            from_client: FaultyLine::new(config.faults, seed.wrapping_add(2)),
            backlog: Backlog::new(BACKLOG),
        }
    }

    /// Works until stopped, or until the duration is over.
    pub(crate) fn run(mut self) -> io::Result<Report> {
        let mut read = vec![0; 4096];
        let mut carried = Vec::new();
        loop {
            let now = self.started.elapsed();
            self.manager.handle_timeout(now);
            self.transmit(&mut carried)?;
            self.attend_events()?;
            if self.stopper.is_stopped() || self.duration.is_some_and(|end| end <= now) {
                return Ok(self.report(now));
            }
            let ready = self.wait()?;
            if ready.visits && self.pty.tidy()? {
                tracing::info!("a client has opened the port");
                self.backlog.drop_all();
            }
            if ready.line {
                let count = self.pty.read(&mut read)?;
                carried.clear();
                self.from_client.carry(read.get(..count).unwrap_or_default(), &mut carried);
                self.manager.handle_bytes(self.started.elapsed(), &carried);
            }
        }
    }

    fn wait(&self) -> io::Result<Ready> {
        let timeouts = [self.manager.poll_timeout(), self.duration];
        let until = timeouts.into_iter().flatten().min();
        let timeout = until.map(|until| until.saturating_sub(self.started.elapsed()).max(TICK));
        // Beyond what a `Timespec` holds is beyond anybody's patience.
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        let writable = if self.backlog.is_empty() { PollFlags::empty() } else { PollFlags::OUT };
        let (line, visits, bell) = (self.pty.line(), self.pty.visits(), self.stopper.bell());
        // A client opens the port before it writes: whoever looks at the line first and at the
        // visits last does not miss the visit to which the octets belong.
        let mut descriptors = [
            PollFd::from_borrowed_fd(line, PollFlags::IN | writable),
            PollFd::from_borrowed_fd(visits, PollFlags::IN),
            PollFd::from_borrowed_fd(bell, PollFlags::IN),
        ];
        match poll(&mut descriptors, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let [line, visits, _] = descriptors.map(|descriptor| descriptor.revents());
        let line = line.intersects(PollFlags::IN | PollFlags::ERR | PollFlags::HUP);
        Ok(Ready { line, visits: visits.contains(PollFlags::IN) })
    }

    fn transmit(&mut self, carried: &mut Vec<u8>) -> io::Result<()> {
        carried.clear();
        while let Some(frame) = self.manager.poll_transmit() {
            self.to_client.carry(&frame, carried);
        }
        self.backlog.push(carried);
        while !self.backlog.is_empty() {
            let written = self.pty.write(self.backlog.front())?;
            if written == 0 {
                break;
            }
            self.backlog.take(written);
        }
        Ok(())
    }

    fn attend_events(&mut self) -> io::Result<()> {
        let mut acknowledged = false;
        while let Some(event) = self.manager.poll_event() {
            match event {
                Event::Acknowledged(reading) => {
                    tracing::trace!(?reading, "acknowledged");
                    if let Some(ledger) = &mut self.ledger {
                        ledger.write(&reading)?;
                        acknowledged = true;
                    }
                }
                Event::Booted => tracing::info!("booted"),
                Event::SessionBegun => tracing::info!("session begun"),
                Event::HelloRefused(code) => tracing::info!(?code, "hello refused"),
                Event::Subscribed(subscribe) => {
                    let (filter, unack) = (subscribe.filter.0, subscribe.unack_filter.0);
                    tracing::info!("subscribed: filter {filter:#04x}, best effort {unack:#04x}");
                }
                Event::SessionOver(end) => tracing::info!(?end, "session over"),
                Event::MoteOperational(mac) => tracing::debug!(%mac, "mote operational"),
            }
        }
        match &mut self.ledger {
            Some(ledger) if acknowledged => ledger.flush(),
            _ => Ok(()),
        }
    }

    fn report(&self, now: Duration) -> Report {
        Report {
            seconds: now.as_secs_f64(),
            tally: self.manager.tally(),
            to_client: self.to_client.tally(),
            from_client: self.from_client.tally(),
            octets_dropped: self.backlog.dropped(),
        }
    }
}
