use std::time::Instant;

use crate::repetition::Repetition;

/// What is logged of the times in which readings go to the spool: the beginning with its reason,
/// and the end if the beginning was. Where one such time follows the other, most are only counted.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    /// Of what kind its cause is, while it lasts; `None` if that was not logged.
    cause: Option<Option<String>>,
    begun: Repetition,
}

impl Keeping {
    /// One that began before this program did, and of which the log knows.
    pub(super) fn begun_before() -> Self {
        Self { cause: Some(Some(String::new())), begun: Repetition::default() }
    }

    /// Readings go to the spool for this reason, of which the details may change while its cause
    /// is the same.
    pub(super) fn begin(&mut self, now: Instant, cause: &str, reason: &str) {
        let times = match &self.cause {
            Some(Some(logged)) if logged == cause => return,
            // It lasts, and somebody has to know.
            Some(None) => self.begun.take_overdue(now),
            Some(Some(_)) | None => self.begun.happen(1, now),
        };
        let logged = self.cause.get_or_insert_default();
        match times {
            None => return,
            Some(1) => tracing::warn!(reason, "readings are kept in the spool"),
            Some(times) => {
                tracing::warn!(reason, times, "readings are kept in the spool, again and again");
            }
        }
        *logged = Some(cause.to_owned());
    }

    /// Whether the log says that readings go to the spool.
    pub(super) fn is_logged(&self) -> bool {
        matches!(self.cause, Some(Some(_)))
    }

    /// Nothing is left in the spool, and nothing goes there.
    pub(super) fn end(&mut self) {
        if let Some(Some(_)) = self.cause.take() {
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
}
