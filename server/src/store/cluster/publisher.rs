//! Puts into the log what is posted to this server. A message costs the log the same however long it is, so posts
//! that come within a moment of each other are one, whatever sites they are for. It costs each server that hears it
//! something too, so the moment is longer where several publish.

use core::time::Duration;
use std::sync::Arc;

use futures_util::future::try_join_all;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::log::Log;
use super::message::{self, MOST};
use super::peers::Peers;
use super::publication::Publication;
use super::room::Room;

/// Between two messages of the only server that publishes. What comes when there was none for so long goes at once.
const PACE: Duration = Duration::from_millis(50);

/// The least where there are several: who sends one reading at a time, and waits for each answer, still sends three a
/// second.
const PACE_OF_SEVERAL: Duration = Duration::from_millis(250);

/// With more servers than these there are more messages: nobody waits longer than so many paces for theirs.
const SLOWEST: usize = 8;

/// Posts that may wait for the next message; their readings are bounded by backlogs.
const WAITING: usize = 100_000;

/// Has posts published.
#[derive(Clone)]
pub(super) struct Publisher {
    posts: mpsc::Sender<Waiting>,
}

/// A post, or a piece of one, and who waits for its answer.
struct Waiting {
    octets: Vec<u8>,
    answer: oneshot::Sender<Result<(), String>>,
    _room: Arc<Room>,
}

impl Publisher {
    /// Publishes in `runtime`, until the last one who has posts is gone.
    pub(super) fn start(log: Log, peers: Arc<Peers>, runtime: &Handle) -> Self {
        let (posts, waiting) = mpsc::channel(WAITING);
        runtime.spawn(run(log, peers, waiting));
        Self { posts }
    }

    /// The answer comes when a quorum has all pieces of a post. None if too many wait. What is asked for is done
    /// even if nobody waits for the answer any more.
    pub(super) fn publish(
        &self,
        pieces: Vec<Vec<u8>>,
        room: Room,
    ) -> Option<impl Future<Output = Result<(), String>> + Send + use<>> {
        let room = Arc::new(room);
        let mut answers = Vec::with_capacity(pieces.len());
        for octets in pieces {
            let (answer, answered) = oneshot::channel();
            let waiting = Waiting { octets, answer, _room: Arc::clone(&room) };
            self.posts.try_send(waiting).ok()?;
            answers.push(async {
                answered.await.unwrap_or_else(|_| Err("the server is ending".to_owned()))
            });
        }
        Some(async { try_join_all(answers).await.map(drop) })
    }
}

async fn run(log: Log, peers: Arc<Peers>, mut posts: mpsc::Receiver<Waiting>) {
    let (mut left, mut last) = (None, Instant::now());
    loop {
        let first = match left.take() {
            // The last message was full.
            Some(first) => first,
            None => {
                let Some(first) = posts.recv().await else { return };
                tokio::time::sleep_until(last + pace(peers.count())).await;
                first
            }
        };
        let some;
        (some, left) = gather(first, &mut posts);
        last = Instant::now();
        let message = message::emit(some.iter().map(|waiting| &waiting.octets[..]));
        let publication = Publication::begin(log.clone(), message.into()).await;
        // The next message does not wait for this one's answer.
        tokio::spawn(async {
            let outcome = publication.end().await;
            for waiting in some {
                // Whoever has asked may be gone.
                let _ = waiting.answer.send(outcome.clone());
            }
        });
    }
}

/// Between two messages of one of so many servers.
fn pace(servers: usize) -> Duration {
    let pace = PACE * u32::try_from(servers.clamp(1, SLOWEST)).unwrap_or(1);
    if servers > 1 { pace.max(PACE_OF_SEVERAL) } else { pace }
}

/// What becomes one message, and the first one that has no place in it.
fn gather(first: Waiting, posts: &mut mpsc::Receiver<Waiting>) -> (Vec<Waiting>, Option<Waiting>) {
    let mut size = 1 + first.octets.len();
    let mut some = vec![first];
    while let Ok(next) = posts.try_recv() {
        size += next.octets.len();
        if size > MOST {
            return (some, Some(next));
        }
        some.push(next);
    }
    (some, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::backlog::Backlog;

    /// Someone who publishes posts of these lengths, a piece each, and what is then waiting.
    fn waiting(lengths: &[usize]) -> (Arc<Backlog>, mpsc::Receiver<Waiting>) {
        let backlog = Arc::<Backlog>::default();
        let (posts, waiting) = mpsc::channel(9);
        let publisher = Publisher { posts };
        for &length in lengths {
            let room = Room::take(&backlog, 1_000).unwrap();
            // Nobody waits for the answer.
            drop(publisher.publish(vec![vec![0; length]], room).unwrap());
        }
        (backlog, waiting)
    }

    #[test]
    fn what_waits_becomes_one_message_as_far_as_there_is_room() {
        let lengths = [100, 7, MOST - 108, 1, MOST + 1, 5];
        let (_, mut posts) = waiting(&lengths);
        let (mut left, mut found) = (None, Vec::new());
        while let Some(first) = left.take().or_else(|| posts.try_recv().ok()) {
            let some;
            (some, left) = gather(first, &mut posts);
            found.push(some.iter().map(|it| it.octets.len()).collect::<Vec<_>>());
        }
        assert_eq!(found, [vec![100, 7, MOST - 108], vec![1], vec![MOST + 1], vec![5]]);
    }

    #[test]
    fn the_more_servers_publish_the_slower_each_does_within_bounds() {
        let found = [0, 1, 2, 3, 6, 8, 1_000].map(|servers| pace(servers).as_millis());
        assert_eq!(found, [50, 50, 250, 250, 300, 400, 400]);
    }

    #[test]
    fn what_is_published_has_its_room_until_it_is_answered() {
        let (backlog, mut posts) = waiting(&[1, 1]);
        assert!(!backlog.admit(98_001));
        drop(posts.try_recv().unwrap());
        assert!(backlog.admit(98_001));
    }

    #[tokio::test]
    async fn a_post_of_several_pieces_is_stored_when_all_are() {
        let (posts, mut waiting) = mpsc::channel(9);
        let publisher = Publisher { posts };
        let mut publish = |outcomes: [Result<(), String>; 2]| {
            let room = Room::take(&Arc::default(), 2).unwrap();
            let answer = publisher.publish(vec![vec![1], vec![2]], room).unwrap();
            for outcome in outcomes {
                waiting.try_recv().unwrap().answer.send(outcome).unwrap();
            }
            answer
        };
        let fault = || Err("no quorum".to_owned());
        assert_eq!(publish([Ok(()), Ok(())]).await, Ok(()));
        assert_eq!(publish([Ok(()), fault()]).await, fault());
        assert_eq!(publish([fault(), Ok(())]).await, fault());
    }
}
