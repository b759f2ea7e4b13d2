use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::mpsc;

use super::motes::Motes;
use super::post::Post;
use super::recent::Recent;
use super::stock::Stock;
use crate::backoff::Backoff;
use crate::store::{Heard, Influx, Store, StoreError};

/// What was heard and not yet announced, in messages; then the log waits.
const HEARD: usize = 256;

/// Motes asked for at a time.
const PAGE: usize = 1000;

/// The longest pause before the history is asked again.
const PAUSE: Duration = Duration::from_secs(5);

/// What this server has of a site.
pub(super) struct Quarter {
    /// The site's number.
    pub(super) site: u32,
    pub(super) recent: Recent,
    pub(super) motes: Motes,
    pub(super) history: Arc<Influx>,
    pub(super) stock: Stock,
    /// Most motes that the site may have.
    max_motes: AtomicUsize,
    heard: Mutex<Listening>,
}

/// Whether somebody wants to know what is heard.
enum Listening {
    Nobody,
    /// Where it goes; and the other end, until it is taken.
    Somebody(mpsc::Sender<Heard>, Option<mpsc::Receiver<Heard>>),
}

impl Quarter {
    pub(super) fn new(site: u32, recent: Recent, history: Arc<Influx>) -> Self {
        Self {
            site,
            recent,
            motes: Motes::default(),
            history,
            stock: Stock::default(),
            max_motes: AtomicUsize::new(usize::MAX),
            heard: Mutex::new(Listening::Nobody),
        }
    }

    /// A post of this site is in the message with this number.
    pub(super) async fn hear(
        &self,
        sequence: u64,
        is_ours: bool,
        Post { client, records, .. }: Post,
    ) {
        let records = self.recent.hear(sequence, records);
        self.motes.hear(&records);
        self.stock.hear(records.len());
        if !records.is_empty() {
            self.tell(Heard::Records { client, records, is_ours }).await;
        }
    }

    /// Tells it to whom it may concern.
    pub(super) async fn tell(&self, heard: Heard) {
        let send = match &*self.heard.lock().unwrap_or_else(PoisonError::into_inner) {
            Listening::Nobody => return,
            Listening::Somebody(send, _) => send.clone(),
        };
        // Fails only when nobody listens any more.
        let _ = send.send(heard).await;
    }

    /// From now on what is heard is kept for whom it concerns. True the first time.
    pub(super) fn listen(&self) -> bool {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = matches!(*heard, Listening::Nobody);
        if is_first {
            let (send, receive) = mpsc::channel(HEARD);
            *heard = Listening::Somebody(send, Some(receive));
        }
        is_first
    }

    /// What is heard from now on; handed out once.
    pub(super) fn heard(&self) -> Option<mpsc::Receiver<Heard>> {
        match &mut *self.heard.lock().unwrap_or_else(PoisonError::into_inner) {
            Listening::Nobody => None,
            Listening::Somebody(_, receive) => receive.take(),
        }
    }

    /// Most motes that the site may have.
    pub(super) fn max_motes(&self) -> usize {
        self.max_motes.load(Ordering::Relaxed)
    }

    pub(super) fn limit_motes(&self, most: usize) {
        self.max_motes.store(most, Ordering::Relaxed);
    }

    /// Learns which motes the history had when this server began, however long that takes.
    pub(super) async fn learn(quarter: Weak<Self>) {
        let mut backoff = Backoff::up_to(PAUSE);
        // Until the site is removed.
        while let Some(quarter) = quarter.upgrade() {
            if quarter.learn_once().await.is_ok() {
                return quarter.motes.set_whole();
            }
            drop(quarter);
            tokio::time::sleep(backoff.fail()).await;
        }
    }

    /// Has the history count what there is, if it is time.
    pub(super) async fn count(&self) -> Result<(), StoreError> {
        if self.stock.is_due() {
            self.stock.count(self.history.stored().await?);
        }
        Ok(())
    }

    async fn learn_once(&self) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let macs = self.history.motes(after, PAGE).await?;
            let is_last = macs.len() < PAGE;
            after = macs.last().copied();
            let latest = self.history.latest(macs).await?;
            let latest: Vec<_> = latest.iter().map(|mote| mote.last).collect();
            self.motes.learn(&latest, &[]);
            if is_last {
                break;
            }
        }
        self.motes.learn(&[], &self.history.known(None, usize::MAX).await?);
        Ok(())
    }
}
