use core::time::Duration;
use std::sync::Arc;

use futures_util::StreamExt;

use super::log::Log;
use super::message;
use super::quarters::Quarters;
use crate::store::Heard;

/// With what subjects begin; the site's number follows.
const SUBJECTS: &str = "clouddata-status.";

/// Before it is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// What gateways say of themselves. They say it again and again, so it is in no log.
#[derive(Clone)]
pub(super) struct Statuses {
    pub(super) log: Log,
}

impl Statuses {
    /// Tells those who listen to a site.
    pub(super) async fn tell(self, site: u32, client: String, json: Vec<u8>) {
        let subject = format!("{SUBJECTS}{site}");
        self.log.call(subject, message::emit_status(&client, &json)).await;
    }

    /// Hears what is told to any server.
    pub(super) async fn listen(self, quarters: Arc<Quarters>) {
        loop {
            if let Ok(mut messages) = self.log.listen(format!("{SUBJECTS}*")).await {
                while let Some(message) = messages.next().await {
                    let site = message.subject.strip_prefix(SUBJECTS);
                    let Some(site) = site.and_then(|site| site.parse().ok()) else { continue };
                    let Ok((client, json)) = message::parse_status(&message.payload) else {
                        continue;
                    };
                    if let Some(quarter) = quarters.of(site) {
                        quarter.tell(Heard::Status { client, json }).await;
                    }
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
