use serialport::{SerialPortInfo, SerialPortType, UsbPortInfo};

/// FTDI.
const VENDOR: u16 = 0x0403;

/// What is shorter is no serial number but a part of the bus' own name for a board that has none.
const SHORTEST_SERIAL: usize = 3;

/// A port with what its driver hides. FTDI's gives no number of the USB interface, but a letter after
/// the board's serial number, A for its first.
pub(in crate::port) fn described(port: SerialPortInfo) -> SerialPortInfo {
    let SerialPortType::UsbPort(usb) = port.port_type else { return port };
    SerialPortInfo { port_type: SerialPortType::UsbPort(described_usb(usb)), ..port }
}

fn described_usb(mut usb: UsbPortInfo) -> UsbPortInfo {
    let serial = usb.serial_number.take().filter(|serial| serial.len() >= SHORTEST_SERIAL);
    let (serial, interface) = match serial {
        Some(serial) if usb.vid == VENDOR && usb.interface.is_none() => split(serial),
        other => (other, usb.interface),
    };
    UsbPortInfo { serial_number: serial, interface, ..usb }
}

fn split(serial: String) -> (Option<String>, Option<u8>) {
    match serial.as_bytes() {
        [board @ .., letter @ b'A'..=b'D'] => {
            (String::from_utf8(board.to_vec()).ok(), Some(letter - b'A'))
        }
        _ => (Some(serial), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::Identity;

    fn found(
        vid: u16,
        pid: u16,
        serial: &str,
        interface: Option<u8>,
    ) -> (Identity, Option<String>) {
        let usb = UsbPortInfo {
            vid,
            pid,
            serial_number: Some(serial.to_owned()),
            manufacturer: None,
            product: None,
            interface,
        };
        let port_type = SerialPortType::UsbPort(usb);
        let port = described(SerialPortInfo { port_name: "COM6".to_owned(), port_type });
        let identity = Identity::of(&port);
        let SerialPortType::UsbPort(usb) = port.port_type else { panic!("another port") };
        (identity, usb.serial_number)
    }

    #[test]
    fn a_managers_board_is_known_by_the_letters_of_ftdis_driver() {
        let board = Some("FT4XABCD".to_owned());
        for (letter, identity) in [
            ('A', Identity::OtherUart(0)),
            ('B', Identity::OtherUart(1)),
            ('C', Identity::Cli),
            ('D', Identity::Api),
        ] {
            let serial = format!("FT4XABCD{letter}");
            assert_eq!(found(0x0403, 0x6011, &serial, None), (identity, board.clone()));
        }
    }

    #[test]
    fn what_says_its_interface_is_taken_at_its_word() {
        let found = found(0x0403, 0x6011, "FT4XABCD", Some(3));
        assert_eq!(found, (Identity::Api, Some("FT4XABCD".to_owned())));
    }

    #[test]
    fn a_board_without_a_serial_number_has_none() {
        let (identity, serial) = found(0x0403, 0x6011, "5", None);
        assert!(matches!(identity, Identity::OtherUsb { .. }), "{identity:?}");
        assert_eq!(serial, None);
        assert_eq!(found(0x10c4, 0xea60, "0001A", None).1.as_deref(), Some("0001A"));
    }
}
