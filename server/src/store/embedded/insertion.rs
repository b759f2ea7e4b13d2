use std::collections::{BTreeMap, BTreeSet};

use readings::{Event, Field, Link, Mac, Quantity, Timestamp};
use rusqlite::{Connection, Result, params};

use super::{events, links, quantities};
use crate::store::labels::key;
use crate::store::queue::Job;
use crate::store::records::time_of;
use crate::store::{Keeping, Records, Refused, Sample, Written};

/// What a group of writes means for the motes.
#[derive(Default)]
pub(super) struct Admitted {
    /// More than the limit: what is about them is refused.
    pub(super) beyond: BTreeSet<Mac>,
    /// When there was something else about these than a temperature, if that is news.
    pub(super) news: BTreeMap<Mac, Timestamp>,
}

impl Admitted {
    fn has(&self, mac: Option<Mac>) -> bool {
        self.beyond.is_empty() || mac.is_none_or(|mac| !self.beyond.contains(&mac))
    }

    /// What is stored that is no temperature: whom it is about, and when.
    pub(super) fn others<'a>(
        &'a self,
        group: &'a [Job],
    ) -> impl Iterator<Item = (Mac, Timestamp)> + 'a {
        let all = group.iter().flat_map(|job| {
            (0..job.records.len()).filter_map(|index| match &job.records {
                Records::Samples(samples) => {
                    let Sample { mac, quantity, time, .. } = *samples.get(index)?;
                    (quantity != Quantity::TEMPERATURE).then_some((mac, time))
                }
                Records::Links(links) => {
                    links.get(index).map(|link| (link.mac, time_of(link.timestamp)))
                }
                Records::Events(events) => {
                    let event = events.get(index)?;
                    Some((event.mac?, time_of(event.timestamp)))
                }
            })
        });
        all.filter(|&(mac, _)| self.has(Some(mac)))
    }

    /// The temperatures that are stored.
    pub(super) fn temperatures<'a>(
        &'a self,
        group: &'a [Job],
    ) -> impl Iterator<Item = &'a Sample> + 'a {
        let samples = group.iter().flat_map(|job| match &job.records {
            Records::Samples(samples) => samples.as_slice(),
            _ => &[],
        });
        samples
            .filter(|sample| sample.quantity == Quantity::TEMPERATURE && self.has(Some(sample.mac)))
    }
}

/// Inserts the records of all jobs, but those about motes beyond the limit.
pub(super) fn insert(
    connection: &Connection,
    group: &[Job],
    admitted: &Admitted,
    keeping: &Keeping,
) -> Result<Vec<Written>> {
    let mut answers = Vec::with_capacity(group.len());
    // Prepared once for the group: nearly all of it are temperatures, a request each.
    let mut temperature = connection.prepare_cached(
        "INSERT INTO readings (time, mac, temperature) VALUES (?1, ?2, ?3)
         ON CONFLICT DO NOTHING",
    )?;
    let mut other = connection.prepare_cached(quantities::INSERT)?;
    let mut link = links::inserting(connection)?;
    let mut event = events::inserting(connection)?;
    for Job { records, .. } in group {
        let mut written = Written::default();
        match records {
            Records::Samples(samples) => {
                let mac = |sample: &Sample| Some(sample.mac);
                each(samples, admitted, keeping, &mut written, mac, |sample| {
                    let (mac, time) = (key(sample.mac), sample.time.as_micros());
                    let inserted = if sample.quantity == Quantity::TEMPERATURE {
                        temperature.execute(params![time, mac, sample.value])?
                    } else {
                        other.execute(params![sample.quantity.code(), mac, time, sample.value])?
                    };
                    Ok(inserted > 0)
                })?;
            }
            Records::Links(all) => {
                let mac = |link: &Link| Some(link.mac);
                each(all, admitted, keeping, &mut written, mac, |one| {
                    links::insert(&mut link, one)
                })?;
            }
            Records::Events(all) => {
                let mac = |event: &Event| event.mac;
                each(all, admitted, keeping, &mut written, mac, |one| {
                    events::insert(&mut event, one)
                })?;
            }
        }
        answers.push(written);
    }
    if !admitted.news.is_empty() {
        let mut hear =
            connection.prepare_cached("REPLACE INTO heard (mac, time) VALUES (?1, ?2)")?;
        for (&mac, time) in &admitted.news {
            hear.execute([key(mac), time.as_micros()])?;
        }
    }
    Ok(answers)
}

fn each<T>(
    records: &[T],
    admitted: &Admitted,
    keeping: &Keeping,
    written: &mut Written,
    mac: impl Fn(&T) -> Option<Mac>,
    mut insert: impl FnMut(&T) -> Result<bool>,
) -> Result<()> {
    for (index, record) in records.iter().enumerate() {
        if !admitted.has(mac(record)) {
            let reason = keeping.no_more_motes();
            written.refused.push(Refused { index, field: Field::MAC, reason });
        } else if !insert(record)? {
            written.repeated.push(index);
        }
    }
    Ok(())
}
