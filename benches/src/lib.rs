//! The cores beside their peers. Each *job* runs one codec once over one corpus; `main` runs a
//! job, and the `cores` bench runs them all, under callgrind and against the clock.

#[allow(unsafe_code, reason = "C is called")]
mod byte_loop;
mod cobs_crate;
mod corpus;
mod hdlc_crate;
mod job;
mod ours;

pub use corpus::Corpus;
pub use job::{Codec, Direction, Job, Work};

/// Longest frame of the decoders, with its FCS.
const CAPACITY: usize = 128;

/// What came out of a decoder, so that no decoder can leave out its work unnoticed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tally {
    /// Good frames, or notifications.
    pub frames: u64,
    /// Octets of payload, or of wire when encoding, or the sum of temperatures.
    pub octets: u64,
}

impl Tally {
    fn add(&mut self, payload: &[u8]) {
        self.frames += 1;
        self.octets += std::hint::black_box(payload).len() as u64;
    }
}
