use core::sync::atomic::{AtomicUsize, Ordering};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::origin::Origin;

/// Places of which there are so many, and so many for one origin.
pub(crate) struct Places {
    all: AtomicUsize,
    each: AtomicUsize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by_origin: HashMap<Option<Origin>, usize>,
}

/// A place, until it is dropped.
pub(crate) struct Place {
    places: Arc<Places>,
    origin: Option<Origin>,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// The origin has all that it may have.
    Origin,
    /// Every place is taken.
    All,
}

impl Places {
    /// At least one of each.
    pub(crate) fn new(all: usize, each: usize) -> Arc<Self> {
        let places = Self { all: 0.into(), each: 0.into(), taken: Mutex::default() };
        places.limit(all, each);
        Arc::new(places)
    }

    /// Changes how many there are from now on. Who has one keeps it.
    pub(crate) fn limit(&self, all: usize, each: usize) {
        self.all.store(all.max(1), Ordering::Relaxed);
        self.each.store(each.max(1), Ordering::Relaxed);
    }

    /// How many are taken.
    pub(crate) fn count(&self) -> usize {
        self.lock().all
    }

    /// How many there are.
    pub(crate) fn most(&self) -> usize {
        self.all.load(Ordering::Relaxed)
    }

    /// `origin` is none if nothing is known of it: all those share what one may have.
    pub(crate) fn take(self: &Arc<Self>, origin: Option<Origin>) -> Result<Place, Full> {
        let mut taken = self.lock();
        if taken.all >= self.all.load(Ordering::Relaxed) {
            return Err(Full::All);
        }
        let own = taken.by_origin.entry(origin).or_default();
        if *own >= self.each.load(Ordering::Relaxed) {
            return Err(Full::Origin);
        }
        *own += 1;
        taken.all += 1;
        drop(taken);
        Ok(Place { places: Arc::clone(self), origin })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.all -= 1;
        if let Some(own) = taken.by_origin.get_mut(&self.origin) {
            *own -= 1;
            if *own == 0 {
                taken.by_origin.remove(&self.origin);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_so_many_and_so_many_for_each() {
        let places = Places::new(3, 2);
        let [one, two] = ["192.0.2.1", "192.0.2.2"].map(|a| Some(Origin::of(a.parse().unwrap())));
        let first = places.take(one).unwrap();
        let _second = places.take(one).unwrap();
        assert_eq!(places.take(one).err(), Some(Full::Origin));
        let third = places.take(two).unwrap();
        assert_eq!(places.take(two).err(), Some(Full::All));
        drop(first);
        drop(third);
        let _again = places.take(one).unwrap();
        assert_eq!(places.lock().by_origin.len(), 1);
        assert!(places.take(None).is_ok());
    }
}
