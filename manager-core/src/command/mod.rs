//! What a client asks of the manager, and what the manager answers.
//!
//! A [`Request`] is any command, a [`Response`] any answer. Each command has a type of its own too,
//! for clients that use few and want no code for the others: [`Session`](crate::Session) takes
//! whatever is a [`Command`].

mod acl;
mod callback;
mod cli_user;
mod ip_config;
mod join_key;
mod license;
mod manager_statistics;
mod mote;
mod mote_config;
mod mote_info;
mod mote_links;
mod network_config;
mod network_info;
mod network_wide;
mod path_info;
mod radiotest;
mod raw_response;
mod reset;
mod secret;
mod send_data;
mod subscribe;
mod system_info;
mod table;
mod time_info;

pub use acl::{AclEntry, DeleteAclEntry, GetNextAclEntry};
pub use callback::Callback;
pub use cli_user::SetCliUser;
pub use ip_config::IpConfig;
pub use join_key::{ExchangeMoteJoinKey, SetCommonJoinKey};
pub use license::License;
pub use manager_statistics::ManagerStatistics;
pub use mote::{DeleteMote, GetLog, PingMote};
pub use mote_config::{GetMoteConfig, GetMoteConfigById, MoteConfig, MoteState};
pub use mote_info::{GetMoteInfo, MoteInfo};
pub use mote_links::{GetMoteLinks, MAX_LINKS, MoteLink, MoteLinks};
pub use network_config::NetworkConfig;
pub use network_info::{NetworkInfo, NetworkState};
pub use network_wide::{ExchangeNetworkId, SetAdvertising, SetDownstreamFrameMode};
pub use path_info::{
    GetNextPathInfo, GetPathInfo, NextPathInfo, PathDirection, PathFilter, PathInfo, Rssi,
};
pub use radiotest::{
    MAX_SEQUENCE, RadiotestPacket, RadiotestRx, RadiotestStatistics, RadiotestTx, RadiotestTxPer,
};
pub use raw_response::RawResponse;
pub use reset::{Reset, ResetResponse, ResetTarget};
pub use secret::Secret;
pub use send_data::{SendData, SendIp};
pub use subscribe::{NotificationMask, Subscribe};
pub use system_info::SystemInfo;
pub use time_info::{SetTime, TimeInfo};

use crate::writer::Writer;
use crate::{EmitError, PacketType, ParseError, ResponseCode};
use table::commands;

/// What [`Session::request`](crate::Session::request) sends.
pub trait Command {
    /// The command's identifier.
    fn packet_type(&self) -> PacketType;

    /// Octets of the body.
    fn buffer_len(&self) -> usize;

    /// Writes the body and returns its length.
    ///
    /// # Errors
    /// If the buffer is too small.
    fn emit(&self, buffer: &mut [u8]) -> Result<usize, EmitError>;
}

commands! {
    /// 0x15: reboot the manager or a mote.
    Reset (Reset) -> ResetResponse;
    /// 0x16: choose which notifications come.
    Subscribe (Subscribe);
    /// 0x17: ask for the manager's clocks.
    GetTime -> TimeInfo;
    /// 0x1A: set the mesh up.
    SetNetworkConfig (NetworkConfig);
    /// 0x1F: begin the network's statistics anew.
    ClearStatistics;
    /// 0x21: give a mote another join key.
    ExchangeMoteJoinKey (ExchangeMoteJoinKey) -> Callback;
    /// 0x22: give the network another number.
    ExchangeNetworkId (ExchangeNetworkId) -> Callback;
    /// 0x23: send packets to test the radio.
    RadiotestTx (RadiotestTx);
    /// 0x25: count packets to test the radio.
    RadiotestRx (RadiotestRx);
    /// 0x26: ask for the packets counted.
    GetRadiotestStatistics -> RadiotestStatistics;
    /// 0x27: let a mote join.
    SetAclEntry (AclEntry);
    /// 0x28: walk through the access control list.
    GetNextAclEntry (GetNextAclEntry) -> AclEntry;
    /// 0x29: let a mote no longer join.
    DeleteAclEntry (DeleteAclEntry);
    /// 0x2A: ask whether a mote is there.
    PingMote (PingMote) -> Callback;
    /// 0x2B: ask for a mote's log.
    GetLog (GetLog);
    /// 0x2C: send a UDP payload to a mote.
    SendData (SendData<'a>) -> Callback;
    /// 0x2D: start a network that does not start by itself. The vendor advises against it.
    StartNetwork;
    /// 0x2E: ask what the manager is.
    GetSystemInfo -> SystemInfo;
    /// 0x2F: walk through the motes.
    GetMoteConfig (GetMoteConfig) -> MoteConfig;
    /// 0x30: ask how well two motes hear each other.
    GetPathInfo (GetPathInfo) -> PathInfo;
    /// 0x31: walk through a mote's paths.
    GetNextPathInfo (GetNextPathInfo) -> NextPathInfo;
    /// 0x32: whether the network advertises itself.
    SetAdvertising (SetAdvertising) -> Callback;
    /// 0x33: whether packets to the motes are fast.
    SetDownstreamFrameMode (SetDownstreamFrameMode) -> Callback;
    /// 0x35: ask what the manager's serial port has seen.
    GetManagerStatistics -> ManagerStatistics;
    /// 0x36: set the manager's clock.
    SetTime (SetTime);
    /// 0x37: ask for the licence.
    GetLicense -> License;
    /// 0x38: set the licence.
    SetLicense (License);
    /// 0x3A: set a password of the manager's command line.
    SetCliUser (SetCliUser);
    /// 0x3B: send a 6LoWPAN packet to a mote.
    SendIp (SendIp<'a>) -> Callback;
    /// 0x3D: forget everything that was set.
    RestoreFactoryDefaults;
    /// 0x3E: ask how a mote is doing.
    GetMoteInfo (GetMoteInfo) -> MoteInfo;
    /// 0x3F: ask how the mesh is set up.
    GetNetworkConfig -> NetworkConfig;
    /// 0x40: ask how the mesh is doing.
    GetNetworkInfo -> NetworkInfo;
    /// 0x41: ask what a mote is, by the manager's number of it.
    GetMoteConfigById (GetMoteConfigById) -> MoteConfig;
    /// 0x42: set the join key of all motes.
    SetCommonJoinKey (SetCommonJoinKey);
    /// 0x43: ask for the manager's own address.
    GetIpConfig -> IpConfig;
    /// 0x44: set the manager's own address.
    SetIpConfig (IpConfig);
    /// 0x45: forget a lost mote.
    DeleteMote (DeleteMote);
    /// 0x46: walk through a mote's links.
    GetMoteLinks (GetMoteLinks) -> MoteLinks;
    /// 0x4A: count packets for a test of the error rate.
    RadiotestRxPer;
    /// 0x4B: send packets for a test of the error rate.
    RadiotestTxPer (RadiotestTxPer);
}
