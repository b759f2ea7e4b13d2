use readings::Reading;
use serde_json::Value;

/// A reading in the server's store.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// The mote.
    pub mac: String,
    /// In °C.
    pub temperature: f64,
    /// RFC 3339.
    pub timestamp: String,
}

impl From<&Reading> for Stored {
    fn from(reading: &Reading) -> Self {
        let timestamp = reading.timestamp.expect("a stored reading has a time").to_string();
        Self { mac: reading.mac.to_string(), temperature: reading.value, timestamp }
    }
}

/// What a store makes of these readings, that knows each by its mote and time: those that came
/// twice are there once.
#[must_use]
pub fn once(readings: &[Reading]) -> Vec<Stored> {
    let mut stored: Vec<_> = readings.iter().map(Stored::from).collect();
    stored.sort_by(|a, b| (&a.mac, &a.timestamp).cmp(&(&b.mac, &b.timestamp)));
    stored.dedup();
    stored
}

/// Everything that the server with this address has stored.
///
/// # Panics
/// If it does not answer with readings.
#[must_use]
pub fn readings(server: &str) -> Vec<Stored> {
    let url = format!("{server}api/v1/readings");
    let text = ureq::get(&url)
        .call()
        .and_then(|mut answer| answer.body_mut().with_config().limit(1 << 30).read_to_string());
    let text = text.unwrap_or_else(|error| panic!("{url}: {error}"));
    let readings: Vec<Value> = serde_json::from_str(&text).expect("a list of readings");
    readings
        .iter()
        .map(|reading| Stored {
            mac: reading["mac"].as_str().expect("a mac").to_owned(),
            temperature: reading["temperature"].as_f64().expect("a temperature"),
            timestamp: reading["timestamp"].as_str().expect("a timestamp").to_owned(),
        })
        .collect()
}
