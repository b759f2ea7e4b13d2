use std::io::{BufRead, BufReader, Read, Write};
use std::sync::Mutex;
use std::time::Instant;

use readings::{Element, Event, Link, Posted, Reading, Record};

use crate::clock::Clock;
use crate::{Answer, Request, State, lock};

/// Serves one connection until its client leaves.
pub(crate) fn serve<S: Read + Write>(mut client: BufReader<S>, state: &Mutex<State>) -> Option<()> {
    loop {
        let (request, length) = head(&mut client)?;
        let mut body = vec![0; length];
        client.read_exact(&mut body).ok()?;
        if let Some(answer) = unscripted(&request, state) {
            client.get_mut().write_all(answer.as_bytes()).ok()?;
            client.get_mut().flush().ok()?;
            continue;
        }
        let records = records(&request.path, &body);
        let mut state = lock(state);
        // What asks whether there is such a path is no matter of the script.
        let answer = if body == b"[]" {
            match state.script.front().copied().unwrap_or(state.then) {
                Answer::Store | Answer::RefuseFirst | Answer::Clock(_) | Answer::EventsUnsaid => {
                    Answer::Store
                }
                // There is nothing in it to refuse.
                Answer::Body(status, _) if status.contains("application/json") => Answer::Store,
                other => {
                    state.script.pop_front();
                    other
                }
            }
        } else {
            state.script.pop_front().unwrap_or(state.then)
        };
        let is_of_events = request.path.ends_with("/events");
        state.requests.push(request);
        let said;
        let (status, body) = match answer {
            Answer::Store => {
                state.store(&records);
                ("204 No Content", "")
            }
            Answer::RefuseFirst => {
                state.store(records.get(1..).unwrap_or_default());
                let reason = r#"[{"index":0,"field":"mac","reason":"not today"}]"#;
                ("422 Unprocessable Content\r\nContent-Type: application/json", reason)
            }
            Answer::Clock(ahead) => {
                let clock = Clock { ahead };
                let taken = records.iter().filter(|record| !clock.refuses(record));
                state.store(&taken.cloned().collect::<Vec<_>>());
                said = clock.answer(&records);
                (said.0.as_str(), said.1.as_str())
            }
            Answer::EventsUnsaid => {
                state.store(&records);
                if is_of_events && body != b"[]" {
                    continue;
                }
                ("204 No Content", "")
            }
            Answer::Status(status) => (status, ""),
            Answer::Body(status, body) => (status, body),
            Answer::Silence => continue,
        };
        drop(state);
        let length = body.len();
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}");
        client.get_mut().write_all(answer.as_bytes()).ok()?;
        client.get_mut().flush().ok()?;
    }
}

/// The answer to what is no matter of the script. A server of the first hour knows neither links nor
/// events, nor does it ask gateways how they are.
fn unscripted(request: &Request, state: &Mutex<State>) -> Option<&'static str> {
    let knows_network = lock(state).knows_network;
    let is_of_network = request.path.ends_with("/links") || request.path.ends_with("/events");
    if request.path.ends_with("/gateways") || (is_of_network && !knows_network) {
        return Some("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    }
    None
}

/// What a request brings. What is no list of records is nothing to store, such as the doctor's.
fn records(path: &str, body: &[u8]) -> Vec<Record> {
    fn parse<T: Element + Into<Record>>(body: &[u8]) -> Vec<Record> {
        let accepted = Posted::<T>::parse(body).map(|posted| posted.accepted).unwrap_or_default();
        accepted.into_iter().map(|accepted| accepted.item.into()).collect()
    }
    if path.ends_with("/links") {
        parse::<Link>(body)
    } else if path.ends_with("/events") {
        parse::<Event>(body)
    } else {
        parse::<Reading>(body)
    }
}

/// What comes before a request's body, and the length of that; `None` when the client has left.
fn head(client: &mut impl BufRead) -> Option<(Request, usize)> {
    let mut arrival = None;
    let (mut length, mut authorization, mut path) = (0, None, None);
    loop {
        let mut line = String::new();
        if client.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let arrival = *arrival.get_or_insert_with(Instant::now);
        let line = line.trim();
        let Some((name, value)) = line.split_once(':') else {
            if line.is_empty() {
                let path = path.unwrap_or_default();
                return Some((Request { arrival, authorization, path }, length));
            }
            path = path.or_else(|| line.split(' ').nth(1).map(str::to_owned));
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "authorization" => authorization = Some(value.trim().to_owned()),
            _ => {}
        }
    }
}
