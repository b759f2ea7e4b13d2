use std::io::BufRead;

use csv::{ReaderBuilder, StringRecord};
use readings::Mac;
use serde_json::{Map, Value};

use super::lines::Lines;
use super::record::{ReadError, Record, Records, temperature};

/// The columns as export writes them, and as they are taken where no header names them.
const COLUMNS: [&str; 3] = ["mac", "timestamp", "temperature"];

/// Each line is a reading; the first may name the columns.
pub(super) fn read(input: Box<dyn BufRead>) -> Records {
    let mut lines = Lines::new(input).peekable();
    let mut columns = COLUMNS.map(str::to_owned).to_vec();
    if let Some(Ok((_, first))) = lines.peek()
        && let Some(header) = header(first)
    {
        lines.next();
        if let Some(missing) = COLUMNS.iter().find(|&&name| !header.contains(&name.to_owned())) {
            let reason = format!("the first line names no column {missing}");
            return Box::new(core::iter::once(Err(ReadError::Form(reason))));
        }
        columns = header;
    }
    Box::new(lines.map(move |line| {
        let (number, line) = line?;
        Ok(Record { line: Some(number), reading: reading(&columns, &line) })
    }))
}

/// The columns' names, if this line is no reading and names one that there is.
fn header(line: &str) -> Option<Vec<String>> {
    let fields = fields(line).ok()?;
    let names: Vec<String> = fields.iter().map(|name| name.trim().to_lowercase()).collect();
    let is_header = names.iter().any(|name| COLUMNS.contains(&name.as_str()))
        && !fields.iter().any(|field| field.trim().parse::<Mac>().is_ok());
    is_header.then_some(names)
}

fn reading(columns: &[String], line: &str) -> Result<Value, String> {
    let fields = fields(line)?;
    if fields.len() != columns.len() {
        let (expected, found) = (columns.len(), fields.len());
        return Err(format!("expected {expected} columns ({}), found {found}", columns.join(", ")));
    }
    let mut object = Map::new();
    for (name, text) in columns.iter().zip(fields.iter().map(str::trim)) {
        let value = match name.as_str() {
            "temperature" => temperature(text)?,
            "timestamp" if text.is_empty() => return Err("it has no timestamp".to_owned()),
            "mac" | "timestamp" => text.into(),
            _ => continue,
        };
        object.insert(name.clone(), value);
    }
    Ok(Value::Object(object))
}

/// The fields of one line, with or without quotes.
fn fields(line: &str) -> Result<StringRecord, String> {
    let mut reader =
        ReaderBuilder::new().has_headers(false).buffer_capacity(256).from_reader(line.as_bytes());
    let mut fields = StringRecord::new();
    reader.read_record(&mut fields).map_err(|error| format!("it is no CSV: {error}"))?;
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    const MAC: &str = "00-17-0d-00-00-30-5d-39";

    fn readings(text: String) -> Vec<Result<Value, String>> {
        read(Box::new(Cursor::new(text))).map(|record| record.unwrap().reading).collect()
    }

    #[test]
    fn the_first_line_is_a_header_or_a_reading() {
        let line = format!("{MAC},2023-11-14T22:13:20Z,22.97\r\n");
        let expected = readings(format!("mac,timestamp,temperature\r\n{line}"));
        assert_eq!(expected.len(), 1);
        assert_eq!(expected[0].as_ref().unwrap()["temperature"], 22.97);
        assert_eq!(readings(line.clone()), expected);
        assert_eq!(readings(format!("{line}{line}")).len(), 2);
        let quoted = format!(
            "\"Temperature\",note,\"mac\",timestamp\n22.97,\"a, b\",{MAC},2023-11-14T22:13:20Z\n"
        );
        assert_eq!(readings(quoted), expected);
    }

    #[test]
    fn what_is_no_reading_says_why() {
        let lines = format!("{MAC},2023-11-14T22:13:20Z\n{MAC},,22.97\n\0\u{fffd}garbage\n");
        let reasons: Vec<_> = readings(lines).into_iter().map(Result::unwrap_err).collect();
        assert_eq!(reasons[0], "expected 3 columns (mac, timestamp, temperature), found 2");
        assert_eq!(reasons[1], "it has no timestamp");
        assert!(reasons[2].starts_with("expected 3 columns"));
        for (header, missing) in [
            ("mac,timestamp,value", "temperature"),
            // Else all of them would be taken for measured now.
            ("mac,time,temperature", "timestamp"),
        ] {
            let mut records = read(Box::new(Cursor::new(format!("{header}\na,1,2\n"))));
            let error = records.next().unwrap().unwrap_err().to_string();
            assert_eq!(error, format!("the first line names no column {missing}"));
        }
    }

    #[test]
    fn what_is_wrong_in_a_reading_is_left_to_the_server() {
        let found = readings("mac,timestamp,temperature\nnobody,soon,1e30\n".to_owned());
        assert_eq!(found[0].as_ref().unwrap()["mac"], "nobody");
        for no_number in ["NaN", "inf", "warm", ""] {
            let found = readings(format!("{MAC},soon,{no_number}"));
            assert_eq!(found[0], Err(format!("\"{no_number}\" is no temperature")));
        }
    }
}
