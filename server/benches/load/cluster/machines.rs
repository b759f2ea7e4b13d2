//! Everything that runs: three nats-servers, a history, servers of ours and nginx.

use core::net::SocketAddr;
use core::time::Duration;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use engines::{NatsPlace, Process, free_address};

use super::front;
use super::switch::{self, Switch};
use crate::process;

const NATS: usize = 3;

/// How long anything may take to be well again.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Machines {
    nats: Vec<Process>,
    /// Where each nats-server says how it is.
    monitors: Vec<SocketAddr>,
    history: Process,
    servers: Vec<Process>,
    front: Process,
    /// An administrator's.
    folder: PathBuf,
    /// Its namespaces go last.
    switch: Option<Switch>,
}

impl Machines {
    /// Starts them; `has_switch`: the nats-servers are hosts of their own.
    pub(crate) fn start(folder: &Path, servers: usize, has_switch: bool) -> Self {
        let place = |name: &str| {
            let place = folder.join(name);
            std::fs::create_dir(&place).unwrap();
            place
        };
        let switch = has_switch.then(|| Switch::new(u8::try_from(NATS).unwrap()));
        let places: Vec<_> = (0..NATS).map(|number| nats_place(switch.as_ref(), number)).collect();
        let monitors = places.iter().map(|place| place.monitor).collect();
        let nats = engines::nats_cluster_at(&place("nats"), places);
        let history = engines::victoriametrics(&place("history"));
        let arguments = arguments(&nats, &history);
        let servers: Vec<_> = (0..servers)
            .map(|number| process::server(&folder.join(format!("server-{number}")), &arguments))
            .collect();
        let addresses: Vec<_> = servers.iter().map(Process::address).collect();
        let front = front::nginx(&place("nginx"), &addresses);
        Self { nats, monitors, history, servers, front, folder: place("administrator"), switch }
    }

    pub(crate) const fn front(&self) -> &Process {
        &self.front
    }

    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.servers.iter().map(Process::address).collect()
    }

    pub(crate) const fn nats(&self) -> usize {
        self.nats.len()
    }

    /// How many may be killed.
    pub(crate) const fn len(&self) -> usize {
        self.nats.len() + 1 + self.servers.len()
    }

    pub(crate) fn name(&self, number: usize) -> String {
        let nats = self.nats.len();
        match number {
            _ if number < nats => format!("nats-server {}", number + 1),
            _ if number == nats => "the history".to_owned(),
            _ => format!("server {}", number - nats),
        }
    }

    /// Log, history and servers, in this order.
    pub(crate) fn process(&mut self, number: usize) -> &mut Process {
        let Self { nats, history, servers, .. } = self;
        nats.iter_mut().chain([history]).chain(servers).nth(number).unwrap()
    }

    /// A nats-server is cut off from all others, and from the servers.
    pub(crate) fn cut(&self, nats: usize) {
        match &self.switch {
            Some(switch) => switch.pull(nats),
            // As if it were: it says nothing, and its connections stay.
            None => self.nats[nats].signal("STOP"),
        }
    }

    pub(crate) fn mend(&self, nats: usize) {
        match &self.switch {
            Some(switch) => switch.plug(nats),
            None => self.nats[nats].signal("CONT"),
        }
    }

    /// A server that was not there before.
    pub(crate) fn another(&self, folder: &Path) -> Process {
        process::server(folder, &arguments(&self.nats, &self.history))
    }

    /// What the server's program says to a command line of an administrator's.
    pub(crate) fn order(&self, words: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_clouddata-server"));
        command.args(words).args(arguments(&self.nats, &self.history));
        let output = command.arg("--data-dir").arg(&self.folder).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What each nats-server says of what it has; where they differ, something is lost with the next leader.
    pub(crate) fn log(&self) -> String {
        let ask = |monitor: &SocketAddr| {
            let url = format!("http://{monitor}/jsz?streams=true");
            let text = agent().get(url).call().ok()?.body_mut().read_to_string().ok()?;
            serde_json::from_str::<serde_json::Value>(&text).ok()
        };
        let mut said = String::new();
        for (number, monitor) in self.monitors.iter().enumerate() {
            let answer = ask(monitor).unwrap_or_default();
            let streams = &answer["account_details"][0]["stream_detail"];
            for stream in streams.as_array().into_iter().flatten() {
                let state = &stream["state"];
                said += &format!(
                    "\n  nats-server {}: {} has {} messages, {} to {}",
                    number + 1,
                    stream["name"],
                    state["messages"],
                    state["first_seq"],
                    state["last_seq"]
                );
            }
        }
        said
    }

    /// Something of servers, nginx, log and history, each together.
    pub(crate) fn each(&self, of: impl Fn(&Process) -> f64) -> [f64; 4] {
        let sum = |all: &[Process]| all.iter().map(&of).sum();
        [sum(&self.servers), of(&self.front), sum(&self.nats), of(&self.history)]
    }

    /// Octets that have crossed the network: those that concern no nats-server, and the others; without a switch all
    /// are among the former.
    pub(crate) fn network(&self) -> [u64; 2] {
        let [_, here] = switch::octets("lo");
        [here, self.switch.as_ref().map_or(0, Switch::octets)]
    }

    /// Waits until each nats-server has all that the others have.
    pub(crate) fn until_caught_up(&self) {
        for monitor in &self.monitors {
            until("a nats-server has not caught up", || is_ok(*monitor, "/healthz"));
        }
    }

    /// Waits until each nats-server has caught up and each server takes readings and tells what motes
    /// there are: then the next one may be taken away.
    pub(crate) fn until_well(&self) {
        self.until_caught_up();
        for address in self.addresses() {
            until_healthy(address);
        }
    }
}

/// Waits until the server takes readings and tells what motes there are.
pub(crate) fn until_healthy(server: SocketAddr) {
    until(&format!("{server} is not healthy"), || {
        is_ok(server, "/health") && is_ok(server, "/api/v1/motes")
    });
}

fn until(otherwise: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "{otherwise}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn is_ok(address: SocketAddr, path: &str) -> bool {
    agent().get(format!("http://{address}{path}")).call().is_ok()
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(5))).build().into()
}

fn arguments(nats: &[Process], history: &Process) -> Vec<String> {
    let urls: Vec<String> = nats.iter().map(|nats| format!("nats://{}", nats.address())).collect();
    vec![
        "--store=cluster".to_owned(),
        format!("--nats-urls={}", urls.join(",")),
        format!("--influx-url={}", history.url()),
    ]
}

fn nats_place(switch: Option<&Switch>, number: usize) -> NatsPlace {
    match switch {
        Some(switch) => {
            let at = |port| SocketAddr::from((switch.address(number), port));
            let through = switch.inside(number);
            NatsPlace { clients: at(4222), routes: at(6222), monitor: at(8222), through }
        }
        None => NatsPlace {
            clients: free_address(),
            routes: free_address(),
            monitor: free_address(),
            through: Vec::new(),
        },
    }
}
