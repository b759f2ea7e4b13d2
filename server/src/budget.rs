use core::time::Duration;
use std::sync::Arc;

use axum::body::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::refusal::RequestError;

/// What is counted in, in octets.
const UNIT: usize = 1024;

/// How long an answer waits for others to be sent.
const PATIENCE: Duration = Duration::from_secs(5);

/// The memory, in octets, that all answers under way share.
///
/// A limit for each would not do: there can be as many as there are connections, and a client who
/// does not read keeps the answer here.
#[derive(Clone)]
pub(crate) struct Budget {
    free: Arc<Semaphore>,
}

/// A part of the budget, until it is dropped.
#[derive(Clone)]
pub(crate) struct Share(#[expect(dead_code, reason = "held")] Arc<OwnedSemaphorePermit>);

impl Budget {
    pub(crate) fn new(octets: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(octets / UNIT)) }
    }

    /// What is free at the moment, in octets.
    pub(crate) fn free(&self) -> usize {
        self.free.available_permits() * UNIT
    }

    /// Takes so many octets, as soon as there are so many.
    ///
    /// # Errors
    /// If there are not in reasonable time.
    pub(crate) async fn take(&self, octets: usize) -> Result<Share, RequestError> {
        let permit = Arc::clone(&self.free).acquire_many_owned(units(octets));
        match tokio::time::timeout(PATIENCE, permit).await {
            Ok(Ok(permit)) => Ok(Share(Arc::new(permit))),
            _ => Err(RequestError::Crowded),
        }
    }

    /// Takes so many octets, if there are so many now.
    pub(crate) fn try_take(&self, octets: usize) -> Option<Share> {
        let permit = Arc::clone(&self.free).try_acquire_many_owned(units(octets));
        permit.ok().map(|permit| Share(Arc::new(permit)))
    }
}

fn units(octets: usize) -> u32 {
    u32::try_from(octets.div_ceil(UNIT)).unwrap_or(u32::MAX)
}

impl Share {
    /// Octets of an answer, which keep the share until they are sent.
    pub(crate) fn attach(&self, octets: Vec<u8>) -> Bytes {
        Bytes::from_owner(Attached { octets, _share: self.clone() })
    }
}

struct Attached {
    octets: Vec<u8>,
    _share: Share,
}

impl AsRef<[u8]> for Attached {
    fn as_ref(&self) -> &[u8] {
        &self.octets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_taken_is_free_again_when_the_octets_are_sent() {
        let budget = Budget::new(10 * UNIT);
        let share = budget.take(9 * UNIT + 1).await.unwrap();
        assert_eq!(budget.free(), 0);
        let octets = share.attach(vec![1, 2, 3]);
        drop(share);
        assert!(matches!(budget.take(1).await, Err(RequestError::Crowded)));
        assert_eq!(&octets[..], [1, 2, 3]);
        assert!(budget.try_take(1).is_none());
        drop(octets);
        assert_eq!(budget.free(), 10 * UNIT);
        assert!(budget.try_take(10 * UNIT).is_some());
    }
}
