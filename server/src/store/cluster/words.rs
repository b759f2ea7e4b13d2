use core::time::Duration;

use futures_util::StreamExt;
use tokio::sync::mpsc;

use super::log::Log;
use crate::store::Told;

/// With what subjects begin; what names the server follows.
const SUBJECTS: &str = "clouddata-word.";

/// Before it is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// Words that were heard and not yet taken; more are lost, as they are when NATS is away.
const HEARD: usize = 64;

/// What servers tell each other, which is in no log.
pub(super) struct Words {
    pub(super) log: Log,
}

impl Words {
    /// Tells those who listen.
    pub(super) async fn tell(self, word: Vec<u8>) {
        self.log.call(format!("{SUBJECTS}{}", self.log.server()), word).await;
    }

    /// Where what others tell comes, and what brings it there until nobody wants it any more.
    pub(super) fn listen(self) -> (mpsc::Receiver<Told>, impl Future<Output = ()> + Send) {
        let (send, receive) = mpsc::channel(HEARD);
        let listen = async move {
            while !send.is_closed() {
                if let Ok(mut messages) = self.log.listen(format!("{SUBJECTS}*")).await {
                    while let Some(message) = messages.next().await {
                        let server = message.subject.strip_prefix(SUBJECTS).unwrap_or_default();
                        if self.log.is_ours(server) {
                            continue;
                        }
                        let told =
                            Told { server: server.to_owned(), word: message.payload.to_vec() };
                        if send.send(told).await.is_err() {
                            return;
                        }
                    }
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        (receive, listen)
    }
}
