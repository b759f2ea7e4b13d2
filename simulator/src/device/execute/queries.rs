//! What the manager knows of itself and its network.

use manager_core::command::{License, ManagerStatistics};
use manager_core::{NetworkInfo, SystemInfo};

use super::super::SimulatedManager;
use super::super::clocks::SLOT_MICROS;
use super::super::network::MANAGER;

pub(super) const LICENSE: License = License { license: *b"clouddata-sim" };

impl SimulatedManager {
    pub(super) const fn system_info(&self) -> SystemInfo {
        let (sw_minor, sw_patch) = if self.is_old() { (2, 1) } else { (4, 1) };
        SystemInfo {
            mac_address: MANAGER,
            hw_model: 16,
            hw_rev: 2,
            sw_major: 1,
            sw_minor,
            sw_patch,
            sw_build: 8,
        }
    }

    pub(super) fn network_info(&self) -> NetworkInfo {
        let statistics = self.network.statistics();
        let lost = u64::from(statistics.lost);
        let sent = statistics.arrived + lost;
        let reliability = (statistics.arrived * 100 + sent / 2).checked_div(sent).unwrap_or(100);
        let mut info = NetworkInfo::default();
        info.num_motes = u16::try_from(self.network.operational()).unwrap_or(u16::MAX);
        info.asn_size = SLOT_MICROS;
        info.advertisement_state = self.air.advertisement_state;
        info.down_frame_state = self.air.down_frame_state;
        info.net_reliability = u8::try_from(reliability).unwrap_or(100);
        info.net_path_stability = self.network.path_stability();
        info.net_latency = self.network.mean_latency();
        info.ipv6_address = self.memory.ip_config.ipv6_address;
        if !self.is_old() {
            info.num_lost_packets = Some(statistics.lost);
            info.num_arrived_packets = Some(statistics.arrived);
            info.max_numb_hops = Some(self.network.most_hops());
        }
        info
    }

    /// Since the boot.
    pub(super) fn manager_statistics(&self) -> ManagerStatistics {
        let (before, line_before) = &self.at_boot;
        let (tally, line) = (&self.tally, self.decoder.counters());
        let dropped = |tally: &super::super::Tally| tally.given_up + tally.out_of_sequence;
        ManagerStatistics {
            ser_tx_cnt: low_half(tally.packets_sent - before.packets_sent),
            ser_rx_cnt: low_half(line.frames.saturating_sub(line_before.frames)),
            ser_rx_crc_err: low_half(line.bad_fcs.saturating_sub(line_before.bad_fcs)),
            ser_rx_overruns: low_half(line.too_long.saturating_sub(line_before.too_long)),
            api_estab_conn: low_half(tally.sessions - before.sessions),
            api_dropped_conn: low_half(dropped(tally) - dropped(before)),
            api_tx_ok: low_half(
                tally.notifications.acknowledged - before.notifications.acknowledged,
            ),
            api_tx_err: low_half(tally.notifications.rejected - before.notifications.rejected),
            api_tx_fail: low_half(tally.given_up - before.given_up),
            api_rx_ok: low_half(tally.requests - before.requests),
            api_rx_prot_err: low_half(tally.malformed - before.malformed),
        }
    }
}

/// The counters roll over.
#[expect(clippy::cast_possible_truncation, reason = "that is what they do")]
const fn low_half(count: u64) -> u16 {
    count as u16
}
