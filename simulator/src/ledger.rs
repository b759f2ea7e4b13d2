use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use manager_core::UtcTime;
use serde::{Deserialize, Serialize};

use crate::Reading;

/// A line of a ledger: a reading that was sent, or that the client has acknowledged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// The mote, as `00-17-0d-00-00-31-00-01`.
    pub mac: String,
    /// When it was measured on the manager's clock, in µs since 1970 there.
    pub manager_micros: i64,
    /// When it was measured on the host's clock, in µs since 1970-01-01T00:00:00Z.
    pub host_micros: i64,
    /// The temperature in °C.
    pub temperature: f64,
}

impl LedgerEntry {
    pub(crate) fn new(reading: &Reading, origin: UtcTime) -> Self {
        let measured = i64::try_from(reading.measured.as_micros()).unwrap_or(i64::MAX);
        Self {
            mac: reading.mac_address.to_string(),
            manager_micros: reading.utc.as_micros(),
            host_micros: origin.as_micros().saturating_add(measured),
            temperature: reading.temperature.celsius(),
        }
    }
}

/// A line of what a manager says besides temperatures: a notification that was sent, or that the
/// client has acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeEntry {
    /// Whether the client has acknowledged it; else it was sent, for the first time.
    pub acknowledged: bool,
    /// The notification's body, in hex.
    pub body: String,
}

/// A file of [`LedgerEntry`]s, or of [`NoticeEntry`]s, a JSON object a line.
#[derive(Debug)]
pub(crate) struct Ledger {
    file: BufWriter<File>,
    origin: UtcTime,
}

impl Ledger {
    pub(crate) fn create(path: &Path, origin: UtcTime) -> io::Result<Self> {
        Ok(Self { file: BufWriter::new(File::create(path)?), origin })
    }

    pub(crate) fn write(&mut self, reading: &Reading) -> io::Result<()> {
        self.write_line(&LedgerEntry::new(reading, self.origin))
    }

    pub(crate) fn write_notice(&mut self, body: &[u8], acknowledged: bool) -> io::Result<()> {
        let body = body.iter().map(|octet| format!("{octet:02x}")).collect();
        self.write_line(&NoticeEntry { acknowledged, body })
    }

    fn write_line(&mut self, line: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.file, line)?;
        self.file.write_all(b"\n")
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use manager_core::MacAddress;
    use oap_core::Temperature;

    use super::*;

    #[test]
    fn an_entry_has_both_clocks() {
        let reading = Reading {
            mac_address: MacAddress([0, 0x17, 0x0d, 0, 0, 0x31, 0, 1]),
            measured: Duration::from_micros(2_500_001),
            utc: UtcTime { secs: 1_025_665_202, usecs: 500_001 },
            temperature: Temperature::from_hundredths(-5),
        };
        let entry = LedgerEntry::new(&reading, UtcTime { secs: 1_700_000_000, usecs: 7 });
        assert_eq!(
            serde_json::to_string(&entry).unwrap(),
            r#"{"mac":"00-17-0d-00-00-31-00-01","manager_micros":1025665202500001,"host_micros":1700000002500008,"temperature":-0.05}"#
        );
    }
}
