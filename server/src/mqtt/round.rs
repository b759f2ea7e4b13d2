use readings::Mac;
use rumqttc::PublishOptions;
use tokio::time::Instant;

use super::discovery;
use super::latest::Item;
use super::message::{self, OFFLINE, ONLINE};
use super::mote::Mote;
use super::publisher::Work;
use super::session::{PACE, PATIENCE, Session, WINDOW};

/// What goes over a connection.
impl Session<'_> {
    /// Sends what is due, as far as the broker takes it.
    pub(super) async fn send_round(&mut self) -> Result<(), String> {
        if !self.work.label().await {
            // The store does not answer: without their names they are not told of.
            self.next_round = Instant::now() + PACE;
            return Ok(());
        }
        while self.under_way < WINDOW {
            let Some((item, mac, mote)) = self.work.latest.next() else {
                self.next_round = Instant::now() + PACE;
                break;
            };
            match mote {
                Some(mote) => self.send(item, mac, &mote)?,
                None => self.take_back(mac)?,
            }
        }
        Ok(())
    }

    fn send(&mut self, item: Item, mac: Mac, mote: &Mote) -> Result<(), String> {
        let Work { app, config, latest, .. } = self.work;
        let quantities = latest.quantities();
        match item {
            Item::Discovery => {
                let Some(prefix) = &config.home_assistant else { return Ok(()) };
                let payload = discovery::payload(mac, mote, quantities, &config.topic);
                self.publish(discovery::topic(prefix, mac), payload)
            }
            Item::Availability => {
                let is_there = mote.is_there(mac, quantities, app);
                latest.said(mac, is_there);
                self.publish(
                    config.topic.availability(mac),
                    if is_there { ONLINE } else { OFFLINE },
                )
            }
            Item::State => {
                let view = mote.view(mac, quantities, app);
                let payload = message::state(mac, mote, quantities, view.as_ref());
                self.publish(config.topic.state(mac), payload)
            }
            Item::Removal => Ok(()),
        }
    }

    /// An empty message takes back what was retained. That of the values is the last: while it is
    /// there, the mote is found again.
    fn take_back(&mut self, mac: Mac) -> Result<(), String> {
        let config = &self.work.config;
        if let Some(prefix) = &config.home_assistant {
            self.publish(discovery::topic(prefix, mac), "")?;
        }
        self.publish(config.topic.availability(mac), "")?;
        self.publish(config.topic.state(mac), "")
    }

    /// Sends one message that the broker is to keep.
    pub(super) fn publish(
        &mut self,
        topic: String,
        payload: impl Into<Vec<u8>>,
    ) -> Result<(), String> {
        let options = PublishOptions::at_least_once().retained();
        self.connection
            .client
            .try_publish(topic, payload.into(), options)
            .map_err(|error| error.to_string())?;
        if self.under_way == 0 {
            self.deadline = Instant::now() + PATIENCE;
        }
        self.under_way += 1;
        Ok(())
    }
}
