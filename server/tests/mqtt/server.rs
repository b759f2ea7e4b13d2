use core::net::SocketAddr;
use core::time::Duration;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use readings::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::broker::PATIENCE;

/// The program at work, with a folder and a configuration of its own.
pub(crate) struct Server {
    folder: TempDir,
    options: Vec<String>,
    child: Child,
    address: SocketAddr,
    log: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// With these lines in `[mqtt]`, after the broker's address, and these options.
    pub(crate) fn start(url: &str, mqtt: &str, options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("[mqtt]\nurl = \"{url}\"\n{mqtt}\n");
        fs::write(folder.path().join("server.toml"), text).unwrap();
        let options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        let (child, address, log) = run(&folder, &options);
        Self { folder, options, child, address, log }
    }

    /// For a broker that lets everyone in.
    pub(crate) fn of(broker: &crate::broker::Broker) -> Self {
        Self::start(&format!("mqtt://127.0.0.1:{}", broker.port()), "", &[])
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) {
        let answer = ureq::post(self.url(path)).send_json(body).unwrap();
        assert_eq!(answer.status(), 204);
    }

    pub(crate) fn label(&self, mac: &str, label: &str) {
        let path = self.url(&format!("/api/v1/motes/{mac}"));
        assert_eq!(ureq::put(path).send_json(json!({ "label": label })).unwrap().status(), 204);
    }

    pub(crate) fn get(&self, path: &str) -> String {
        ureq::get(self.url(path)).call().unwrap().into_body().read_to_string().unwrap()
    }

    /// A metric of the server's own.
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let text = self.get("/metrics");
        let start = format!("clouddata_server_{name} ");
        let line = text.lines().find_map(|line| line.strip_prefix(&start));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
    }

    /// What it has said that has this in it.
    pub(crate) fn said(&self, part: &str) -> Vec<String> {
        self.log.lock().unwrap().iter().filter(|line| line.contains(part)).cloned().collect()
    }

    pub(crate) fn wait_until_it_says(&self, part: &str) {
        wait_until(
            || !self.said(part).is_empty(),
            || format!("{part}: {:#?}", self.log.lock().unwrap()),
        );
    }

    /// The most memory that it has used, in MiB.
    pub(crate) fn peak_memory(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() / 1024
    }

    /// `kill -9`
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it as systemd does.
    pub(crate) fn stop(&mut self) {
        let told = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(told.success() && self.child.wait().unwrap().success());
    }

    /// Starts it again, after it was killed or stopped.
    pub(crate) fn restart(&mut self) {
        (self.child, self.address, self.log) = run(&self.folder, &self.options);
    }
}

fn run(folder: &TempDir, options: &[String]) -> (Child, SocketAddr, Arc<Mutex<Vec<String>>>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_clouddata-server"))
        .args(["--listen", "127.0.0.1:0", "--config"])
        .arg(folder.path().join("server.toml"))
        .arg("--data-dir")
        .arg(folder.path().join("data"))
        .args(options)
        .env_remove("RUST_LOG")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let log = Arc::new(Mutex::new(Vec::new()));
    let put = Arc::clone(&log);
    thread::spawn(move || {
        lines.map_while(Result::ok).for_each(|line| put.lock().unwrap().push(line));
    });
    let mut address = None;
    let find = |line: &String| line.split("url=\"http://").nth(1)?.split('/').next()?.parse().ok();
    wait_until(
        || {
            address = log.lock().unwrap().iter().find_map(find);
            address.is_some()
        },
        || format!("{:#?}", log.lock().unwrap()),
    );
    (child, address.unwrap(), log)
}

pub(crate) fn wait_until(mut done: impl FnMut() -> bool, what: impl Fn() -> String) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < PATIENCE, "it takes too long: {}", what());
        thread::sleep(Duration::from_millis(100));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn mac(number: usize) -> String {
    let [a, b, c, ..] = number.to_le_bytes();
    format!("00-17-0d-00-00-{c:02x}-{b:02x}-{a:02x}")
}

/// A moment so many seconds ago, in RFC 3339.
pub(crate) fn ago(seconds: i64) -> String {
    Timestamp::from_micros(Timestamp::now().as_micros() - seconds * 1_000_000).to_string()
}
