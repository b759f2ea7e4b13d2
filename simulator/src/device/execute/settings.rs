//! What a client sets.

use core::time::Duration;

use manager_core::command::NetworkConfig;
use manager_core::{Request, Response, ResponseCode};

use super::super::SimulatedManager;
use super::super::memory::Memory;

impl SimulatedManager {
    pub(super) fn set(
        &mut self,
        now: Duration,
        request: &Request<'_>,
    ) -> Result<Response<'static>, ResponseCode> {
        Ok(match request {
            Request::SetNetworkConfig(config) => {
                if !is_possible(config) {
                    return Err(ResponseCode::InvalidArgument);
                }
                self.memory.network_config = *config;
                Response::SetNetworkConfig
            }
            Request::SetIpConfig(config) => {
                self.memory.ip_config = *config;
                Response::SetIpConfig
            }
            Request::SetAclEntry(entry) => {
                self.network.access_list.add(entry.mac_address)?;
                Response::SetAclEntry
            }
            Request::DeleteAclEntry(entry) => {
                self.network.access_list.delete(entry.mac_address)?;
                Response::DeleteAclEntry
            }
            Request::SetTime(time) => {
                // There is no pin that could trigger it.
                if time.trigger != 0 {
                    return Err(ResponseCode::InvalidArgument);
                }
                self.clocks.set_utc(now, time.utc);
                Response::SetTime
            }
            Request::RestoreFactoryDefaults => {
                self.memory = Memory::default();
                self.network.access_list = Default::default();
                Response::RestoreFactoryDefaults
            }
            // The motes have any key that the manager has, and nobody can try the passwords.
            Request::SetCommonJoinKey(_) => Response::SetCommonJoinKey,
            Request::SetCliUser(user) if user.role <= 1 => Response::SetCliUser,
            Request::SetCliUser(_) => return Err(ResponseCode::WriteFail),
            Request::SetLicense(_) => return Err(ResponseCode::ValidationError),
            // It has started by itself.
            Request::StartNetwork => return Err(ResponseCode::InProgress),
            Request::RadiotestRxPer | Request::RadiotestTxPer(_) if self.is_old() => {
                return Err(ResponseCode::InvalidCommand);
            }
            // Not booted to test its radio.
            Request::RadiotestTx(_)
            | Request::RadiotestRx(_)
            | Request::RadiotestRxPer
            | Request::RadiotestTxPer(_) => return Err(ResponseCode::InvState),
            _ => return Err(ResponseCode::InvalidCommand),
        })
    }
}

fn is_possible(config: &NetworkConfig) -> bool {
    [1, 2, 4].contains(&config.down_frame_mult_val)
        && (1..=4).contains(&config.num_parents)
        && config.cca_mode <= 3
        && config.bb_mode <= 2
        && (100..=1000).contains(&config.bw_mult)
        && config.max_motes > 0
        && config.channel_list != 0
}
