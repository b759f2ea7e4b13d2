use core::time::Duration;

use futures_util::StreamExt;
use tokio::sync::mpsc;

use super::log::Log;
use super::message;
use crate::store::Heard;

/// Before it is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// What gateways say of themselves. They say it again and again, so it is in no log.
#[derive(Clone)]
pub(super) struct Statuses {
    pub(super) log: Log,
    /// Of which site they are.
    pub(super) site: u32,
}

impl Statuses {
    pub(super) async fn tell(self, client: String, json: Vec<u8>) {
        self.log.call(self.subject(), message::emit_status(&client, &json)).await;
    }

    /// Hears what is told to any server.
    pub(super) async fn listen(self, heard: mpsc::Sender<Heard>) {
        loop {
            if let Ok(mut messages) = self.log.listen(self.subject()).await {
                while let Some(message) = messages.next().await {
                    let Ok((client, json)) = message::parse_status(&message.payload) else {
                        continue;
                    };
                    // Fails only when nobody listens any more.
                    let _ = heard.send(Heard::Status { client, json }).await;
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn subject(&self) -> String {
        format!("clouddata-status.{}", self.site)
    }
}
