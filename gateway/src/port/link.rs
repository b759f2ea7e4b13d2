use core::time::Duration;
use std::io::{self, Read, Write};
use std::net::TcpStream;

use serialport::SerialPort;

use super::system::{self, Serial};
use super::tcp::TcpLine;

/// How long a write waits for room: a frame is far smaller than what systems keep.
pub(super) const WRITE_TIMEOUT: Duration = Duration::from_millis(250);

/// A live port. It dies once, and is replaced.
#[derive(Debug)]
pub struct Link(Kind);

#[derive(Debug)]
enum Kind {
    Serial(Serial),
    Tcp(TcpLine),
}

impl Link {
    pub(super) const fn serial(port: Serial) -> Self {
        Self(Kind::Serial(port))
    }

    /// Over a connection that a client has made.
    pub(super) fn tcp(stream: TcpStream) -> io::Result<Self> {
        Ok(Self::from(TcpLine::new(stream)?))
    }

    /// Waits for octets, but no longer than this, and returns what has come.
    ///
    /// # Errors
    /// If the port is gone.
    pub(crate) fn read<'a>(
        &mut self,
        buffer: &'a mut [u8],
        at_most: Duration,
    ) -> io::Result<&'a [u8]> {
        let read = match &mut self.0 {
            Kind::Serial(port) => read_serial(port, buffer, at_most)?,
            Kind::Tcp(line) => line.read(buffer, at_most)?,
        };
        Ok(&buffer[..read])
    }

    /// Writes octets.
    ///
    /// # Errors
    /// If the port is gone, or takes nothing.
    pub(crate) fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        match &mut self.0 {
            Kind::Serial(port) => {
                port.set_timeout(WRITE_TIMEOUT)?;
                port.write_all(octets)
            }
            Kind::Tcp(line) => line.write(octets),
        }
    }
}

impl From<TcpLine> for Link {
    fn from(line: TcpLine) -> Self {
        Self(Kind::Tcp(line))
    }
}

/// Whether nobody has the other end of a port open, or has it open any more.
pub(crate) fn is_deserted(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    system::is_hung_up(error)
        || matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}

fn read_serial(port: &mut Serial, buffer: &mut [u8], at_most: Duration) -> io::Result<usize> {
    port.set_timeout(at_most)?;
    match port.read(buffer) {
        // A terminal reads nothing when its device is gone.
        Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
        Err(error) if system::is_passing(&error) => Ok(0),
        other => other,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use serialport::TTYPort;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    fn link() -> (TTYPort, Link) {
        let (master, slave) = TTYPort::pair().unwrap();
        let name = slave.name().unwrap();
        drop(slave);
        (master, crate::port::open(&name).unwrap())
    }

    #[test]
    fn octets_pass_both_ways_unchanged() {
        let (mut master, mut link) = link();
        let octets: Vec<u8> = (0..=255).collect();
        master.write_all(&octets).unwrap();
        let mut received: Vec<u8> = Vec::new();
        while received.len() < octets.len() {
            received.extend(link.read(&mut [0; 100], PATIENCE).unwrap());
        }
        assert_eq!(received, octets);
        assert!(link.read(&mut [0; 100], Duration::from_millis(1)).unwrap().is_empty());

        link.write(&octets).unwrap();
        master.set_timeout(PATIENCE).unwrap();
        let mut received = vec![0; octets.len()];
        master.read_exact(&mut received).unwrap();
        assert_eq!(received, octets);
    }

    #[test]
    fn a_port_that_goes_away_is_noticed() {
        let (master, mut link) = link();
        drop(master);
        link.read(&mut [0; 100], PATIENCE).unwrap_err();
    }
}
