//! What the manager does about each request.

mod later;
mod queries;
mod settings;

pub(super) use later::UnderWay;

use core::time::Duration;

use manager_core::command::MAX_LINKS;
use manager_core::{PacketType, Request, Response, ResponseCode, Subscribe};

use super::emitted::emitted;
use super::settings::Firmware;
use super::{Event, SimulatedManager};

/// Octets of a response with ten links: RC, index, utilization, number, and nine for each.
const LINKS_LEN: usize = 5 + 9 * MAX_LINKS;

impl SimulatedManager {
    /// Carries a request out, or refuses it; returns the body of the response.
    pub(super) fn execute(
        &mut self,
        now: Duration,
        packet_type: PacketType,
        body: &[u8],
    ) -> Vec<u8> {
        let response = match Request::parse(packet_type, body) {
            Ok(request) => self.response(now, &request),
            Err(_) => Err(ResponseCode::InvalidArgument),
        };
        let response = response.unwrap_or_else(|code| Response::Refused { packet_type, code });
        let mut body = emitted(response.buffer_len(), |buffer| response.emit(buffer));
        if matches!(response, Response::GetMoteLinks(_)) {
            // The vendor's clients want room for ten links, however many there are.
            body.resize(LINKS_LEN, 0);
        }
        body
    }

    fn response(
        &mut self,
        now: Duration,
        request: &Request<'_>,
    ) -> Result<Response<'static>, ResponseCode> {
        Ok(match request {
            Request::Subscribe(subscribe) => self.subscribe(*subscribe),
            Request::GetTime => Response::GetTime(self.clocks.time_info(now)),
            Request::GetSystemInfo => Response::GetSystemInfo(self.system_info()),
            Request::GetNetworkInfo => Response::GetNetworkInfo(self.network_info()),
            Request::GetNetworkConfig => Response::GetNetworkConfig(self.memory.network_config),
            Request::GetManagerStatistics => {
                Response::GetManagerStatistics(self.manager_statistics())
            }
            Request::GetIpConfig => Response::GetIpConfig(self.memory.ip_config),
            Request::GetLicense => Response::GetLicense(queries::LICENSE),
            Request::GetMoteConfig(of) => Response::GetMoteConfig(self.network.config(of)?),
            Request::GetMoteConfigById(of) => {
                Response::GetMoteConfigById(self.network.config_by_id(of.mote_id)?)
            }
            Request::GetMoteInfo(of) => {
                Response::GetMoteInfo(self.network.info(of.mac_address, now)?)
            }
            Request::GetPathInfo(of) => Response::GetPathInfo(self.network.path_info(of, now)?),
            Request::GetNextPathInfo(of) => {
                Response::GetNextPathInfo(self.network.next_path_info(of, now)?)
            }
            Request::GetMoteLinks(of) => Response::GetMoteLinks(self.network.links(of, now)?),
            Request::GetNextAclEntry(of) => {
                Response::GetNextAclEntry(self.network.access_list.behind(of.mac_address)?)
            }
            Request::ClearStatistics => {
                self.network.clear_statistics();
                Response::ClearStatistics
            }
            Request::DeleteMote(mote) => {
                self.network.delete(mote.mac_address)?;
                Response::DeleteMote
            }
            Request::GetLog(mote) => {
                self.network.ask_log(now, mote.mac_address)?;
                Response::GetLog
            }
            Request::Reset(reset) => Response::Reset(self.reset(now, reset)?),
            Request::PingMote(_)
            | Request::SendData(_)
            | Request::SendIp(_)
            | Request::ExchangeNetworkId(_)
            | Request::ExchangeMoteJoinKey(_)
            | Request::SetAdvertising(_)
            | Request::SetDownstreamFrameMode(_) => self.begin(now, request)?,
            _ => self.set(now, request)?,
        })
    }

    fn subscribe(&mut self, subscribe: Subscribe) -> Response<'static> {
        if let Some(session) = &mut self.session {
            session.subscription = Some(subscribe);
            self.events.push_back(Event::Subscribed(subscribe));
        }
        Response::Subscribe
    }

    pub(super) const fn is_old(&self) -> bool {
        matches!(self.settings.firmware, Firmware::Old)
    }
}
