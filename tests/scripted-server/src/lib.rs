//! A server for tests of the gateway, which does to each request what its script says.

mod clock;
mod connection;

use std::collections::VecDeque;
use std::io::BufReader;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Instant;

use readings::{Quantity, Reading, Record};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What a [`ScriptedServer`] does with a request.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// Stores what is in it, and says so.
    Store,
    /// This status and these header lines, and stores nothing.
    Status(&'static str),
    /// The same, with a body.
    Body(&'static str, &'static str),
    /// Stores all but the first reading, which it refuses.
    RefuseFirst,
    /// As a server whose clock is so many seconds ahead: refuses what is by that older than its
    /// retention of twelve hours, or more than a day in the future, and stores the rest.
    Clock(i64),
    /// Takes it, and never answers.
    Silence,
    /// It stores, and does not say so of events.
    EventsUnsaid,
}

/// A server that does to each request what its script says, and stores once the script is done.
/// It is there for what a real server does only on its worst days. It listens on a free port of
/// this machine until the test ends.
#[derive(Debug)]
pub struct ScriptedServer {
    url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    script: VecDeque<Answer>,
    /// What it does when the script is done.
    then: Answer,
    /// Temperatures.
    stored: Vec<(Reading, Instant)>,
    /// Everything else.
    network: Vec<Record>,
    /// Whether it knows anything else.
    knows_network: bool,
    requests: Vec<Request>,
}

/// What came with a request, besides records.
#[derive(Debug)]
struct Request {
    arrival: Instant,
    authorization: Option<String>,
    path: String,
}

impl ScriptedServer {
    /// A server that begins with these answers, and then stores.
    ///
    /// # Panics
    /// If there is no free port.
    #[must_use]
    pub fn start(script: impl IntoIterator<Item = Answer>) -> Self {
        Self::listen(script.into_iter().collect(), Answer::Store, None)
    }

    /// A server that always does the same.
    ///
    /// # Panics
    /// If there is no free port.
    #[must_use]
    pub fn answering(answer: Answer) -> Self {
        Self::listen(VecDeque::new(), answer, None)
    }

    /// A server that stores, by https.
    ///
    /// # Panics
    /// If there is no free port.
    #[must_use]
    pub fn start_tls(config: ServerConfig) -> Self {
        Self::listen(VecDeque::new(), Answer::Store, Some(Arc::new(config)))
    }

    fn listen(script: VecDeque<Answer>, then: Answer, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}/", listener.local_addr().expect("it has an address"));
        let state = State {
            script,
            then,
            stored: Vec::new(),
            network: Vec::new(),
            knows_network: false,
            requests: Vec::new(),
        };
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (shared, tls) = (Arc::clone(&shared), tls.clone());
                thread::spawn(move || match tls {
                    None => connection::serve(BufReader::new(client), &shared),
                    Some(config) => {
                        let tls = ServerConnection::new(config).expect("the server can use it");
                        connection::serve(BufReader::new(StreamOwned::new(tls, client)), &shared)
                    }
                });
            }
        });
        Self { url, state }
    }

    /// It was upgraded: until then it is one of the first hour, which takes temperatures alone, and
    /// has no path for anything else.
    #[must_use]
    pub fn of_today(self) -> Self {
        self.upgrade();
        self
    }

    /// The same while it runs.
    pub fn upgrade(&self) {
        lock(&self.state).knows_network = true;
    }

    /// What it has stored besides temperatures, in the order in which it came; what came twice is
    /// there twice.
    #[must_use]
    pub fn network(&self) -> Vec<Record> {
        lock(&self.state).network.clone()
    }

    /// Its address, with a slash at its end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What temperatures it has stored, in the order in which it came; what came twice is there twice.
    #[must_use]
    pub fn stored(&self) -> Vec<Reading> {
        self.stored_from(0)
    }

    /// The same, each with the moment when it was stored.
    #[must_use]
    pub fn stored_when(&self) -> Vec<(Reading, Instant)> {
        lock(&self.state).stored.clone()
    }

    /// The same, but for so many that came first.
    ///
    /// # Panics
    /// If there are not as many.
    #[must_use]
    pub fn stored_from(&self, index: usize) -> Vec<Reading> {
        lock(&self.state).stored[index..].iter().map(|(reading, _)| *reading).collect()
    }

    /// What it does from now on, when its script is done.
    pub fn answer(&self, answer: Answer) {
        lock(&self.state).then = answer;
    }

    /// Has it do this first.
    pub fn script(&self, script: impl IntoIterator<Item = Answer>) {
        lock(&self.state).script.extend(script);
    }

    /// How many requests have come.
    #[must_use]
    pub fn requests(&self) -> usize {
        lock(&self.state).requests.len()
    }

    /// To which path each request went.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        lock(&self.state).requests.iter().map(|request| request.path.clone()).collect()
    }

    /// When each request came: the moment its first line was there.
    #[must_use]
    pub fn arrivals(&self) -> Vec<Instant> {
        lock(&self.state).requests.iter().map(|request| request.arrival).collect()
    }

    /// The `Authorization` of each request; `None` for one without.
    #[must_use]
    pub fn authorizations(&self) -> Vec<Option<String>> {
        lock(&self.state).requests.iter().map(|request| request.authorization.clone()).collect()
    }
}

impl State {
    fn store(&mut self, records: &[Record]) {
        let now = Instant::now();
        for record in records {
            match record {
                Record::Reading(reading) if reading.quantity == Quantity::TEMPERATURE => {
                    self.stored.push((*reading, now));
                }
                other => self.network.push(other.clone()),
            }
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().expect("no thread panics with it")
}
