//! The `embedded_io` adapters, over lines that end, fail and bring octets one at a time.
#![cfg(all(feature = "embedded-io", feature = "embedded-io-async"))]

use core::pin::pin;
use core::task::{Context, Poll, Waker};

use std::collections::VecDeque;

use embedded_io::{Error, ErrorKind, ErrorType, Read};
use hdlc_core::{Encoder, FrameReader, FrameWriter, ReadError, asynch};

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

/// The same line, for which each read is waited for once.
struct Awaited {
    script: Script,
    is_ready: bool,
}

impl ErrorType for Awaited {
    type Error = ErrorKind;
}

impl embedded_io_async::Read for Awaited {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        core::future::poll_fn(|_| {
            self.is_ready = !self.is_ready;
            if self.is_ready { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        self.script.read(buffer)
    }
}

/// Polls until it is done; how often it was not.
fn wait<T>(future: impl Future<Output = T>) -> (T, usize) {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    let mut waits = 0;
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(done) => return (done, waits),
            Poll::Pending => waits += 1,
        }
    }
}

#[test]
fn frames_that_are_awaited_arrive_as_the_others_do() {
    let wire: Vec<u8> = Encoder::new(b"one").chain(Encoder::new(b"two")).collect();
    for chunk in 1..wire.len() {
        let script = Script(wire.chunks(chunk).map(|chunk| Ok(chunk.to_vec())).collect());
        let line = Awaited { script, is_ready: false };
        let mut reader = asynch::FrameReader::<_, 16>::new(line);
        assert_eq!(wait(reader.read_frame()).0, Ok(&b"one"[..]));
        let (second, waits) = wait(reader.read_frame());
        assert_eq!(second, Ok(&b"two"[..]));
        assert!(waits <= wire.len().div_ceil(chunk), "no read for what has been read");
        assert_eq!(wait(reader.read_frame()).0, Err(ReadError::End));
        assert_eq!(reader.counters().frames, 2);
    }
}

#[test]
fn whoever_stops_waiting_within_a_frame_loses_nothing() {
    let wire: Vec<u8> = Encoder::new(b"one").collect();
    let (head, tail) = wire.split_at(3);
    let script = Script([Ok(head.to_vec()), Ok(tail.to_vec())].into());
    let mut reader = asynch::FrameReader::<_, 16>::new(Awaited { script, is_ready: false });
    {
        let mut future = pin!(reader.read_frame());
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..2 {
            assert!(future.as_mut().poll(&mut context).is_pending());
        }
    }
    assert_eq!(wait(reader.read_frame()).0, Ok(&b"one"[..]));
}

#[test]
fn a_frame_that_is_awaited_is_written_whole() {
    let payload = [0x7e; 100];
    let mut wire = [0; 256];
    let mut writer = asynch::FrameWriter::new(&mut wire[..]);
    wait(writer.write_frame(&payload)).0.expect("there is room");
    let frame: Vec<u8> = Encoder::new(&payload).collect();
    assert_eq!(wire[..frame.len()], frame);
}
