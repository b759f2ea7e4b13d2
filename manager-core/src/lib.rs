#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod error;
mod hello;
mod hello_response;
mod mac_address;
mod manager_hello;
mod network_info;
pub mod notification;
mod packet;
mod reader;
mod request;
mod response;
mod response_code;
mod send_data;
pub mod session;
mod subscribe;
mod system_info;
mod time_info;
mod utc_time;
mod writer;

pub use error::{EmitError, ParseError};
pub use hello::Hello;
pub use hello_response::{HelloResponse, SuccessCode};
pub use mac_address::MacAddress;
pub use manager_hello::ManagerHello;
pub use network_info::NetworkInfo;
pub use notification::Notification;
pub use packet::{Control, HEADER_LEN, MAX_BODY_LEN, MAX_FRAME_LEN, Packet, PacketType};
pub use request::Request;
pub use response::Response;
pub use response_code::ResponseCode;
pub use send_data::{SendData, SendDataResponse};
pub use session::Session;
pub use subscribe::{NotificationMask, Subscribe};
pub use system_info::SystemInfo;
pub use time_info::TimeInfo;
pub use utc_time::UtcTime;

/// The version of the serial API that this crate speaks, and today's managers with it.
pub const PROTOCOL_VERSION: u8 = 4;
