//! What has stayed in the log for longer than any writer needs. It should have been delivered again, but
//! after many kills nats-server 2.9.10 was seen to leave messages behind; so whoever sees one takes it up.

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use super::log::Log;
use super::message;
use super::post::{Fault, Post};
use super::reader::Reader;
use super::stored::Stored;

/// Longer than it takes until what a writer no longer has is delivered to another one, and settled there.
const STAYED: Duration = Duration::from_secs(100);

/// Looks for what has stayed.
#[derive(Default)]
pub(super) struct Remnants {
    mark: Option<Mark>,
    /// Messages before this one are gone, or not understood here.
    first: Arc<AtomicU64>,
}

/// The newest message of a moment.
struct Mark {
    newest: u64,
    at: Instant,
}

impl Remnants {
    pub(super) fn new(first: Arc<AtomicU64>) -> Self {
        Self { mark: None, first }
    }

    /// Posts of messages that have stayed, each with its message's number, until `is_enough`.
    pub(super) async fn take_up(
        &mut self,
        log: &Log,
        mut take: impl FnMut(u64, Vec<Post>) -> bool,
    ) -> Result<(), String> {
        if self.mark.as_ref().is_some_and(|mark| mark.at.elapsed() < STAYED) {
            return Ok(());
        }
        let stream = log.stream().await?;
        let state = &stream.cached_info().state;
        let mark = Mark { newest: state.last_sequence, at: Instant::now() };
        // By the order in the log, since clocks may differ.
        let Some(Mark { newest, .. }) = self.mark.replace(mark) else { return Ok(()) };
        if state.last_sequence < newest {
            // Somebody has made it anew.
            self.first.store(0, Ordering::Relaxed);
            return Ok(());
        }
        if state.messages == 0 || state.first_sequence > newest {
            return Ok(());
        }
        let mut reader = Reader::of(&stream, state.first_sequence, newest).await?;
        let mut first = None;
        while let Some(Stored { sequence, payload, .. }) = reader.next().await? {
            let posts = match message::parse(&payload) {
                Ok(posts) => posts,
                // It is a newer server's.
                Err(Fault::Unknown) => continue,
                Err(Fault::Broken) => Vec::new(),
            };
            first.get_or_insert(sequence);
            if !take(sequence, posts) {
                break;
            }
        }
        self.first.store(first.unwrap_or(newest + 1), Ordering::Relaxed);
        Ok(())
    }
}
