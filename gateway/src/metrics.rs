//! Metrics for Prometheus, over the least of HTTP: whatever is asked, they are the answer.

use core::net::SocketAddr;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

/// How long a client may take to ask, and to take the answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Longest request that is read.
const MAX_REQUEST: u64 = 16 * 1024;

/// Answers from a thread of its own, which ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Metrics {
    address: SocketAddr,
    closed: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Metrics {
    /// Answers with what `render` returns, if it still returns something.
    pub(crate) fn serve(
        listen: SocketAddr,
        render: impl Fn() -> Option<String> + Send + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(listen)?;
        let address = listener.local_addr()?;
        let closed = Arc::new(AtomicBool::new(false));
        let is_closed = Arc::clone(&closed);
        let thread = thread::Builder::new().name("metrics".to_owned()).spawn(move || {
            for client in listener.incoming() {
                if is_closed.load(Ordering::Relaxed) {
                    return;
                }
                let Some(metrics) = render() else { continue };
                // A client that goes away or dawdles is no concern of the gateway's.
                let _ = client.and_then(|client| answer(&client, &metrics));
            }
        })?;
        Ok(Self { address, closed, thread: Some(thread) })
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Metrics {
    /// The address is free for others when this returns.
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
        // Wakes the thread from waiting for a client.
        let woken = TcpStream::connect_timeout(&self.address, TIMEOUT).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            let _ = thread.join();
        }
    }
}

fn answer(mut client: &TcpStream, metrics: &str) -> io::Result<()> {
    client.set_read_timeout(Some(TIMEOUT))?;
    client.set_write_timeout(Some(TIMEOUT))?;
    let mut request = BufReader::new(io::Read::take(client, MAX_REQUEST)).lines();
    while request.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let length = metrics.len();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nConnection: close";
    client.write_all(format!("{head}\r\nContent-Length: {length}\r\n\r\n{metrics}").as_bytes())
}

#[cfg(test)]
mod tests {
    use core::net::{IpAddr, Ipv4Addr};

    use super::*;

    const ANY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

    #[test]
    fn a_client_gets_what_is_rendered_then() {
        let metrics = Metrics::serve(ANY, || Some("a 1\n".to_owned())).unwrap();
        for _ in 0..2 {
            let url = format!("http://{}/metrics", metrics.address());
            let mut answer = ureq::get(url).call().unwrap();
            assert_eq!(answer.body_mut().read_to_string().unwrap(), "a 1\n");
        }
    }

    #[test]
    fn an_address_is_taken_until_it_is_free_again() {
        let first = Metrics::serve(ANY, || None).unwrap();
        let address = first.address();
        let second = Metrics::serve(address, || None);
        assert_eq!(second.unwrap_err().kind(), io::ErrorKind::AddrInUse);
        drop(first);
        Metrics::serve(address, || None).unwrap();
    }
}
