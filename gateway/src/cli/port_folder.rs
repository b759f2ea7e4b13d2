use std::path::{Path, PathBuf};

use crate::port::PortChoice;

/// The folder within the default one that a gateway on this port has for itself, once it has found
/// the default one in use: where two starter kits are on one machine, the first needs no other
/// folder than before, and the second finds its own again whichever is started first.
///
/// `None` if the port is not named, and so may be any.
pub(super) fn port_folder(default: &Path, port: &PortChoice) -> Option<PathBuf> {
    let name = match port {
        PortChoice::Named(name) => name.strip_prefix("/dev/").unwrap_or(name).to_owned(),
        PortChoice::UsbSerial(serial) => format!("usb-{serial}"),
        PortChoice::ByIdentity => return None,
    };
    let plain = |character: char| {
        let is_plain = character.is_ascii_alphanumeric() || "-_.".contains(character);
        if is_plain { character } else { '-' }
    };
    let name: String = name.chars().map(plain).collect();
    Some(default.join(format!("port-{name}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_named_has_a_folder_of_its_name() {
        let folder = |port: &str| {
            let folder = port_folder(Path::new("/state"), &port.parse().unwrap());
            folder.unwrap().to_string_lossy().into_owned()
        };
        assert_eq!(folder("/dev/ttyUSB3"), "/state/port-ttyUSB3");
        assert_eq!(folder("/dev/serial/by-id/usb-a-if03"), "/state/port-serial-by-id-usb-a-if03");
        assert_eq!(folder("usb:serial=FT4X"), "/state/port-usb-FT4X");
        assert_eq!(folder("tcp:moxa:4001"), "/state/port-tcp-moxa-4001");
        assert_eq!(folder("../../etc"), "/state/port-..-..-etc");
        assert_eq!(port_folder(Path::new("/state"), &PortChoice::ByIdentity), None);
    }
}
