use core::time::Duration;
use std::io::{self, Read, Write};

use serialport::{SerialPort, TTYPort};

/// How long a write waits for room.
const WRITE_TIMEOUT: Duration = Duration::from_millis(250);

/// A live port. It dies once, and is replaced.
#[derive(Debug)]
pub(crate) struct Link(TTYPort);

impl Link {
    pub(crate) const fn new(port: TTYPort) -> Self {
        Self(port)
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
        self.0.set_timeout(at_most)?;
        match self.0.read(buffer) {
            // A terminal reads nothing when its device is gone.
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => Ok(&buffer[..read]),
            Err(error) if is_passing(&error) => Ok(&[]),
            Err(error) => Err(error),
        }
    }

    /// Writes octets.
    ///
    /// # Errors
    /// If the port is gone, or takes nothing.
    pub(crate) fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.0.set_timeout(WRITE_TIMEOUT)?;
        self.0.write_all(octets)
    }
}

/// Whether a read failed only because there was nothing to read.
fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::TimedOut | io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    fn link() -> (TTYPort, Link) {
        let (master, slave) = TTYPort::pair().unwrap();
        let name = slave.name().unwrap();
        drop(slave);
        (master, Link::new(crate::port::open(&name).unwrap()))
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
