use core::time::Duration;

use hdlc_core::{Decoder, FLAG};
use manager_core::MAX_FRAME_LEN;

use super::said::Said;
use crate::cli::capture_file::{Chunk, Direction};

/// What came from the manager, cut at the ends of its frames.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Script {
    steps: Vec<Step>,
    client: Said,
    /// What a client has to say to all of it, also to what the recording ends with.
    owed: Said,
}

/// Octets from the manager up to a flag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Step {
    /// Time since the last step, as it was recorded.
    pub(super) pause: Duration,
    /// What the client had said by then.
    pub(super) after_client: Said,
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
                hear_client(&mut client, octets, &mut script.client);
                continue;
            }
            for piece in octets.split_inclusive(|&octet| octet == FLAG) {
                step.octets.extend(piece);
                if let Some(payload) = good_frame(&mut manager, piece) {
                    script.owed.owe(&payload);
                    step.payload = Some(payload);
                }
                // A flag that opens a frame belongs to that frame.
                if step.octets.len() > 1 && piece.ends_with(&[FLAG]) {
                    step.pause = Duration::from_micros(micros.saturating_sub(last));
                    step.after_client = script.client.clone();
                    last = *micros;
                    script.steps.push(core::mem::take(&mut step));
                }
            }
        }
        if !step.octets.is_empty() {
            step.after_client = script.client.clone();
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

    /// What a client has said when it has read everything.
    pub(super) fn end(&self) -> Said {
        let mut end = self.client.clone();
        end.forgive(&self.owed);
        end
    }

    /// What the client has said in all.
    pub(super) const fn client(&self) -> &Said {
        &self.client
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

fn hear_client(decoder: &mut Decoder<MAX_FRAME_LEN>, mut octets: &[u8], said: &mut Said) {
    while !octets.is_empty() {
        let fed = decoder.feed(octets);
        octets = octets.get(fed.consumed..).unwrap_or_default();
        if let Some(Ok(payload)) = fed.outcome {
            said.hear(payload);
        }
    }
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
        assert_eq!((script.frames(), script.client().count()), (1, 1));
        let good = script.steps().iter().find(|step| step.payload.is_some()).unwrap();
        assert_eq!(good.payload.as_deref(), Some(&[0, 3, 0, 2, 4, 0][..]));
        assert_eq!((good.pause, good.after_client.count()), (Duration::from_micros(250), 1));
    }
}
