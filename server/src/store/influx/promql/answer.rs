use core::fmt;
use std::collections::BTreeMap;
use std::io::{BufReader, Read};

use readings::Mac;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::stretch::Stretch;
use crate::store::StoreError;
use crate::store::influx::client::Client;

/// One series of an answer.
#[derive(Deserialize)]
#[serde(from = "Series")]
pub(super) struct Found {
    pub(super) metric: BTreeMap<String, String>,
    /// Seconds since 1970, and what there is.
    pub(super) values: Vec<(f64, f64)>,
}

impl Found {
    pub(super) fn mac(&self) -> Option<Mac> {
        self.metric.get("mac")?.parse().ok()
    }
}

/// The same as the engine writes it: with `value` where one moment was asked for.
#[derive(Deserialize)]
struct Series {
    metric: BTreeMap<String, String>,
    value: Option<Point>,
    #[serde(default)]
    values: Vec<Point>,
}

#[derive(Deserialize)]
struct Point(f64, Number);

/// A number in a text.
struct Number(f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NumberText)
    }
}

struct NumberText;

impl Visitor<'_> for NumberText {
    type Value = Number;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a number in a text")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Number, E> {
        text.parse().map(Number).map_err(E::custom)
    }
}

impl From<Series> for Found {
    fn from(Series { metric, value, values }: Series) -> Self {
        let values = value.into_iter().chain(values).map(|Point(time, Number(it))| (time, it));
        Self { metric, values: values.collect() }
    }
}

/// Asks a query, and hands out one series after the other as they come: there are no more of them in
/// memory, however long the answer is.
pub(super) fn ask(
    client: &Client,
    path: &str,
    parameters: &[(&str, &str)],
    mut take: impl FnMut(Found),
) -> Result<(), StoreError> {
    // What it has worked out before may have changed since. An answer of a part of a cluster is none.
    let always = [("nocache", "1"), ("deny_partial_response", "1")];
    let parameters: Vec<_> = parameters.iter().copied().chain(always).collect();
    client.stream(path, &parameters, |answer| parse(answer, &mut take))
}

/// The same of what a query has for the stretch of time that its windows select.
pub(super) fn ask_at(
    client: &Client,
    stretch: Stretch,
    query: &str,
    take: impl FnMut(Found),
) -> Result<(), StoreError> {
    ask(client, "/api/v1/query", &[("query", query), ("time", &stretch.moment())], take)
}

/// The same of a query for one number, which is how many there are of something.
pub(super) fn ask_count(client: &Client, stretch: Stretch, query: &str) -> Result<u64, StoreError> {
    let mut counted = 0;
    ask_at(client, stretch, query, |found| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let count = found.values.first().map_or(0, |&(_, count)| count as u64);
        counted = count;
    })?;
    Ok(counted)
}

fn parse(answer: impl Read, take: &mut impl FnMut(Found)) -> Result<(), String> {
    let mut json = serde_json::Deserializer::from_reader(BufReader::new(answer));
    let mut seen = Seen::default();
    let read = Walk { take, seen: &mut seen }.deserialize(&mut json).and_then(|()| json.end());
    read.map_err(|error| format!("the engine's answer to a query: {error}"))?;
    match seen {
        Seen { is_partial: true, .. } => {
            Err("the engine's answer is not whole: a part of its cluster is missing".to_owned())
        }
        Seen { has_result: false, .. } => Err("the engine's answer has no result".to_owned()),
        Seen { .. } => Ok(()),
    }
}

/// What there was besides series.
#[derive(Default)]
struct Seen {
    is_partial: bool,
    has_result: bool,
}

/// Goes through an answer to the series in it.
struct Walk<'a, F> {
    take: &'a mut F,
    seen: &'a mut Seen,
}

impl<'de, F: FnMut(Found)> DeserializeSeed<'de> for Walk<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, F: FnMut(Found)> Visitor<'de> for Walk<'_, F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("series")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { take, seen } = self;
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "data" | "result" => {
                    map.next_value_seed(Walk { take: &mut *take, seen: &mut *seen })?;
                }
                "isPartial" => seen.is_partial |= map.next_value::<bool>()?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<(), A::Error> {
        self.seen.has_result = true;
        while let Some(found) = all.next_element()? {
            (self.take)(found);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type One = (Option<Mac>, Vec<(f64, f64)>);

    fn parsed(json: &str) -> Result<Vec<One>, String> {
        let mut all = Vec::new();
        parse(json.as_bytes(), &mut |found: Found| all.push((found.mac(), found.values)))?;
        Ok(all)
    }

    #[test]
    fn answers_of_both_kinds_are_read() {
        let vector = r#"{"status":"success","isPartial":false,"data":{"resultType":"vector","result":[
            {"metric":{"mac":"00-17-0d-00-00-30-5d-39"},"value":[1.5,"26.24"]},
            {"metric":{"job":"other"},"value":[1.5,"1e-7"]}]},"stats":{"seriesFetched":"2"}}"#;
        let mac = Some("00-17-0d-00-00-30-5d-39".parse().unwrap());
        let expected = vec![(mac, vec![(1.5, 26.24)]), (None, vec![(1.5, 1e-7)])];
        assert_eq!(parsed(vector), Ok(expected));
        let matrix = r#"{"data":{"result":[{"metric":{},"values":[[1,"2"],[3,"-4"]]}]}}"#;
        assert_eq!(parsed(matrix), Ok(vec![(None, vec![(1.0, 2.0), (3.0, -4.0)])]));
    }

    #[test]
    fn what_is_not_whole_is_no_answer() {
        for json in [
            r#"{"status":"success","isPartial":true,"data":{"result":[]}}"#,
            r#"{"data":{"result":[{"metric":{},"value":[1,"2"]}"#,
            r#"{"data":{"result":[]}} and more"#,
            r#"{"status":"success"}"#,
            "",
        ] {
            assert!(parsed(json).is_err(), "{json}");
        }
    }
}
