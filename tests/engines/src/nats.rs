use core::net::SocketAddr;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{Process, free_address};

/// Three servers of NATS with JetStream that are one cluster, as Debian's package `nats-server` has it.
///
/// # Panics
/// If it is not installed, or does not come up.
#[must_use]
pub fn nats_cluster(folder: &Path) -> Vec<Process> {
    let routes = [free_address(), free_address(), free_address()];
    let urls = routes.map(|route| format!("\"nats://{route}\"")).join(", ");
    let server = |(number, route): (usize, SocketAddr)| {
        let config = folder.join(format!("nats-{number}.conf"));
        let data = folder.join(format!("nats-{number}"));
        let urls = urls.clone();
        Process::start(move |address| {
            let text = format!(
                "server_name: n{number}\nlisten: \"{address}\"\n\
                 jetstream {{ store_dir: {data:?}, max_mem: 64M, max_file: 4G }}\n\
                 cluster {{ name: c, listen: \"{route}\", routes: [{urls}] }}\n"
            );
            fs::write(&config, text).expect("the folder can be written to");
            let mut command = Command::new("nats-server");
            command.arg("--config").arg(&config);
            command
        })
    };
    routes.into_iter().enumerate().map(server).collect()
}
