//! What motes report of themselves.

use core::time::Duration;

use manager_core::command::{PathDirection, Rssi};
use manager_core::notification::health_report::{
    BadLink, Block, ChannelReport, Channels, DeviceReport, DiscoveredNeighbor, DiscoveredNeighbors,
    Neighbor, Neighbors, QueueOccupancy,
};

use super::super::emitted::emitted;
use super::super::mesh::{Account, FRAME, Mesh, Path};
use super::super::settings::Firmware;
use super::{Happening, Network, What};

/// The most that fit a notification: 113 octets of payload.
const MOST_NEIGHBORS: usize = 11;
const MOST_DISCOVERED: usize = 27;

/// What a mote hears besides its neighbours, and its channels, come with every so many reports.
const RARELY: u32 = 4;

const CHANNELS: u8 = 15;

/// One for each channel, and nine more for those that are disturbed.
const ALL_SHARES: u32 = 24;

/// What a channel is like where nobody of the network sends, in dBm.
const QUIET: i8 = -95;

impl Network {
    /// A mote reports, and plans its next report.
    pub(super) fn report_health(&mut self, index: usize, life: u64, at: Duration) {
        let node = index + 1;
        let is_operational = self.is_operational(index);
        let Some(mote) = self.motes.get_mut(index) else { return };
        if !is_operational || mote.life != life {
            return;
        }
        let (since, round) = (mote.reported, mote.reports);
        mote.reported = at;
        mote.reports = mote.reports.wrapping_add(1);
        self.agenda.schedule(at + self.health_every, What::Report { mote: index, life });
        self.mesh.keep_alive(node, at, since);
        let (mut used, mut accounts, mut unused) = (Vec::new(), Vec::new(), Vec::new());
        for path in self.mesh.paths(node, at) {
            let account = self.mesh.take_account(node, &path);
            // One that was given up has failed before, and that is worth telling.
            if path.direction == PathDirection::Unused && account == Account::default() {
                unused.push(path);
            } else {
                used.push(path);
                accounts.push(account);
            }
        }
        let mut reports = vec![self.device(index, at, &used, &accounts)];
        reports.extend(self.neighbors(&used, &accounts));
        if round.is_multiple_of(RARELY) {
            reports.push(self.discovered(&unused));
            reports.push(self.channels(&accounts));
        }
        for payload in reports {
            let mac_address = self.mac_address(node);
            self.send_up_aside(index, at, Happening::Health { mac_address, payload });
        }
    }

    fn device(
        &mut self,
        index: usize,
        at: Duration,
        used: &[Path],
        accounts: &[Account],
    ) -> Vec<u8> {
        let tally = self.mesh.take_tally(index + 1);
        let efforts = self.mesh.efforts(index + 1);
        let children = used.iter().filter(|path| path.direction == PathDirection::Downstream);
        let most = u8::try_from(children.count() + 1).unwrap_or(15).min(15);
        let mut report = DeviceReport::default();
        if let Some(mote) = self.motes.get(index) {
            report.charge = mote.battery.charge(at, efforts);
            report.battery_voltage = mote.battery.voltage(at, efforts);
            report.temperature = mote.chip_temperature(at);
        }
        report.queue_occ = QueueOccupancy((most << 4) | (most / 2));
        report.num_tx_ok = short(tally.sent);
        report.num_rx_ok = short(tally.received);
        report.num_mac_dropped = octet(tally.dropped);
        let worst = used.iter().zip(accounts).max_by_key(|(_, account)| account.failures);
        if let Some((path, account)) = worst.filter(|(_, account)| account.failures > 0) {
            let (slot, offset) = Mesh::cell(path);
            let num_tx_bad = octet(account.failures);
            report.worst_link = BadLink { num_tx_bad, frame_id: FRAME, slot, offset };
        }
        if self.firmware == Firmware::Today {
            report.num_net_mic_err = Some(0);
            report.num_mac_mic_err = Some(0);
            report.num_mac_crc_err = Some(octet(tally.garbled));
        }
        block(&Block::Device(report))
    }

    fn neighbors(&self, used: &[Path], accounts: &[Account]) -> Vec<Vec<u8>> {
        let neighbors = used.iter().zip(accounts).map(|(path, account)| Neighbor {
            neighbor_id: self.mote_id(path.peer),
            neighbor_flag: 0,
            rssi: path.rssi_here,
            num_tx_packets: short(account.attempts),
            num_tx_failures: short(account.failures),
            num_rx_packets: short(account.received),
        });
        let neighbors: Vec<_> = neighbors.collect();
        let reports = neighbors.chunks(MOST_NEIGHBORS).map(|neighbors| {
            let mut buffer = [0; 10 * MOST_NEIGHBORS];
            let neighbors = Neighbors::of(neighbors, &mut buffer).expect("there is room for them");
            block(&Block::Neighbors(neighbors))
        });
        reports.collect()
    }

    fn discovered(&mut self, unused: &[Path]) -> Vec<u8> {
        let mut heard: Vec<_> = unused.iter().collect();
        heard.sort_by_key(|path| core::cmp::Reverse(path.rssi_here.0));
        let heard = heard.into_iter().take(MOST_DISCOVERED).map(|path| DiscoveredNeighbor {
            neighbor_id: self.mote_id(path.peer),
            rssi: path.rssi_here,
            num_rx: 1 + path.quality / 10 + self.chance.u8(..3),
        });
        let heard: Vec<_> = heard.collect();
        let mut buffer = [0; 4 * MOST_DISCOVERED];
        let heard = DiscoveredNeighbors::of(octet_of(heard.len()), &heard, &mut buffer);
        block(&Block::DiscoveredNeighbors(heard.expect("there is room for them")))
    }

    /// What was tried, over all channels; the more disturbed ones had more of what failed.
    fn channels(&mut self, accounts: &[Account]) -> Vec<u8> {
        let attempts = accounts.iter().map(|account| account.attempts).sum::<u32>();
        let failures = accounts.iter().map(|account| account.failures).sum::<u32>();
        let channels = (0..CHANNELS).map(|channel| {
            // A wireless network of another kind sends where the fourth channel is.
            let disturbance = 18_u8.saturating_sub(6 * channel.abs_diff(3));
            let share = u32::from(1 + disturbance / 6);
            let attempts = short(attempts / u32::from(CHANNELS));
            ChannelReport {
                idle_rssi: Rssi(QUIET.saturating_add_unsigned(disturbance + self.chance.u8(..4))),
                tx_unicast_attempts: attempts,
                tx_unicast_failures: short(failures * share / ALL_SHARES).min(attempts),
            }
        });
        let channels: Vec<_> = channels.collect();
        let mut buffer = [0; 5 * CHANNELS as usize];
        let channels = Channels::of(&channels, &mut buffer).expect("there is room for them");
        block(&Block::Channels(channels))
    }
}

fn block(block: &Block<'_>) -> Vec<u8> {
    emitted(block.buffer_len(), |buffer| block.emit(buffer))
}

/// Counters of a report stop at their greatest value.
fn short(count: u32) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

fn octet(count: u32) -> u8 {
    u8::try_from(count).unwrap_or(u8::MAX)
}

fn octet_of(count: usize) -> u8 {
    u8::try_from(count).unwrap_or(u8::MAX)
}
