//! Many sites in one file: what the page asks at its start, of one site alone and among a thousand,
//! and what writing costs.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use clouddata_server::{Embedded, EventSelection, Grid, LinkSelection, Registry, SitesFile, Store};
use readings::{LinkKind, Mac, Quantity, Timestamp};
use tokio::runtime::Runtime;

use crate::process;
use crate::site_data::{HOUR, LIMITS, MOTES, add, asked, fill};
use crate::speed::median;
use crate::targets::Targets;

/// What is measured of those who ask.
const FIGURES: usize = 6;

pub(crate) fn run(sites: u32, hours: u32) {
    println!("## {sites} sites of {MOTES} motes, {hours} h at 30 s, and their health each hour\n");
    println!(
        "| sites | records | written/s | file MiB | opened s | motes ms | chart of 60 min ms \
         | network ms | all three, at most ms | RSS MiB | all three over HTTP ms | at most ms \
         | RSS of the server MiB |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    let mut found = Vec::new();
    for sites in [1, sites] {
        let folder = tempfile::tempdir().unwrap();
        let numbers = add(folder.path(), sites);
        let begun = Instant::now();
        let records = fill(folder.path(), &numbers, hours);
        let rate = records as f64 / begun.elapsed().as_secs_f64();
        let size = std::fs::metadata(folder.path().join(Embedded::FILE_NAME)).unwrap().len();
        let size = size as f64 / f64::from(1 << 20);
        let figures = ask_in_process(folder.path());
        let [opened, motes, chart, network, most, memory] = figures;
        let over_http = ask_over_http(folder.path(), sites);
        let [http, http_most, server] = over_http;
        println!(
            "| {sites} | {records} | {rate:.0} | {size:.1} | {opened:.2} | {motes:.2} | {chart:.2} \
             | {network:.2} | {most:.1} | {memory:.1} | {http:.2} | {http_most:.1} | {server:.1} |"
        );
        found.push((figures, over_http));
    }
    let [(alone, _), (among, over_http)] = [&found[0], &found[1]];
    let all = |figures: &[f64; FIGURES]| figures[1] + figures[2] + figures[3];
    let mut targets = Targets::default();
    targets.at_most("a site's page: all questions, at most, ms", 100.0, among[4]);
    targets.at_most("a site's page: time among others / alone", 2.0, all(among) / all(alone));
    targets.at_most("a site's page over HTTP, at most, ms", 100.0, over_http[1]);
    targets.at_most("RSS of the server when all have been asked, MiB", 64.0, over_http[2]);
    targets.print();
}

pub(crate) fn open(folder: &Path) -> (Runtime, Arc<Embedded>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let day = core::time::Duration::from_secs(24 * 3600);
    let store = Embedded::open(folder.join(Embedded::FILE_NAME), day).unwrap();
    (runtime, Arc::new(store))
}

/// Another process asks, which has written nothing: its memory is that of a server.
fn ask_in_process(folder: &Path) -> [f64; FIGURES] {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let output = command.arg("ask-sites").arg(folder).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let found: Vec<f64> = text.split_whitespace().map(|one| one.parse().unwrap()).collect();
    found.try_into().unwrap_or_else(|_| panic!("{text} {output:?}"))
}

/// Asks for what the page asks at its start, of every site in turn, and prints the figures.
pub(crate) fn ask(folder: &Path) {
    let mut registry = SitesFile::open(folder).unwrap();
    let directory = registry.changes().unwrap().unwrap();
    let sites: Vec<u32> = directory.sites().map(|site| site.number).collect();
    let begun = Instant::now();
    let (runtime, store) = open(folder);
    let opened = begun.elapsed().as_secs_f64();
    let rounds = rounds(sites.len());
    let mut times = [const { Vec::new() }; 4];
    for number in (0..rounds).flat_map(|_| &sites) {
        let site = store.site(*number, LIMITS);
        let begun = Instant::now();
        let mut before = 0.0;
        let mut lap = |index: usize| {
            let now = begun.elapsed().as_secs_f64() * 1000.0;
            times[index].push(now - before);
            before = now;
            now
        };
        let macs = runtime.block_on(ask_motes(&*site));
        lap(0);
        runtime.block_on(ask_chart(&*site, macs));
        lap(1);
        runtime.block_on(ask_network(&*site));
        let all = lap(2);
        times[3].push(all);
    }
    let most = times[3].iter().copied().fold(0.0, f64::max);
    let [motes, chart, network, _] = times.map(median);
    println!("{opened} {motes} {chart} {network} {most} {}", memory());
}

/// One site alone is asked as often as many are together, or nearly so.
const fn rounds(sites: usize) -> usize {
    if sites == 1 { 200 } else { 1 }
}

/// The same of a server: how long a site's three questions take, at most, and what the server has
/// used.
fn ask_over_http(folder: &Path, sites: u32) -> [f64; 3] {
    let server = process::server(folder, &["--retention=24h".to_owned()]);
    let agent = ureq::Agent::new_with_defaults();
    let ask = |site: u32, question: &str, least: usize| {
        let url = format!("http://{}/s/site-{site}/api/v1/{question}", server.address());
        let text = agent.get(&url).call().unwrap().body_mut().read_to_string().unwrap();
        assert!(text.len() > least, "{url}: {text}");
    };
    // It takes connections before the store is open.
    agent.get(format!("http://{}/health", server.address())).call().unwrap();
    let mut times = Vec::new();
    for site in (0..rounds(sites.try_into().unwrap())).flat_map(|_| 0..sites) {
        let begun = Instant::now();
        ask(site, "motes", 500);
        ask(site, "readings?from=-60min&buckets=600", 5_000);
        ask(site, "network", 2_000);
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    let most = times.iter().copied().fold(0.0, f64::max);
    [median(times), most, server.peak_memory()]
}

async fn ask_motes(site: &dyn Store) -> Vec<Mac> {
    let macs = site.motes(None, 1000).await.unwrap();
    assert_eq!(site.latest(macs.clone()).await.unwrap().len() as u64, MOTES);
    macs
}

async fn ask_chart(site: &dyn Store, macs: Vec<Mac>) {
    let now = Timestamp::now();
    let from = Timestamp::from_micros(now.as_micros() - HOUR);
    let grid = Grid::new(from, now, 600).unwrap();
    let series = site.series(Quantity::TEMPERATURE, macs, grid).await.unwrap();
    assert!(series.iter().all(|one| one.count > 90) && series.len() as u64 == MOTES, "{series:?}");
}

async fn ask_network(site: &dyn Store) {
    let now = Timestamp::now();
    let macs = site.known(None, 1000).await.unwrap();
    let day = Timestamp::from_micros(now.as_micros() - 24 * HOUR);
    let newest = site.newest(macs, asked(), day, now).await.unwrap();
    assert_eq!(newest.len() as u64, MOTES * asked().len() as u64);
    let from = Timestamp::from_micros(now.as_micros() - 2 * HOUR);
    let ways = LinkSelection { macs: Vec::new(), kind: None, from, to: now, measured: false };
    assert_eq!(site.newest_links(ways.clone(), 10_000).await.unwrap().len(), 20);
    let measured = LinkSelection { kind: Some(LinkKind::Used), measured: true, ..ways };
    assert_eq!(site.newest_links(measured, 10_000).await.unwrap().len(), 20);
    let names = ["moteJoin", "moteOperational"].map(str::to_owned).to_vec();
    let joins = EventSelection { macs: Vec::new(), names, from: day, to: now, seen: 0 };
    assert!(!site.events(joins, 1000).await.unwrap().is_empty());
}

/// The most that this process has used, in MiB.
fn memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}
