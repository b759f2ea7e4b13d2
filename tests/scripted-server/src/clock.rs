use core::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use readings::Record;

/// A server's clock that is so many seconds ahead.
pub(crate) struct Clock {
    pub(crate) ahead: i64,
}

impl Clock {
    /// What it shows, in seconds.
    fn now(&self) -> i64 {
        Timestamp::now().as_second() + self.ahead
    }

    /// Whether a server of clouddata refuses the record by it.
    pub(crate) fn refuses(&self, record: &Record) -> bool {
        const HOUR: i64 = 3600;
        let time = record.timestamp().map_or(self.now(), |time| time.as_micros() / 1_000_000);
        !(-24 * HOUR..=12 * HOUR).contains(&(self.now() - time))
    }

    /// The status with its header lines, and the body.
    pub(crate) fn answer(&self, records: &[Record]) -> (String, String) {
        let shown = Timestamp::UNIX_EPOCH + Duration::from_secs(self.now().unsigned_abs());
        let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&shown).expect("a date");
        let refused = records.iter().enumerate().filter(|(_, record)| self.refuses(record));
        let refusal =
            |(index, _)| format!(r#"{{"index":{index},"field":"timestamp","reason":"not now"}}"#);
        let refusals: Vec<String> = refused.map(refusal).collect();
        if refusals.is_empty() {
            return (format!("204 No Content\r\nDate: {date}"), String::new());
        }
        let json = "Content-Type: application/json";
        let status = format!("422 Unprocessable Content\r\nDate: {date}\r\n{json}");
        (status, format!("[{}]", refusals.join(",")))
    }
}
