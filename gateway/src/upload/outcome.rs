use readings::{Field, Record, Refusal, Timestamp};

use super::answer::Answer;
use super::judge::Clocks;

/// What has become of records. Those that are named nowhere are stored.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Those that the server will never take.
    pub(crate) refused: Vec<Refusal>,
    /// The indices of those that it may take later, and why the first of them is not taken now.
    pub(crate) kept: Vec<usize>,
    pub(crate) why_kept: Option<String>,
    /// How many were not posted, as the server takes temperatures alone.
    pub(crate) left_out: usize,
}

impl Outcome {
    /// Adds what was answered to these records, of which the first has this index.
    pub(super) fn add(&mut self, answer: Answer, records: &[Record], index: usize) {
        match answer {
            Answer::Stored => {}
            Answer::BodyRefused(reason) => {
                let field = records.first().map_or(Field::TEMPERATURE, telling);
                self.refused.push(Refusal { index, field, reason });
            }
            Answer::Refused { refusals, date } => {
                let clocks = Clocks { own: Timestamp::now(), servers: date };
                for refusal in refusals {
                    let time = records.get(refusal.index).and_then(Record::timestamp);
                    let refusal = Refusal { index: index + refusal.index, ..refusal };
                    let is_final = refusal.field != Field::TIMESTAMP
                        || time.is_some_and(|time| clocks.agree_on(time));
                    if is_final {
                        self.refused.push(refusal);
                    } else {
                        let why = clocks.difference().map_or_else(
                            || format!("the server refuses their time ({})", refusal.reason),
                            |by| {
                                format!(
                                    "the two clocks differ: the server's is {by}, and it refuses \
                                     the time of readings ({})",
                                    refusal.reason
                                )
                            },
                        );
                        self.keep(refusal.index..=refusal.index, &why);
                    }
                }
            }
        }
    }

    pub(super) fn keep(&mut self, indices: impl IntoIterator<Item = usize>, why: &str) {
        self.kept.extend(indices);
        self.why_kept.get_or_insert_with(|| why.to_owned());
    }

    /// Whether it says something of the one with this index.
    pub(super) fn names(&self, index: usize) -> bool {
        self.kept.contains(&index) || self.refused.iter().any(|refusal| refusal.index == index)
    }

    /// Adds what has become of some, which have these indices.
    pub(super) fn add_others(&mut self, of: Self, indices: &[usize]) {
        let index = |of: usize| indices.get(of).copied();
        let refused = of.refused.into_iter();
        self.refused.extend(
            refused.filter_map(|refusal| Some(Refusal { index: index(refusal.index)?, ..refusal })),
        );
        self.kept.extend(of.kept.into_iter().filter_map(index));
        self.why_kept = self.why_kept.take().or(of.why_kept);
    }
}

/// The field that says what a record is.
fn telling(record: &Record) -> Field {
    match record {
        Record::Reading(reading) => reading.quantity.into(),
        Record::Link(_) => Field::named("kind"),
        Record::Event(_) => Field::named("event"),
    }
}
