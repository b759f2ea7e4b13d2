//! The golden vectors: made by an existing client's own encoder, and fed to its own decoder.

#[path = "vectors/golden.rs"]
mod golden;

use hdlc_core::{Decoder, Encoder, max_wire_len};

use golden::{octets, vectors};

fn decode(stream: &[u8], chunk: usize) -> Vec<Vec<u8>> {
    let mut decoder = Decoder::<128>::new();
    let mut frames = Vec::new();
    for mut rest in stream.chunks(chunk) {
        while !rest.is_empty() {
            let fed = decoder.feed(rest);
            frames.extend(fed.outcome.and_then(Result::ok).map(<[u8]>::to_vec));
            rest = &rest[fed.consumed..];
        }
    }
    frames
}

#[test]
fn every_payload_encodes_to_its_frame_and_back() {
    let vectors = vectors("hdlc_encode.json");
    assert_eq!(vectors.len(), 33);
    for vector in &vectors {
        let (payload, frame) = (octets(&vector["payload"]), octets(&vector["frame"]));
        let mut buffer = vec![0; max_wire_len(payload.len())];
        let encoder = Encoder::new(&payload);
        assert_eq!(encoder.buffer_len(), frame.len());
        let len = encoder.emit(&mut buffer).expect("the buffer holds any frame");
        assert_eq!(buffer[..len], frame);
        assert_eq!(encoder.collect::<Vec<_>>(), frame);
        assert_eq!(decode(&frame, 1), [payload]);
    }
}

#[test]
fn every_stream_gives_its_frames_for_any_chunking() {
    let vectors = vectors("hdlc_decode.json");
    assert_eq!(vectors.len(), 59);
    for vector in &vectors {
        let stream = octets(&vector["stream"]);
        let frames: Vec<_> =
            vector["frames"].as_array().expect("an array").iter().map(octets).collect();
        for chunk in [1, 2, 3, 7, 64, stream.len()] {
            assert_eq!(decode(&stream, chunk), frames, "in chunks of {chunk}");
        }
    }
}
