use std::io::BufRead;

use anyhow::Context;
use serde_json::{Map, Value};

use super::super::arguments::{FileFormat, Precision};

/// The objects to be posted, one for each record of the file. What is wrong within a record is for
/// the server to say; an error here means that the file as a whole cannot be read on.
pub(super) fn read(
    format: FileFormat,
    precision: Precision,
    input: Box<dyn BufRead>,
) -> Box<dyn Iterator<Item = anyhow::Result<Value>>> {
    match format {
        FileFormat::Json => json(input),
        FileFormat::Csv => csv(input),
        FileFormat::Lp => Box::new(
            input
                .lines()
                .filter(|line| line.as_ref().map_or(true, |line| !line.trim().is_empty()))
                .map(move |line| Ok(from_line(&line?, precision))),
        ),
    }
}

fn json(input: Box<dyn BufRead>) -> Box<dyn Iterator<Item = anyhow::Result<Value>>> {
    let parsed: Result<Vec<Value>, _> = serde_json::from_reader(input);
    match parsed.context("not an array of readings in JSON") {
        Ok(readings) => Box::new(readings.into_iter().map(Ok)),
        Err(error) => Box::new(core::iter::once(Err(error))),
    }
}

fn csv(input: Box<dyn BufRead>) -> Box<dyn Iterator<Item = anyhow::Result<Value>>> {
    let mut reader = csv::Reader::from_reader(input);
    let names = match reader.headers().context("no CSV") {
        Ok(names) => names.clone(),
        Err(error) => return Box::new(core::iter::once(Err(error))),
    };
    Box::new(reader.into_records().map(move |record| {
        let record = record.context("no CSV")?;
        let field = |(name, text): (&str, &str)| {
            let value = if name == "temperature" { number(text) } else { text.into() };
            (name.to_owned(), value)
        };
        Ok(Value::Object(names.iter().zip(record.iter()).map(field).collect()))
    }))
}

/// Text that is no number stays text, for the server to refuse.
fn number(text: &str) -> Value {
    text.trim().parse::<f64>().map_or_else(|_| text.into(), Value::from)
}

/// `temperature,mac=00-17-… value=22.97 1700000000000000`
fn from_line(line: &str, precision: Precision) -> Value {
    let mut parts = line.split_whitespace();
    let mut object = Map::new();
    let tags = parts.next().unwrap_or("");
    if let Some(mac) = tags.split(',').find_map(|tag| tag.strip_prefix("mac=")) {
        object.insert("mac".to_owned(), mac.into());
    }
    let fields = parts.next().unwrap_or("");
    if let Some(value) = fields.split(',').find_map(|field| field.strip_prefix("value=")) {
        object.insert("temperature".to_owned(), number(value.trim_end_matches('i')));
    }
    if let Some(time) = parts.next() {
        let micros = time.parse().ok().and_then(|time: i64| match precision {
            Precision::Ns => Some(time.div_euclid(1000)),
            Precision::Us => Some(time),
            Precision::Ms => time.checked_mul(1000),
            Precision::S => time.checked_mul(1_000_000),
        });
        let text = micros.map(|micros| readings::Timestamp::from_micros(micros).to_string());
        object.insert("timestamp".to_owned(), text.unwrap_or_else(|| time.to_owned()).into());
    }
    Value::Object(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPECTED: &str = r#"{"mac":"00-17-0d-00-00-30-5d-39","temperature":22.97,"timestamp":"2023-11-14T22:13:20.000001Z"}"#;

    fn only(format: FileFormat, precision: Precision, text: &'static str) -> Value {
        let mut records = read(format, precision, Box::new(text.as_bytes()));
        let record = records.next().unwrap().unwrap();
        assert!(records.next().is_none());
        record
    }

    #[test]
    fn every_format_gives_the_same_object() {
        let expected: Value = serde_json::from_str(EXPECTED).unwrap();
        let csv = "mac,timestamp,temperature\r\n00-17-0d-00-00-30-5d-39,2023-11-14T22:13:20.000001Z,22.97\r\n";
        assert_eq!(only(FileFormat::Csv, Precision::Us, csv), expected);
        let lp = "temperature,mac=00-17-0d-00-00-30-5d-39 value=22.97 1700000000000001\n\n";
        assert_eq!(only(FileFormat::Lp, Precision::Us, lp), expected);
        let lp = "temperature,mac=00-17-0d-00-00-30-5d-39 value=22.97 1700000000000001999";
        assert_eq!(only(FileFormat::Lp, Precision::Ns, lp), expected);
        let mut records = read(FileFormat::Json, Precision::Us, Box::new(EXPECTED.as_bytes()));
        assert!(records.next().unwrap().is_err(), "an object is no array");
    }

    #[test]
    fn what_is_wrong_in_a_record_is_left_to_the_server() {
        let csv = "mac,timestamp,temperature\nnobody,soon,warm\n";
        let record = only(FileFormat::Csv, Precision::Us, csv);
        assert_eq!(record["temperature"], "warm");
        assert_eq!(only(FileFormat::Lp, Precision::Us, "temperature"), Value::Object(Map::new()));
    }
}
