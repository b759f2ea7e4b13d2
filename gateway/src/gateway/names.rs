use std::collections::BTreeMap;

use readings::Mac;

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
