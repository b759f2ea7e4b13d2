//! Servers and engines as processes of their own.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// How long a process may take to listen.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Process {
    start: Box<dyn Fn() -> Command + Send>,
    pub(crate) address: SocketAddr,
    child: Child,
}

/// Ticks of a CPU in a second, as /proc counts them on Linux.
const TICKS: f64 = 100.0;

impl Process {
    /// Our server on `data_dir`, with further arguments.
    pub(crate) fn server(data_dir: &Path, arguments: &[String]) -> Self {
        let (address, data_dir, arguments) = (free(), data_dir.to_owned(), arguments.to_vec());
        Self::start(address, move || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_clouddata-server"));
            command.arg(format!("--listen={address}")).arg("--data-dir").arg(&data_dir);
            command.args(&arguments).env("RUST_LOG", "warn");
            command
        })
    }

    pub(crate) fn bare() -> Self {
        let address = free();
        Self::start(address, move || {
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.arg("bare").arg(address.to_string());
            command
        })
    }

    /// InfluxDB 1.x, with the database that the server uses.
    pub(crate) fn influxdb(folder: &Path) -> Self {
        let (address, rpc) = (free(), free());
        let path = folder.display();
        let config = folder.join("influxdb.conf");
        let text = format!(
            "reporting-disabled = true\nbind-address = \"{rpc}\"\n\
             [meta]\ndir = \"{path}/meta\"\n\
             [data]\ndir = \"{path}/data\"\nwal-dir = \"{path}/wal\"\n\
             [http]\nbind-address = \"{address}\"\nlog-enabled = false\n"
        );
        fs::write(&config, text).unwrap();
        let process = Self::start(address, move || {
            let mut command = Command::new("influxd");
            command.arg("-config").arg(&config);
            command
        });
        let statement = "CREATE DATABASE grafana WITH DURATION 12h REPLICATION 1 \
                         SHARD DURATION 1h NAME twelve_h_only";
        let url = format!("http://{address}/query");
        let mut answer = ureq::post(url).send_form([("q", statement)]).unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        assert!(!text.contains("error"), "{text}");
        process
    }

    pub(crate) fn victoriametrics(folder: &Path) -> Self {
        let (address, folder) = (free(), folder.to_owned());
        Self::start(address, move || {
            let mut command = Command::new("victoria-metrics");
            command.arg(format!("-storageDataPath={}", folder.join("data").display()));
            command.arg(format!("-httpListenAddr={address}"));
            command.args(["-search.latencyOffset=0s", "-dedup.minScrapeInterval=1ms"]);
            command
        })
    }

    fn start(address: SocketAddr, start: impl Fn() -> Command + Send + 'static) -> Self {
        let child = spawn(&start);
        let process = Self { start: Box::new(start), address, child };
        process.wait();
        process
    }

    fn wait(&self) {
        let begun = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            assert!(begun.elapsed() < PATIENCE, "{} does not listen", self.address);
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// `kill -9`
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn restart(&mut self) {
        self.child = spawn(&*self.start);
        self.wait();
    }

    /// CPU time used so far, in seconds.
    pub(crate) fn cpu(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        // After the name, which may have spaces: state is the first, utime and stime the 12th and 13th.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks = |index: usize| fields[index].parse::<f64>().unwrap();
        (ticks(11) + ticks(12)) / TICKS
    }

    /// Memory in use now and at most so far, in MiB.
    pub(crate) fn memory(&self) -> (f64, f64) {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let kib = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap()
        };
        (kib("VmRSS:") / 1024.0, kib("VmHWM:") / 1024.0)
    }
}

impl Drop for Process {
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

/// One that was free a moment ago: engines cannot say which one they took.
fn free() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}
