use core::fmt;
use core::str::FromStr;

use readings::Mac;

/// What stands for the mote in a template.
const MOTE: &str = "{mac}";

/// Longest template, and longest prefix, in octets.
const MAX_LENGTH: usize = 200;

/// Where a mote's values are published: a topic in which a level is `{mac}`.
///
/// ```
/// use clouddata_server::TopicTemplate;
///
/// let topic: TopicTemplate = "clouddata/attic/{mac}".parse()?;
/// assert_eq!(topic.to_string(), "clouddata/attic/{mac}");
/// assert!("clouddata/{mac}/#".parse::<TopicTemplate>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicTemplate {
    before: String,
    after: String,
}

impl TopicTemplate {
    /// Of the values of a mote.
    pub(super) fn state(&self, mac: Mac) -> String {
        self.with(mac)
    }

    /// Whether the mote is there.
    pub(super) fn availability(&self, mac: Mac) -> String {
        format!("{}/availability", self.with(mac))
    }

    /// Whether the server is.
    pub(super) fn server(&self) -> String {
        format!("{}/availability", self.with("server"))
    }

    /// What all motes' values are subscribed to by.
    pub(super) fn filter(&self) -> String {
        self.with("+")
    }

    /// The mote whose values are published there.
    pub(super) fn mote(&self, topic: &str) -> Option<Mac> {
        let middle = topic.strip_prefix(self.before.as_str())?.strip_suffix(self.after.as_str())?;
        // Only as we write it: another spelling is another topic.
        middle.parse().ok().filter(|mac: &Mac| mac.to_string() == middle)
    }

    /// A name for the connection that no server with another template has.
    pub(super) fn client_id(&self) -> String {
        let letter = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        self.with("server").chars().map(letter).collect()
    }

    fn with(&self, middle: impl fmt::Display) -> String {
        format!("{}{middle}{}", self.before, self.after)
    }
}

impl FromStr for TopicTemplate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || format!("no topic with a level {MOTE}, such as clouddata/{MOTE}");
        let (before, after) = text.split_once(MOTE).ok_or_else(expected)?;
        let (Some(above), false) = (before.strip_suffix('/'), after.contains(MOTE)) else {
            return Err(expected());
        };
        check(above)?;
        if !after.is_empty() {
            check(after.strip_prefix('/').ok_or_else(expected)?)?;
        }
        Ok(Self { before: before.to_owned(), after: after.to_owned() })
    }
}

impl fmt::Display for TopicTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.with(MOTE))
    }
}

/// Whether this is a topic of whole levels that may be published to.
pub(super) fn check(topic: &str) -> Result<(), String> {
    let is_level = |level: &str| {
        !level.is_empty() && !level.contains(|c: char| matches!(c, '+' | '#') || c.is_control())
    };
    if topic.len() > MAX_LENGTH || topic.starts_with('$') || !topic.split('/').all(is_level) {
        return Err(format!(
            "no topic of at most {MAX_LENGTH} octets, in levels that are not empty, without + and #"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mote_is_found_in_its_own_topic_and_in_no_other() {
        let mac = Mac::from([0, 0x17, 0x0d, 0, 0, 0x30, 0x5d, 0x39]);
        for (template, state) in [
            ("clouddata/{mac}", "clouddata/00-17-0d-00-00-30-5d-39"),
            ("a/b/{mac}/c", "a/b/00-17-0d-00-00-30-5d-39/c"),
        ] {
            let topic: TopicTemplate = template.parse().unwrap();
            assert_eq!(topic.state(mac), state);
            assert_eq!(topic.mote(state), Some(mac));
            assert_eq!(topic.mote(&state.to_uppercase()), None);
            assert_eq!(topic.mote(&topic.availability(mac)), None);
            assert_eq!(topic.mote(&topic.server()), None);
            assert_eq!(topic.to_string(), template);
        }
        let topic: TopicTemplate = "a/b/{mac}/c".parse().unwrap();
        assert_eq!(topic.server(), "a/b/server/c/availability");
        assert_eq!(
            (topic.filter().as_str(), topic.client_id().as_str()),
            ("a/b/+/c", "a-b-server-c")
        );
    }

    #[test]
    fn what_is_no_topic_is_refused() {
        let long = format!("{}/{MOTE}", "a".repeat(201));
        for text in [
            "clouddata",
            "{mac}",
            "a/{mac}b",
            "a/{mac}/{mac}",
            "a//{mac}",
            "/{mac}",
            "+/{mac}",
            "$SYS/{mac}",
            "a/{mac}/",
            "a/{mac}/#",
            "a\n/{mac}",
            &long,
        ] {
            assert!(text.parse::<TopicTemplate>().is_err(), "{text}");
        }
    }
}
