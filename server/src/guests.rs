//! The connections that there are, and since when each has had nothing to do.

use core::pin::Pin;
use core::sync::atomic::{AtomicU64, Ordering};
use core::task::{Context, Poll};
use core::time::Duration;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::Notify;

/// How long a connection may do nothing before it has to go if another needs its place. In this
/// time a header comes over the slowest of links.
const GRACE: Duration = Duration::from_secs(5);

/// Stands for no time: a request is under way.
const BUSY: u64 = u64::MAX;

/// All connections.
pub(crate) struct Guests {
    begun: Instant,
    present: Mutex<HashMap<u64, Arc<Guest>>>,
    next: AtomicU64,
}

/// A connection. It is idle from its beginning, or the end of an answer, until the header of a
/// request has come.
pub(crate) struct Guest {
    number: u64,
    begun: Instant,
    /// In µs since the beginning.
    idle_since: AtomicU64,
    leave: Notify,
}

impl Guests {
    pub(crate) fn new() -> Self {
        Self { begun: Instant::now(), present: Mutex::default(), next: AtomicU64::new(0) }
    }

    pub(crate) fn enter(&self) -> Arc<Guest> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let guest = Guest {
            number,
            begun: self.begun,
            idle_since: AtomicU64::new(BUSY),
            leave: Notify::new(),
        };
        guest.set_idle();
        let guest = Arc::new(guest);
        self.lock().insert(number, Arc::clone(&guest));
        guest
    }

    pub(crate) fn left(&self, guest: &Guest) {
        self.lock().remove(&guest.number);
    }

    /// Has the one that has been idle for longest leave, if that is long enough.
    pub(crate) fn make_room(&self) {
        let now = micros(self.begun.elapsed());
        let mut present = self.lock();
        let idle =
            present.values().map(|guest| (guest.idle_since.load(Ordering::Relaxed), guest.number));
        if let Some((since, number)) = idle.min()
            && since != BUSY
            && now.saturating_sub(since) >= micros(GRACE)
            && let Some(guest) = present.remove(&number)
        {
            guest.leave.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Arc<Guest>>> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guest {
    /// Returns when another needs the place.
    pub(crate) async fn is_to_leave(&self) {
        self.leave.notified().await;
    }

    /// A request has come, and is under way until what is returned is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> UnderWay {
        self.idle_since.store(BUSY, Ordering::Relaxed);
        UnderWay(Arc::clone(self))
    }

    fn set_idle(&self) {
        self.idle_since.store(micros(self.begun.elapsed()), Ordering::Relaxed);
    }
}

/// A request, from its header to the end of its answer.
pub(crate) struct UnderWay(Arc<Guest>);

impl UnderWay {
    /// The answer's body, with which it ends.
    pub(crate) fn until_sent(self, body: Body) -> Answer {
        Answer { body, _under_way: self }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.set_idle();
    }
}

/// The body of an answer.
pub(crate) struct Answer {
    body: Body,
    _under_way: UnderWay,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(BUSY - 1)
}
