//! What a serial line brings: frames, damaged frames and noise, in chunks.

use hdlc_core::Encoder;

use crate::script::Script;

/// A stream of octets and the lengths of the chunks in which it arrives.
///
/// ```text
/// | count (1) | chunk lengths (count) | items to the end |
/// item = | 0lllllll | payload (l) |               a frame of this payload
///        | 10llllll | noise (l) |                 as it is
///        | 11llllll | damage (1) | payload (l) |  a frame of it with one bit changed, or cut short
/// ```
///
/// The frames are made here since a fuzzer seldom guesses a frame check sequence.
pub(crate) struct Line<'a> {
    pub(crate) chunk_lengths: &'a [u8],
    pub(crate) stream: Vec<u8>,
}

impl<'a> Line<'a> {
    pub(crate) fn new(input: &'a [u8]) -> Self {
        let mut script = Script::new(input);
        let chunk_lengths = script.counted();
        let mut stream = Vec::new();
        while !script.is_empty() {
            let item = script.u8();
            let length = usize::from(item & 0x3F);
            match item >> 6 {
                0b10 => stream.extend(script.take(length)),
                0b11 => {
                    let damage = script.u8();
                    stream.extend(damaged(Encoder::new(script.take(length)).collect(), damage));
                }
                _ => stream.extend(Encoder::new(script.take((item & 0x7F).into()))),
            }
        }
        Self { chunk_lengths, stream }
    }

    /// The stream in its chunks, some of which may be empty.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = &self.stream[..];
        // A round of empty chunks only would never end.
        let mut lengths = self.chunk_lengths.iter().chain(&[u8::MAX]).cycle();
        core::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let length = usize::from(*lengths.next()?).min(rest.len());
            let (chunk, behind) = rest.split_at(length);
            rest = behind;
            Some(chunk)
        })
    }
}

fn damaged(mut frame: Vec<u8>, damage: u8) -> Vec<u8> {
    let index = usize::from(damage >> 1) % frame.len();
    if damage & 1 == 0 {
        frame[index] ^= 1 << (damage >> 5);
    } else {
        frame.truncate(index);
    }
    frame
}
