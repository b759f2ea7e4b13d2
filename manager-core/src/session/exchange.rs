use core::time::Duration;

use super::Instant;

/// How long existing clients wait for an answer.
const RESPONSE_TIMEOUT: Duration = Duration::from_millis(500);

/// How often existing clients send again.
const MAX_RETRIES: u8 = 5;

/// The number of retries of what is held back, which is sent only at its deadline.
const HELD: u8 = u8::MAX;

/// Something sent that must be answered: when to send it, and when to send it again.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Exchange {
    deadline: Instant,
    retries: u8,
    due: bool,
}

/// What has become of an exchange at its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expired {
    /// Not yet due.
    No,
    /// To be sent again.
    Retry,
    /// Held back for long enough.
    Over,
    /// Sent often enough.
    Unanswered,
}

impl Exchange {
    pub(super) fn begin(now: Instant) -> Self {
        Self { deadline: now + RESPONSE_TIMEOUT, retries: 0, due: true }
    }

    /// Nothing is sent before the deadline, whatever happens.
    pub(super) const fn hold(deadline: Instant) -> Self {
        Self { deadline, retries: HELD, due: false }
    }

    /// Sent once more after many times in vain, and given until the deadline.
    pub(super) const fn last_try(deadline: Instant) -> Self {
        Self { deadline, retries: MAX_RETRIES, due: true }
    }

    pub(super) const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Whether enough has been sent in vain, so that only the deadline is waited for, or a sign
    /// of life.
    pub(super) const fn is_exhausted(&self) -> bool {
        self.retries == MAX_RETRIES
    }

    /// Whether nothing has been sent that could be answered.
    pub(super) const fn is_held(&self) -> bool {
        self.retries == HELD
    }

    pub(super) fn expire(&mut self, now: Instant) -> Expired {
        if now < self.deadline {
            Expired::No
        } else if self.is_held() {
            Expired::Over
        } else if self.is_exhausted() {
            Expired::Unanswered
        } else {
            self.deadline = now + RESPONSE_TIMEOUT;
            self.retries += 1;
            self.due = true;
            Expired::Retry
        }
    }

    /// Whether to send now; asked once for each time.
    pub(super) const fn take_due(&mut self) -> bool {
        core::mem::replace(&mut self.due, false)
    }
}
