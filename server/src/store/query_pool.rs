use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::{Answer, StoreError};

/// Runs a store's queries in threads that may block: so many at a time, and so many that wait.
///
/// A query lives as long as whoever asked: one that waits is dropped with the answer, one that runs
/// is told that it is [`Gone`].
#[derive(Clone)]
pub(super) struct QueryPool {
    places: Arc<Semaphore>,
    inside: Arc<AtomicUsize>,
    /// Most that run and wait.
    limit: usize,
}

/// Whether the one who asked has gone; a query looks at this now and then.
#[derive(Clone, Default)]
pub(super) struct Gone(Arc<AtomicBool>);

impl Gone {
    pub(super) fn is_so(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// # Errors
    /// If it is so; the error is for nobody.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        if self.is_so() { Err(StoreError::TooManyQueries) } else { Ok(()) }
    }
}

/// Says it when the answer is dropped.
struct Asker(Gone);

impl Drop for Asker {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

/// A place in the queue or at work.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl QueryPool {
    /// At most `running` at work, and `waiting` behind them.
    pub(super) fn new(running: usize, waiting: usize) -> Self {
        let (places, limit) = (Arc::new(Semaphore::new(running)), running + waiting);
        Self { places, inside: Arc::default(), limit }
    }

    /// The answer of a query, which begins when this is awaited and there is a place.
    pub(super) fn run<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Gone) -> Result<T, StoreError> + Send + 'static,
    ) -> Answer<T> {
        let pool = self.clone();
        Box::pin(async move {
            let before = pool.inside.fetch_add(1, Ordering::Relaxed);
            let inside = Place(pool.inside);
            if before >= pool.limit {
                return Err(StoreError::TooManyQueries);
            }
            let failed = |error: &dyn ToString| StoreError::Unavailable(error.to_string());
            let permit = pool.places.acquire_owned().await.map_err(|error| failed(&error))?;
            let gone = Gone::default();
            let _asker = Asker(gone.clone());
            // Also one that nobody waits for any more has its place until it has ended.
            let work = move || {
                let (_permit, _inside) = (permit, inside);
                query(&gone)
            };
            tokio::task::spawn_blocking(work).await.map_err(|error| failed(&error))?
        })
    }
}

#[cfg(test)]
mod tests {
    use core::future::poll_fn;
    use core::task::Poll;
    use std::sync::mpsc;

    use super::*;

    /// Begins to wait for an answer.
    async fn begin<T>(answer: &mut Answer<T>) {
        poll_fn(|context| {
            assert!(answer.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
    }

    #[tokio::test]
    async fn a_query_ends_with_whoever_asked_and_leaves_its_place_to_the_next() {
        let pool = QueryPool::new(1, 1);
        let (began, begun) = mpsc::channel();
        let mut running = pool.run(move |gone| {
            began.send(()).unwrap();
            while !gone.is_so() {
                std::thread::yield_now();
            }
            Ok(())
        });
        begin(&mut running).await;
        begun.recv().unwrap();
        let mut waiting = pool.run(|_| -> Result<(), _> { panic!("nobody wants to know") });
        begin(&mut waiting).await;
        assert_eq!(pool.run(|_| Ok(())).await, Err(StoreError::TooManyQueries));
        drop(waiting);
        let mut next = pool.run(|_| Ok(7));
        begin(&mut next).await;
        drop(running);
        assert_eq!(next.await, Ok(7));
        assert_eq!(pool.inside.load(Ordering::Relaxed), 0);
    }
}
