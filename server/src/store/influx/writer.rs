use core::time::Duration;
use std::sync::Arc;

use readings::Field;

use super::client::WriteError;
use super::{Shared, line};
use crate::store::queue::{Job, Taken};
use crate::store::{Refused, Sample, StoreError, Written, reply};

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

    fn write_group(&self, mut group: Vec<Job>) {
        let joined;
        let samples: &[Sample] = if let [only] = &mut *group {
            joined = core::mem::take(&mut only.samples);
            &joined
        } else {
            joined = group.iter().flat_map(|job| &job.samples).copied().collect();
            &joined
        };
        // After a failure those who were in the queue already are answered without another try.
        let outcome = match self.shared.backlog.pause() {
            Some(reason) => Err(reason),
            None => self.write_all(samples),
        };
        self.shared.backlog.release(samples.len());
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
        let single = group.len() == 1;
        let mut refused = refused.into_iter().peekable();
        let mut start = 0;
        let answer = |job: Job| {
            let end = if single { samples.len() } else { start + job.samples.len() };
            let mut written = Written::default();
            while let Some(refusal) = refused.next_if(|refusal| refusal.index < end) {
                written.refused.push(Refused { index: refusal.index - start, ..refusal });
            }
            start = end;
            (job, Ok(written))
        };
        reply::send(group.into_iter().map(answer).collect());
    }

    /// Writes the samples, but those of motes that would be too many.
    fn write_all(&self, samples: &[Sample]) -> Result<Vec<Refused>, String> {
        let Shared { keeping, known, .. } = &*self.shared;
        if !samples.is_empty() {
            // The limit is of what the engine has, also of what it had before this server began. If
            // it does not tell, the write shows whether it is there.
            let _ = self.shared.refresh();
        }
        let beyond = known.admit(keeping.max_motes, samples);
        if beyond.is_empty() {
            return self.write(samples);
        }
        let fits = |sample: &Sample| !beyond.contains(&sample.mac);
        let (indices, rest): (Vec<usize>, Vec<Sample>) =
            samples.iter().copied().enumerate().filter(|(_, sample)| fits(sample)).unzip();
        let mut refused = self.write(&rest)?;
        for one in &mut refused {
            one.index = indices[one.index];
        }
        let others = samples.iter().enumerate().filter(|(_, sample)| !fits(sample));
        refused.extend(others.map(|(index, _)| Refused {
            index,
            field: Field::MAC,
            reason: keeping.no_more_motes(),
        }));
        refused.sort_by_key(|refused| refused.index);
        Ok(refused)
    }

    /// Writes the samples; those that are refused are found by halving.
    fn write(&self, samples: &[Sample]) -> Result<Vec<Refused>, String> {
        if samples.is_empty() {
            return Ok(Vec::new());
        }
        let reason = match self.shared.client.write(&line::emit(samples)) {
            Ok(()) => return Ok(Vec::new()),
            Err(WriteError::Unavailable(reason)) => return Err(reason),
            Err(WriteError::Refused(reason)) => reason,
        };
        if samples.len() == 1 || dropped(&reason) == Some(samples.len()) {
            let (field, reason) = said_of(&reason);
            let refused = |index| Refused { index, field, reason: reason.to_owned() };
            return Ok((0..samples.len()).map(refused).collect());
        }
        let (left, right) = samples.split_at(samples.len() / 2);
        let mut refused = self.write(left)?;
        let right = self.write(right)?.into_iter();
        refused.extend(right.map(|one| Refused { index: one.index + left.len(), ..one }));
        Ok(refused)
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
fn said_of(reason: &str) -> (Field, &'static str) {
    if reason.contains("retention") {
        (Field::TIMESTAMP, "is beyond the store's retention policy")
    } else if reason.contains("time") {
        (Field::TIMESTAMP, "is no time that the store takes")
    } else if reason.contains("type") {
        (Field::TEMPERATURE, "field type conflict: the store has other values than floats there")
    } else {
        (Field::TEMPERATURE, "is not taken by the store")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engines_reasons_are_understood() {
        let reason = "partial write: points beyond retention policy dropped=12";
        assert_eq!((dropped(reason), said_of(reason).0), (Some(12), Field::TIMESTAMP));
        let reason = "partial write: field type conflict: input field \"value\" dropped=1";
        assert_eq!((dropped(reason), said_of(reason).0), (Some(1), Field::TEMPERATURE));
        assert_eq!(dropped("unable to parse"), None);
    }
}
