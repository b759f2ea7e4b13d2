#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used
    )
)]

#[cfg(test)]
extern crate std;

mod address;
mod command;
mod control;
mod error;
mod id;
mod message;
mod notification;
mod parser;
mod request;
mod response;
mod result_code;
mod sensor_fields;
pub mod tag;
mod temperature;
mod timestamp;
mod tlv;
mod tlvs;
mod writer;

pub use address::Address;
pub use command::{Command, Method};
pub use control::Control;
pub use error::{EmitError, ParseError};
pub use id::Id;
pub use message::{Body, Message};
pub use notification::{
    DigitalChange, LocateMe, Notification, PkGen, Sample, SampleSize, SampleValues, Samples,
    Statistics,
};
pub use request::Request;
pub use response::Response;
pub use result_code::ResultCode;
pub use sensor_fields::SensorFields;
pub use temperature::Temperature;
pub use timestamp::Timestamp;
pub use tlv::Tlv;
pub use tlvs::Tlvs;

/// The UDP port of OAP on a mote: the destination port of a data notification that carries an OAP
/// message, and both ports of a `sendData` that does.
pub const UDP_PORT: u16 = 0xF0B9;
