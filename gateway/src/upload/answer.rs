//! Which answers are those of the HTTP contract. Only these say what has become of readings:
//!
//! | format | status | body | what it says |
//! |---|---|---|---|
//! | both | 204 | none | all are stored |
//! | single | 200 | none | it is stored: so answers the existing Python server |
//! | both | 422 | `application/json`: a list of refusals, not empty, each of another reading that was sent | all are stored but these |
//! | both | 400, 413, 422 | `application/json`: `{"error": "…"}` and nothing else | none is stored, and the body is at fault |
//!
//! Whatever else comes, of whichever class and from whomever, is a reason to keep the readings and
//! to say what answered: a login page answers 200, a proxy 400 or 413, and a server's clock or its
//! load is no fault of a reading.

use std::io::Read;

use readings::{Refusal, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use ureq::Body;
use ureq::http::{Response, StatusCode, header};

use super::http_date::date;
use crate::PostFormat;
use crate::brief::brief;

/// Longest body of the contract that is read: a reason of some hundred octets for each reading.
const MAX_BODY: u64 = 1024 * 1024;

/// What is read of other bodies, to say what has answered.
const MAX_BRIEF: u64 = 1024;

/// What the contract's own answer says.
#[derive(Debug)]
pub(super) enum Answer {
    Stored,
    /// All are stored but these.
    Refused {
        refusals: Vec<Refusal>,
        /// The server's clock.
        date: Option<Timestamp>,
    },
    /// The server cannot take this body, for a reason within it.
    BodyRefused(String),
}

/// An answer that is not of the contract.
#[derive(Debug)]
pub(super) struct Stranger {
    pub(super) status: StatusCode,
    /// How it begins, on one line.
    pub(super) text: String,
    /// Whether it is meant for a person's browser.
    pub(super) is_page: bool,
    /// Where it wants the request to go.
    pub(super) location: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BodyError {
    error: String,
}

impl Answer {
    /// Reads the answer to a request with so many readings.
    ///
    /// # Errors
    /// If it is none of the contract's.
    pub(super) fn read(
        response: &mut Response<Body>,
        format: PostFormat,
        readings: usize,
    ) -> Result<Self, Stranger> {
        match response.status() {
            StatusCode::NO_CONTENT if is_bodiless(response) => Ok(Self::Stored),
            StatusCode::OK if format == PostFormat::Single && is_empty_page(response) => {
                Ok(Self::Stored)
            }
            StatusCode::BAD_REQUEST
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNPROCESSABLE_ENTITY
                if is_json(response) =>
            {
                let octets = response.body_mut().with_config().limit(MAX_BODY).read_to_vec();
                let octets = octets.unwrap_or_default();
                let answer = refusal(response, &octets, readings);
                answer.ok_or_else(|| Stranger::new(response, &octets))
            }
            _ => {
                let mut octets = Vec::new();
                // What cannot be read of it is not shown.
                let _ = response.body_mut().as_reader().take(MAX_BRIEF).read_to_end(&mut octets);
                Err(Stranger::new(response, &octets))
            }
        }
    }
}

impl Stranger {
    fn new(response: &Response<Body>, octets: &[u8]) -> Self {
        let octets = octets.get(..octets.len().min(1024)).unwrap_or_default();
        let text = String::from_utf8_lossy(octets);
        let is_page = is_of_type(response, "text/html") || text.trim_start().starts_with('<');
        let location = response.headers().get(header::LOCATION);
        let location =
            location.map(|location| one_line(&String::from_utf8_lossy(location.as_bytes())));
        Self { status: response.status(), text: one_line(&text), is_page, location }
    }
}

/// What the contract's JSON refuses; `None` if it is not that.
fn refusal(response: &Response<Body>, octets: &[u8], readings: usize) -> Option<Answer> {
    if let Some(BodyError { error }) = parse(octets) {
        return Some(Answer::BodyRefused(brief(&error)));
    }
    let refusals: Vec<Refusal> =
        parse(octets).filter(|_| response.status() == StatusCode::UNPROCESSABLE_ENTITY)?;
    let mut named = vec![false; readings];
    for Refusal { index, .. } in &refusals {
        if core::mem::replace(named.get_mut(*index)?, true) {
            return None;
        }
    }
    let brief = |refusal: Refusal| Refusal { reason: brief(&refusal.reason), ..refusal };
    let refusals: Vec<Refusal> = refusals.into_iter().map(brief).collect();
    let date = date(response.headers());
    (!refusals.is_empty()).then_some(Answer::Refused { refusals, date })
}

fn parse<T: DeserializeOwned>(octets: &[u8]) -> Option<T> {
    serde_json::from_slice(octets).ok()
}

/// Whether it has no body, and does not say that it has.
fn is_bodiless(response: &Response<Body>) -> bool {
    let headers = response.headers();
    let length = headers.get(header::CONTENT_LENGTH);
    length.is_none_or(|length| length == "0") && !headers.contains_key(header::TRANSFER_ENCODING)
}

/// Whether it is `text/html`, or of no type, and empty to its end.
fn is_empty_page(response: &mut Response<Body>) -> bool {
    let is_typed = response.headers().contains_key(header::CONTENT_TYPE);
    if is_typed && !is_of_type(response, "text/html") {
        return false;
    }
    response.headers().get(header::CONTENT_LENGTH).is_none_or(|length| length == "0")
        && response.body_mut().as_reader().read(&mut [0]).is_ok_and(|read| read == 0)
}

fn is_json(response: &Response<Body>) -> bool {
    is_of_type(response, "application/json")
}

fn is_of_type(response: &Response<Body>, wanted: &str) -> bool {
    let found = response.headers().get(header::CONTENT_TYPE).and_then(|found| found.to_str().ok());
    let found = found.and_then(|found| found.split(';').next());
    found.is_some_and(|found| found.trim().eq_ignore_ascii_case(wanted))
}

/// The start of a text, on one line.
fn one_line(text: &str) -> String {
    let words = text.split_whitespace().flat_map(|word| [" ", word]).skip(1);
    brief(&words.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(
        format: PostFormat,
        status: u16,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer, Stranger> {
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        let body = Body::builder().data(body.to_owned());
        Answer::read(&mut response.body(body).unwrap(), format, 2)
    }

    fn batch(status: u16, headers: &[(&str, &str)], body: &str) -> Result<Answer, Stranger> {
        answer(PostFormat::Batch, status, headers, body)
    }

    const JSON: (&str, &str) = ("Content-Type", "application/json");

    const PAGE: (&str, &str) = ("Content-Type", "text/html; charset=UTF-8");

    fn entry(index: usize) -> String {
        format!(r#"{{"index":{index},"field":"temperature","reason":"no"}}"#)
    }

    #[test]
    fn only_204_without_a_body_says_that_a_batch_is_stored() {
        assert!(matches!(batch(204, &[], ""), Ok(Answer::Stored)));
        assert!(matches!(batch(204, &[("Content-Length", "0")], ""), Ok(Answer::Stored)));
        batch(204, &[("Content-Length", "4")], "<a/>").unwrap_err();
        batch(204, &[("Transfer-Encoding", "chunked")], "").unwrap_err();
        for status in (200..400).filter(|&status| status != 204) {
            batch(status, &[], "").unwrap_err();
            let stranger = batch(status, &[PAGE], "<a/>").unwrap_err();
            assert!(stranger.is_page && stranger.text == "<a/>", "{stranger:?}");
        }
    }

    #[test]
    fn the_existing_servers_empty_page_says_that_a_single_is_stored() {
        let single =
            |status, headers: &[_], body| answer(PostFormat::Single, status, headers, body);
        assert!(matches!(single(200, &[PAGE, ("Content-Length", "0")], ""), Ok(Answer::Stored)));
        assert!(matches!(single(200, &[PAGE], ""), Ok(Answer::Stored)));
        assert!(matches!(single(204, &[], ""), Ok(Answer::Stored)));
        single(200, &[PAGE], "<a/>").unwrap_err();
        single(200, &[], "ok").unwrap_err();
        single(200, &[JSON], "").unwrap_err();
        single(201, &[PAGE], "").unwrap_err();
    }

    #[test]
    fn only_the_contracts_json_refuses() {
        let list = |entries: &[String]| format!("[{}]", entries.join(","));
        let refused = batch(422, &[JSON], &list(&[entry(1), entry(0)])).unwrap();
        assert!(matches!(refused, Answer::Refused { refusals, .. } if refusals.len() == 2));
        let typed = [("Content-Type", "Application/JSON; charset=utf-8")];
        batch(422, &typed, &list(&[entry(1)])).unwrap();
        for status in [400, 413, 422] {
            let refused = batch(status, &[JSON], r#"{"error":"no"}"#).unwrap();
            assert!(matches!(refused, Answer::BodyRefused(reason) if reason == "no"));
            for body in ["", "{}", "[]", r#"{"error":1}"#, r#"{"error":"no","code":7}"#, "\"no\""] {
                batch(status, &[JSON], body).unwrap_err();
            }
            batch(status, &[PAGE], "<a/>").unwrap_err();
            batch(status, &[], r#"{"error":"no"}"#).unwrap_err();
            batch(status, &[PAGE], &list(&[entry(1)])).unwrap_err();
        }
        for status in [200, 401, 403, 404, 408, 415, 418, 429, 500, 503] {
            batch(status, &[JSON], r#"{"error":"no"}"#).unwrap_err();
            batch(status, &[JSON], &list(&[entry(1)])).unwrap_err();
        }
        batch(400, &[JSON], &list(&[entry(1)])).unwrap_err();
    }

    #[test]
    fn a_list_that_is_not_of_what_was_sent_refuses_nothing() {
        for body in [
            "[]".to_owned(),
            format!("[{}]", entry(2)),
            format!("[{},{}]", entry(0), entry(0)),
            format!("[{}", entry(0)),
            format!("[{}] ]", entry(0)),
            r#"[{"index":-1,"field":"temperature","reason":"no"}]"#.to_owned(),
            r#"[{"index":0,"field":"weather","reason":"no"}]"#.to_owned(),
            r#"[{"index":0,"field":"mac"}]"#.to_owned(),
        ] {
            let stranger = batch(422, &[JSON], &body).unwrap_err();
            assert_eq!(stranger.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
    }

    #[test]
    fn what_is_shown_of_an_answer_is_one_short_line_of_plain_text() {
        assert_eq!(one_line("  a\n\tb\u{1b}[2J  c "), r"a b\u{1b}[2J c");
        assert_eq!(one_line(&"x".repeat(1000)).len(), 200);
        let long = format!(r#"[{{"index":0,"field":"mac","reason":"{}"}}]"#, "r".repeat(9000));
        let Ok(Answer::Refused { refusals, .. }) = batch(422, &[JSON], &long) else { panic!() };
        assert_eq!(refusals[0].reason.len(), 200);
    }
}
