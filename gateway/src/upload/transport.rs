//! ureq's own connections, with fewer system calls a request: of a gateway's work they are most.

use core::time::Duration;
use std::time::Instant;

use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, DefaultConnector, LazyBuffers, NextTimeout, Transport,
    time,
};

/// Time-outs are rounded up to this, because every other one than the last is a system call.
const TIMEOUT_STEP: Duration = Duration::from_millis(10);

/// A connection that has brought an answer within this time is taken to be open still. One that is
/// not fails the request, which is then sent again.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

/// Less room than this for more output, and what is held is sent.
const LEAST_ROOM: usize = 1024;

/// Makes connections on which a request's head and body leave in one piece.
#[derive(Debug, Default)]
pub(super) struct OnePieceConnector(DefaultConnector);

impl Connector<()> for OnePieceConnector {
    type Out = OnePiece;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<OnePiece>, Error> {
        let config = details.config;
        let (input, output) = (config.input_buffer_size(), config.output_buffer_size());
        let buffers = HoldingBuffers { buffers: LazyBuffers::new(input, output), held: 0 };
        let inner = self.0.connect(details, chained)?;
        Ok(inner.map(|inner| OnePiece { inner, buffers, heard: None }))
    }
}

/// Holds output until there is no room for more, or input is awaited.
#[derive(Debug)]
pub(super) struct OnePiece {
    inner: Box<dyn Transport>,
    buffers: HoldingBuffers,
    /// When it brought something last.
    heard: Option<Instant>,
}

impl OnePiece {
    fn send(&mut self, timeout: NextTimeout) -> Result<(), Error> {
        let output = self.buffers.buffers.output();
        let mut unsent = &output[..core::mem::take(&mut self.buffers.held)];
        while !unsent.is_empty() {
            let inner = self.inner.buffers().output();
            let (now, later) = unsent.split_at(unsent.len().min(inner.len()));
            inner[..now.len()].copy_from_slice(now);
            self.inner.transmit_output(now.len(), timeout)?;
            unsent = later;
        }
        Ok(())
    }
}

impl Transport for OnePiece {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.buffers.held += amount;
        if self.buffers.output().len() < LEAST_ROOM { self.send(rounded(timeout)) } else { Ok(()) }
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let timeout = rounded(timeout);
        self.send(timeout)?;
        if !self.inner.buffers().can_use_input() {
            self.inner.await_input(timeout)?;
        }
        let (heard, room) = (self.inner.buffers().input(), self.buffers.input_append_buf());
        let amount = heard.len().min(room.len());
        room[..amount].copy_from_slice(&heard[..amount]);
        self.inner.buffers().input_consume(amount);
        self.buffers.input_appended(amount);
        self.heard = (amount > 0).then(Instant::now);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        let is_trusted = self.heard.is_some_and(|heard| heard.elapsed() < TRUSTED_FOR);
        // More than an answer must not be taken for the next request's.
        let is_at_rest = self.buffers.input().is_empty() && self.inner.buffers().input().is_empty();
        is_at_rest && (is_trusted || self.inner.is_open())
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

/// Buffers of which the first part of the output is taken.
#[derive(Debug)]
struct HoldingBuffers {
    buffers: LazyBuffers,
    held: usize,
}

impl Buffers for HoldingBuffers {
    fn output(&mut self) -> &mut [u8] {
        &mut self.buffers.output()[self.held..]
    }

    fn input(&self) -> &[u8] {
        self.buffers.input()
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        self.buffers.input_append_buf()
    }

    fn input_appended(&mut self, amount: usize) {
        self.buffers.input_appended(amount);
    }

    fn input_consume(&mut self, amount: usize) {
        self.buffers.input_consume(amount);
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        let (tmp, output) = self.buffers.tmp_and_output();
        (tmp, &mut output[self.held..])
    }

    fn can_use_input(&self) -> bool {
        self.buffers.can_use_input()
    }
}

fn rounded(timeout: NextTimeout) -> NextTimeout {
    let after = match timeout.after {
        time::Duration::Exact(after) if !after.is_zero() => {
            let steps = after.as_nanos().div_ceil(TIMEOUT_STEP.as_nanos());
            u32::try_from(steps).map_or(after, |steps| TIMEOUT_STEP * steps).into()
        }
        other => other,
    };
    NextTimeout { after, ..timeout }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::path::PathBuf;
    use std::sync::mpsc::{Receiver, channel};
    use std::thread;

    use readings::{Mac, Reading, Record, Timestamp};

    use crate::port::PortChoice;
    use crate::upload::Post;
    use crate::{Config, ServerUrl};

    /// A server of which every connection ends after this many requests, and the last of them is
    /// answered or not. Says how long each body was.
    fn fickle_server(requests: usize, answers_last: bool) -> (ServerUrl, Receiver<usize>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let (bodies, heard) = channel();
        thread::spawn(move || {
            for client in listener.incoming() {
                let mut client = BufReader::new(client.unwrap());
                for number in 1..=requests {
                    let Some(length) = hear(&mut client) else { break };
                    if number == requests && !answers_last {
                        break;
                    }
                    bodies.send(length).unwrap();
                    client.get_mut().write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
                }
            }
        });
        (url, heard)
    }

    fn hear(client: &mut BufReader<TcpStream>) -> Option<usize> {
        let mut length = 0;
        loop {
            let mut line = String::new();
            client.read_line(&mut line).unwrap();
            match line.trim().to_ascii_lowercase().split_once(": ") {
                Some(("content-length", value)) => length = value.parse().unwrap(),
                None if line.is_empty() => return None,
                None if line == "\r\n" => break,
                Some(_) | None => {}
            }
        }
        client.read_exact(&mut vec![0; length]).unwrap();
        Some(length)
    }

    fn post(server: ServerUrl) -> Post {
        let port = PortChoice::Named("none".to_owned());
        Post::new(&Config::new(port, server, PathBuf::new())).unwrap()
    }

    fn readings(count: i64) -> Vec<Record> {
        let mac = Mac::from([7; 8]);
        let timestamp = |index| Some(Timestamp::from_micros(index));
        (0..count).map(|index| Reading::temperature(mac, 22.97, timestamp(index)).into()).collect()
    }

    #[test]
    fn a_connection_that_the_server_has_closed_fails_no_post() {
        for answers_last in [true, false] {
            let (url, bodies) = fickle_server(2, answers_last);
            let post = post(url);
            for _ in 0..10 {
                assert!(post.post(&readings(1), None).unwrap().refused.is_empty());
            }
            assert_eq!(bodies.try_iter().count(), 10);
        }
    }

    #[test]
    fn one_connection_carries_many_requests() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        // It takes one connection, and no other.
        let server = thread::spawn(move || {
            let mut client = BufReader::new(listener.accept().unwrap().0);
            for _ in 0..10 {
                hear(&mut client).unwrap();
                client.get_mut().write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
            }
        });
        let post = post(url);
        for _ in 0..10 {
            assert!(post.post(&readings(1), None).unwrap().refused.is_empty());
        }
        server.join().unwrap();
    }

    #[test]
    fn a_body_longer_than_the_buffers_arrives_whole() {
        let (url, bodies) = fickle_server(100, true);
        let post = post(url);
        for count in [1, 100, 1000, 10_000] {
            let readings = readings(count);
            assert!(post.post(&readings, None).unwrap().refused.is_empty());
            let expected = serde_json::to_vec(&readings).unwrap().len();
            assert_eq!(bodies.try_recv(), Ok(expected));
        }
    }
}
