use crate::port::Access;

/// How Windows names devices in full.
const DEVICES: &str = r"\\.\";

/// A port as it is listed, such as `COM10`, however it is written.
pub(in crate::port) fn full_name(name: &str) -> Option<String> {
    let name = name.strip_prefix(DEVICES).unwrap_or(name).to_ascii_uppercase();
    let number = name.strip_prefix("COM")?;
    number.parse::<u32>().is_ok().then_some(name)
}

/// A port has one name, which stays with its board.
pub(in crate::port) const fn by_id(_: &str) -> Option<String> {
    None
}

/// Whether there is such a port. Whether it can be opened is not known before that is tried: to ask
/// for more, Windows would open it.
pub(in crate::port) fn access(port: &str) -> Access {
    let name = full_name(port).unwrap_or_else(|| port.to_owned());
    match serialport::available_ports() {
        Ok(ports) if ports.iter().all(|port| port.port_name != name) => Access::Missing,
        _ => Access::Free,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_com_port_is_known_however_it_is_written() {
        for text in ["COM10", "com10", r"\\.\COM10"] {
            assert_eq!(full_name(text).as_deref(), Some("COM10"));
        }
        for text in ["COM", "COMX", "/dev/ttyUSB3", "LPT1"] {
            assert_eq!(full_name(text), None);
        }
    }

    #[test]
    fn a_port_that_is_not_there_is_missing() {
        assert_eq!(access("COM250"), Access::Missing);
    }
}
