//! Many servers on one log and one history, under load; whatever there is is killed in turn, and
//! each nats-server halted. In the end
//! every answered reading must be there, once, whichever server is asked: also a new one, after all
//! was killed.

use core::net::SocketAddr;
use core::sync::atomic::Ordering;
use core::time::Duration;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use ::readings::Timestamp;
use engines::Process;

use crate::kills::{Tally, compare, send};
use crate::process;

/// How long what is killed stays away.
const AWAY: Duration = Duration::from_secs(2);

/// How long what is halted stays so: long enough for the others to find a new leader.
const FROZEN: Duration = Duration::from_secs(12);

/// How long a server may need until it has the same as the others.
const PATIENCE: Duration = Duration::from_secs(120);

struct Cluster {
    nats: Vec<Process>,
    history: Process,
    servers: Vec<Process>,
}

pub(crate) fn run(time: Duration, rounds: u32, rate: u32, servers: usize) {
    let folder = tempfile::tempdir().unwrap();
    let mut cluster = Cluster::start(folder.path(), servers);
    let addresses: Vec<SocketAddr> = cluster.servers.iter().map(Process::address).collect();
    addresses.iter().for_each(|&address| until_healthy(address));
    let start = Timestamp::now().as_micros() - 3_600_000_000;
    let tally = Arc::new(Tally::default());
    let before = cluster.cpu();
    let load = {
        let (addresses, tally) = (addresses.clone(), Arc::clone(&tally));
        std::thread::spawn(move || send(&addresses, start, time, rate, &tally))
    };
    let begun = Instant::now();
    let deeds = cluster.len() + cluster.nats.len();
    let all = u32::try_from(deeds).unwrap() * rounds;
    for number in 0..all {
        let moment = time.mul_f64(f64::from(number + 1) / f64::from(all + 1));
        std::thread::sleep(moment.saturating_sub(begun.elapsed()));
        let deed = usize::try_from(number).unwrap() % deeds;
        let (victim, is_killed) = (deed % cluster.len(), deed < cluster.len());
        let victim = cluster.process(victim);
        if is_killed {
            victim.kill();
            std::thread::sleep(AWAY);
            victim.restart();
        } else {
            // As if the network were cut: it says nothing, and its connections stay.
            victim.signal("STOP");
            std::thread::sleep(FROZEN);
            victim.signal("CONT");
        }
    }
    let sent = load.join().unwrap();
    let answered: u64 = sent.iter().sum();
    println!(
        "{servers} servers: {answered} readings answered in {:.0} s, {all} kills and halts, {} batches sent \
         again ({} without an answer, {} answered 503)",
        begun.elapsed().as_secs_f64(),
        tally.broken.load(Ordering::Relaxed) + tally.unavailable.load(Ordering::Relaxed),
        tally.broken.load(Ordering::Relaxed),
        tally.unavailable.load(Ordering::Relaxed),
    );
    if rounds == 0 {
        let per = |after: f64, before: f64| (after - before) / answered as f64 * 10_000.0;
        let [of_servers, of_log, of_history] = cluster.cpu();
        println!(
            "CPU s per 10 000 readings: servers {:.3}, log {:.3}, history {:.3}",
            per(of_servers, before[0]),
            per(of_log, before[1]),
            per(of_history, before[2]),
        );
    }
    let look = |what: &str, address: SocketAddr| {
        let begun = Instant::now();
        until_healthy(address);
        let found = loop {
            let found = compare(address, start, &sent);
            if found == (0, 0, 0) || begun.elapsed() > PATIENCE {
                break found;
            }
            std::thread::sleep(Duration::from_millis(500));
        };
        let (missing, twice, foreign) = found;
        let seconds = begun.elapsed().as_secs_f64();
        println!(
            "{what}: {missing} missing, {twice} twice, {foreign} unknown, after {seconds:.0} s"
        );
        assert_eq!(found, (0, 0, 0), "{what}");
    };
    for (number, &address) in addresses.iter().enumerate() {
        look(&format!("server {}", number + 1), address);
    }
    (0..cluster.len()).for_each(|number| cluster.process(number).kill());
    (0..cluster.len() - servers).for_each(|number| cluster.process(number).restart());
    let other = folder.path().join("other");
    let new = process::server(&other, &cluster.arguments());
    look("a new server, after all was killed", new.address());
}

impl Cluster {
    fn start(folder: &Path, servers: usize) -> Self {
        let (nats, history) = (folder.join("nats"), folder.join("history"));
        [&nats, &history].into_iter().for_each(|folder| std::fs::create_dir(folder).unwrap());
        let (nats, history) = (engines::nats_cluster(&nats), engines::victoriametrics(&history));
        let mut cluster = Self { nats, history, servers: Vec::new() };
        for number in 0..servers {
            let folder = folder.join(format!("server-{number}"));
            cluster.servers.push(process::server(&folder, &cluster.arguments()));
        }
        cluster
    }

    fn arguments(&self) -> Vec<String> {
        let urls: Vec<String> =
            self.nats.iter().map(|nats| format!("nats://{}", nats.address())).collect();
        let history = self.history.url();
        vec![
            "--store=cluster".to_owned(),
            format!("--nats-urls={}", urls.join(",")),
            format!("--influx-url={history}"),
        ]
    }

    fn len(&self) -> usize {
        self.nats.len() + 1 + self.servers.len()
    }

    /// Log, history and servers in turn, round and round.
    fn process(&mut self, number: usize) -> &mut Process {
        let number = number % self.len();
        let Self { nats, history, servers } = self;
        nats.iter_mut().chain([history]).chain(servers).nth(number).unwrap()
    }

    /// CPU seconds of all servers, of the log and of the history.
    fn cpu(&self) -> [f64; 3] {
        let sum = |all: &[Process]| all.iter().map(Process::cpu).sum();
        [sum(&self.servers), sum(&self.nats), self.history.cpu()]
    }
}

/// Waits until it takes readings and tells which motes there are.
fn until_healthy(address: SocketAddr) {
    let begun = Instant::now();
    let is_ok = |path: &str| ureq::get(format!("http://{address}{path}")).call().is_ok();
    while !is_ok("/health") || !is_ok("/api/v1/motes") {
        assert!(begun.elapsed() < PATIENCE, "{address} is not healthy");
        std::thread::sleep(Duration::from_millis(200));
    }
}
