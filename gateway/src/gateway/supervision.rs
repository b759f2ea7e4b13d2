use core::time::Duration;
use std::time::Instant;

use sd_notify::NotifyState;

/// Tells systemd how the gateway is doing, if that has started it.
///
/// The watchdog is fed by the loop itself, and only while the uplink's thread lives: a gateway
/// that hangs is started again.
#[derive(Debug)]
pub(super) struct Supervision {
    /// Between two feedings; half of what systemd waits.
    interval: Option<Duration>,
    next: Instant,
}

impl Supervision {
    pub(super) fn new(now: Instant) -> Self {
        let interval = sd_notify::watchdog_enabled().map(|timeout| timeout / 2);
        Self { interval, next: now }
    }

    pub(super) fn ready(&self) {
        tell(&[NotifyState::Ready]);
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
                tell(&[NotifyState::Watchdog, NotifyState::Status(&status)]);
            }
        }
    }
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "systemd cannot be told");
    }
}
