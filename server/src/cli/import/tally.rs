use core::fmt;

use host::{Failure, exit};
use readings::Field;

use super::record::Place;

/// Refusals that are told one by one; of more it is told how many there are.
const TOLD: u64 = 20;

/// What has become of the readings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) stored: u64,
    refused: u64,
}

impl Tally {
    /// Counts a reading that is none, and says why.
    pub(super) fn refuse(&mut self, place: Place, field: Option<Field>, reason: &str) {
        self.refused += 1;
        if self.refused <= TOLD {
            let field = field.map(tracing::field::display);
            let Place { number, line } = place;
            tracing::warn!(reading = number, line, field, reason, "refused");
        }
        if self.refused == TOLD {
            tracing::warn!("further refusals are only counted");
        }
    }

    /// Whether nothing was good from the first record to this one.
    pub(super) const fn is_nothing_but_refused(&self, records: u64) -> bool {
        self.stored == 0 && self.refused >= records
    }

    /// How the import as a whole has gone.
    pub(super) fn verdict(&self, name: &str) -> Result<(), Failure> {
        let reason = match (self.stored, self.refused) {
            (0, 0) => format!("there is no reading in {name}; nothing is imported"),
            (0, _) => format!("no reading in {name} is good; nothing is imported"),
            (_, 0) => return Ok(()),
            (_, _) => "some readings were refused".to_owned(),
        };
        Err(Failure::new(exit::DATA, reason))
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} readings stored, {} refused", self.stored, self.refused)
    }
}
