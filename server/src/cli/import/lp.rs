//! InfluxDB's line protocol.

use std::io::BufRead;

use readings::Timestamp;
use serde_json::{Map, Value};

use super::super::arguments::Precision;
use super::lines::Lines;
use super::record::{Record, Records, temperature};

/// Each line that is no remark is a reading.
pub(super) fn read(input: Box<dyn BufRead>, precision: Precision) -> Records {
    let lines =
        Lines::new(input).filter(|line| !matches!(line, Ok((_, text)) if text.starts_with('#')));
    Box::new(lines.map(move |line| {
        let (number, line) = line?;
        Ok(Record { line: Some(number), reading: reading(&line, precision) })
    }))
}

/// `temperature,mac=00-17-… value=22.97 1700000000000000`
fn reading(line: &str, precision: Precision) -> Result<Value, String> {
    let mut parts = line.split_whitespace();
    let mut labelled = |label| {
        parts.next().and_then(|part| part.split(',').find_map(|field| field.strip_prefix(label)))
    };
    let (mac, value) = (labelled("mac="), labelled("value="));
    let (Some(mac), Some(value)) = (mac, value) else {
        return Err("expected temperature,mac=… value=… and a time".to_owned());
    };
    let mut object = Map::new();
    object.insert("mac".to_owned(), mac.into());
    object.insert("temperature".to_owned(), temperature(value.trim_end_matches('i'))?);
    if let Some(time) = parts.next() {
        let micros = time.parse().ok().and_then(|time: i64| match precision {
            Precision::Ns => Some(time.div_euclid(1000)),
            Precision::Us => Some(time),
            Precision::Ms => time.checked_mul(1000),
            Precision::S => time.checked_mul(1_000_000),
        });
        let text = micros.map(|micros| Timestamp::from_micros(micros).to_string());
        object.insert("timestamp".to_owned(), text.unwrap_or_else(|| time.to_owned()).into());
    }
    Ok(Value::Object(object))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    const EXPECTED: &str = r#"{"mac":"00-17-0d-00-00-30-5d-39","temperature":22.97,"timestamp":"2023-11-14T22:13:20.000001Z"}"#;

    #[test]
    fn a_line_is_a_reading_in_any_precision() {
        let expected: Value = serde_json::from_str(EXPECTED).unwrap();
        for (time, precision) in
            [("1700000000000001", Precision::Us), ("1700000000000001999", Precision::Ns)]
        {
            let text = format!(
                "# as exported\ntemperature,mac=00-17-0d-00-00-30-5d-39 value=22.97 {time}\n\n"
            );
            let records: Vec<_> = read(Box::new(Cursor::new(text)), precision).collect();
            let [Ok(Record { line: Some(2), reading: Ok(found) })] = records.as_slice() else {
                panic!("{records:?}")
            };
            assert_eq!(*found, expected);
        }
    }

    #[test]
    fn what_is_no_reading_says_what_is_expected() {
        for line in ["temperature", "garbage in here", "cpu,host=a usage=3 17"] {
            assert!(reading(line, Precision::Us).unwrap_err().starts_with("expected temperature,"));
        }
        let soon = reading("temperature,mac=a value=3i soon", Precision::S).unwrap();
        assert_eq!((&soon["timestamp"], &soon["temperature"]), (&"soon".into(), &3.0.into()));
        let nan = reading("temperature,mac=a value=NaN 17", Precision::S).unwrap_err();
        assert_eq!(nan, "\"NaN\" is no temperature");
    }
}
