//! Servers and database engines for tests and benches: each a process of its own, on a free port of
//! this machine and with a folder of its own.

mod nats;
mod process;

use std::fs;
use std::path::Path;
use std::process::Command;

pub use nats::{NatsPlace, nats_cluster, nats_cluster_at};
pub use process::{Process, free_address};

/// Our server: `program` is where it is.
///
/// # Panics
/// If it does not come up.
#[must_use]
pub fn server(program: &'static str, data_dir: &Path, arguments: &[String]) -> Process {
    let (data_dir, arguments) = (data_dir.to_owned(), arguments.to_vec());
    Process::start(move |address| {
        let mut command = Command::new(program);
        command.arg(format!("--listen={address}")).arg("--data-dir").arg(&data_dir);
        command.args(&arguments).env("RUST_LOG", "warn");
        command
    })
}

/// InfluxDB 1.x, as Debian's package `influxdb` has it; without any database.
///
/// # Panics
/// If it is not installed, or does not come up.
#[must_use]
pub fn influxdb(folder: &Path) -> Process {
    let rpc = free_address();
    let path = folder.display().to_string();
    let config = folder.join("influxdb.conf");
    Process::start(move |address| {
        let text = format!(
            "reporting-disabled = true\nbind-address = \"{rpc}\"\n\
             [meta]\ndir = \"{path}/meta\"\n\
             [data]\ndir = \"{path}/data\"\nwal-dir = \"{path}/wal\"\n\
             [http]\nbind-address = \"{address}\"\nlog-enabled = false\n"
        );
        fs::write(&config, text).expect("the folder can be written to");
        let mut command = Command::new("influxd");
        command.arg("-config").arg(&config);
        command
    })
}

/// VictoriaMetrics, as Debian's package `victoria-metrics` has it: shows new samples at once, and
/// keeps one that is sent again once.
///
/// # Panics
/// If it is not installed, or does not come up.
#[must_use]
pub fn victoriametrics(folder: &Path) -> Process {
    victoriametrics_with(folder, &["-search.latencyOffset=0s", ONCE])
}

/// The same with no more than our documentation asks for: left to itself it does not trust the
/// newest thirty seconds.
///
/// # Panics
/// If it is not installed, or does not come up.
#[must_use]
pub fn victoriametrics_as_it_is(folder: &Path) -> Process {
    victoriametrics_with(folder, &[ONCE])
}

const ONCE: &str = "-dedup.minScrapeInterval=1ms";

fn victoriametrics_with(folder: &Path, arguments: &'static [&'static str]) -> Process {
    let data = folder.join("data");
    Process::start(move |address| {
        let mut command = Command::new("victoria-metrics");
        command.arg(format!("-storageDataPath={}", data.display()));
        command.arg(format!("-httpListenAddr={address}"));
        command.args(arguments);
        command
    })
}
