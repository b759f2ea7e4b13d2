use std::io::{BufRead, BufReader, Read, Write};
use std::sync::Mutex;
use std::time::Instant;

use readings::{Body, Reading};

use crate::clock::Clock;
use crate::{Answer, Request, State, lock};

/// Serves one connection until its client leaves.
pub(crate) fn serve<S: Read + Write>(mut client: BufReader<S>, state: &Mutex<State>) -> Option<()> {
    loop {
        let (request, length) = head(&mut client)?;
        let mut body = vec![0; length];
        client.read_exact(&mut body).ok()?;
        // A server of the first hour: it does not ask gateways how they are.
        if request.is_status {
            let none = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
            client.get_mut().write_all(none.as_bytes()).ok()?;
            client.get_mut().flush().ok()?;
            continue;
        }
        // What is no list of readings is nothing to store, such as the doctor's.
        let readings: Vec<Reading> = Body::parse(&body)
            .map(|body| body.accepted.iter().map(|accepted| accepted.item).collect())
            .unwrap_or_default();
        let mut state = lock(state);
        state.requests.push(request);
        let answer = state.script.pop_front().unwrap_or(state.then);
        let now = Instant::now();
        let stored = |reading: &Reading| (*reading, now);
        let said;
        let (status, body) = match answer {
            Answer::Store => {
                state.stored.extend(readings.iter().map(stored));
                ("204 No Content", "")
            }
            Answer::RefuseFirst => {
                state.stored.extend(readings.iter().skip(1).map(stored));
                let reason = r#"[{"index":0,"field":"temperature","reason":"not today"}]"#;
                ("422 Unprocessable Content\r\nContent-Type: application/json", reason)
            }
            Answer::Clock(ahead) => {
                let clock = Clock { ahead };
                let taken = readings.iter().filter(|reading| !clock.refuses(reading));
                state.stored.extend(taken.map(stored));
                said = clock.answer(&readings);
                (said.0.as_str(), said.1.as_str())
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

/// What comes before a request's body, and the length of that; `None` when the client has left.
fn head(client: &mut impl BufRead) -> Option<(Request, usize)> {
    let mut arrival = None;
    let (mut length, mut authorization, mut is_status) = (0, None, false);
    loop {
        let mut line = String::new();
        if client.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let arrival = *arrival.get_or_insert_with(Instant::now);
        let line = line.trim();
        let Some((name, value)) = line.split_once(':') else {
            if line.is_empty() {
                return Some((Request { arrival, authorization, is_status }, length));
            }
            is_status |= line.contains("/gateways ");
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "authorization" => authorization = Some(value.trim().to_owned()),
            _ => {}
        }
    }
}
