use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Instant;

use readings::{Body, Reading};

/// What a [`ScriptedServer`] does with a request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Stores what is in it, and says so.
    Store,
    /// This status and these header lines, and stores nothing.
    Status(&'static str),
    /// Stores all but the first reading, which it refuses.
    RefuseFirst,
    /// Takes it, and never answers.
    Silence,
}

/// A server that does to each request what its script says, and stores once the script is done.
/// It is there for what a real server does only on its worst days.
#[derive(Debug)]
pub struct ScriptedServer {
    url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    script: VecDeque<Answer>,
    stored: Vec<Reading>,
    /// When each request's first line was there.
    requests: Vec<Instant>,
}

impl ScriptedServer {
    /// A server that begins with these answers.
    ///
    /// # Panics
    /// If there is no free port.
    #[must_use]
    pub fn start(script: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}/", listener.local_addr().expect("it has an address"));
        let script = script.into_iter().collect();
        let state =
            Arc::new(Mutex::new(State { script, stored: Vec::new(), requests: Vec::new() }));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&shared);
                thread::spawn(move || {
                    let reader = BufReader::new(client.try_clone().expect("a second handle"));
                    serve(reader, client, &shared)
                });
            }
        });
        Self { url, state }
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it has stored, in the order in which it came.
    #[must_use]
    pub fn stored(&self) -> Vec<Reading> {
        lock(&self.state).stored.clone()
    }

    /// How many requests have come.
    #[must_use]
    pub fn requests(&self) -> usize {
        lock(&self.state).requests.len()
    }

    /// When each request came: the moment its first line was there.
    #[must_use]
    pub fn arrivals(&self) -> Vec<Instant> {
        lock(&self.state).requests.clone()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().expect("no thread panics with it")
}

/// Serves one connection until its client leaves.
fn serve(
    mut reader: BufReader<TcpStream>,
    mut client: TcpStream,
    state: &Mutex<State>,
) -> Option<()> {
    loop {
        let mut length = 0;
        let mut arrival = None;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            arrival.get_or_insert_with(Instant::now);
            let line = line.trim().to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let body = Body::parse(&body).expect("the gateway posts readings");
        let readings = body.accepted.iter().map(|accepted| accepted.reading);
        let (status, answer) = {
            let mut state = lock(state);
            state.requests.extend(arrival);
            match state.script.pop_front().unwrap_or(Answer::Store) {
                Answer::Store => {
                    state.stored.extend(readings);
                    ("204 No Content", "")
                }
                Answer::RefuseFirst => {
                    state.stored.extend(readings.skip(1));
                    let reason = r#"[{"index":0,"field":"temperature","reason":"not today"}]"#;
                    ("422 Unprocessable Content", reason)
                }
                Answer::Status(status) => (status, ""),
                Answer::Silence => continue,
            }
        };
        let length = answer.len();
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n");
        client.write_all(format!("{head}{answer}").as_bytes()).ok()?;
    }
}
