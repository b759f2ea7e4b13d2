use core::fmt;

use serialport::{SerialPortInfo, SerialPortType, UsbPortInfo};

/// FTDI.
const VENDOR: u16 = 0x0403;

/// FT4232H, the quad UART on the manager's boards.
const QUAD_UART: u16 = 0x6011;

/// Of the four UARTs, the manager's command line.
const CLI_INTERFACE: u8 = 2;

/// Of the four UARTs, the manager's serial API.
const API_INTERFACE: u8 = 3;

/// What a port is, as far as USB says so without the port being opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The serial API of a manager.
    Api,
    /// The command line of a manager.
    Cli,
    /// Another UART of a manager's board.
    OtherUart(u8),
    /// Some other USB device.
    OtherUsb {
        /// USB vendor number.
        vid: u16,
        /// USB product number.
        pid: u16,
        /// What it calls itself.
        product: Option<String>,
    },
    /// Not a USB device.
    NotUsb,
    /// At the end of a network, where nothing says what it is.
    Remote,
}

impl Identity {
    /// What this port is.
    #[must_use]
    pub fn of(port: &SerialPortInfo) -> Self {
        match &port.port_type {
            SerialPortType::UsbPort(usb) => Self::of_usb(usb),
            _ => Self::NotUsb,
        }
    }

    /// Whether it may be a manager's serial API, although it does not say so: a device of the same
    /// make, as where the USB interfaces are not numbered.
    pub(super) const fn may_be_api(&self) -> bool {
        matches!(self, Self::OtherUsb { vid: VENDOR, .. })
    }

    fn of_usb(usb: &UsbPortInfo) -> Self {
        match (usb.vid, usb.pid, usb.interface) {
            (VENDOR, QUAD_UART, Some(API_INTERFACE)) => Self::Api,
            (VENDOR, QUAD_UART, Some(CLI_INTERFACE)) => Self::Cli,
            (VENDOR, QUAD_UART, Some(interface)) => Self::OtherUart(interface),
            (vid, pid, _) => Self::OtherUsb { vid, pid, product: usb.product.clone() },
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api => f.write_str("serial API of a SmartMesh IP Manager's board"),
            Self::Cli => f.write_str("command line (CLI) of a SmartMesh IP Manager's board"),
            Self::OtherUart(interface) => {
                write!(f, "UART {interface} of a SmartMesh IP Manager's board")
            }
            Self::OtherUsb { vid, pid, product } => {
                let product = product.as_deref().unwrap_or("unnamed USB device");
                write!(f, "{product} ({vid:04x}:{pid:04x})")
            }
            Self::NotUsb => f.write_str("not a USB port"),
            Self::Remote => f.write_str("at the end of a network"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_udev_rule_is_about_the_same_ports() {
        let rule = include_str!("../../packaging/70-clouddata-smartmesh.rules");
        for text in [
            format!("ENV{{ID_VENDOR_ID}}!=\"{VENDOR:04x}\""),
            format!("ENV{{ID_MODEL_ID}}!=\"{QUAD_UART:04x}\""),
            format!(
                "ENV{{ID_USB_INTERFACE_NUM}}==\"{API_INTERFACE:02}\", GROUP=\"dialout\", \
                 MODE=\"0660\", SYMLINK+=\"smartmesh-api\""
            ),
            format!("ENV{{ID_USB_INTERFACE_NUM}}==\"{CLI_INTERFACE:02}\""),
        ] {
            assert!(rule.lines().any(|line| line.starts_with(&text)), "{text}");
        }
        // Every line is a list of KEY, operator and quoted value, and every GOTO has its LABEL.
        for line in rule.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            for term in line.split(", ") {
                let (key, value) = term.split_once('=').expect("a key and a value");
                assert!(key.starts_with(|c: char| c.is_ascii_uppercase()), "{term}");
                let value = value.trim_start_matches('=');
                assert!(
                    value.len() > 2 && value.starts_with('"') && value.ends_with('"'),
                    "{term}"
                );
            }
        }
        assert_eq!(rule.matches("LABEL=\"clouddata_smartmesh_end\"").count(), 1);
        assert_eq!(
            rule.matches("GOTO=").count(),
            rule.matches("GOTO=\"clouddata_smartmesh_end\"").count()
        );
    }

    fn usb(vid: u16, pid: u16, interface: Option<u8>) -> Identity {
        let (serial_number, manufacturer, product) = (None, None, Some("Dust Huron".to_owned()));
        let usb = UsbPortInfo { vid, pid, serial_number, manufacturer, product, interface };
        let port_type = SerialPortType::UsbPort(usb);
        Identity::of(&SerialPortInfo { port_name: "/dev/ttyUSB3".to_owned(), port_type })
    }

    #[test]
    fn the_four_uarts_of_a_managers_board_are_told_apart() {
        assert_eq!(usb(0x0403, 0x6011, Some(0)), Identity::OtherUart(0));
        assert_eq!(usb(0x0403, 0x6011, Some(1)), Identity::OtherUart(1));
        assert_eq!(usb(0x0403, 0x6011, Some(2)), Identity::Cli);
        assert_eq!(usb(0x0403, 0x6011, Some(3)), Identity::Api);
    }

    #[test]
    fn other_devices_are_not_taken_for_a_manager() {
        let product = Some("Dust Huron".to_owned());
        let other = |vid, pid| Identity::OtherUsb { vid, pid, product: product.clone() };
        assert_eq!(usb(0x0403, 0x6001, Some(3)), other(0x0403, 0x6001));
        assert_eq!(usb(0x10c4, 0x6011, Some(3)), other(0x10c4, 0x6011));
        assert_eq!(usb(0x0403, 0x6011, None), other(0x0403, 0x6011));
    }
}
