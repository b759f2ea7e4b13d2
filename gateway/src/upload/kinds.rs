use core::time::Duration;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use readings::{Kind, Quantity, Record};
use ureq::http::Uri;

/// Between two questions to a server that takes temperatures alone, so that one which was upgraded
/// gets everything.
const INTERVAL: Duration = Duration::from_secs(600);

/// Where each kind of record is posted, and which kinds the server takes: an earlier version, and
/// the existing Python server, take temperatures alone.
#[derive(Debug)]
pub(super) struct Kinds {
    /// Of readings, links and events; the last two if the first has a name that tells.
    uris: [Option<Uri>; 3],
    takes: Mutex<Takes>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Takes {
    #[default]
    Unknown,
    All,
    Temperatures {
        since: Instant,
    },
}

impl Kinds {
    /// `takes_others` is whether it may take anything else than temperatures.
    pub(super) fn new(readings: &Uri, takes_others: bool) -> Self {
        let other = |kind| takes_others.then(|| beside(readings, kind)).flatten();
        let uris = [Some(readings.clone()), other(Kind::Links), other(Kind::Events)];
        Self { uris, takes: Mutex::default() }
    }

    pub(super) fn uri(&self, kind: Kind) -> Option<&Uri> {
        let [readings, links, events] = &self.uris;
        match kind {
            Kind::Readings => readings.as_ref(),
            Kind::Links => links.as_ref(),
            Kind::Events => events.as_ref(),
        }
    }

    /// Whether the server takes all kinds, as far as it has said.
    pub(super) fn are_all_taken(&self) -> Option<bool> {
        if self.uri(Kind::Links).is_none() {
            self.learn(false, Instant::now());
            return Some(false);
        }
        match *self.takes() {
            Takes::All => Some(true),
            Takes::Temperatures { .. } => Some(false),
            Takes::Unknown => None,
        }
    }

    /// When it is to be asked, by a thread that nobody waits for; `None` if it need not be.
    pub(super) fn next_question(&self) -> Option<Instant> {
        self.uri(Kind::Links)?;
        match *self.takes() {
            Takes::Temperatures { since } => Some(since + INTERVAL),
            Takes::Unknown | Takes::All => None,
        }
    }

    /// The server has said. What is new is logged.
    pub(super) fn learn(&self, all: bool, now: Instant) {
        let learnt = if all { Takes::All } else { Takes::Temperatures { since: now } };
        let known = core::mem::replace(&mut *self.takes(), learnt);
        match (known, all) {
            (Takes::Temperatures { .. }, true) => {
                tracing::info!("the server takes everything now, not temperatures alone");
            }
            (Takes::Unknown | Takes::All, false) => tracing::warn!(
                "the server takes temperatures alone; what else the manager says goes nowhere, \
                 until the server is upgraded"
            ),
            _ => {}
        }
    }

    /// The server no longer has a path that it had.
    pub(super) fn doubt(&self) {
        *self.takes() = Takes::Unknown;
    }

    fn takes(&self) -> MutexGuard<'_, Takes> {
        self.takes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether every server takes it.
pub(super) fn is_temperature(record: &Record) -> bool {
    matches!(record, Record::Reading(reading) if reading.quantity == Quantity::TEMPERATURE)
}

/// The path of this kind on the same server, where readings go to this one.
fn beside(readings: &Uri, kind: Kind) -> Option<Uri> {
    let [_, ending] = Kind::Readings.paths();
    let path = readings.path().strip_suffix(ending)?;
    let mut parts = readings.clone().into_parts();
    parts.path_and_query = Some(format!("{path}{}", kind.paths()[1]).parse().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_posted_beside_the_readings() {
        for (readings, links) in [
            ("http://a.example/api/v1/oap", Some("http://a.example/api/v1/links")),
            ("https://a.example:8443/b/oap", Some("https://a.example:8443/b/links")),
            ("http://a.example/elsewhere", None),
        ] {
            let kinds = Kinds::new(&readings.parse().unwrap(), true);
            let found = kinds.uri(Kind::Links).map(Uri::to_string);
            assert_eq!(found.as_deref(), links);
            let of_single = Kinds::new(&readings.parse().unwrap(), false);
            assert_eq!(of_single.uri(Kind::Events), None);
            assert_eq!(of_single.are_all_taken(), Some(false));
            assert_eq!(of_single.next_question(), None);
        }
    }

    #[test]
    fn an_old_server_is_asked_again_and_another_is_not() {
        let kinds = Kinds::new(&"http://a.example/oap".parse().unwrap(), true);
        let now = Instant::now();
        assert_eq!((kinds.are_all_taken(), kinds.next_question()), (None, None));
        kinds.learn(false, now);
        assert_eq!(kinds.are_all_taken(), Some(false));
        assert_eq!(kinds.next_question(), Some(now + INTERVAL));
        kinds.learn(true, now);
        assert_eq!((kinds.are_all_taken(), kinds.next_question()), (Some(true), None));
        kinds.doubt();
        assert_eq!(kinds.are_all_taken(), None);
    }
}
