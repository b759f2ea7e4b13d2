//! The `embedded_io` adapters, over lines that end, fail and bring octets one at a time.
#![cfg(feature = "embedded-io")]

use std::collections::VecDeque;

use embedded_io::{Error, ErrorKind, ErrorType, Read};
use hdlc_core::{Encoder, FrameReader, FrameWriter, ReadError};

/// A line whose reads are scripted.
struct Script(VecDeque<Result<Vec<u8>, ErrorKind>>);

impl ErrorType for Script {
    type Error = ErrorKind;
}

impl Read for Script {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        let octets = self.0.pop_front().unwrap_or(Ok(Vec::new()))?;
        buffer[..octets.len()].copy_from_slice(&octets);
        Ok(octets.len())
    }
}

#[test]
fn frames_arrive_one_by_one_whatever_a_read_brings() {
    let wire: Vec<u8> = Encoder::new(b"one").chain(Encoder::new(b"two")).collect();
    for chunk in 1..wire.len() {
        let line = Script(wire.chunks(chunk).map(|chunk| Ok(chunk.to_vec())).collect());
        let mut reader = FrameReader::<_, 16>::new(line);
        assert_eq!(reader.read_frame(), Ok(&b"one"[..]));
        assert_eq!(reader.read_frame(), Ok(&b"two"[..]));
        assert_eq!(reader.read_frame(), Err(ReadError::End));
        assert_eq!(reader.counters().frames, 2);
    }
}

#[test]
fn a_time_out_within_a_frame_loses_nothing() {
    let wire: Vec<u8> = Encoder::new(b"one").collect();
    let (head, tail) = wire.split_at(3);
    let script = [Ok(head.to_vec()), Err(ErrorKind::TimedOut), Ok(tail.to_vec())];
    let mut reader = FrameReader::<_, 16>::new(Script(script.into()));
    assert_eq!(reader.read_frame(), Err(ReadError::Line(ErrorKind::TimedOut)));
    assert_eq!(reader.read_frame(), Ok(&b"one"[..]));
}

#[test]
fn a_frame_longer_than_the_writers_chunk_is_written_whole() {
    let payload = [0x7e; 100];
    let mut wire = [0; 256];
    FrameWriter::new(&mut wire[..]).write_frame(&payload).expect("there is room");
    let frame: Vec<u8> = Encoder::new(&payload).collect();
    assert_eq!(wire[..frame.len()], frame);
}

#[test]
fn the_end_of_a_line_and_its_faults_are_named() {
    let mut reader = FrameReader::<_, 16>::new(Script(VecDeque::new()));
    let end = reader.read_frame().expect_err("nothing comes");
    assert_eq!(
        (end.to_string().as_str(), end.kind()),
        ("the line has ended", ErrorKind::BrokenPipe)
    );
    let fault = ReadError::Line(ErrorKind::TimedOut);
    assert_eq!(fault.to_string(), format!("the line could not be read: {}", ErrorKind::TimedOut));
    assert_eq!(fault.kind(), ErrorKind::TimedOut);
}
