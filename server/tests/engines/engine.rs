use core::time::Duration;
use std::fs;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use tempfile::TempDir;
use ureq::Agent;

/// How long an engine may take to come up on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// An engine in a folder and on a port of its own.
pub(crate) struct Engine {
    start: Box<dyn Fn() -> Command>,
    port: u16,
    child: Child,
    _folder: TempDir,
}

impl Engine {
    pub(crate) fn influxdb() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (port, rpc) = (free_port(), free_port());
        let path = folder.path().display();
        let config = folder.path().join("influxdb.conf");
        let text = format!(
            "reporting-disabled = true\nbind-address = \"127.0.0.1:{rpc}\"\n\
             [meta]\ndir = \"{path}/meta\"\n\
             [data]\ndir = \"{path}/data\"\nwal-dir = \"{path}/wal\"\n\
             [http]\nbind-address = \"127.0.0.1:{port}\"\nlog-enabled = false\n"
        );
        fs::write(&config, text).unwrap();
        let start = move || {
            let mut command = Command::new("influxd");
            command.arg("-config").arg(&config);
            command
        };
        Self::start(Box::new(start), port, folder)
    }

    pub(crate) fn victoriametrics() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let data = folder.path().join("data");
        let start = move || {
            let mut command = Command::new("victoria-metrics");
            command.arg(format!("-storageDataPath={}", data.display())).args([
                &format!("-httpListenAddr=127.0.0.1:{port}"),
                "-search.latencyOffset=0s",
                "-dedup.minScrapeInterval=1ms",
            ]);
            command
        };
        Self::start(Box::new(start), port, folder)
    }

    fn start(start: Box<dyn Fn() -> Command>, port: u16, folder: TempDir) -> Self {
        let child = spawn(&start);
        let engine = Self { start, port, child, _folder: folder };
        engine.wait();
        engine
    }

    fn wait(&self) {
        let begun = Instant::now();
        while ureq::get(format!("{}/ping", self.url())).call().is_err() {
            assert!(begun.elapsed() < PATIENCE, "the engine does not come up");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// `kill -9`
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Stops it without ending it, or lets it go on.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    pub(crate) fn restart(&mut self) {
        self.child = spawn(&self.start);
        self.wait();
    }

    pub(crate) fn write(&self, query: &str, line: &str) -> u16 {
        let url = format!("{}/write?{query}", self.url());
        agent().post(url).send(line).unwrap().status().as_u16()
    }

    pub(crate) fn query(&self, query: &str) -> String {
        let url = format!("{}/query", self.url());
        let mut answer = agent().post(url).send_form([("q", query)]).unwrap();
        answer.body_mut().read_to_string().unwrap()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(start: &dyn Fn() -> Command) -> Child {
    let mut command = start();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap_or_else(|error| panic!("{:?}: {error}", command.get_program()))
}

fn agent() -> Agent {
    Agent::config_builder().http_status_as_error(false).build().into()
}

/// One that was free a moment ago: these engines cannot say which one they took.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
