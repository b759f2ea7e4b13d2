#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

#[cfg(test)]
extern crate std;

#[cfg(feature = "embedded-io-async")]
pub mod asynch;
mod counters;
mod decoder;
mod encoder;
mod error;
mod fcs;
mod frame;
#[cfg(feature = "embedded-io")]
mod frame_reader;
#[cfg(feature = "embedded-io")]
mod frame_writer;
#[cfg(any(feature = "embedded-io", feature = "embedded-io-async"))]
mod intake;
#[cfg(any(feature = "embedded-io", feature = "embedded-io-async"))]
mod output;
#[cfg(any(feature = "embedded-io", feature = "embedded-io-async"))]
mod read_error;
mod search;

pub use counters::Counters;
pub use decoder::{Decoder, Fed};
pub use encoder::{Encoder, max_wire_len};
pub use error::{BufferTooSmall, FrameError};
pub use fcs::{GOOD_RESIDUE, fcs16};
#[cfg(feature = "embedded-io")]
pub use frame_reader::FrameReader;
#[cfg(feature = "embedded-io")]
pub use frame_writer::FrameWriter;
#[cfg(any(feature = "embedded-io", feature = "embedded-io-async"))]
pub use read_error::ReadError;

/// Opens and closes a frame; one may do both (RFC 1662 §3.1, §4.1).
pub const FLAG: u8 = 0x7E;

/// Announces that the next octet was changed by [`ESCAPE_MASK`] (RFC 1662 §4.2).
pub const ESCAPE: u8 = 0x7D;

/// What an escaped octet is XORed with.
pub const ESCAPE_MASK: u8 = 0x20;

/// Octets of the frame check sequence.
pub const FCS_LEN: usize = 2;

/// Fewest octets between two flags, unstuffed, that can be a frame: one of payload and the FCS.
pub const MIN_FRAME_LEN: usize = 1 + FCS_LEN;
