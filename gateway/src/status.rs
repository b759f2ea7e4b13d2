use core::fmt;

use serde::Serialize;

/// What a gateway says of its manager, to people and to the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The serial port, while there is one.
    pub port: Option<String>,
    /// How far it is with the manager.
    pub phase: Phase,
    /// Motes that the manager knows, be they in its network or not. It is asked until the first
    /// reading comes.
    pub motes_known: Option<u32>,
    /// Motes that are in the network, as far as the manager has said.
    pub motes_operational: Option<u32>,
    /// Whether any reading has come in this session.
    #[serde(skip)]
    pub is_heard: bool,
}

/// How far a gateway is with its manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// There is no port.
    Searching,
    /// There is a port, and no session that sends readings yet.
    Connecting,
    /// The manager sends its motes' readings.
    Connected,
}

impl Default for Status {
    /// Nothing is known yet.
    fn default() -> Self {
        Self {
            port: None,
            phase: Phase::Searching,
            motes_known: None,
            motes_operational: None,
            is_heard: false,
        }
    }
}

impl fmt::Display for Status {
    /// A sentence for people, without its full stop.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.port.as_deref().unwrap_or("its port");
        match (self.phase, self.motes_operational) {
            (Phase::Searching, _) => write!(f, "there is no manager's port; looking for one"),
            (Phase::Connecting, _) => write!(f, "asking the manager on {port} for a session"),
            (Phase::Connected, _) if self.is_heard => write!(f, "readings arrive"),
            (Phase::Connected, None) => write!(f, "there is a manager on {port}"),
            (Phase::Connected, Some(0)) => {
                let known = self.motes_known.filter(|&known| known > 0);
                let which =
                    known.map_or_else(String::new, |known| format!(" of the {known} it knows"));
                write!(
                    f,
                    "there is a manager on {port}, and no mote{which} is in its network yet; to \
                     join takes them some minutes"
                )
            }
            (Phase::Connected, Some(motes)) => {
                let known = self.motes_known.filter(|&known| known > motes);
                let which =
                    known.map_or_else(String::new, |known| format!(" of the {known} it knows"));
                let (noun, verb) = if motes == 1 { ("mote", "is") } else { ("motes", "are") };
                write!(
                    f,
                    "there is a manager on {port}, and {motes} {noun}{which} {verb} in its network; \
                     the first report is due within 30 s"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_far_it_is_and_what_is_next() {
        let mut status = Status::default();
        assert_eq!(status.to_string(), "there is no manager's port; looking for one");
        status.port = Some("/dev/ttyUSB3".to_owned());
        status.phase = Phase::Connected;
        for (motes, part) in
            [(0, "no mote is in its network yet"), (1, "1 mote is"), (3, "3 motes are")]
        {
            status.motes_operational = Some(motes);
            assert!(status.to_string().contains(part), "{status}");
        }
        assert!(status.to_string().ends_with("due within 30 s"), "{status}");
        status.motes_known = Some(5);
        assert!(status.to_string().contains("3 motes of the 5 it knows are in its"), "{status}");
        status.is_heard = true;
        assert_eq!(status.to_string(), "readings arrive");
    }

    #[test]
    fn the_server_gets_it_in_its_own_words() {
        let status = Status { motes_operational: Some(3), ..Status::default() };
        let expected =
            r#"{"port":null,"phase":"searching","motes_known":null,"motes_operational":3}"#;
        assert_eq!(serde_json::to_string(&status).unwrap(), expected);
    }
}
