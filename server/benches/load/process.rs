//! What is measured, as processes of their own.

use std::path::Path;
use std::process::Command;

use engines::Process;

/// Our server on `data_dir`, with further arguments.
pub(crate) fn server(data_dir: &Path, arguments: &[String]) -> Process {
    engines::server(env!("CARGO_BIN_EXE_clouddata-server"), data_dir, arguments)
}

/// This program as the [bare](crate::bare) handler.
pub(crate) fn bare() -> Process {
    Process::start(|address| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg("bare").arg(address.to_string());
        command
    })
}

/// InfluxDB 1.x, with the database that the server would make.
pub(crate) fn influxdb(folder: &Path) -> Process {
    let engine = engines::influxdb(folder);
    let statement = "CREATE DATABASE grafana WITH DURATION 12h REPLICATION 1 \
                     SHARD DURATION 1h NAME twelve_h_only";
    let url = format!("{}/query", engine.url());
    let mut answer = ureq::post(url).send_form([("q", statement)]).unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    assert!(!text.contains("error"), "{text}");
    engine
}
