use core::fmt;

use serialport::SerialPortType;

use super::{Identity, TcpAddress, system};

/// A port that was looked at, without being opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundPort {
    /// Its name.
    pub name: String,
    /// What it is.
    pub identity: Identity,
    /// The USB serial number of its board.
    pub serial: Option<String>,
    /// A name that stays the same, whichever number the port gets next time.
    pub by_id: Option<String>,
}

impl FoundPort {
    /// A port about which nothing is known but its name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let is_remote = TcpAddress::is_meant(name);
        let identity = if is_remote { Identity::Remote } else { Identity::NotUsb };
        Self { name: name.to_owned(), identity, serial: None, by_id: system::by_id(name) }
    }
}

impl fmt::Display for FoundPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, identity, serial, .. } = self;
        write!(f, "{name}: {identity}")?;
        if let Some(serial) = serial {
            write!(f, ", serial number {serial}")?;
        }
        Ok(())
    }
}

/// Looks at every port, without opening any.
///
/// # Errors
/// If the system does not list its ports.
pub fn survey() -> Result<Vec<FoundPort>, serialport::Error> {
    let mut ports: Vec<_> = serialport::available_ports()?
        .into_iter()
        .map(system::described)
        .map(|port| FoundPort {
            identity: Identity::of(&port),
            by_id: system::by_id(&port.port_name),
            serial: match port.port_type {
                SerialPortType::UsbPort(usb) => usb.serial_number,
                _ => None,
            },
            name: port.port_name,
        })
        .collect();
    ports.sort_by(|a, b| order(&a.name).cmp(&order(&b.name)));
    Ok(ports)
}

/// The tenth port comes after the ninth.
fn order(name: &str) -> (&str, Option<u64>) {
    let kind = name.trim_end_matches(|character: char| character.is_ascii_digit());
    (kind, name.get(kind.len()..).and_then(|number| number.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_in_the_order_of_their_numbers() {
        let mut names = ["COM10", "COM9", "/dev/ttyUSB11", "/dev/ttyUSB2", "/dev/ttyS3", "COM"];
        names.sort_by(|a, b| order(a).cmp(&order(b)));
        let expected = ["/dev/ttyS3", "/dev/ttyUSB2", "/dev/ttyUSB11", "COM", "COM9", "COM10"];
        assert_eq!(names, expected);
    }
}
