use core::fmt;

use super::listen::Answer;
use super::system::FOURTH;
use super::{Access, CONNECT, FoundPort, Identity, PortChoice, listen, survey};

/// No port can be chosen.
#[derive(Debug)]
pub enum FindError {
    /// This system does not list its ports.
    Unlisted(serialport::Error),
    /// None is the one, or several may be.
    Undecided {
        /// What was looked at.
        ports: Vec<FoundPort>,
        /// The USB serial number that was asked for, if any.
        serial: Option<String>,
    },
}

impl core::error::Error for FindError {}

impl fmt::Display for FindError {
    /// What was looked at and how to go on, for a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlisted(error) => write!(f, "this system does not list its ports: {error}"),
            Self::Undecided { ports, serial } => f.write_str(&explain(ports, serial.as_deref())),
        }
    }
}

/// The name of the port that a choice means.
///
/// By identity first. If that leaves none or several, the ports that may be the one are listened
/// to for some seconds.
///
/// # Errors
/// If there is none or more than one.
pub fn find(choice: &PortChoice) -> Result<String, FindError> {
    let serial = match choice {
        PortChoice::Named(name) => return Ok(name.clone()),
        PortChoice::UsbSerial(serial) => Some(serial.as_str()),
        PortChoice::ByIdentity => None,
    };
    let ports: Vec<_> = survey()
        .map_err(FindError::Unlisted)?
        .into_iter()
        .filter(|port| serial.is_none_or(|serial| port.serial.as_deref() == Some(serial)))
        .collect();
    if let Some(port) = by_identity(&ports) {
        return Ok(port.name.clone());
    }
    let candidates: Vec<String> = candidates(&ports).iter().map(|port| port.name.clone()).collect();
    let heard = by_hearing(&candidates, &listen(&candidates));
    match heard {
        Some(name) => Ok(name.to_owned()),
        None => Err(FindError::Undecided { ports, serial: serial.map(str::to_owned) }),
    }
}

/// The one port that says it is a manager's serial API.
#[must_use]
pub fn by_identity(ports: &[FoundPort]) -> Option<&FoundPort> {
    let mut apis = ports.iter().filter(|port| port.identity == Identity::Api);
    match (apis.next(), apis.next()) {
        (Some(port), None) => Some(port),
        _ => None,
    }
}

/// The ports worth listening to when identity does not tell: of several APIs those; of none the
/// ports of the same make. To open a port raises its DTR line for a moment, which resets some
/// boards, so others are left alone.
#[must_use]
pub fn candidates(ports: &[FoundPort]) -> Vec<&FoundPort> {
    let apis: Vec<_> = ports.iter().filter(|port| port.identity == Identity::Api).collect();
    if !apis.is_empty() {
        return apis;
    }
    ports.iter().filter(|port| port.identity.may_be_api()).collect()
}

/// The one port on which a manager was heard.
fn by_hearing<'a>(ports: &'a [String], answers: &[Answer]) -> Option<&'a str> {
    let mut managers = ports
        .iter()
        .zip(answers)
        .filter(|(_, answer)| matches!(answer, Answer::Manager))
        .map(|(port, _)| port.as_str());
    match (managers.next(), managers.next()) {
        (Some(port), None) => Some(port),
        _ => None,
    }
}

fn explain(ports: &[FoundPort], serial: Option<&str>) -> String {
    if ports.is_empty() {
        return match serial {
            Some(serial) => format!(
                "there is no port of a board with the USB serial number {serial}; \
                 `clouddata-gateway ports` lists those that there are"
            ),
            None => format!("there is no serial port on this machine; {CONNECT}"),
        };
    }
    let apis = ports.iter().filter(|port| port.identity == Identity::Api).count();
    let problem = if apis > 1 {
        "more than one port is a SmartMesh IP Manager's serial API"
    } else {
        "no port says that it is a SmartMesh IP Manager's serial API, and on none is one heard"
    };
    let list: String = ports.iter().map(line).collect();
    let remedy = if apis > 1 {
        "Name the port with --port, or its board with --port usb:serial=...".to_owned()
    } else {
        format!("Name the port with --port ({FOURTH})")
    };
    format!("{problem}{list}\n{remedy}")
}

/// A port, and what is in its way if anything is.
fn line(port: &FoundPort) -> String {
    match Access::of(&port.name) {
        Access::Free | Access::Missing => format!("\n  {port}"),
        access => format!("\n  {port}; {access}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(name: &str, identity: Identity) -> FoundPort {
        let (serial, by_id) = (Some("FT4X".to_owned()), None);
        FoundPort { name: name.to_owned(), identity, serial, by_id }
    }

    fn other(vid: u16) -> Identity {
        Identity::OtherUsb { vid, pid: 1, product: None }
    }

    #[test]
    fn the_only_api_port_is_chosen_by_identity() {
        let ports = [port("/dev/ttyUSB6", Identity::Cli), port("/dev/ttyUSB7", Identity::Api)];
        assert_eq!(by_identity(&ports).unwrap().name, "/dev/ttyUSB7");
        let two = [port("/dev/ttyUSB3", Identity::Api), port("/dev/ttyUSB7", Identity::Api)];
        assert_eq!(by_identity(&two), None);
        assert_eq!(candidates(&two).len(), 2);
    }

    #[test]
    fn ports_of_another_make_and_the_managers_others_are_not_listened_to() {
        let ports = [
            port("/dev/ttyS0", Identity::NotUsb),
            port("/dev/ttyUSB0", other(0x10c4)),
            port("/dev/ttyUSB1", other(0x0403)),
            port("/dev/ttyUSB2", Identity::Cli),
        ];
        let names: Vec<_> = candidates(&ports).iter().map(|port| port.name.as_str()).collect();
        assert_eq!(names, ["/dev/ttyUSB1"]);
    }

    #[test]
    fn one_manager_that_is_heard_is_chosen_and_two_are_not() {
        let ports = ["/dev/ttyUSB0".to_owned(), "/dev/ttyUSB1".to_owned()];
        let heard = [Answer::Noise, Answer::Manager];
        assert_eq!(by_hearing(&ports, &heard), Some("/dev/ttyUSB1"));
        assert_eq!(by_hearing(&ports, &[Answer::Manager, Answer::Manager]), None);
        assert_eq!(by_hearing(&ports, &[Answer::Silence, Answer::Silence]), None);
    }

    #[test]
    fn otherwise_the_message_lists_what_was_looked_at_and_the_remedy() {
        let message = explain(&[], None);
        assert!(message.contains("no serial port") && message.contains(CONNECT), "{message}");
        let message = explain(&[], Some("FT4X"));
        assert!(message.contains("serial number FT4X"), "{message}");

        let message = explain(&[port("/dev/ttyS0", Identity::NotUsb)], None);
        assert!(message.contains("/dev/ttyS0: not a USB port"), "{message}");
        assert!(message.contains("--port"), "{message}");

        let two = [port("/dev/ttyUSB3", Identity::Api), port("/dev/ttyUSB7", Identity::Api)];
        let message = explain(&two, None);
        assert!(message.contains("more than one"), "{message}");
        assert!(message.contains("ttyUSB3") && message.contains("ttyUSB7"), "{message}");
    }
}
