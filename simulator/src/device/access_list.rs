use manager_core::command::{AclEntry, Secret};
use manager_core::{MacAddress, ResponseCode};

/// The most entries that the manager takes.
const CAPACITY: usize = 1200;

/// Which motes may join; all of them while it is empty. It outlives a reboot.
#[derive(Clone, Debug, Default)]
pub(super) struct AccessList {
    motes: Vec<MacAddress>,
}

impl AccessList {
    pub(super) fn admits(&self, mote: MacAddress) -> bool {
        self.motes.is_empty() || self.motes.contains(&mote)
    }

    pub(super) fn add(&mut self, mote: MacAddress) -> Result<(), ResponseCode> {
        if self.motes.contains(&mote) {
            return Ok(());
        }
        if self.motes.len() >= CAPACITY {
            return Err(ResponseCode::NoResources);
        }
        self.motes.push(mote);
        Ok(())
    }

    /// All zeros or all ones are every mote.
    pub(super) fn delete(&mut self, mote: MacAddress) -> Result<(), ResponseCode> {
        if [MacAddress::default(), MacAddress::BROADCAST].contains(&mote) {
            self.motes.clear();
            return Ok(());
        }
        let index = self.motes.iter().position(|&listed| listed == mote);
        self.motes.remove(index.ok_or(ResponseCode::NotFound)?);
        Ok(())
    }

    /// The entry behind this one; the first behind all zeros. Keys are kept secret.
    pub(super) fn behind(&self, mote: MacAddress) -> Result<AclEntry, ResponseCode> {
        let next = if mote == MacAddress::default() {
            0
        } else {
            let index = self.motes.iter().position(|&listed| listed == mote);
            index.ok_or(ResponseCode::NotFound)? + 1
        };
        let &mac_address = self.motes.get(next).ok_or(ResponseCode::EndOfList)?;
        Ok(AclEntry { mac_address, join_key: Secret([0; 16]) })
    }
}
