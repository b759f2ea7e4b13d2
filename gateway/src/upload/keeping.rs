use std::time::Instant;

use crate::repetition::Repetition;

/// What is logged of the times in which readings go to the spool: the beginning with its reason,
/// and the end if the beginning was. Where one such time follows the other, most are only counted.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    /// Of what kind its cause is, while it lasts; `None` if that was not logged.
    cause: Option<Option<String>>,
    begun: Repetition,
    /// Whether the log's last word is that the server takes readings again, though some still wait.
    back: bool,
    /// Whether it does not any more, which was counted and not logged.
    away_again: bool,
}

impl Keeping {
    /// One that began before this program did, and of which the log knows.
    pub(super) fn begun_before() -> Self {
        Self { cause: Some(Some(String::new())), ..Self::default() }
    }

    /// Readings go to the spool for this reason, of which the details may change while its cause
    /// is the same.
    pub(super) fn begin(&mut self, now: Instant, cause: &str, reason: &str) {
        let times = match &self.cause {
            Some(Some(logged)) if logged == cause && !self.back => return,
            // It lasts, and somebody has to know.
            Some(None) => self.begun.take_overdue(now),
            Some(Some(_)) if self.away_again => self.begun.take_overdue(now),
            Some(Some(_)) | None => self.begun.happen(1, now),
        };
        let logged = self.cause.get_or_insert_default();
        self.away_again = self.back;
        match times {
            None => return,
            Some(1) => tracing::warn!(reason, "readings are kept in the spool"),
            Some(times) => {
                tracing::warn!(reason, times, "readings are kept in the spool, again and again");
            }
        }
        *logged = Some(cause.to_owned());
        (self.back, self.away_again) = (false, false);
    }

    /// The server takes readings again, though some may still wait. Whether that is to be logged: once
    /// for each time that the opposite was.
    pub(super) fn is_back(&mut self) -> bool {
        let is_news = self.is_logged() && !self.back;
        self.back |= is_news;
        self.away_again = false;
        is_news
    }

    /// Whether the log says that readings go to the spool.
    fn is_logged(&self) -> bool {
        matches!(self.cause, Some(Some(_)))
    }

    /// Nothing is left in the spool, and nothing goes there.
    pub(super) fn end(&mut self) {
        if let Some(Some(_)) = self.cause.take() {
            tracing::info!("the spool is empty");
        }
        (self.back, self.away_again) = (false, false);
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    #[test]
    fn an_end_is_logged_if_the_beginning_was() {
        let (begun, mut keeping) = (Instant::now(), Keeping::default());
        let at = |seconds| begun + Duration::from_secs(seconds);
        let begin = |keeping: &mut Keeping, seconds| keeping.begin(at(seconds), "away", "it is");
        begin(&mut keeping, 0);
        assert!(keeping.is_logged());
        keeping.end();
        assert!(!keeping.is_logged());
        begin(&mut keeping, 5);
        assert!(!keeping.is_logged(), "within a minute of the last");
        begin(&mut keeping, 59);
        assert!(!keeping.is_logged());
        begin(&mut keeping, 60);
        assert!(keeping.is_logged(), "it lasts, and somebody has to know");
        assert!(Keeping::begun_before().is_logged());
    }
    #[test]
    fn while_much_waits_a_server_that_comes_and_goes_is_told_of_once_a_minute() {
        let (begun, mut keeping) = (Instant::now(), Keeping::default());
        let at = |seconds| begun + Duration::from_secs(seconds);
        keeping.begin(at(0), "away", "it is");
        let back: Vec<u64> = (0..300)
            .filter(|&second| {
                let is_back = keeping.is_back();
                keeping.begin(at(second), "away", "it is");
                keeping.begin(at(second), "away", "it still is");
                is_back
            })
            .collect();
        assert_eq!(back, [0, 61, 121, 181, 241]);
        keeping.begin(at(300), "away", "it still is");
        assert!(keeping.is_back(), "that it was away was logged in the end");
    }
}
