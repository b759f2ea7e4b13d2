use core::convert::Infallible;
use core::str::FromStr;
use std::path::Path;

/// Which port to use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PortChoice {
    /// This one, by its name or a link such as those in `/dev/serial/by-id`.
    Named(String),
    /// The serial API on the board with this USB serial number.
    UsbSerial(String),
    /// The one that says it is a manager's serial API.
    #[default]
    ByIdentity,
}

impl From<String> for PortChoice {
    /// `usb:serial=…` is a serial number, anything else a name, with or without its directory.
    fn from(text: String) -> Self {
        match text.strip_prefix("usb:serial=") {
            Some(serial) => Self::UsbSerial(serial.to_owned()),
            None => Self::Named(with_directory(&text).unwrap_or(text)),
        }
    }
}

impl FromStr for PortChoice {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.to_owned().into())
    }
}

/// The port that a bare name stands for, if there is one.
fn with_directory(name: &str) -> Option<String> {
    if name.contains('/') {
        return None;
    }
    let paths = ["/dev", BY_ID].map(|directory| format!("{directory}/{name}"));
    paths.into_iter().find(|path| Path::new(path).exists())
}

/// Where the system keeps names that say what a port is.
pub(super) const BY_ID: &str = "/dev/serial/by-id";

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
        ] {
            assert_eq!(choice(text), PortChoice::Named(name.to_owned()));
        }
    }
}
