//! A client as light as can be: it shares the machine with what it measures.

use core::net::SocketAddr;
use core::time::Duration;
use std::io;
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(4096) })
    }

    /// Sends a request and reads the whole answer; its status.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> io::Result<u16> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let Some(end) = find(&self.buffer, b"\r\n\r\n") else { continue };
            let head = String::from_utf8_lossy(&self.buffer[..end]).to_ascii_lowercase();
            let status: u16 = head.get(9..12).and_then(|text| text.parse().ok()).unwrap_or(0);
            let length = head.split("content-length: ").nth(1);
            let length = length.and_then(|rest| rest.split("\r\n").next());
            let length: usize = length.and_then(|text| text.parse().ok()).unwrap_or(0);
            while self.buffer.len() < end + 4 + length {
                if self.stream.read_buf(&mut self.buffer).await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            if status >= 400 && status != 503 {
                eprintln!("{}", String::from_utf8_lossy(&self.buffer));
            }
            return Ok(status);
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// What a load came to.
pub(crate) struct Report {
    pub(crate) requests: usize,
    pub(crate) seconds: f64,
    /// Sorted.
    pub(crate) latencies: Vec<Duration>,
}

impl Report {
    pub(crate) fn rate(&self) -> f64 {
        self.requests as f64 / self.seconds
    }

    /// The latency that this part of the requests stays below, in ms.
    pub(crate) fn quantile(&self, part: f64) -> f64 {
        let index = (self.latencies.len() as f64 * part) as usize;
        let latency = self.latencies.get(index.min(self.latencies.len().saturating_sub(1)));
        latency.map_or(f64::NAN, |latency| latency.as_secs_f64() * 1000.0)
    }
}

/// Sends requests on so many connections, each waiting for its answer, until there are no more or
/// the time is over. The `n`th request of a connection is `make(connection, n)`.
pub(crate) fn drive<M>(address: SocketAddr, connections: u64, time: Duration, make: M) -> Report
where
    M: Fn(u64, u64) -> Option<Vec<u8>> + Clone + 'static,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async move {
        let begun = Instant::now();
        let mut tasks = JoinSet::new();
        for connection in 0..connections {
            let make = make.clone();
            tasks.spawn_local(async move {
                let mut client = Connection::open(address).await.unwrap();
                let mut latencies = Vec::new();
                for n in 0.. {
                    let Some(request) = make(connection, n) else { break };
                    let sent = Instant::now();
                    let status = client.exchange(&request).await.unwrap();
                    assert_eq!(status, 204);
                    latencies.push(sent.elapsed());
                    if begun.elapsed() > time {
                        break;
                    }
                }
                latencies
            });
        }
        let mut latencies: Vec<Duration> = tasks.join_all().await.into_iter().flatten().collect();
        let seconds = begun.elapsed().as_secs_f64();
        latencies.sort_unstable();
        Report { requests: latencies.len(), seconds, latencies }
    })
}
