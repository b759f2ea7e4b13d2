//! Which motes the manager knows, and what it knows of them.

use core::time::Duration;

use manager_core::command::{GetMoteConfig, MoteConfig, MoteInfo};
use manager_core::notification::EventKind;
use manager_core::{MacAddress, ResponseCode, command};

use super::super::mesh::ACCESS_POINT;
use super::super::mote::{Mote, MoteState};
use super::super::settings::Firmware;
use super::Network;

/// The manager's own address, and its access point's.
pub(in crate::device) const MANAGER: MacAddress =
    MacAddress([0x00, 0x17, 0x0d, 0x00, 0x00, 0x30, 0x00, 0x01]);

/// The access point's number.
const ACCESS_POINT_ID: u16 = 1;

/// A path of a better quality is a good one, in %.
const GOOD: u8 = 50;

/// What the vendor's access point says that it has asked for.
const ACCESS_POINT_BANDWIDTH: u32 = 61_770;

/// The motes that the manager knows, in the order in which it has met them.
#[derive(Debug)]
pub(super) struct Roster {
    known: Vec<usize>,
    last_id: u16,
}

impl Roster {
    pub(super) const fn new() -> Self {
        Self { known: Vec::new(), last_id: ACCESS_POINT_ID }
    }

    /// A mote that was not known; returns its number.
    pub(super) fn add(&mut self, index: usize) -> u16 {
        self.known.push(index);
        self.last_id = self.last_id.saturating_add(1);
        self.last_id
    }
}

impl Network {
    /// What a mote is, or the one behind it; all zeros are in front of the first.
    pub(in crate::device) fn config(&self, of: &GetMoteConfig) -> Result<MoteConfig, ResponseCode> {
        let mut nodes =
            core::iter::once(ACCESS_POINT).chain(self.roster.known.iter().map(|index| index + 1));
        if !(of.next && of.mac_address == MacAddress::default()) {
            let named = nodes.find(|&node| self.mac_address(node) == of.mac_address);
            let named = named.ok_or(ResponseCode::NotFound)?;
            if !of.next {
                return Ok(self.config_of(named));
            }
        }
        nodes.next().map(|node| self.config_of(node)).ok_or(ResponseCode::EndOfList)
    }

    /// What a mote is, by the manager's number of it.
    pub(in crate::device) fn config_by_id(&self, id: u16) -> Result<MoteConfig, ResponseCode> {
        if id == ACCESS_POINT_ID {
            return Ok(self.config_of(ACCESS_POINT));
        }
        let index = self.motes.iter().position(|mote| mote.id == Some(id));
        index.map(|index| self.config_of(index + 1)).ok_or(ResponseCode::NotFound)
    }

    /// How a mote is doing.
    pub(in crate::device) fn info(
        &self,
        mac_address: MacAddress,
        now: Duration,
    ) -> Result<MoteInfo, ResponseCode> {
        let node = self.node(mac_address).ok_or(ResponseCode::NotFound)?;
        let mut info = MoteInfo::default();
        info.mac_address = mac_address;
        let paths = self.mesh.paths(node, now);
        info.num_nbrs = octet(paths.len());
        info.num_good_nbrs = octet(paths.iter().filter(|path| path.quality > GOOD).count());
        let hop_depth = self.mesh.depths().get(node).copied().flatten();
        let state_since = match node.checked_sub(1).and_then(|index| self.motes.get(index)) {
            None => {
                info.state = command::MoteState::Operational;
                info.requested_bw = ACCESS_POINT_BANDWIDTH;
                (self.booted, 1)
            }
            Some(mote) => {
                info.state = mote.state.into();
                let loads = self.mesh.loads(|node| self.packets_per_second(node));
                info.requested_bw = millis_per_packet(self.packets_per_second(node));
                info.total_needed_bw =
                    millis_per_packet(loads.get(node).copied().unwrap_or_default());
                info.assigned_bw = info.total_needed_bw / 3;
                info.packets_received = mote.record.received;
                info.packets_lost = mote.record.lost;
                info.avg_latency = millis(mote.record.delay, mote.record.received.into());
                (mote.record.state_since, mote.record.joins)
            }
        };
        if self.firmware == Firmware::Today {
            let (since, joins) = state_since;
            let seconds = now.saturating_sub(since).as_secs();
            info.state_time = Some(u32::try_from(seconds).unwrap_or(u32::MAX));
            info.num_joins = Some(joins);
            info.hop_depth = Some(hop_depth.unwrap_or_default());
        }
        Ok(info)
    }

