use core::cmp::Ordering;
use core::time::Duration;
use std::collections::BinaryHeap;

/// What is to happen, by its time; what is to happen at the same time, in the order in which it
/// was scheduled.
#[derive(Debug)]
pub(super) struct Agenda<T> {
    appointments: BinaryHeap<Appointment<T>>,
    scheduled: u64,
}

#[derive(Debug)]
struct Appointment<T> {
    at: Duration,
    number: u64,
    what: T,
}

impl<T> Agenda<T> {
    pub(super) const fn new() -> Self {
        Self { appointments: BinaryHeap::new(), scheduled: 0 }
    }

    pub(super) fn schedule(&mut self, at: Duration, what: T) {
        self.appointments.push(Appointment { at, number: self.scheduled, what });
        self.scheduled += 1;
    }

    /// Takes the next appointment that is due, with the time for which it was made.
    pub(super) fn take_due(&mut self, now: Duration) -> Option<(Duration, T)> {
        if self.next_at()? > now {
            return None;
        }
        self.appointments.pop().map(|appointment| (appointment.at, appointment.what))
    }

    pub(super) fn next_at(&self) -> Option<Duration> {
        self.appointments.peek().map(|appointment| appointment.at)
    }

    pub(super) fn clear(&mut self) {
        self.appointments.clear();
    }

    /// Everything scheduled, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.appointments.iter().map(|appointment| &appointment.what)
    }
}

impl<T> Ord for Appointment<T> {
    /// The earliest is the greatest: the heap hands that out first.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}

impl<T> PartialOrd for Appointment<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Appointment<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<T> Eq for Appointment<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_comes_in_order() {
        let second = Duration::from_secs;
        let mut agenda = Agenda::new();
        for (at, what) in [(2, 'c'), (1, 'a'), (3, 'e'), (1, 'b'), (2, 'd')] {
            agenda.schedule(second(at), what);
        }
        assert_eq!(agenda.next_at(), Some(second(1)));
        assert_eq!(agenda.take_due(Duration::ZERO), None);
        let due: Vec<_> = core::iter::from_fn(|| agenda.take_due(second(2))).collect();
        assert_eq!(
            due,
            [(1, 'a'), (1, 'b'), (2, 'c'), (2, 'd')].map(|(at, what)| (second(at), what))
        );
        assert_eq!(agenda.iter().collect::<Vec<_>>(), [&'e']);
        agenda.clear();
        assert_eq!(agenda.next_at(), None);
    }
}
