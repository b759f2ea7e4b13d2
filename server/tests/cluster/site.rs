use core::time::Duration;
use std::io::{BufRead, BufReader};
use std::process::{Command, Output};
use std::sync::mpsc::{self, Receiver};
use std::time::Instant;

use engines::Process;
use readings::{Mac, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::RequestBuilder;
use ureq::typestate::WithoutBody;

use crate::log::Log;

const PROGRAM: &str = env!("CARGO_BIN_EXE_clouddata-server");

/// How long anything may take on a busy machine. A nats-server 2.9.10 that was halted while it led a stream was seen to make
/// the others reset the stream's state ("last sequence mismatch"), twice in a row: 15 s without a leader each time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);

/// Three nats-servers, a VictoriaMetrics, and servers of ours on them.
pub(crate) struct Site {
    pub(crate) nats: Vec<Process>,
    pub(crate) history: Process,
    pub(crate) servers: Vec<Process>,
    folder: TempDir,
}

impl Site {
    pub(crate) fn start(servers: usize, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| {
            let place = folder.path().join(name);
            std::fs::create_dir(&place).unwrap();
            place
        };
        let nats = engines::nats_cluster(&place("nats"));
        let history = engines::victoriametrics(&place("history"));
        let mut site = Self { nats, history, servers: Vec::new(), folder };
        (0..servers).for_each(|_| site.add(arguments));
        site
    }

    /// Starts one more server, and waits until it is at work.
    pub(crate) fn add(&mut self, arguments: &[&str]) {
        self.begin(arguments);
        let url = self.url(self.servers.len() - 1);
        until("the server is healthy", || {
            let is_ok = |path: &str| ureq::get(format!("{url}{path}")).call().is_ok();
            (is_ok("/health") && is_ok("/api/v1/motes")).then_some(())
        });
    }

    /// Starts one more server, whatever it can do.
    pub(crate) fn begin(&mut self, arguments: &[&str]) {
        let mut all = self.engines();
        all.extend(arguments.iter().map(|&argument| argument.to_owned()));
        let folder = self.folder.path().join(format!("server-{}", self.servers.len()));
        self.servers.push(engines::server(PROGRAM, &folder, &all));
    }

    /// What says to a server where its engines are.
    fn engines(&self) -> Vec<String> {
        let urls: Vec<String> =
            self.nats.iter().map(|nats| format!("nats://{}", nats.address())).collect();
        vec![
            "--store=cluster".to_owned(),
            format!("--nats-urls={}", urls.join(",")),
            format!("--influx-url={}", self.history.url()),
        ]
    }

    /// What the history has of sites, a line for each series.
    pub(crate) fn series_of_sites(&self) -> Option<String> {
        let asked = ureq::get(format!("{}/api/v1/export", self.history.url()));
        let mut answer = asked.query("match[]", "{site!=\"\"}").call().ok()?;
        answer.body_mut().read_to_string().ok()
    }

    /// Waits until the log is empty: until all is on the history's disk.
    pub(crate) fn until_settled(&self) {
        Log::of(self).until_empty();
    }

    /// The program that changes sites or tokens, on a machine without a server.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let folder = self.folder.path().join("nowhere");
        let mut program = Command::new(PROGRAM);
        program.args(arguments).args(self.engines()).arg("--data-dir").arg(folder);
        program.env_remove("RUST_LOG");
        program
    }

    /// What becomes of it.
    pub(crate) fn told(&self, arguments: &[&str]) -> Output {
        self.program(arguments).output().unwrap()
    }

    /// The same, which succeeds; what it prints.
    pub(crate) fn tell(&self, arguments: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.told(arguments);
        assert!(status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).unwrap().trim().to_owned()
    }

    pub(crate) fn url(&self, server: usize) -> String {
        self.servers[server].url()
    }
}

/// Waits until there is what is looked for.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "it does not come to be that {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// What the history has can be told from what it has not: it knows milliseconds.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_micros(Timestamp::now().as_micros() / 1000 * 1000)
}

pub(crate) fn mac(mote: u8) -> Mac {
    Mac::from([0, 0x17, 0x0d, 0, 0, 0x30, 0x5d, mote])
}

pub(crate) fn reading(mote: u8, celsius: f64, time: Timestamp) -> Value {
    json!({ "mac": mac(mote), "temperature": celsius, "timestamp": time })
}

/// The answer's status, and its body as text.
pub(crate) fn post(url: &str, path: &str, body: &Value) -> (u16, String) {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).build().into();
    match agent.post(format!("{url}{path}")).send_json(body) {
        Ok(mut answer) => {
            (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap_or_default())
        }
        Err(error) => (0, error.to_string()),
    }
}

/// Posts as a gateway does: until it is answered.
pub(crate) fn deliver(url: &str, path: &str, body: &Value) {
    until("it is stored", || (post(url, path, body).0 == 204).then_some(()));
}

/// The answer's JSON; none while there is none.
pub(crate) fn get(url: &str, path: &str) -> Option<Value> {
    ureq::get(format!("{url}{path}")).call().ok()?.body_mut().read_json().ok()
}

/// What the server streams: an event's name and its data each.
pub(crate) fn stream(url: &str) -> Receiver<(String, Value)> {
    events_of(ureq::get(format!("{url}/api/v1/stream")))
}

/// What is streamed to one who asks so.
pub(crate) fn events_of(request: RequestBuilder<WithoutBody>) -> Receiver<(String, Value)> {
    let (found, events) = mpsc::channel();
    let answer = request.call().unwrap();
    std::thread::spawn(move || {
        let mut name = String::new();
        for line in BufReader::new(answer.into_body().into_reader()).lines() {
            let Ok(line) = line else { return };
            if let Some(event) = line.strip_prefix("event: ") {
                name = event.to_owned();
            } else if let Some(data) = line.strip_prefix("data: ") {
                let data = serde_json::from_str(data).unwrap();
                if found.send((core::mem::take(&mut name), data)).is_err() {
                    return;
                }
            }
        }
    });
    events
}

/// The next event of this name.
pub(crate) fn next(events: &Receiver<(String, Value)>, name: &str) -> Value {
    loop {
        let (found, data) = events.recv_timeout(PATIENCE).expect("something is streamed");
        if found == name {
            return data;
        }
    }
}
