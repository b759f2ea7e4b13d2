use core::time::Duration;
use std::collections::BTreeSet;
use std::sync::Arc;

use readings::{Field, Mac};

use super::client::WriteError;
use super::line::{Item, Point};
use super::{Shared, line};
use crate::store::queue::{Job, Taken};
use crate::store::{Refused, StoreError, Written, reply};

/// How long the engine is left alone after a failure.
const PAUSE: Duration = Duration::from_millis(500);

/// One of the threads that write.
pub(super) struct Writer {
    pub(super) shared: Arc<Shared>,
}

impl Writer {
    /// Writes until the queue is closed and empty.
    pub(super) fn run(self) {
        while let Taken::Group(group) = self.shared.queue.take(None) {
            self.write_group(group);
        }
    }

    fn write_group(&self, group: Vec<Job>) {
        let mut points = Vec::with_capacity(group.iter().map(|job| job.records.len()).sum());
        group.iter().for_each(|job| Point::add_all(&mut points, job.site, &job.records));
        // After a failure those who were in the queue already are answered without another try.
        let outcome = match self.shared.backlog.pause() {
            Some(reason) => Err(reason),
            None => self.write_all(&points),
        };
        self.shared.backlog.release(group.iter().map(|job| job.records.weight()).sum());
        self.shared.queue.finish(group.len());
        let refused = match outcome {
            Ok(refused) => refused,
            Err(reason) => {
                if self.shared.backlog.pause().is_none() {
                    self.shared.backlog.set_fault(Some((&reason, PAUSE)));
                }
                let answer = |job| (job, Err(StoreError::Unavailable(reason.clone())));
                reply::send(group.into_iter().map(answer).collect());
                return;
            }
        };
        self.shared.backlog.set_fault(None);
        let mut refused = refused.into_iter().peekable();
        let mut start = 0;
        let answer = |job: Job| {
            let end = start + job.records.len();
            let mut written = Written::default();
            while let Some(refusal) = refused.next_if(|refusal| refusal.index < end) {
                written.refused.push(Refused { index: refusal.index - start, ..refusal });
            }
            start = end;
            (job, Ok(written))
        };
        reply::send(group.into_iter().map(answer).collect());
    }

    /// Writes the points, but those of motes that would be too many.
    fn write_all(&self, points: &[Point<'_>]) -> Result<Vec<Refused>, String> {
        let beyond = self.beyond(points);
        let mut refused = Vec::new();
        // What is kept for different times is in different places.
        for is_of_network in [false, true] {
            let fits = |point: &Point<'_>| {
                point.is_of_network() == is_of_network
                    && (beyond.is_empty() || point.mac().is_none_or(|mac| !beyond.contains(&mac)))
            };
            if points.iter().all(fits) {
                return self.write(points, is_of_network);
            }
            let (indices, some): (Vec<usize>, Vec<Point<'_>>) =
                points.iter().copied().enumerate().filter(|(_, point)| fits(point)).unzip();
            let of_these = self.write(&some, is_of_network)?.into_iter();
            refused.extend(of_these.map(|one| Refused { index: indices[one.index], ..one }));
        }
        for (index, point) in points.iter().enumerate() {
            if point.mac().is_some_and(|mac| beyond.contains(&mac)) {
                let reason = self.shared.keeping.no_more_motes();
                refused.push(Refused { index, field: Field::MAC, reason });
            }
        }
        refused.sort_by_key(|refused| refused.index);
        Ok(refused)
    }

    /// Motes that would be too many.
    fn beyond(&self, points: &[Point<'_>]) -> BTreeSet<Mac> {
        let Shared { keeping, known, .. } = &*self.shared;
        // Without a limit nobody need know how many there are, of whatever sites.
        if keeping.max_motes == usize::MAX || points.is_empty() {
            return BTreeSet::new();
        }
        // The limit is of what the engine has, also of what it had before this server began. If
        // it does not tell, the write shows whether it is there.
        let _ = self.shared.refresh();
        let macs = points.iter().filter_map(|point| Some((point.mac()?, point.is_temperature())));
        known.admit(keeping.max_motes, macs)
    }

    /// Writes the points; those that are refused are found by halving.
    fn write(&self, points: &[Point<'_>], is_of_network: bool) -> Result<Vec<Refused>, String> {
        if points.is_empty() {
            return Ok(Vec::new());
        }
        let Shared { client, engine, .. } = &*self.shared;
        let reason = match client.write(&line::emit(points, *engine), is_of_network) {
            Ok(()) => return Ok(Vec::new()),
            Err(WriteError::Unavailable(reason)) => return Err(reason),
            Err(WriteError::Refused(reason)) => reason,
        };
        if points.len() == 1 || dropped(&reason) == Some(points.len()) {
            let refused = |(index, point)| {
                let (field, reason) = said_of(&reason, field_of(point));
                Refused { index, field, reason: reason.to_owned() }
            };
            return Ok(points.iter().enumerate().map(refused).collect());
        }
        let (left, right) = points.split_at(points.len() / 2);
        let mut refused = self.write(left, is_of_network)?;
        let right = self.write(right, is_of_network)?.into_iter();
        refused.extend(right.map(|one| Refused { index: one.index + left.len(), ..one }));
        Ok(refused)
    }
}

/// The field that an engine refuses if it does not say which.
fn field_of(point: &Point<'_>) -> Field {
    match point.item {
        Item::Sample(sample) => sample.quantity.into(),
        Item::Link(_) => Field::named("kind"),
        Item::Event(_) => Field::named("event"),
    }
}

impl Drop for Writer {
    /// Should a thread panic, nobody waits for it in vain.
    fn drop(&mut self) {
        self.shared.queue.abandon();
    }
}

/// How many points an engine says it dropped: `partial write: … dropped=3`.
fn dropped(reason: &str) -> Option<usize> {
    reason.rsplit_once("dropped=")?.1.trim().parse().ok()
}

/// The field at fault, as far as the engine's reason tells, and what a client is told: the engine's
/// own words are for the log, since they are about its insides.
fn said_of(reason: &str, field: Field) -> (Field, &'static str) {
    if reason.contains("retention") {
        (Field::TIMESTAMP, "is beyond the store's retention policy")
    } else if reason.contains("time") {
        (Field::TIMESTAMP, "is no time that the store takes")
    } else if reason.contains("type") {
        (field, "field type conflict: the store has other values than floats there")
    } else {
        (field, "is not taken by the store")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engines_reasons_are_understood() {
        let reason = "partial write: points beyond retention policy dropped=12";
        assert_eq!(
            (dropped(reason), said_of(reason, Field::TEMPERATURE).0),
            (Some(12), Field::TIMESTAMP)
        );
        let reason = "partial write: field type conflict: input field \"value\" dropped=1";
        assert_eq!(
            (dropped(reason), said_of(reason, Field::TEMPERATURE).0),
            (Some(1), Field::TEMPERATURE)
        );
        assert_eq!(dropped("unable to parse"), None);
    }
}
