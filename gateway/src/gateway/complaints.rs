use core::fmt::Display;
use std::time::Instant;

use crate::repetition::Repetition;

/// What is wrong at the other end of the line, or with this machine's clock: whoever is there can
/// make it happen as often as they like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Complaint {
    /// A session that has broken at once.
    SessionBroken,
    Unanswered,
    SessionRefused,
    RequestRefused,
    Unreadable,
    ClockSet,
}

const COMPLAINTS: [Complaint; 6] = [
    Complaint::SessionBroken,
    Complaint::Unanswered,
    Complaint::SessionRefused,
    Complaint::RequestRefused,
    Complaint::Unreadable,
    Complaint::ClockSet,
];

/// Complaints are said at once, and then counted; the count is said with the last reason.
#[derive(Debug, Default)]
pub(super) struct Complaints([Said; COMPLAINTS.len()]);

#[derive(Debug, Default)]
struct Said {
    repetition: Repetition,
    reason: String,
}

impl Complaints {
    /// There is a reason to complain. Returns whether that is said, rather than counted.
    pub(super) fn complain(&mut self, complaint: Complaint, reason: impl Display) -> bool {
        let Some(said) = self.0.get_mut(complaint as usize) else { return false };
        said.reason = reason.to_string();
        let times = said.repetition.happen(1, Instant::now());
        if let Some(times) = times {
            say(complaint, times, &said.reason);
        }
        times.is_some()
    }

    /// Says what was counted, where it is time for that.
    pub(super) fn say_overdue(&mut self, now: Instant) {
        for (complaint, said) in COMPLAINTS.into_iter().zip(&mut self.0) {
            if let Some(times) = said.repetition.take_overdue(now) {
                say(complaint, times, &said.reason);
            }
        }
    }
}

fn say(complaint: Complaint, times: u64, reason: &str) {
    match complaint {
        Complaint::SessionBroken => {
            tracing::warn!(times, reason, "the session breaks at once; asking for another");
        }
        Complaint::Unanswered => tracing::warn!(
            times,
            "the manager does not answer; is this the port of its serial API, and is it on?"
        ),
        Complaint::SessionRefused => {
            tracing::error!(times, reason, "the manager refuses a session");
        }
        Complaint::RequestRefused => {
            tracing::error!(times, reason, "the manager refuses a request");
        }
        Complaint::Unreadable => {
            tracing::warn!(times, reason, "a notification cannot be read, and is passed over");
        }
        Complaint::ClockSet => tracing::warn!(
            times,
            reason,
            "this machine's clock was set; readings not dated yet get the new time"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_complaint_is_said_at_once_and_then_counted() {
        let mut complaints = Complaints::default();
        for (index, complaint) in COMPLAINTS.into_iter().enumerate() {
            assert_eq!(complaint as usize, index);
            assert!(complaints.complain(complaint, "first"), "{complaint:?}");
            assert!(!complaints.complain(complaint, "second"), "{complaint:?}");
        }
        let minute = Instant::now() + core::time::Duration::from_secs(61);
        complaints.say_overdue(minute);
        for said in &mut complaints.0 {
            assert_eq!(said.repetition.take_overdue(minute), None);
        }
    }
}
