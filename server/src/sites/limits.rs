use core::num::NonZeroU32;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::store::Keeping;

/// What a site may take of the server; none: as much as the server has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Readings, links and events that it may send a second, on average.
    pub readings_per_second: Option<NonZeroU32>,
    /// Motes; readings of further ones are refused.
    pub motes: Option<NonZeroU32>,
    /// Readings, links and events that are kept; more are not taken until older ones have gone.
    pub stored_readings: Option<NonZeroU32>,
    /// Streams at a time.
    pub streams: Option<NonZeroU32>,
    /// Stored readings that its queries may look at a second, on average.
    pub queried_per_second: Option<NonZeroU32>,
}

impl Limits {
    /// What can be limited.
    pub const NAMES: [&str; 5] =
        ["readings_per_second", "motes", "stored_readings", "streams", "queried_per_second"];

    /// What a site keeps, on a server that keeps this.
    pub(crate) fn keeping(&self, servers: &Keeping) -> Keeping {
        let most = |most: NonZeroU32| usize::try_from(most.get()).unwrap_or(usize::MAX);
        let max_motes = self.motes.map_or(servers.max_motes, most).min(servers.max_motes);
        Keeping { max_motes, ..servers.clone() }
    }

    /// The same with some changed: a number each, or null for no limit.
    ///
    /// # Errors
    /// If anything else is named, or is no number from 1 to 2³² - 1. The text says what.
    pub fn changed(&self, changes: &Map<String, Value>) -> Result<Self, String> {
        let Ok(Value::Object(mut all)) = serde_json::to_value(self) else {
            return Err("the limits cannot be written".to_owned());
        };
        for (name, value) in changes {
            if !Self::NAMES.contains(&name.as_str()) {
                return Err(format!("{name} is no limit; {} are", Self::NAMES.join(", ")));
            }
            let is_number = value.as_u64().is_some_and(|it| (1..=u32::MAX.into()).contains(&it));
            if !value.is_null() && !is_number {
                return Err(format!("{name} is neither a number from 1 to {} nor null", u32::MAX));
            }
            all.insert(name.clone(), value.clone());
        }
        serde_json::from_value(Value::Object(all)).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn change(limits: &Limits, changes: Value) -> Result<Limits, String> {
        limits.changed(changes.as_object().unwrap())
    }

    #[test]
    fn what_is_not_named_stays() {
        let some = change(&Limits::default(), json!({"motes": 5, "streams": 2})).unwrap();
        let other = change(&some, json!({"motes": null, "stored_readings": 4_294_967_295_u32}));
        let other = other.unwrap();
        assert_eq!((other.motes, other.streams), (None, NonZeroU32::new(2)));
        assert_eq!(other.stored_readings, Some(NonZeroU32::MAX));
    }

    #[test]
    fn what_is_no_limit_is_named() {
        for changes in [
            json!({"mote": 5}),
            json!({"motes": 0}),
            json!({"motes": -1}),
            json!({"motes": 1.5}),
            json!({"motes": "5"}),
            json!({"motes": 4_294_967_296_u64}),
        ] {
            assert!(change(&Limits::default(), changes).unwrap_err().starts_with("mote"));
        }
    }

    #[test]
    fn every_limit_has_its_name() {
        let value = serde_json::to_value(Limits::default()).unwrap();
        let names: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
        let mut expected = Limits::NAMES;
        expected.sort_unstable();
        let mut names = names;
        names.sort_unstable();
        assert_eq!(names, expected);
    }
}
