use core::net::SocketAddr;
use core::time::Duration;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use engines::Process;
use serde_json::Value;
use tempfile::TempDir;

/// How long something may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(150);

/// mosquitto, on a port of its own. It forgets everything when it ends.
pub(crate) struct Broker {
    pub(crate) process: Process,
    folder: TempDir,
    options: Vec<String>,
}

/// One message, as a subscriber got it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) retained: bool,
    pub(crate) topic: String,
    pub(crate) payload: String,
}

/// mosquitto_sub, and what it has got.
pub(crate) struct Subscriber {
    child: Child,
    got: Arc<Mutex<Vec<Message>>>,
}

impl Broker {
    /// That lets everyone in.
    pub(crate) fn open() -> Self {
        Self::start(|_| "allow_anonymous true\n".to_owned(), &[])
    }

    /// With these lines in its configuration, for which it gets its folder; its clients have these options.
    pub(crate) fn start(lines: impl FnOnce(&PathBuf) -> String, options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        // As root it would become a user who may not read our files.
        let lines = format!("user root\npersistence false\n{}", lines(&path));
        let process = Process::start(move |address| {
            let file = path.join("mosquitto.conf");
            // What is said of a listener comes after it.
            let text = format!("listener {} {}\n{lines}", address.port(), address.ip());
            fs::write(&file, text).unwrap();
            let mut command = Command::new("/usr/sbin/mosquitto");
            command.arg("-c").arg(file);
            command
        });
        Self { process, folder, options: options.iter().map(|&option| option.to_owned()).collect() }
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn port(&self) -> u16 {
        self.process.address().port()
    }

    /// A subscriber of everything.
    pub(crate) fn subscribe(&self) -> Subscriber {
        let mut child = client("mosquitto_sub", self.process.address(), &self.options)
            .args(["-t", "#", "-q", "1", "-F", "%r %t %p"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let got = Arc::new(Mutex::new(Vec::new()));
        let put = Arc::clone(&got);
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut parts = line.splitn(3, ' ').map(str::to_owned);
                let (Some(retained), Some(topic)) = (parts.next(), parts.next()) else { continue };
                let payload = parts.next().unwrap_or_default();
                put.lock().unwrap().push(Message { retained: retained == "1", topic, payload });
            }
        });
        Subscriber { child, got }
    }

    pub(crate) fn publish(&self, topic: &str, payload: &str, options: &[&str]) {
        let mut command = client("mosquitto_pub", self.process.address(), &self.options);
        let sent = command.args(["-q", "1", "-t", topic, "-m", payload]).args(options).status();
        assert!(sent.unwrap().success());
    }

    /// What it has retained, by topic; waits until that is as it should be.
    pub(crate) fn wait_for_retained(
        &self,
        is_right: impl Fn(&BTreeMap<String, String>) -> bool,
    ) -> BTreeMap<String, String> {
        let begun = Instant::now();
        loop {
            let mut command = client("mosquitto_sub", self.process.address(), &self.options);
            let output = command
                .args(["-t", "#", "--retained-only", "-W", "1", "-F", "%t %p"])
                .output()
                .unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            let split = |line: &str| {
                line.split_once(' ').map(|(topic, payload)| (topic.to_owned(), payload.to_owned()))
            };
            let retained: BTreeMap<String, String> = text.lines().filter_map(split).collect();
            if is_right(&retained) {
                return retained;
            }
            assert!(begun.elapsed() < PATIENCE, "{retained:#?}");
        }
    }
}

fn client(program: &str, address: SocketAddr, options: &[String]) -> Command {
    let mut command = Command::new(program);
    // By its name, as a certificate has it.
    command.args(["-h", "localhost", "-p", &address.port().to_string()]).args(options);
    command
}

impl Subscriber {
    pub(crate) fn got(&self) -> Vec<Message> {
        self.got.lock().unwrap().clone()
    }

    /// Waits for a message of this topic, behind the first `after` of all; returns it with its place.
    pub(crate) fn wait_for(
        &self,
        after: usize,
        topic: &str,
        is_right: impl Fn(&str) -> bool,
    ) -> (usize, Message) {
        let begun = Instant::now();
        loop {
            let got = self.got();
            let found = |(_, message): &(usize, &Message)| {
                message.topic == topic && is_right(&message.payload)
            };
            if let Some((place, message)) = got.iter().enumerate().skip(after).find(found) {
                return (place, message.clone());
            }
            assert!(begun.elapsed() < PATIENCE, "{topic} is not in {got:#?}");
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
