use std::time::Instant;

use crate::repetition::Repetition;

/// What is logged of the times in which readings go to the spool: the beginning with its reason,
/// and the end if the beginning was. Where one such time follows the other, most are only counted.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    /// Why, while it lasts; `None` if that was not logged.
    reason: Option<Option<String>>,
    begun: Repetition,
}

impl Keeping {
    /// One that began before this program did, and of which the log knows.
    pub(super) fn begun_before() -> Self {
        Self { reason: Some(Some(String::new())), begun: Repetition::default() }
    }

    /// Readings go to the spool for this reason.
    pub(super) fn begin(&mut self, now: Instant, reason: &str) {
        let times = match &self.reason {
            Some(Some(logged)) if logged == reason => return,
            // It lasts, and somebody has to know.
            Some(None) => self.begun.take_overdue(now),
            Some(Some(_)) | None => self.begun.happen(1, now),
        };
        let logged = self.reason.get_or_insert_default();
        match times {
            None => return,
            Some(1) => tracing::warn!(reason, "readings are kept in the spool"),
            Some(times) => {
                tracing::warn!(reason, times, "readings are kept in the spool, again and again");
            }
        }
        *logged = Some(reason.to_owned());
    }

    /// Whether the log says that readings go to the spool.
    pub(super) fn is_logged(&self) -> bool {
        matches!(self.reason, Some(Some(_)))
    }

    /// Nothing is left in the spool, and nothing goes there.
    pub(super) fn end(&mut self) {
        if let Some(Some(_)) = self.reason.take() {
            tracing::info!("the spool is empty");
        }
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
        keeping.begin(at(0), "away");
        assert!(keeping.is_logged());
        keeping.end();
        assert!(!keeping.is_logged());
        keeping.begin(at(5), "away");
        assert!(!keeping.is_logged(), "within a minute of the last");
        keeping.begin(at(59), "away");
        assert!(!keeping.is_logged());
        keeping.begin(at(60), "away");
        assert!(keeping.is_logged(), "it lasts, and somebody has to know");
        assert!(Keeping::begun_before().is_logged());
    }
}
