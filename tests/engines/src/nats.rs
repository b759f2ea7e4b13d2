use core::net::SocketAddr;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{Process, free_address};

/// Where a server of NATS is.
pub struct NatsPlace {
    /// Its address for clients.
    pub clients: SocketAddr,
    /// For the other servers.
    pub routes: SocketAddr,
    /// Where it says over HTTP how it is: `/healthz`.
    pub monitor: SocketAddr,
    /// What its command line begins with, such as `nsenter` and its options.
    pub through: Vec<String>,
}

/// Three servers of NATS with JetStream that are one cluster, as Debian's package `nats-server` has it.
///
/// # Panics
/// If it is not installed, or does not come up.
#[must_use]
pub fn nats_cluster(folder: &Path) -> Vec<Process> {
    let place = || NatsPlace {
        clients: free_address(),
        routes: free_address(),
        monitor: free_address(),
        through: Vec::new(),
    };
    nats_cluster_at(folder, vec![place(), place(), place()])
}

/// The same at these places.
///
/// # Panics
/// If it is not installed, or does not come up.
#[must_use]
pub fn nats_cluster_at(folder: &Path, places: Vec<NatsPlace>) -> Vec<Process> {
    let urls: Vec<String> =
        places.iter().map(|place| format!("\"nats://{}\"", place.routes)).collect();
    let urls = urls.join(", ");
    let server = |(number, place): (usize, NatsPlace)| {
        let config = folder.join(format!("nats-{number}.conf"));
        let data = folder.join(format!("nats-{number}"));
        let urls = urls.clone();
        let NatsPlace { clients, routes, monitor, through } = place;
        Process::start_at(clients, move |address| {
            let text = format!(
                "server_name: n{number}\nlisten: \"{address}\"\nhttp: \"{monitor}\"\n\
                 jetstream {{ store_dir: {data:?}, max_mem: 64M, max_file: 4G }}\n\
                 cluster {{ name: c, listen: \"{routes}\", routes: [{urls}] }}\n"
            );
            fs::write(&config, text).expect("the folder can be written to");
            let mut words = through.iter().map(String::as_str).chain(["nats-server"]);
            let mut command = Command::new(words.next().unwrap_or_default());
            command.args(words).arg("--config").arg(&config);
            command
        })
    };
    places.into_iter().enumerate().map(server).collect()
}
