use core::fmt;
use std::path::PathBuf;

use readings::{Quantity, Source};
use ureq::http::Uri;

use super::topic::{TopicTemplate, check};

/// Where what is known of the motes is published, and how much of it.
#[derive(Clone, PartialEq, Eq)]
pub struct MqttConfig {
    /// The broker's name or address.
    pub host: String,
    /// The broker's port.
    pub port: u16,
    /// Whether it is spoken to by TLS.
    pub is_secure: bool,
    /// A file with the certificate authorities that vouch for the broker, in PEM; none: those that
    /// browsers know.
    pub ca_file: Option<PathBuf>,
    /// Who the broker is told that we are.
    pub username: Option<String>,
    /// The password of that user.
    pub password: Option<String>,
    /// The connection's name, which no other client of the broker may have; none: one that is made of the topic.
    pub client_id: Option<String>,
    /// Where a mote's values are published.
    pub topic: TopicTemplate,
    /// Where Home Assistant looks for devices; none: it is not told.
    pub home_assistant: Option<String>,
    /// Most motes that are published.
    pub max_motes: usize,
    /// What is published of a mote, beside its state, when it was heard last, and its signal.
    pub quantities: Vec<Quantity>,
}

impl MqttConfig {
    /// Most motes that are published unless told otherwise.
    pub const DEFAULT_MAX_MOTES: usize = 1000;

    /// Most motes that can be.
    pub const MOST_MOTES: usize = 10_000;

    /// Where Home Assistant looks for devices unless told otherwise.
    pub const DEFAULT_HOME_ASSISTANT: &str = "homeassistant";

    /// A broker, by `mqtt://HOST`, or `mqtts://HOST` for TLS, with a port if it is not the usual one.
    ///
    /// # Errors
    /// A sentence that says what is expected, and never what was found: it may hold a password.
    pub fn new(url: &str) -> Result<Self, String> {
        let expected = || "url is no address; write it as mqtt://HOST or mqtts://HOST".to_owned();
        let uri: Uri = url.trim().parse().map_err(|_| expected())?;
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err("url has a user or a password in it; these have settings of their own: \
                        username and password_file"
                .to_owned());
        }
        let (is_secure, usual_port) = match uri.scheme_str() {
            Some("mqtt") => (false, 1883),
            Some("mqtts") => (true, 8883),
            _ => return Err(expected()),
        };
        let host = uri.host().unwrap_or_default();
        // Those of IPv6 are in brackets there.
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() || !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(expected());
        }
        Ok(Self {
            host: host.to_owned(),
            port: uri.port_u16().unwrap_or(usual_port),
            is_secure,
            ca_file: None,
            username: None,
            password: None,
            client_id: None,
            topic: "clouddata/{mac}".parse()?,
            home_assistant: Some(Self::DEFAULT_HOME_ASSISTANT.to_owned()),
            max_motes: Self::DEFAULT_MAX_MOTES,
            quantities: Self::default_quantities(),
        })
    }

    /// What is published of a mote unless told otherwise: what people look at.
    #[must_use]
    pub fn default_quantities() -> Vec<Quantity> {
        let sensors = Quantity::all().filter(|quantity| {
            let is_statistic =
                ["_min", "_max", "_mean"].iter().any(|end| quantity.name().ends_with(end));
            quantity.source() == Source::Sensor && !is_statistic
        });
        sensors.chain([Quantity::BATTERY_VOLTAGE, Quantity::HOP_DEPTH]).collect()
    }

    /// Checks the beginning of the topics where Home Assistant looks for devices.
    ///
    /// # Errors
    /// A sentence that says what is expected.
    pub fn check_prefix(prefix: &str) -> Result<(), String> {
        check(prefix)
    }

    /// The broker's address, for people.
    #[must_use]
    pub fn address(&self) -> String {
        let scheme = if self.is_secure { "mqtts" } else { "mqtt" };
        let (host, port) = (&self.host, self.port);
        if host.contains(':') {
            format!("{scheme}://[{host}]:{port}")
        } else {
            format!("{scheme}://{host}:{port}")
        }
    }
}

impl fmt::Debug for MqttConfig {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MqttConfig")
            .field("address", &self.address())
            .field("username", &self.username)
            .field("topic", &self.topic)
            .field("home_assistant", &self.home_assistant)
            .field("max_motes", &self.max_motes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_with_or_without_a_port() {
        for (url, address) in [
            ("mqtt://broker.example", "mqtt://broker.example:1883"),
            ("mqtts://broker.example/", "mqtts://broker.example:8883"),
            (" mqtt://[::1]:1884 ", "mqtt://[::1]:1884"),
        ] {
            assert_eq!(MqttConfig::new(url).unwrap().address(), address);
        }
        for url in [
            "mqtt://ada:secret@broker",
            "http://secret",
            "secret",
            "mqtt://",
            "mqtt://a/secret",
            "mqtt://a?secret",
        ] {
            let error = MqttConfig::new(url).unwrap_err();
            assert!(error.contains("url") && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn no_password_is_shown() {
        let password = Some("secret".to_owned());
        let config = MqttConfig { password, ..MqttConfig::new("mqtt://a").unwrap() };
        assert!(!format!("{config:?}").contains("secret"));
    }

    #[test]
    fn what_people_look_at_is_published() {
        let names: Vec<_> = MqttConfig::default_quantities().iter().map(|one| one.name()).collect();
        for name in ["temperature", "analog_0", "digital_in_3", "battery_voltage", "hop_depth"] {
            assert!(names.contains(&name), "{names:?}");
        }
        assert!(!names.contains(&"temperature_min") && names.len() == 11, "{names:?}");
    }
}
