//! A client as light as can be: it shares the machine with what it measures.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::io;
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Self> {
        Self::open_from(Ipv4Addr::UNSPECIFIED, address).await
    }

    /// The same from this address of the machine's.
    pub(crate) async fn open_from(source: Ipv4Addr, address: SocketAddr) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        if !source.is_unspecified() {
            socket.bind(SocketAddr::from((source, 0)))?;
        }
        let stream = socket.connect(address).await?;
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

/// Sends requests on so many connections, each waiting for its answer, until there are no more;
/// returns how long it took. The `n`th request of a connection is `make(connection, n)`.
pub(crate) fn drive<M>(address: SocketAddr, connections: u64, make: M) -> Duration
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
                for n in 0.. {
                    let Some(request) = make(connection, n) else { break };
                    assert_eq!(client.exchange(&request).await.unwrap(), 204);
                }
            });
        }
        tasks.join_all().await;
        begun.elapsed()
    })
}
