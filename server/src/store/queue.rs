use core::time::Duration;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::reply::Reply;
use super::{Label, Records};

/// Readings that are worth a write of their own at once, also beside another: what it costs to
/// begin one is little then.
const WORTHWHILE: usize = 1500;

/// Longest wait for those who were answered just now.
const GATHER: Duration = Duration::from_millis(5);

/// Records to be written, and where the answer goes.
pub(super) struct Job {
    /// The number of the site that they are of; the default site's is 0.
    pub(super) site: u32,
    pub(super) records: Records,
    /// A label to be set with them.
    pub(super) label: Option<Box<Label>>,
    pub(super) reply: Reply,
}

impl Job {
    pub(super) const fn of(records: Records, reply: Reply) -> Self {
        Self { site: 0, records, label: None, reply }
    }
}

/// What waits to be written, gathered into groups.
///
/// A write costs the store much the same for one reading as for a hundred. Clients who wait for an
/// answer before they send the next reading come back together once they are answered, so the next
/// write waits until as many are there as were answered, though not for long. One client alone never
/// waits for others.
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    /// Most readings in a group.
    max_group: usize,
}

struct State {
    jobs: Vec<Job>,
    readings: usize,
    under_way: usize,
    closed: bool,
    /// Jobs that are worth waiting for, and until when.
    expected: usize,
    gather_until: Instant,
}

/// What a writer gets.
pub(super) enum Taken {
    /// To be written, and then to be [finished](Queue::finish).
    Group(Vec<Job>),
    /// The time is over.
    Nothing,
    /// Nothing more will come.
    End,
}

impl Queue {
    pub(super) fn new(max_group: usize) -> Self {
        let state = State {
            jobs: Vec::new(),
            readings: 0,
            under_way: 0,
            closed: false,
            expected: 0,
            gather_until: Instant::now(),
        };
        Self { state: Mutex::new(state), changed: Condvar::new(), max_group }
    }

    /// After the end a job is dropped, which is the answer.
    pub(super) fn push(&self, job: Job) {
        let mut state = self.lock();
        if state.closed {
            return;
        }
        let now = Instant::now();
        let was_ready = state.is_ready(now);
        state.readings += job.records.weight();
        state.jobs.push(job);
        if !was_ready && state.is_ready(now) {
            self.changed.notify_one();
        }
    }

    /// Waits for the next group, but not beyond `until`.
    pub(super) fn take(&self, until: Option<Instant>) -> Taken {
        let mut state = self.lock();
        loop {
            let now = Instant::now();
            if state.is_ready(now) {
                break;
            }
            if state.closed {
                return Taken::End;
            }
            if until.is_some_and(|until| until <= now) {
                return Taken::Nothing;
            }
            let gathered = Some(state.gather_until).filter(|&end| now < end);
            let end = until.into_iter().chain(gathered).min();
            let wait = end.map_or(Duration::MAX, |end| end - now);
            let woken = self.changed.wait_timeout(state, wait);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        let mut readings = 0;
        let group = state.jobs.iter().take_while(|job| {
            let fits = readings < self.max_group;
            readings += job.records.weight();
            fits
        });
        let count = group.count();
        let group: Vec<Job> = state.jobs.drain(..count).collect();
        state.readings -= group.iter().map(|job| job.records.weight()).sum::<usize>();
        state.under_way += 1;
        Taken::Group(group)
    }

    /// A group of so many jobs is about to be answered.
    pub(super) fn finish(&self, jobs: usize) {
        let mut state = self.lock();
        let now = Instant::now();
        state.under_way -= 1;
        state.expected = jobs + state.jobs.len();
        state.gather_until = now + GATHER;
        if state.is_ready(now) {
            self.changed.notify_one();
        }
    }

    /// No more will be pushed.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Ends it without an answer to those who wait.
    pub(super) fn abandon(&self) {
        self.close();
        self.lock().jobs.clear();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_ready(&self, now: Instant) -> bool {
        let gathered = self.jobs.len() >= self.expected || now >= self.gather_until;
        !self.jobs.is_empty()
            && (self.closed || self.readings >= WORTHWHILE || (self.under_way == 0 && gathered))
    }
}

#[cfg(test)]
mod tests {
    use readings::{Mac, Timestamp};

    use super::*;
    use crate::store::{Sample, reply};

    fn job(readings: usize) -> Job {
        let time = Timestamp::from_micros(0);
        let sample = Sample::temperature(Mac::from([0; 8]), time, 20.0);
        Job::of(vec![sample; readings].into(), reply::reply().0)
    }

    fn take(queue: &Queue) -> usize {
        match queue.take(None) {
            Taken::Group(group) => group.len(),
            Taken::Nothing => panic!("no time was set"),
            Taken::End => 0,
        }
    }

    fn is_ready(queue: &Queue) -> bool {
        queue.lock().is_ready(Instant::now())
    }

    #[test]
    fn what_waits_is_taken_together_and_a_little_waits_for_the_answer() {
        let queue = Queue::new(100);
        for _ in 0..3 {
            queue.push(job(1));
        }
        assert_eq!(take(&queue), 3);
        queue.push(job(1));
        assert!(!is_ready(&queue));
        queue.push(job(WORTHWHILE));
        assert!(is_ready(&queue));
    }

    #[test]
    fn a_group_has_a_bound_and_the_end_loses_nothing() {
        let queue = Queue::new(100);
        for _ in 0..3 {
            queue.push(job(51));
        }
        assert_eq!(take(&queue), 2);
        queue.close();
        assert_eq!(take(&queue), 1);
        assert_eq!(take(&queue), 0);
    }

    #[test]
    fn those_who_were_answered_are_waited_for_but_not_for_ever() {
        let queue = Queue::new(100);
        queue.push(job(1));
        queue.push(job(1));
        assert_eq!(take(&queue), 2);
        queue.push(job(1));
        queue.finish(2);
        // Two were answered and one is new: all three may come.
        assert!(!is_ready(&queue));
        queue.push(job(1));
        assert!(!is_ready(&queue));
        assert!(queue.lock().is_ready(Instant::now() + GATHER));
        queue.push(job(1));
        assert!(is_ready(&queue));
        assert_eq!(take(&queue), 3);
    }

    #[test]
    fn a_wait_with_an_end_ends() {
        let queue = Queue::new(100);
        assert!(matches!(queue.take(Some(Instant::now())), Taken::Nothing));
    }
}
