use core::time::Duration;
use std::io;
use std::time::Instant;

use crate::backlog::Backlog;
use crate::ledger::Ledger;
use crate::port::{Port, Ready};
use crate::stopper::Stopper;
use crate::{Config, Event, FaultyLine, Report, SimulatedManager};

/// What a client may leave unread before octets are dropped, besides what the kernel holds.
const BACKLOG: usize = 64 * 1024;

/// Reads after the end: what the kernel holds, and no more from a client that never stops.
const LAST_READS: usize = 16;

/// What is due within this time of each other is done at once: at thousands of samples a second
/// the simulator would do little but go to sleep and wake up.
const TICK: Duration = Duration::from_millis(1);

/// Where readings are noted, as they are sent and acknowledged, and what else is.
#[derive(Debug)]
pub(crate) struct Ledgers {
    pub(crate) acknowledged: Option<Ledger>,
    pub(crate) sent: Option<Ledger>,
    pub(crate) notices: Option<Ledger>,
}

/// Moves octets between a port and a simulated manager, and time on.
#[derive(Debug)]
pub(crate) struct Worker {
    manager: SimulatedManager,
    port: Box<dyn Port>,
    ledgers: Ledgers,
    stopper: Stopper,
    duration: Option<Duration>,
    started: Instant,
    to_client: FaultyLine,
    from_client: FaultyLine,
    backlog: Backlog,
}

impl Worker {
    pub(crate) fn new(
        config: &Config,
        started: Instant,
        manager: SimulatedManager,
        port: Box<dyn Port>,
        ledgers: Ledgers,
        stopper: Stopper,
    ) -> Self {
        let seed = config.settings.seed;
        Self {
            manager,
            port,
            ledgers,
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
                // What the client has written before the end still counts.
                for _ in 0..LAST_READS {
                    if !self.hear(&mut read, &mut carried)? {
                        break;
                    }
                }
                self.attend_events()?;
                return Ok(self.report(now));
            }
            let ready = self.wait()?;
            if ready.visits && self.port.tidy()? {
                tracing::info!("a client has opened the port");
                self.backlog.drop_all();
            }
            if ready.line {
                self.hear(&mut read, &mut carried)?;
            }
            if self.port.handle_timeout(self.started.elapsed())? {
                self.backlog.drop_all();
            }
        }
    }

    /// Takes what the client has written, if anything.
    fn hear(&mut self, read: &mut [u8], carried: &mut Vec<u8>) -> io::Result<bool> {
        let count = self.port.read(read)?;
        carried.clear();
        self.from_client.carry(read.get(..count).unwrap_or_default(), carried);
        self.manager.handle_bytes(self.started.elapsed(), carried);
        Ok(count > 0)
    }

    fn wait(&mut self) -> io::Result<Ready> {
        let timeouts = [self.manager.poll_timeout(), self.port.poll_timeout(), self.duration];
        let until = timeouts.into_iter().flatten().min();
        let timeout = until.map(|until| until.saturating_sub(self.started.elapsed()).max(TICK));
        self.port.wait(timeout, !self.backlog.is_empty())
    }

    fn transmit(&mut self, carried: &mut Vec<u8>) -> io::Result<()> {
        carried.clear();
        while let Some(frame) = self.manager.poll_transmit() {
            self.to_client.carry(&frame, carried);
        }
        self.backlog.push(carried);
        while !self.backlog.is_empty() {
            let written = self.port.write(self.backlog.front())?;
            if written == 0 {
                break;
            }
            self.backlog.take(written);
        }
        Ok(())
    }

    fn attend_events(&mut self) -> io::Result<()> {
        while let Some(event) = self.manager.poll_event() {
            match event {
                Event::Acknowledged(reading) => {
                    tracing::trace!(mac = %reading.mac_address, "acknowledged");
                    if let Some(ledger) = &mut self.ledgers.acknowledged {
                        ledger.write(&reading)?;
                    }
                }
                Event::Sent(reading) => {
                    if let Some(ledger) = &mut self.ledgers.sent {
                        ledger.write(&reading)?;
                    }
                }
                Event::NoticeSent(body) => {
                    if let Some(ledger) = &mut self.ledgers.notices {
                        ledger.write_notice(&body, false)?;
                    }
                }
                Event::NoticeAcknowledged(body) => {
                    if let Some(ledger) = &mut self.ledgers.notices {
                        ledger.write_notice(&body, true)?;
                    }
                }
                Event::Booted => tracing::info!("booted"),
                Event::SessionBegun => tracing::info!("session begun"),
                Event::HelloRefused(code) => tracing::info!(%code, "hello refused"),
                Event::Subscribed(subscribe) => {
                    let [filter, best_effort] = [subscribe.filter.0, subscribe.unack_filter.0]
                        .map(|bits| format!("{bits:#04x}"));
                    tracing::info!(filter, best_effort, "subscribed");
                }
                Event::SessionOver(end) => tracing::info!(%end, "session over"),
                Event::MoteOperational(mac) => tracing::debug!(%mac, "mote operational"),
            }
        }
        let Ledgers { acknowledged, sent, notices } = &mut self.ledgers;
        acknowledged.iter_mut().chain(sent).chain(notices).try_for_each(Ledger::flush)
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