    /// Forgets a mote that is lost.
    pub(in crate::device) fn delete(
        &mut self,
        mac_address: MacAddress,
    ) -> Result<(), ResponseCode> {
        let node = self.node(mac_address).ok_or(ResponseCode::NotFound)?;
        let index = node.checked_sub(1).ok_or(ResponseCode::InvState)?;
        let mote = self.motes.get_mut(index).ok_or(ResponseCode::NotFound)?;
        if mote.state != MoteState::Searching {
            return Err(ResponseCode::InvState);
        }
        if let Some(mote_id) = mote.id.take() {
            self.roster.known.retain(|&known| known != index);
            self.notice(EventKind::MoteDelete { mac_address, mote_id });
        }
        Ok(())
    }

    /// Motes that have joined, the access point not counted.
    pub(in crate::device) fn operational(&self) -> usize {
        self.motes.iter().filter(|mote| mote.state == MoteState::Operational).count()
    }

    /// The most hops of any mote.
    pub(in crate::device) fn most_hops(&self) -> u8 {
        self.mesh.depths().into_iter().flatten().max().unwrap_or_default()
    }

    /// Tries that succeeded, in %.
    pub(in crate::device) fn path_stability(&self) -> u8 {
        self.mesh.path_stability()
    }

    /// Mean time that a packet takes, in ms.
    pub(in crate::device) fn mean_latency(&self) -> u32 {
        millis(self.statistics.delay, self.statistics.arrived)
    }

    /// The node of an address that the manager knows.
    pub(super) fn node(&self, mac_address: MacAddress) -> Option<usize> {
        if mac_address == MANAGER {
            return Some(ACCESS_POINT);
        }
        let is_it = |mote: &Mote| mote.mac_address == mac_address && mote.id.is_some();
        self.motes.iter().position(is_it).map(|index| index + 1)
    }

    pub(super) fn mac_address(&self, node: usize) -> MacAddress {
        let mote = node.checked_sub(1).and_then(|index| self.motes.get(index));
        mote.map_or(MANAGER, |mote| mote.mac_address)
    }

    pub(super) fn mote_id(&self, node: usize) -> u16 {
        let mote = node.checked_sub(1).and_then(|index| self.motes.get(index));
        mote.map_or(ACCESS_POINT_ID, |mote| mote.id.unwrap_or_default())
    }

    fn config_of(&self, node: usize) -> MoteConfig {
        let mote = node.checked_sub(1).and_then(|index| self.motes.get(index));
        MoteConfig {
            mac_address: self.mac_address(node),
            mote_id: self.mote_id(node),
            is_ap: node == ACCESS_POINT,
            state: mote.map_or(command::MoteState::Operational, |mote| mote.state.into()),
            reserved: 0,
            is_routing: true,
        }
    }

    fn packets_per_second(&self, node: usize) -> f64 {
        let mote = node.checked_sub(1).and_then(|index| self.motes.get(index));
        let mote = mote.filter(|mote| mote.state == MoteState::Operational && mote.sensor.enable);
        mote.map_or(0.0, |mote| {
            let interval = f64::from(mote.sensor.rate_ms) * f64::from(mote.sensor.sample_count);
            1000.0 / interval
        })
    }
}

/// Consecutive addresses in the vendor's range.
pub(super) fn mac_address(number: u16) -> MacAddress {
    let [high, low] = number.to_be_bytes();
    MacAddress([0x00, 0x17, 0x0d, 0x00, 0x00, 0x31, high, low])
}

impl From<MoteState> for command::MoteState {
    fn from(state: MoteState) -> Self {
        match state {
            MoteState::Searching => Self::Lost,
            MoteState::Joining => Self::Negotiating,
            MoteState::Operational => Self::Operational,
        }
    }
}

fn octet(count: usize) -> u8 {
    u8::try_from(count).unwrap_or(u8::MAX)
}

/// The mean of so many, in ms.
fn millis(sum: Duration, count: u64) -> u32 {
    let mean = sum.as_millis().checked_div(count.into()).unwrap_or_default();
    u32::try_from(mean).unwrap_or(u32::MAX)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn millis_per_packet(packets_per_second: f64) -> u32 {
    if packets_per_second > 0.0 { (1000.0 / packets_per_second).round() as u32 } else { 0 }
}
