use core::time::Duration;
use std::time::Instant;

use host::supervisor;

/// Tells the supervisor how the gateway is doing.
///
/// The watchdog is fed by the loop itself, and only while the uplink's thread lives: a gateway
/// that hangs is started again.
#[derive(Debug)]
pub(super) struct Supervision {
    /// Between two feedings; half of what it waits.
    interval: Option<Duration>,
    next: Instant,
}

impl Supervision {
    pub(super) fn new(now: Instant) -> Self {
        let interval = supervisor::watchdog().map(|timeout| timeout / 2);
        Self { interval, next: now }
    }

    pub(super) fn ready(&self) {
        supervisor::ready();
    }

    /// When [`feed`](Self::feed) is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.interval.map(|_| self.next)
    }

    /// If all is well, `status` says so to people.
    pub(super) fn feed(&mut self, now: Instant, status: impl FnOnce() -> Option<String>) {
        if let Some(interval) = self.interval.filter(|_| self.next <= now) {
            // Also if nothing is told: what is due and never done would keep a core busy.
            self.next = now + interval;
            if let Some(status) = status() {
                supervisor::alive(Some(&status));
            }
        }
    }
}
