use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use readings::{Mac, Timestamp};

use super::notice::Alarm;
use super::outbox::{Change, Outbox};
use super::sender::Sender;
use super::{Event, WebhookConfig};
use crate::metrics::NoticeCounters;
use crate::state::{Found, States, Subject, Trouble};

/// What was told of and is not over, and who is told.
pub(crate) struct Alarms {
    outbox: Arc<Outbox>,
    firing: BTreeMap<(Trouble, Subject), Alarm>,
    webhooks: Vec<WebhookConfig>,
    counters: NoticeCounters,
    /// Whether the last attempt to keep a notice failed.
    is_failing: bool,
}

impl Alarms {
    /// Takes up what was kept in this folder, and starts to send.
    ///
    /// # Errors
    /// If the file, certificates or threads cannot be had.
    pub(crate) fn start(
        folder: &Path,
        webhooks: Vec<WebhookConfig>,
        counters: NoticeCounters,
    ) -> io::Result<Self> {
        let keys: Vec<String> = webhooks.iter().map(WebhookConfig::key).collect();
        let outbox = Arc::new(Outbox::open(folder, &keys).map_err(io::Error::other)?);
        let firing = outbox.firing().map_err(io::Error::other)?;
        let firing =
            firing.into_iter().map(|alarm| ((alarm.trouble, alarm.subject.clone()), alarm));
        let firing = firing.collect();
        for webhook in &webhooks {
            let sender = Sender::new(webhook.clone(), Arc::clone(&outbox), counters.clone())?;
            let thread = thread::Builder::new().name("webhook".to_owned());
            // Nobody waits for it: one that does not answer must not keep the server from stopping.
            drop(thread.spawn(move || sender.run())?);
        }
        Ok(Self { outbox, firing, webhooks, counters, is_failing: false })
    }

    /// Raises what has begun, and ends what is over. `labels` tells what people call these motes.
    pub(crate) fn look(
        &mut self,
        states: &States,
        labels: impl FnOnce(Vec<Mac>) -> BTreeMap<Mac, String>,
    ) {
        // What it cannot do, the next notice says.
        let _ = self.outbox.look();
        let wanted = |trouble| {
            let event = Event::of(trouble);
            self.webhooks.iter().any(|webhook| webhook.events.contains(&event))
        };
        let found = states.troubles(|trouble, subject| {
            !wanted(trouble) || self.firing.contains_key(&(trouble, subject.clone()))
        });
        let now = Timestamp::now();
        let ended: Vec<_> = self
            .firing
            .values()
            .filter_map(|alarm| Some((alarm, states.end_of(alarm.trouble, &alarm.subject)?)))
            .map(|(alarm, end)| (alarm.clone(), Some((end, now))))
            .collect();
        let begun = found.into_iter().map(|Found { trouble, subject, gateway, since }| {
            (Alarm { trouble, subject, gateway, since }, None)
        });
        let all: Vec<_> = ended.into_iter().chain(begun).collect();
        if all.is_empty() {
            return;
        }
        let macs = all.iter().filter_map(|(alarm, _)| match &alarm.subject {
            Subject::Mote(mac) => Some(*mac),
            Subject::Gateway(_) => None,
        });
        let names = labels(macs.collect());
        let changes = all.into_iter().map(|(alarm, end)| {
            let label = match &alarm.subject {
                Subject::Mote(mac) => names.get(mac).map(String::as_str),
                Subject::Gateway(_) => None,
            };
            let event = Event::of(alarm.trouble);
            let told = self.webhooks.iter().filter(|webhook| webhook.events.contains(&event));
            let webhooks = told.map(WebhookConfig::key).collect();
            let body = alarm.body(label, end);
            Change { begins: end.is_none(), body, webhooks, alarm }
        });
        let changes: Vec<Change> = changes.collect();
        self.record(changes);
    }

    fn record(&mut self, changes: Vec<Change>) {
        match self.outbox.record(&changes) {
            Ok(dropped) => {
                self.counters.dropped.inc_by(dropped as u64);
                self.is_failing = false;
                for Change { alarm, begins, .. } in changes {
                    let key = (alarm.trouble, alarm.subject.clone());
                    if begins {
                        self.firing.insert(key, alarm);
                    } else {
                        self.firing.remove(&key);
                    }
                }
            }
            // They are found again the next time.
            Err(error) if !self.is_failing => {
                self.is_failing = true;
                tracing::error!(%error, "notices cannot be kept, so they are not sent");
            }
            Err(_) => {}
        }
    }
}

impl Drop for Alarms {
    fn drop(&mut self) {
        self.outbox.stop();
    }
}
