use core::time::Duration;
use std::thread;
use std::time::Instant;

use serialport::{DataBits, FlowControl, Parity, StopBits};
use thiserror::Error;

use super::tcp::{self, TcpLine};
use super::{Link, ParsePortError, TcpAddress, system};

/// The serial API's speed.
const BAUD_RATE: u32 = 115_200;

/// How long a read waits for octets, and a write for room.
const TIMEOUT: Duration = Duration::from_millis(250);

/// How long a program that was killed may take to let go of a port: what it has given to the disk is
/// waited for first.
const DYING: Duration = Duration::from_secs(1);

/// A port cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// There is no such port.
    #[error("port {port} does not exist; `clouddata-gateway ports` lists those that do")]
    NotFound {
        /// Its name.
        port: String,
    },
    /// The user may not open it.
    #[error("port {port} is not permitted: {fix}")]
    NotPermitted {
        /// Its name.
        port: String,
        /// What to do about it.
        fix: String,
    },
    /// Another program has it open.
    #[error("port {port} is busy: {holder} has it open; stop that first")]
    Busy {
        /// Its name.
        port: String,
        /// Who has it open.
        holder: String,
    },
    /// It begins as a port at the end of a network does, and is none.
    #[error(transparent)]
    Name(#[from] ParsePortError),
    /// Nobody listens there.
    #[error(
        "port {port} refuses the connection: nothing listens there; is what serves the port \
         (ser2net, say) running, and is this its number?"
    )]
    Refused {
        /// Its name.
        port: String,
    },
    /// There is no such machine.
    #[error("port {port}: {host} does not resolve: {reason}; is the name right?")]
    UnknownHost {
        /// Its name.
        port: String,
        /// The machine's.
        host: String,
        /// What the name service says.
        reason: String,
    },
    /// The machine is off or hidden.
    #[error(
        "port {port} does not answer within {} s; is that machine on, and does every firewall let \
         this connection through?", tcp::PATIENCE.as_secs()
    )]
    NoAnswer {
        /// Its name.
        port: String,
    },
    /// It is no serial port, or fails.
    #[error("port {port} cannot be opened: {reason}")]
    Other {
        /// Its name.
        port: String,
        /// What the system says.
        reason: String,
    },
}

/// Opens a port for a manager's serial API: 115200 8N1, no flow control, for nobody else at the
/// same time. Who has it open is waited for, but only as long as it may take to die. One at the end
/// of a network is set by whatever serves it there.
///
/// # Errors
/// If it cannot be opened.
pub fn open(port: &str) -> Result<Link, OpenError> {
    let deadline = Instant::now() + DYING;
    loop {
        match open_with_dtr(port, true) {
            Err(OpenError::Busy { .. }) if Instant::now() < deadline => {
                thread::sleep(DYING / 20);
            }
            other => return other,
        }
    }
}

/// Opens a port only to listen: no line of it says that somebody is there.
pub(super) fn open_quietly(port: &str) -> Result<Link, OpenError> {
    open_with_dtr(port, false)
}

fn open_with_dtr(port: &str, dtr: bool) -> Result<Link, OpenError> {
    if TcpAddress::is_meant(port) {
        return Ok(TcpLine::connect(&port.parse()?)?.into());
    }
    let settings = serialport::new(port, BAUD_RATE)
        .data_bits(DataBits::Eight)
        .parity(Parity::None)
        .stop_bits(StopBits::One)
        .flow_control(FlowControl::None)
        .dtr_on_open(dtr)
        .timeout(TIMEOUT);
    system::open_serial(port, settings).map(Link::serial)
}

#[cfg(all(test, unix))]
mod tests {
    use serialport::{SerialPort, TTYPort};

    use super::*;

    #[test]
    fn a_port_that_does_not_exist_is_named() {
        let error = open("/dev/ttyUSB-not-there").unwrap_err();
        assert!(matches!(&error, OpenError::NotFound { .. }), "{error}");
        assert!(error.to_string().contains("/dev/ttyUSB-not-there does not exist"));
    }

    #[test]
    fn a_port_that_is_open_elsewhere_is_busy() {
        let (_master, slave) = TTYPort::pair().unwrap();
        let name = slave.name().unwrap();
        drop(slave);
        let _first = open(&name).unwrap();
        let error = open(&name).unwrap_err();
        assert!(matches!(error, OpenError::Busy { .. }), "{error}");
    }

    #[test]
    fn whoever_has_a_port_open_may_still_be_dying() {
        let (_master, slave) = TTYPort::pair().unwrap();
        let name = slave.name().unwrap();
        drop(slave);
        let first = open(&name).unwrap();
        let dying = thread::spawn(move || {
            thread::sleep(DYING / 5);
            drop(first);
        });
        open(&name).unwrap();
        dying.join().unwrap();
    }

    #[test]
    fn a_silent_port_is_waited_for_but_not_for_ever() {
        let (_master, slave) = TTYPort::pair().unwrap();
        let name = slave.name().unwrap();
        drop(slave);
        let mut port = open(&name).unwrap();
        assert!(port.read(&mut [0], TIMEOUT).unwrap().is_empty());
    }

    #[test]
    fn a_file_is_no_port() {
        let error = open("/dev/null").unwrap_err();
        assert!(matches!(&error, OpenError::Other { .. }), "{error}");
    }
}
