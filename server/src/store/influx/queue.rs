use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::store::{Sample, StoreError, Written};

/// Most readings in one request to the engine.
const MAX_GROUP: usize = 10_000;

/// Readings for which a second request is begun while the engine works on the first. Fewer are
/// better sent together, once it has answered.
const WORTH_ANOTHER: usize = 500;

/// Samples to be written, and where the answer goes.
pub(super) struct Job {
    pub(super) samples: Vec<Sample>,
    pub(super) reply: oneshot::Sender<Result<Written, StoreError>>,
}

/// What waits to be written, gathered into groups.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    jobs: Vec<Job>,
    readings: usize,
    under_way: usize,
    closed: bool,
}

impl Queue {
    pub(super) fn push(&self, job: Job) {
        let mut state = self.lock();
        state.readings += job.samples.len();
        state.jobs.push(job);
        if state.is_ready() {
            self.changed.notify_one();
        }
    }

    /// The next group, when there is one; none when the queue is closed and empty. Each group taken
    /// is to be [finished](Self::finish).
    pub(super) fn take(&self) -> Option<Vec<Job>> {
        let mut state = self.lock();
        while !state.is_ready() {
            if state.closed && state.jobs.is_empty() {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let mut readings = 0;
        let group = state.jobs.iter().take_while(|job| {
            let fits = readings < MAX_GROUP;
            readings += job.samples.len();
            fits
        });
        let count = group.count();
        let group: Vec<Job> = state.jobs.drain(..count).collect();
        state.readings -= group.iter().map(|job| job.samples.len()).sum::<usize>();
        state.under_way += 1;
        Some(group)
    }

    /// A group taken is answered.
    pub(super) fn finish(&self) {
        self.lock().under_way -= 1;
        self.changed.notify_one();
    }

    /// No more will be pushed.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_ready(&self) -> bool {
        !self.jobs.is_empty() && (self.under_way == 0 || self.readings >= WORTH_ANOTHER)
    }
}

#[cfg(test)]
mod tests {
    use readings::{Mac, Timestamp};

    use super::*;

    fn job(readings: usize) -> Job {
        let time = Timestamp::from_micros(0);
        let sample = Sample { mac: Mac::from([0; 8]), time, temperature: 20.0 };
        Job { samples: vec![sample; readings], reply: oneshot::channel().0 }
    }

    #[test]
    fn what_waits_is_taken_together_and_a_little_waits_for_the_answer() {
        let queue = Queue::default();
        for _ in 0..3 {
            queue.push(job(1));
        }
        assert_eq!(queue.take().unwrap().len(), 3);
        queue.push(job(1));
        assert!(!queue.lock().is_ready());
        queue.push(job(WORTH_ANOTHER));
        assert_eq!(queue.take().unwrap().len(), 2);
        queue.finish();
        queue.finish();
        for _ in 0..3 {
            queue.push(job(MAX_GROUP / 2 + 1));
        }
        assert_eq!(queue.take().unwrap().len(), 2);
        queue.close();
        queue.finish();
        assert_eq!(queue.take().unwrap().len(), 1);
        queue.finish();
        assert!(queue.take().is_none());
    }
}
