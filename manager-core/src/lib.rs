#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod command;
mod error;
mod field;
mod hello;
mod hello_response;
mod mac_address;
mod manager_hello;
pub mod notification;
mod packet;
mod reader;
mod response_code;
pub mod session;
mod utc_time;
mod writer;

pub use command::{
    Command, NetworkInfo, NotificationMask, Request, Response, SendData, Subscribe, SystemInfo,
    TimeInfo,
};
pub use error::{EmitError, ParseError};
pub use hdlc_core;
pub use hello::Hello;
pub use hello_response::{HelloResponse, SuccessCode};
pub use mac_address::MacAddress;
pub use manager_hello::ManagerHello;
pub use notification::Notification;
pub use packet::{Control, HEADER_LEN, MAX_BODY_LEN, MAX_FRAME_LEN, Packet, PacketType};
pub use response_code::ResponseCode;
pub use session::Session;
pub use utc_time::UtcTime;

/// The version of the serial API that this crate speaks, and today's managers with it.
pub const PROTOCOL_VERSION: u8 = 4;
