use core::time::Duration;
use std::collections::BTreeMap;
use std::time::Instant;

use readings::Mac;

use super::Gateway;

/// Before neighbours without a name are looked for once more.
const NAMES: Duration = Duration::from_secs(10);

/// Why a link is given up.
const UNKNOWN_NEIGHBOUR: &str = "its neighbour is unknown: the manager lists no mote of its number";

/// The motes by the manager's short numbers, which are what a mote knows its neighbours by. A
/// number holds until the network or the manager starts anew.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<u16, Mac>);

impl Names {
    pub(super) fn learn(&mut self, mote_id: u16, mac: Mac) {
        self.0.insert(mote_id, mac);
    }

    pub(super) fn forget(&mut self, mote_id: u16) {
        self.0.remove(&mote_id);
    }

    pub(super) fn forget_all(&mut self) {
        self.0.clear();
    }

    pub(super) fn mac(&self, mote_id: u16) -> Option<Mac> {
        self.0.get(&mote_id).copied()
    }
}

impl Gateway {
    /// All motes are known: links whose neighbours had no names get them.
    pub(super) fn name_neighbours(&mut self) {
        let names = &self.names;
        let mut spool = self.spool.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let named = spool.name(|mote_id| names.mac(mote_id));
        let left = spool.unnamed();
        drop(spool);
        match named {
            Ok(0) => {}
            Ok(named) => {
                tracing::debug!(named, "neighbours have got their names");
                self.uplink.drain();
            }
            Err(error) => tracing::error!(%error, "the spool fails; links wait for names"),
        }
        // The list may be older than a link.
        if left > 0 && self.survey.are_nameless {
            self.bury_unnamed(UNKNOWN_NEIGHBOUR);
        } else if left > 0 {
            self.survey.calendar.look_for_names(Instant::now() + NAMES);
        }
        self.survey.are_nameless = left > 0 && !self.survey.are_nameless;
    }

    /// The manager's short numbers mean other motes from now on.
    pub(super) fn forget_names(&mut self, reason: &str) {
        self.names.forget_all();
        self.bury_unnamed(reason);
    }

    fn bury_unnamed(&self, reason: &str) {
        let buried = self.spool().bury_unnamed(reason);
        match buried {
            Ok(0) => {}
            Ok(count) => tracing::warn!(count, reason, "links are given up; they are dead letters"),
            Err(error) => tracing::error!(%error, "the spool fails; links wait for names"),
        }
    }
}
