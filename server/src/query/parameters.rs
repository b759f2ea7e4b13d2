use axum::http::{HeaderMap, HeaderValue, header};
use readings::{Mac, Quantity, Timestamp, UnknownQuantity};

use crate::moment::{before, parse_moment};
use crate::refusal::RequestError;
use crate::render::Format;
use crate::store::{Keeping, Selection};

/// Most buckets that can be asked for: more than any screen has pixels.
const MAX_BUCKETS: usize = 10_000;

/// Most motes that can be named; without any it is all of them.
const MAX_MACS: usize = 100;

/// The query string of `GET /api/v1/readings`.
#[derive(Debug, PartialEq)]
pub(super) struct Parameters {
    pub(super) selection: Selection,
    pub(super) buckets: Option<usize>,
    pub(super) format: Option<Format>,
}

impl Parameters {
    pub(super) fn parse(
        query: &str,
        now: Timestamp,
        keeping: &Keeping,
    ) -> Result<Self, RequestError> {
        let mut parameters = Self {
            selection: Selection {
                quantity: Quantity::TEMPERATURE,
                macs: Vec::new(),
                from: Timestamp::from_micros(i64::MIN),
                // Readings stamped on their way in may be a little ahead of this moment.
                to: Timestamp::from_micros(i64::MAX),
            },
            buckets: None,
            format: None,
        };
        let (mut from, mut to) = (None, None);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let fault = |reason: String| RequestError::parameter(&name, reason);
            match name.as_ref() {
                "mac" => add_macs(&mut parameters.selection.macs, &value).map_err(fault)?,
                "quantity" => {
                    parameters.selection.quantity =
                        value.parse().map_err(|error: UnknownQuantity| fault(error.to_string()))?;
                }
                "from" => from = Some(moment(&value, now).map_err(fault)?),
                "to" => to = Some(moment(&value, now).map_err(fault)?),
                "buckets" => {
                    let buckets = value.parse().ok().filter(|n| (1..=MAX_BUCKETS).contains(n));
                    parameters.buckets = Some(buckets.ok_or_else(|| {
                        fault(format!("is not a number from 1 to {MAX_BUCKETS}"))
                    })?);
                }
                "format" => {
                    parameters.format = Some(match value.as_ref() {
                        "json" => Format::Json,
                        "csv" => Format::Csv,
                        _ => return Err(fault("is neither json nor csv".to_owned())),
                    });
                }
                _ => {
                    let known = "quantity, mac, from, to, buckets and format are known";
                    return Err(fault(known.to_owned()));
                }
            }
        }
        let retention = keeping.retention_of(parameters.selection.quantity);
        parameters.selection.from = from.unwrap_or_else(|| before(now, retention));
        if let Some(to) = to {
            parameters.selection.to = to;
        } else if parameters.buckets.is_some() {
            parameters.selection.to = now;
        }
        Ok(parameters)
    }
}

/// Adds the motes of one parameter.
pub(crate) fn add_macs(macs: &mut Vec<Mac>, value: &str) -> Result<(), String> {
    for mac in value.split(',') {
        macs.push(mac.parse().map_err(|error: readings::ParseMacError| error.to_string())?);
    }
    if macs.len() > MAX_MACS {
        return Err(format!("names more than {MAX_MACS} motes"));
    }
    Ok(())
}

/// An unescaped + is a space in a query string; no moment has one.
pub(crate) fn moment(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    parse_moment(&text.replace(' ', "+"), now)
}

/// The one that comes first in the Accept header.
pub(super) fn format_of(headers: &HeaderMap) -> Format {
    let accept = headers.get(header::ACCEPT);
    let accept = accept.and_then(|value| value.to_str().ok()).unwrap_or("");
    let csv = accept.find("text/csv");
    let json = accept.find("application/json");
    match (csv, json) {
        (Some(csv), Some(json)) if csv > json => Format::Json,
        (Some(_), _) => Format::Csv,
        _ => Format::Json,
    }
}

pub(crate) fn headers(format: Format) -> HeaderMap {
    let media_type = match format {
        Format::Json => "application/json",
        Format::Csv | Format::Lines => "text/csv; charset=utf-8",
    };
    HeaderMap::from_iter([
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::VARY, HeaderValue::from_static("accept")),
    ])
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000_000_000);
    const HOUR: Duration = Duration::from_secs(3600);

    fn parse(query: &str) -> Result<Parameters, String> {
        Parameters::parse(query, NOW, &HOUR.into()).map_err(|error| error.to_string())
    }

    #[test]
    fn without_parameters_it_is_everything_kept() {
        let all = parse("").unwrap();
        assert_eq!(all.selection.macs, []);
        assert_eq!(all.selection.from, before(NOW, HOUR));
        assert_eq!(all.selection.to, Timestamp::from_micros(i64::MAX));
    }

    #[test]
    fn what_motes_say_of_themselves_is_kept_longer() {
        let all = parse("quantity=battery_voltage").unwrap().selection;
        assert_eq!(all.quantity, Quantity::BATTERY_VOLTAGE);
        assert_eq!(all.from, before(NOW, Keeping::DEFAULT_NETWORK_RETENTION));
        assert_eq!(
            parse("from=-1m&quantity=charge").unwrap().selection.from,
            before(NOW, HOUR / 60)
        );
    }

    #[test]
    fn moments_are_absolute_or_before_now() {
        let parsed = parse("from=-15m&to=1970-01-02T00:00:00%2B00:00&buckets=7").unwrap();
        assert_eq!(parsed.selection.from, before(NOW, HOUR / 4));
        assert_eq!(parsed.selection.to.as_micros(), 86_400_000_000);
        assert_eq!(parsed.buckets, Some(7));
        let unescaped = parse("from=1970-01-02T00:00:00+00:00").unwrap();
        assert_eq!(unescaped.selection.from.as_micros(), 86_400_000_000);
        let last = parse("to=9999-12-31T23:59:59.999999Z").unwrap().selection.to;
        assert_eq!(last.as_micros(), 253_402_300_799_999_999);
    }

    #[test]
    fn several_motes_in_one_or_in_many() {
        let (a, b) = ("00-17-0d-00-00-30-5d-39", "00-17-0d-00-00-30-5d-3a");
        let macs = [a.parse().unwrap(), b.parse().unwrap()];
        for query in [format!("mac={a},{b}"), format!("mac={a}&mac={b}")] {
            assert_eq!(parse(&query).unwrap().selection.macs, macs);
        }
    }

    #[test]
    fn each_fault_names_its_parameter() {
        for (query, message) in [
            ("mac=7", "parameter mac: not an EUI-64"),
            (
                &format!("mac={}", vec!["00-17-0d-00-00-30-5d-39"; 101].join(",")),
                "parameter mac: names more",
            ),
            ("from=yesterday", "parameter from: not a moment"),
            ("to=", "parameter to: not a moment"),
            ("buckets=0", "parameter buckets: is not a number from 1"),
            ("format=xml", "parameter format: is neither"),
            ("form=json", "parameter form: quantity, mac, from, to"),
            ("quantity=humidity", "parameter quantity: no quantity such as"),
        ] {
            let error = parse(query).unwrap_err();
            assert!(error.starts_with(message), "{error}");
        }
    }

    #[test]
    fn the_first_acceptable_format_is_taken() {
        for (accept, format) in [
            ("text/csv", Format::Csv),
            ("text/csv, application/json", Format::Csv),
            ("application/json, text/csv", Format::Json),
            ("*/*", Format::Json),
        ] {
            let headers =
                HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(format_of(&headers), format, "{accept}");
        }
    }
}
