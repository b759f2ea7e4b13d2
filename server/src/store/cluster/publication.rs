//! One message on its way into the log. When a NATS server ends, its message may be lost, or have no leader to go to, for
//! a moment: then it is sent again. Should it be in the log twice, its records still are there once.

use core::time::Duration;

use axum::body::Bytes;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

use super::log::{Acknowledged, DEADLINE, Log};

/// Before it is sent again.
const PAUSE: Duration = Duration::from_millis(100);

pub(super) struct Publication {
    log: Log,
    message: Bytes,
    /// Changes with each connection: what was sent by an earlier one is not answered any more.
    connections: watch::Receiver<u64>,
    sent: Result<Acknowledged, String>,
    end: Instant,
}

impl Publication {
    /// Sends it.
    pub(super) async fn begin(log: Log, message: Bytes) -> Self {
        let (connections, end) = (log.connections(), Instant::now() + DEADLINE);
        let sent = send(&log, &message, end).await;
        Self { log, message, connections, sent, end }
    }

    /// Waits until a quorum has it.
    pub(super) async fn end(mut self) -> Result<(), String> {
        loop {
            let outcome = match &mut self.sent {
                Ok(acknowledged) => tokio::select! {
                    outcome = timeout_at(self.end, acknowledged) => {
                        outcome.unwrap_or_else(|_| Err("NATS: no quorum has it in time".to_owned()))
                    }
                    _ = self.connections.changed() => Err("NATS: the connection was lost".to_owned()),
                },
                Err(reason) => Err(reason.clone()),
            };
            if outcome.is_ok() || Instant::now() + PAUSE >= self.end {
                return outcome;
            }
            sleep(PAUSE).await;
            self.sent = send(&self.log, &self.message, self.end).await;
        }
    }
}

async fn send(log: &Log, message: &Bytes, end: Instant) -> Result<Acknowledged, String> {
    let sent = timeout_at(end, log.send(message.clone())).await;
    sent.unwrap_or_else(|_| Err("NATS takes nothing".to_owned()))
}
