use core::time::Duration;

use hdlc_core::{Decoder, FLAG};
use manager_core::MAX_FRAME_LEN;

use crate::cli::capture_file::{Chunk, Direction};

/// What came from the manager, cut at the ends of its frames.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Script {
    steps: Vec<Step>,
    client_frames: usize,
}

/// Octets from the manager up to a flag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Step {
    /// Time since the last step, as it was recorded.
    pub(super) pause: Duration,
    /// How many frames the client had sent by then.
    pub(super) after_client_frames: usize,
    /// As they came.
    pub(super) octets: Vec<u8>,
    /// The payload of the frame in them, if it is good.
    pub(super) payload: Option<Vec<u8>>,
}

impl Script {
    pub(super) fn new(chunks: &[Chunk]) -> Self {
        let mut script = Self::default();
        let mut manager = Decoder::<MAX_FRAME_LEN>::new();
        let mut client = Decoder::<MAX_FRAME_LEN>::new();
        let mut last = chunks.first().map_or(0, |chunk| chunk.micros);
        let mut step = Step::default();
        for Chunk { micros, direction, octets } in chunks {
            if *direction == Direction::ToManager {
                script.client_frames += good_frames(&mut client, octets);
                continue;
            }
            for piece in octets.split_inclusive(|&octet| octet == FLAG) {
                step.octets.extend(piece);
                if let Some(payload) = good_frame(&mut manager, piece) {
                    step.payload = Some(payload);
                }
                // A flag that opens a frame belongs to that frame.
                if step.octets.len() > 1 && piece.ends_with(&[FLAG]) {
                    step.pause = Duration::from_micros(micros.saturating_sub(last));
                    step.after_client_frames = script.client_frames;
                    last = *micros;
                    script.steps.push(core::mem::take(&mut step));
                }
            }
        }
        if !step.octets.is_empty() {
            step.after_client_frames = script.client_frames;
            script.steps.push(step);
        }
        script
    }

    pub(super) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Good frames from the manager.
    pub(super) fn frames(&self) -> usize {
        self.steps.iter().filter(|step| step.payload.is_some()).count()
    }

    /// Good frames of the client.
    pub(super) const fn client_frames(&self) -> usize {
        self.client_frames
    }
}

/// The payload of the last good frame that ends in these octets.
fn good_frame(decoder: &mut Decoder<MAX_FRAME_LEN>, mut octets: &[u8]) -> Option<Vec<u8>> {
    let mut last = None;
    while !octets.is_empty() {
        let fed = decoder.feed(octets);
        octets = octets.get(fed.consumed..).unwrap_or_default();
        if let Some(Ok(payload)) = fed.outcome {
            last = Some(payload.to_vec());
        }
    }
    last
}

fn good_frames(decoder: &mut Decoder<MAX_FRAME_LEN>, mut octets: &[u8]) -> usize {
    let before = decoder.counters().frames;
    while !octets.is_empty() {
        let consumed = decoder.feed(octets).consumed;
        octets = octets.get(consumed..).unwrap_or_default();
    }
    usize::try_from(decoder.counters().frames - before).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(micros: u64, direction: Direction, octets: &[u8]) -> Chunk {
        Chunk { micros, direction, octets: octets.to_vec() }
    }

    #[test]
    fn every_octet_of_the_manager_is_in_the_script_once_and_in_order() {
        let hello = b"\x7e\x00\x03\x00\x02\x04\x00\x9b\x38\x7e";
        let request = b"\x7e\x02\x17\xbd\x00\x2e\x46\x7e";
        let chunks = [
            chunk(100, Direction::FromManager, b"ab"),
            chunk(200, Direction::FromManager, &hello[..4]),
            chunk(300, Direction::ToManager, request),
            chunk(450, Direction::FromManager, &hello[4..]),
            chunk(500, Direction::FromManager, b"\x7e\x00\x7e\x7e"),
            chunk(600, Direction::FromManager, b"cd"),
        ];
        let script = Script::new(&chunks);
        let played: Vec<u8> = script.steps().iter().flat_map(|s| s.octets.clone()).collect();
        let came: Vec<u8> = chunks
            .iter()
            .filter(|chunk| chunk.direction == Direction::FromManager)
            .flat_map(|chunk| chunk.octets.clone())
            .collect();
        assert_eq!(played, came);
        assert_eq!((script.frames(), script.client_frames()), (1, 1));
        let good = script.steps().iter().find(|step| step.payload.is_some()).unwrap();
        assert_eq!(good.payload.as_deref(), Some(&[0, 3, 0, 2, 4, 0][..]));
        assert_eq!((good.pause, good.after_client_frames), (Duration::from_micros(250), 1));
    }
}
