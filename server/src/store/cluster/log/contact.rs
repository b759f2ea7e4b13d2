use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use async_nats::connection::State;
use async_nats::{Client, ReconnectToServer, Server};

/// How long nothing may be answered until another server of NATS is tried.
const PATIENCE: Duration = Duration::from_secs(3);

/// Leaves a server of NATS that still is there but knows nobody who could answer: the network between it and the others
/// may be broken for longer than that between it and us.
pub(super) struct Contact {
    client: Client,
    turn: Arc<Turn>,
    /// Since when nothing was answered.
    since: Mutex<Option<Instant>>,
}

impl Contact {
    /// The client asks the turn where to go.
    pub(super) fn new(client: Client, turn: Arc<Turn>) -> Self {
        Self { client, turn, since: Mutex::default() }
    }

    /// Something was.
    pub(super) fn answered(&self) {
        *self.lock() = None;
    }

    /// Something was not, or only with an error.
    pub(super) async fn unanswered(&self) {
        if !self.is_lost() {
            return;
        }
        tracing::info!("a NATS server answers nothing: it is left for another");
        self.turn.is_over.store(true, Ordering::Relaxed);
        if let Err(error) = self.client.force_reconnect().await {
            tracing::debug!(%error, "it is not left");
        }
    }

    /// Whether that is so for long enough; the next server is given as long.
    fn is_lost(&self) -> bool {
        let mut since = self.lock();
        // While there is no connection another is looked for anyway, and what is asked of the client is kept till then.
        if self.client.connection_state() != State::Connected {
            *since = None;
            return false;
        }
        let is_lost = since.get_or_insert_with(Instant::now).elapsed() >= PATIENCE;
        if is_lost {
            *since = None;
        }
        is_lost
    }

    fn lock(&self) -> MutexGuard<'_, Option<Instant>> {
        self.since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whose turn it is. The client would go to those first that it has reached before, and so back to the one that it leaves.
#[derive(Default)]
pub(super) struct Turn {
    is_over: AtomicBool,
    count: AtomicUsize,
}

impl Turn {
    /// The next of the servers, if one is left; none, if the client is to choose.
    pub(super) fn next(&self, servers: &[Server]) -> Option<ReconnectToServer> {
        if !self.is_over.swap(false, Ordering::Relaxed) || servers.is_empty() {
            return None;
        }
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let addr = servers[count % servers.len()].addr.clone();
        Some(ReconnectToServer { addr, delay: None })
    }
}
