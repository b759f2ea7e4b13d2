use core::fmt;
use core::str::FromStr;

use serde::Deserialize;

use super::{ParsePortError, TcpAddress, system};

/// Which port to use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum PortChoice {
    /// This one, by its name or a link such as those in `/dev/serial/by-id`, or as
    /// `tcp:HOST:PORT` at the end of a network.
    Named(String),
    /// The serial API on the board with this USB serial number.
    UsbSerial(String),
    /// The one that says it is a manager's serial API.
    #[default]
    ByIdentity,
}

impl FromStr for PortChoice {
    type Err = ParsePortError;

    /// `usb:serial=…` is a serial number, `tcp:HOST:PORT` the end of a network, anything else a
    /// name, with or without its directory.
    fn from_str(text: &str) -> Result<Self, ParsePortError> {
        if let Some(serial) = text.strip_prefix("usb:serial=") {
            return Ok(Self::UsbSerial(serial.to_owned()));
        }
        if TcpAddress::is_meant(text) {
            return Ok(Self::Named(text.parse::<TcpAddress>()?.to_string()));
        }
        Ok(Self::Named(system::full_name(text).unwrap_or_else(|| text.to_owned())))
    }
}

impl TryFrom<String> for PortChoice {
    type Error = ParsePortError;

    fn try_from(text: String) -> Result<Self, ParsePortError> {
        text.parse()
    }
}

impl fmt::Display for PortChoice {
    /// As it is parsed; nothing if it is not chosen by hand.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::UsbSerial(serial) => write!(f, "usb:serial={serial}"),
            Self::ByIdentity => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_chosen_by_name_or_by_serial_number() {
        let choice = |text: &str| text.parse::<PortChoice>().unwrap();
        assert_eq!(choice("usb:serial=FT4X"), PortChoice::UsbSerial("FT4X".to_owned()));
        for (text, name) in [
            ("/dev/serial/by-id/usb-x-if03-port0", "/dev/serial/by-id/usb-x-if03-port0"),
            ("null", "/dev/null"),
            ("ttyUSB-not-there", "ttyUSB-not-there"),
            ("tcp:[::1]:4000", "tcp:[::1]:4000"),
        ] {
            assert_eq!(choice(text), PortChoice::Named(name.to_owned()));
        }
        "tcp:host".parse::<PortChoice>().unwrap_err();
    }
}
