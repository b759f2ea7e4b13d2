//! `GET /api/v1/events`.

use axum::body::Body;
use axum::extract::RawQuery;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use readings::{Event, Timestamp};

use crate::query::parameters::{add_macs, headers, moment};
use crate::refusal::RequestError;
use crate::render::{Format, json_page};
use crate::sites::Served;
use crate::store::EventSelection;

/// Events in one answer, at most and unless another number is asked for.
const MOST: usize = 1_000;
const LIMIT: usize = 100;

/// Most names that can be asked for.
const MAX_NAMES: usize = 20;

/// Octets of an answer and of what it is made of: the store's own limit for its part, an event more,
/// and twice as much in JSON, which may escape some of it.
const ANSWER: usize = 2 << 20;

/// The query string.
#[derive(Debug, PartialEq)]
struct Parameters {
    selection: EventSelection,
    limit: usize,
    /// What the next page asks for too.
    rest: String,
}

/// Events, newest first, page by page: a header `Link` names the next.
pub(crate) async fn list(
    Served(app): Served,
    RawQuery(query): RawQuery,
) -> Result<Response, RequestError> {
    let now = app.keeping.clock.now();
    let Parameters { selection, limit, rest } = parse(query.as_deref().unwrap_or(""), now)?;
    let share = app.answers.take(ANSWER).await?;
    let mut headers = headers(Format::Json);
    // One more, to see whether there is any.
    let mut events = app.store.events(selection.clone(), limit + 1).await?;
    // The store ends early if they are large.
    let may_be_more = events.len() > limit || is_large(&events);
    events.truncate(limit);
    if may_be_more && let Some(last) = events.last().and_then(|event| event.timestamp) {
        let next = format!("<?{rest}before={}>; rel=\"next\"", cursor(last, &events, &selection));
        headers.extend(HeaderValue::try_from(next).map(|next| (header::LINK, next)));
    }
    Ok((headers, Body::from(share.attach(json_page(&events, true, true)))).into_response())
}

fn is_large(events: &[Event]) -> bool {
    events.iter().map(crate::store::octets_of).sum::<usize>() >= crate::store::EVENTS
}

/// The moment of the last event, and how many of that moment have been seen.
fn cursor(last: Timestamp, events: &[Event], selection: &EventSelection) -> String {
    let of_last = events.iter().filter(|event| event.timestamp == Some(last)).count();
    let is_still_the_same = selection.to.as_micros() == last.as_micros().saturating_add(1);
    let seen = of_last + if is_still_the_same { selection.seen } else { 0 };
    format!("{last},{seen}")
}

fn parse(query: &str, now: Timestamp) -> Result<Parameters, RequestError> {
    let mut selection = EventSelection {
        macs: Vec::new(),
        names: Vec::new(),
        from: Timestamp::from_micros(i64::MIN),
        // Events dated on their way in may be a little ahead of this moment.
        to: Timestamp::from_micros(i64::MAX),
        seen: 0,
    };
    let (mut limit, mut before) = (LIMIT, None);
    let mut rest = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let fault = |reason: String| RequestError::parameter(&name, reason);
        match name.as_ref() {
            "mac" => add_macs(&mut selection.macs, &value).map_err(fault)?,
            "event" => {
                selection.names.extend(value.split(',').map(str::to_owned));
                if selection.names.len() > MAX_NAMES {
                    return Err(fault(format!("names more than {MAX_NAMES} events")));
                }
            }
            "from" => selection.from = moment(&value, now).map_err(fault)?,
            "to" => selection.to = moment(&value, now).map_err(fault)?,
            "limit" => {
                let number = value.parse().ok().filter(|limit| (1..=MOST).contains(limit));
                limit = number.ok_or_else(|| fault(format!("is not a number from 1 to {MOST}")))?;
            }
            "before" => {
                before = Some(parse_cursor(&value, now).map_err(fault)?);
                continue;
            }
            _ => {
                let known = "mac, event, from, to, limit and before are known";
                return Err(fault(known.to_owned()));
            }
        }
        // A stretch that begins so long ago begins at the same moment for the next page.
        match name.as_ref() {
            "from" => rest.append_pair(&name, &selection.from.to_string()),
            "to" => &mut rest,
            _ => rest.append_pair(&name, &value),
        };
    }
    if let Some((time, seen)) = before {
        let end = if seen > 0 { time.as_micros().saturating_add(1) } else { time.as_micros() };
        if end <= selection.to.as_micros() {
            selection.to = Timestamp::from_micros(end);
            selection.seen = seen;
        }
    }
    let mut rest = rest.finish();
    if !rest.is_empty() {
        rest.push('&');
    }
    Ok(Parameters { selection, limit, rest })
}

/// A moment, and after a comma how many events of that microsecond have been seen.
fn parse_cursor(text: &str, now: Timestamp) -> Result<(Timestamp, usize), String> {
    let (time, seen) = match text.split_once(',') {
        None => (text, 0),
        Some((time, seen)) => {
            let seen = seen.parse::<u32>().ok().and_then(|seen| usize::try_from(seen).ok());
            (time, seen.ok_or("is no cursor: it comes from the header Link of the page before")?)
        }
    };
    Ok((moment(time, now)?, seen))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000_000_000);

    #[test]
    fn the_next_page_begins_behind_what_was_seen() {
        let time = |micros| Some(Timestamp::from_micros(micros));
        let events = [7, 5, 5].map(|micros| Event::new("moteLost", None, time(micros)));
        let first = parse("limit=3&event=moteLost,moteJoin", NOW).unwrap();
        let next = cursor(Timestamp::from_micros(5), &events, &first.selection);
        assert_eq!(next, "1970-01-01T00:00:00.000005Z,2");
        let second = parse(&format!("{}before={next}", first.rest), NOW).unwrap();
        assert_eq!(second.selection.names, ["moteLost", "moteJoin"]);
        assert_eq!((second.selection.to, second.selection.seen), (Timestamp::from_micros(6), 2));
        assert_eq!((second.limit, &second.rest), (3, &first.rest));
        let next = cursor(Timestamp::from_micros(5), &events[1..], &second.selection);
        assert_eq!(next, "1970-01-01T00:00:00.000005Z,4");
        let alone = parse("before=1970-01-01T00:00:00.000005Z", NOW).unwrap().selection;
        assert_eq!((alone.to, alone.seen), (Timestamp::from_micros(5), 0));
    }

    #[test]
    fn each_fault_names_its_parameter() {
        for (query, message) in [
            ("limit=0", "parameter limit: is not a number"),
            ("before=-1m,x", "parameter before: is no cursor"),
            ("before=yesterday", "parameter before: not a moment"),
            ("mac=7", "parameter mac: not an EUI-64"),
            ("at=-1h", "parameter at: mac, event"),
        ] {
            let error = parse(query, NOW).unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
    }
}
