use core::fmt;

use super::Identity;

/// Which port to use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PortChoice {
    /// This one, by its name or a link such as those in `/dev/serial/by-id`.
    Named(String),
    /// The one that says it is a manager's serial API.
    #[default]
    ByIdentity,
}

/// A port that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundPort {
    /// Its name.
    pub name: String,
    /// What it is.
    pub identity: Identity,
    /// Whether it can be the one.
    pub verdict: Verdict,
}

/// Whether a port can be the manager's serial API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It says so.
    Api,
    /// It is something else, or does not say.
    Refused,
}

impl fmt::Display for FoundPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, identity, verdict } = self;
        match verdict {
            Verdict::Api => write!(f, "{name}: {identity}"),
            Verdict::Refused => write!(f, "{name}: {identity}; not used"),
        }
    }
}

/// Looks at every port, without opening any.
///
/// # Errors
/// If the system does not list its ports.
pub fn survey() -> Result<Vec<FoundPort>, serialport::Error> {
    let mut ports: Vec<_> = serialport::available_ports()?
        .into_iter()
        .map(|port| {
            let identity = Identity::of(&port);
            let verdict = if identity == Identity::Api { Verdict::Api } else { Verdict::Refused };
            FoundPort { name: port.port_name, identity, verdict }
        })
        .collect();
    ports.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(ports)
}

/// The one port that is a manager's serial API.
///
/// # Errors
/// If there is none or more than one: what was looked at and how to go on, for a person.
pub fn choose(ports: &[FoundPort]) -> Result<&str, String> {
    let mut apis = ports.iter().filter(|port| port.verdict == Verdict::Api);
    let problem = match (apis.next(), apis.next()) {
        (Some(port), None) => return Ok(&port.name),
        (Some(_), Some(_)) => "more than one port is a SmartMesh IP Manager's serial API",
        (None, _) if ports.is_empty() => "there is no serial port on this machine",
        (None, _) => "no port says that it is a SmartMesh IP Manager's serial API",
    };
    let list: String = ports.iter().map(|port| format!("\n  {port}")).collect();
    let remedy = if ports.is_empty() {
        "Connect the manager's USB cable and try again"
    } else {
        "Name the port with --port (the fourth of the manager's four, often /dev/ttyUSB3)"
    };
    Err(format!("{problem}{list}\n{remedy}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(name: &str, identity: Identity) -> FoundPort {
        let verdict = if identity == Identity::Api { Verdict::Api } else { Verdict::Refused };
        FoundPort { name: name.to_owned(), identity, verdict }
    }

    #[test]
    fn the_only_api_port_is_chosen() {
        let ports = [port("/dev/ttyUSB6", Identity::Cli), port("/dev/ttyUSB7", Identity::Api)];
        assert_eq!(choose(&ports), Ok("/dev/ttyUSB7"));
    }

    #[test]
    fn otherwise_the_message_lists_what_was_looked_at_and_the_remedy() {
        let message = choose(&[]).unwrap_err();
        assert!(message.contains("no serial port") && message.contains("Connect"), "{message}");

        let message = choose(&[port("/dev/ttyS0", Identity::NotUsb)]).unwrap_err();
        assert!(message.contains("/dev/ttyS0: not a USB port"), "{message}");
        assert!(message.contains("--port"), "{message}");

        let two = [port("/dev/ttyUSB3", Identity::Api), port("/dev/ttyUSB7", Identity::Api)];
        let message = choose(&two).unwrap_err();
        assert!(message.contains("more than one"), "{message}");
        assert!(message.contains("ttyUSB3") && message.contains("ttyUSB7"), "{message}");
    }
}
