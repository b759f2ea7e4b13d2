//! A port at the end of a TCP connection: octets as they come, nothing around them.

use core::net::SocketAddr;
use core::time::Duration;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Instant;

use socket2::{SockRef, TcpKeepalive};

use super::link::WRITE_TIMEOUT;
use super::pace::Pace;
use super::{OpenError, TcpAddress, system};

/// How long a name may take to be resolved, and then a connection to be made, in all.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);

/// The shortest wait that systems know; none at all would be for ever.
const SHORTEST: Duration = Duration::from_millis(1);

/// A peer that is gone without a word is noticed within about a minute, also when there is nothing
/// to say to it: so long without octets, so long between two questions, as often as the system asks.
const KEEP_ALIVE: (Duration, Duration) = (Duration::from_secs(15), Duration::from_secs(5));

const CLOSED: &str = "the other end has closed the connection; perhaps it serves somebody else";

/// An open connection.
#[derive(Debug)]
pub(super) struct TcpLine {
    stream: TcpStream,
    pace: Pace,
}

impl TcpLine {
    /// Connects to this port.
    pub(super) fn connect(address: &TcpAddress) -> Result<Self, OpenError> {
        let deadline = Instant::now() + PATIENCE;
        let mut addresses = resolve(address)?.into_iter();
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        while let Some(next) = addresses.next() {
            // So that one that never answers leaves time for the others.
            let left = u32::try_from(addresses.len() + 1).unwrap_or(1);
            let wait = deadline.saturating_duration_since(Instant::now()) / left;
            match connect(next, wait.max(SHORTEST)) {
                Ok(stream) => return Self::new(stream).map_err(|error| explain(address, &error)),
                Err(error) => last = error,
            }
        }
        Err(explain(address, &last))
    }

    /// Takes a connection that somebody has made.
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(false)?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
        let (time, interval) = KEEP_ALIVE;
        let keep_alive = TcpKeepalive::new().with_time(time).with_interval(interval);
        SockRef::from(&stream).set_tcp_keepalive(&keep_alive)?;
        Ok(Self { stream, pace: Pace::new(Instant::now()) })
    }

    /// Waits for octets, but no longer than this, and returns how many have come.
    pub(super) fn read(&mut self, buffer: &mut [u8], at_most: Duration) -> io::Result<usize> {
        let early = self.pace.early(Instant::now());
        if !early.is_zero() {
            thread::sleep(early.min(at_most));
            if early > at_most {
                return Ok(0);
            }
        }
        self.stream.set_read_timeout(Some(at_most.max(SHORTEST)))?;
        match self.stream.read(buffer) {
            Ok(0) => Err(io::Error::new(io::ErrorKind::UnexpectedEof, CLOSED)),
            Ok(read) => {
                self.pace.take(read, Instant::now());
                Ok(read)
            }
            Err(error)
                if system::is_timeout(&error) || error.kind() == io::ErrorKind::Interrupted =>
            {
                Ok(0)
            }
            Err(error) => Err(told(error)),
        }
    }

    /// Writes octets.
    pub(super) fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.stream.write_all(octets).map_err(told)
    }
}

/// The other end may have closed before it has read what was written to it.
fn told(error: io::Error) -> io::Error {
    match error.kind() {
        kind @ (io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => {
            io::Error::new(kind, CLOSED)
        }
        _ => error,
    }
}

/// The addresses of a host. A name service that does not answer is not waited for.
fn resolve(address: &TcpAddress) -> Result<Vec<SocketAddr>, OpenError> {
    let TcpAddress { host, port } = address.clone();
    if let Ok(ip) = host.parse() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let unknown = |reason: String| OpenError::UnknownHost {
        port: address.to_string(),
        host: address.host.clone(),
        reason,
    };
    let (sender, found) = channel();
    let resolve = move || {
        let found = (host.as_str(), port).to_socket_addrs().map(Vec::from_iter);
        // Nobody may be waiting any more.
        let _ = sender.send(found);
    };
    let started = thread::Builder::new().name("resolver".to_owned()).spawn(resolve);
    started.map_err(|error| unknown(error.to_string()))?;
    match found.recv_timeout(PATIENCE) {
        Ok(Ok(addresses)) => Ok(addresses),
        Ok(Err(error)) => Err(unknown(error.to_string())),
        Err(_) => Err(unknown("the name service does not answer".to_owned())),
    }
}

fn connect(address: SocketAddr, wait: Duration) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, wait)?;
    // Where nobody listens on a port of this machine, a connection may be made with itself.
    if stream.local_addr()? == stream.peer_addr()? {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    Ok(stream)
}

fn explain(address: &TcpAddress, error: &io::Error) -> OpenError {
    let port = address.to_string();
    match error.kind() {
        io::ErrorKind::ConnectionRefused => OpenError::Refused { port },
        io::ErrorKind::TimedOut => OpenError::NoAnswer { port },
        _ => OpenError::Other { port, reason: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn listener() -> (TcpListener, TcpAddress) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        (listener, TcpAddress { host: "127.0.0.1".to_owned(), port })
    }

    #[test]
    fn nobody_and_no_name_are_told_apart() {
        let (gone, address) = listener();
        drop(gone);
        let error = TcpLine::connect(&address).unwrap_err();
        assert!(matches!(error, OpenError::Refused { .. }), "{error}");
        assert!(error.to_string().contains(&address.to_string()), "{error}");

        let host = "no-such-host.invalid".to_owned();
        let error = TcpLine::connect(&TcpAddress { host, port: 4000 }).unwrap_err();
        assert!(matches!(error, OpenError::UnknownHost { .. }), "{error}");
    }

    #[test]
    fn a_peer_that_does_not_accept_is_not_waited_for_without_end() {
        // Room for one connection that nobody accepts; the next ones get no answer.
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
        let socket = socket.unwrap();
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        socket.listen(0).unwrap();
        let port = socket.local_addr().unwrap().as_socket().unwrap().port();
        let address = TcpAddress { host: "127.0.0.1".to_owned(), port };
        let tried: Vec<_> = (0..3).map(|_| TcpLine::connect(&address)).collect();
        let error = tried.iter().find_map(|tried| tried.as_ref().err()).expect("no room for three");
        assert!(matches!(error, OpenError::NoAnswer { .. }), "{error}");
    }

    #[test]
    fn a_silent_peer_is_waited_for_and_one_that_goes_is_noticed() {
        let (listener, address) = listener();
        let mut line = TcpLine::connect(&address).unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        assert_eq!(line.read(&mut [0; 8], Duration::ZERO).unwrap(), 0);
        peer.write_all(b"octets").unwrap();
        let mut buffer = [0; 8];
        assert_eq!(line.read(&mut buffer, PATIENCE).unwrap(), 6);
        assert_eq!(&buffer[..6], b"octets");
        line.write(b"back").unwrap();
        let mut back = [0; 4];
        peer.read_exact(&mut back).unwrap();
        assert_eq!(&back, b"back");
        drop(peer);
        let error = line.read(&mut buffer, PATIENCE).unwrap_err();
        assert!(error.to_string().contains("has closed the connection"), "{error}");
    }
}
