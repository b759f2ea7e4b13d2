//! Metrics for Prometheus, over the least of HTTP: whatever is asked, they are the answer.
//!
//! What holds:
//! - A client has a deadline for everything, from its connection to the answer's last octet.
//! - It has a thread of its own, so that one that dawdles keeps nobody waiting, and there are few.
//! - Whoever stops waits for no client.

use core::net::SocketAddr;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};
use std::time::Instant;

/// How long a client may take to ask and to take the answer, all in all.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Longest request that is read.
const MAX_REQUEST: u64 = 16 * 1024;

/// Clients at a time. For one more, the one that has dawdled longest is sent away.
const MAX_CLIENTS: usize = 8;

/// Before the next client is taken when the system has nothing left for it.
const PAUSE: Duration = Duration::from_millis(100);

/// Answers from threads of its own, and takes no more clients when this is dropped.
#[derive(Debug)]
pub(crate) struct Metrics {
    address: SocketAddr,
    closed: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Metrics {
    /// Answers with what `render` returns by the deadline that it is given, if anything.
    pub(crate) fn serve(
        listen: SocketAddr,
        render: impl Fn(Instant) -> Option<String> + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(listen)?;
        let address = listener.local_addr()?;
        let closed = Arc::new(AtomicBool::new(false));
        let (is_closed, render) = (Arc::clone(&closed), Arc::new(render));
        let thread = thread::Builder::new().name("metrics".to_owned()).spawn(move || {
            let mut clients = Clients::default();
            for client in listener.incoming() {
                if is_closed.load(Ordering::Relaxed) {
                    return;
                }
                let render = Arc::clone(&render);
                let taken = client.and_then(|client| clients.take(client, move |by| render(by)));
                // The system has no descriptor or no thread left.
                if taken.is_err() {
                    thread::sleep(PAUSE);
                }
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

/// Those that are being answered, the oldest first.
#[derive(Debug, Default)]
struct Clients(VecDeque<Weak<TcpStream>>);

impl Clients {
    fn take(
        &mut self,
        client: TcpStream,
        render: impl FnOnce(Instant) -> Option<String> + Send + 'static,
    ) -> io::Result<()> {
        let client = Arc::new(client);
        self.0.retain(|client| client.strong_count() > 0);
        if self.0.len() >= MAX_CLIENTS
            && let Some(oldest) = self.0.pop_front().and_then(|oldest| oldest.upgrade())
        {
            // Its thread ends with it. It may have gone by itself.
            let _ = oldest.shutdown(Shutdown::Both);
        }
        self.0.push_back(Arc::downgrade(&client));
        let deadline = Instant::now() + TIMEOUT;
        thread::Builder::new().name("metrics client".to_owned()).spawn(move || {
            // A client that goes away or dawdles is no concern of the gateway's.
            let _ = answer(&client, deadline, render);
        })?;
        Ok(())
    }
}

fn answer(
    client: &TcpStream,
    deadline: Instant,
    render: impl FnOnce(Instant) -> Option<String>,
) -> io::Result<()> {
    let mut client = UntilDeadline { client, deadline };
    let mut request = BufReader::new(Read::take(&mut client, MAX_REQUEST)).lines();
    while request.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let Some(metrics) = render(deadline) else { return Ok(()) };
    let length = metrics.len();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nConnection: close";
    client.write_all(format!("{head}\r\nContent-Length: {length}\r\n\r\n{metrics}").as_bytes())
}

/// A client for whom time runs out. A time-out of each read would be none: it begins anew with
/// every octet.
#[derive(Debug)]
struct UntilDeadline<'a> {
    client: &'a TcpStream,
    deadline: Instant,
}

impl UntilDeadline<'_> {
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

impl Read for UntilDeadline<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.client.set_read_timeout(self.left()?)?;
        self.client.read(buffer)
    }
}

impl Write for UntilDeadline<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.client.set_write_timeout(self.left()?)?;
        self.client.write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use core::net::{IpAddr, Ipv4Addr};

    use super::*;

    const ANY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

    fn scrape(metrics: &Metrics) -> String {
        let url = format!("http://{}/metrics", metrics.address());
        ureq::get(url).call().unwrap().body_mut().read_to_string().unwrap()
    }

    /// Begins to ask, and never ends.
    fn dawdler(metrics: &Metrics) -> TcpStream {
        let mut client = TcpStream::connect(metrics.address()).unwrap();
        client.write_all(b"G").unwrap();
        client.set_read_timeout(Some(12 * TIMEOUT)).unwrap();
        client
    }

    #[test]
    fn a_client_gets_what_is_rendered_then() {
        let metrics = Metrics::serve(ANY, |_| Some("a 1\n".to_owned())).unwrap();
        for _ in 0..2 {
            assert_eq!(scrape(&metrics), "a 1\n");
        }
    }

    #[test]
    fn an_address_is_taken_until_it_is_free_again() {
        let first = Metrics::serve(ANY, |_| None).unwrap();
        let address = first.address();
        let second = Metrics::serve(address, |_| None);
        assert_eq!(second.unwrap_err().kind(), io::ErrorKind::AddrInUse);
        let _dawdler = dawdler(&first);
        drop(first);
        Metrics::serve(address, |_| None).unwrap();
    }

    #[test]
    fn any_number_of_dawdlers_keep_nobody_waiting() {
        let metrics = Metrics::serve(ANY, |_| Some("a 1\n".to_owned())).unwrap();
        let mut dawdlers: Vec<_> = (0..3 * MAX_CLIENTS).map(|_| dawdler(&metrics)).collect();
        assert_eq!(scrape(&metrics), "a 1\n");
        // The first have made room.
        assert_eq!(dawdlers[0].read(&mut [0]).unwrap_or(0), 0);
    }

    #[test]
    fn one_octet_now_and_then_is_not_waited_for() {
        let metrics = Metrics::serve(ANY, |_| Some("a 1\n".to_owned())).unwrap();
        let mut client = dawdler(&metrics);
        let begun = Instant::now();
        client.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        loop {
            let _ = client.write_all(b"E");
            match client.read(&mut [0]) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                ended => break assert_eq!(ended.unwrap_or(0), 0, "it is no answer"),
            }
            assert!(begun.elapsed() < 12 * TIMEOUT, "it is waited for without end");
        }
    }
}
