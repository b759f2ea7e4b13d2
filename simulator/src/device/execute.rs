//! What the manager does about each request.

use core::time::Duration;

use manager_core::command::Callback;
use manager_core::{
    MacAddress, NetworkInfo, PacketType, Request, Response, ResponseCode, SendData, Subscribe,
    SystemInfo,
};

use super::clocks::SLOT_MICROS;
use super::emitted::emitted;
use super::{Event, SimulatedManager};

/// The manager's own address.
const MAC_ADDRESS: MacAddress = MacAddress([0x00, 0x17, 0x0d, 0x00, 0x00, 0x30, 0x00, 0x01]);

const IPV6_ADDRESS: [u8; 16] =
    [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0x00, 0x17, 0x0d, 0x00, 0x00, 0x30, 0x00, 0x01];

impl SimulatedManager {
    /// Carries a request out, or refuses it; returns the body of the response.
    pub(super) fn execute(
        &mut self,
        now: Duration,
        packet_type: PacketType,
        body: &[u8],
    ) -> Vec<u8> {
        let response = match Request::parse(packet_type, body) {
            Ok(Request::Subscribe(subscribe)) => self.subscribe(subscribe),
            Ok(Request::GetTime) => Response::GetTime(self.clocks.time_info(now)),
            Ok(Request::GetSystemInfo) => Response::GetSystemInfo(SYSTEM_INFO),
            Ok(Request::GetNetworkInfo) => Response::GetNetworkInfo(self.network_info()),
            Ok(Request::GetMoteConfig(mote)) => match self.network.config(&mote) {
                Ok(config) => Response::GetMoteConfig(config),
                Err(code) => Response::Refused { packet_type, code },
            },
            Ok(Request::SendData(packet)) => self.send_data(now, &packet),
            Ok(_) => Response::Refused { packet_type, code: ResponseCode::InvalidCommand },
            Err(_) => Response::Refused { packet_type, code: ResponseCode::InvalidArgument },
        };
        emitted(response.buffer_len(), |buffer| response.emit(buffer))
    }

    fn subscribe(&mut self, subscribe: Subscribe) -> Response<'static> {
        if let Some(session) = &mut self.session {
            session.subscription = Some(subscribe);
            self.events.push_back(Event::Subscribed(subscribe));
        }
        Response::Subscribe
    }

    fn send_data(&mut self, now: Duration, packet: &SendData<'_>) -> Response<'static> {
        let callback_id = self.callback_id.wrapping_add(1);
        match self.network.send(now, packet, callback_id) {
            Ok(()) => {
                self.callback_id = callback_id;
                Response::SendData(Callback { callback_id })
            }
            Err(code) => Response::Refused { packet_type: PacketType::SendData, code },
        }
    }

    fn network_info(&self) -> NetworkInfo {
        let mut info = NetworkInfo::default();
        info.num_motes = u16::try_from(self.network.operational()).unwrap_or(u16::MAX);
        info.asn_size = SLOT_MICROS;
        info.net_reliability = 100;
        info.net_path_stability = 98;
        info.net_latency = u32::try_from(self.network.latency().as_millis()).unwrap_or(u32::MAX);
        info.ipv6_address = IPV6_ADDRESS;
        info.num_lost_packets = Some(0);
        info.num_arrived_packets = Some(self.network.arrived());
        info.max_numb_hops = Some(1);
        info
    }
}

const SYSTEM_INFO: SystemInfo = SystemInfo {
    mac_address: MAC_ADDRESS,
    hw_model: 16,
    hw_rev: 2,
    sw_major: 1,
    sw_minor: 4,
    sw_patch: 1,
    sw_build: 8,
};
