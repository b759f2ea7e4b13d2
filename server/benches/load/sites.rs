//! Many sites in one file: what the page asks at its start, of one site alone and among a thousand,
//! and what writing costs.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use clouddata_server::{
    Answer, Embedded, EventSelection, Grid, LinkSelection, Records, Sample, SiteKeeping, Store,
};
use readings::{Event, Link, LinkKind, Mac, Quantity, Timestamp};
use tokio::runtime::Runtime;

use crate::readings::mac;
use crate::targets::Targets;

const MOTES: u64 = 5;

/// Motes report every 30 s.
const PERIOD: i64 = 30_000_000;

const HOUR: i64 = 3_600_000_000;

/// How often motes say how they are.
const HEALTH: i64 = HOUR;

const LIMITS: SiteKeeping = SiteKeeping { max_motes: 100, max_readings: 1_000_000 };

/// What is measured of those who ask.
const FIGURES: usize = 6;

pub(crate) fn run(sites: u32, hours: u32) {
    println!("## {sites} sites of {MOTES} motes, {hours} h at 30 s, and their health each hour\n");
    println!(
        "| sites | records | written/s | file MiB | opened s | motes ms | chart of 60 min ms | network ms | all of it, at most ms | RSS MiB |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    let mut found = Vec::new();
    for sites in [1, sites] {
        let folder = tempfile::tempdir().unwrap();
        let begun = Instant::now();
        let records = fill(folder.path(), sites, hours);
        let rate = records as f64 / begun.elapsed().as_secs_f64();
        let size = std::fs::metadata(folder.path().join(Embedded::FILE_NAME)).unwrap().len();
        let size = size as f64 / f64::from(1 << 20);
        let figures = ask_in_process(folder.path(), sites);
        let [opened, motes, chart, network, most, memory] = figures;
        println!(
            "| {sites} | {records} | {rate:.0} | {size:.1} | {opened:.2} | {motes:.2} | {chart:.2} \
             | {network:.2} | {most:.1} | {memory:.1} |"
        );
        found.push(figures);
    }
    let [alone, among] = [&found[0], &found[1]];
    let all = |figures: &[f64; FIGURES]| figures[1] + figures[2] + figures[3];
    let mut targets = Targets::default();
    targets.at_most("a site's page: all questions, at most, ms", 100.0, among[4]);
    targets.at_most("a site's page: time among others / alone", 2.0, all(among) / all(alone));
    targets.at_most("RSS when all sites have been asked, MiB", 64.0, among[5]);
    targets.print();
}

/// Writes as gateways do: a request a site each 30 s.
fn fill(folder: &Path, sites: u32, hours: u32) -> usize {
    let (runtime, store) = open(folder);
    let views: Vec<_> = (1..=sites).map(|number| store.site(number, LIMITS)).collect();
    let now = Timestamp::now().as_micros();
    let first = now - i64::from(hours) * HOUR;
    let mut records = 0;
    let mut write = |all: Vec<(&Arc<dyn Store>, Records)>| {
        records += all.iter().map(|(_, some)| some.len()).sum::<usize>();
        let answers: Vec<Answer<_>> =
            all.into_iter().map(|(view, some)| view.write(some)).collect();
        for answer in answers {
            let written = runtime.block_on(answer).unwrap();
            assert!(written.repeated.is_empty() && written.refused.is_empty());
        }
    };
    for time in (first..now).step_by(usize::try_from(PERIOD).unwrap()) {
        let temperatures = |mote| {
            let value = 20.0 + f64::from(u32::try_from(time / PERIOD % 100).unwrap()) / 10.0;
            Sample::temperature(mac(mote), at(time, mote), value)
        };
        let samples = || (0..MOTES).map(temperatures).collect::<Vec<_>>();
        write(views.iter().map(|view| (view, samples().into())).collect());
        if (time - first) % HEALTH == 0 {
            write(views.iter().map(|view| (view, health(time).into())).collect());
            write(views.iter().map(|view| (view, links(time).into())).collect());
            let joined = || vec![Event::new("moteOperational", Some(1), Some(at(time, 0)))];
            write(views.iter().map(|view| (view, joined().into())).collect());
        }
    }
    records
}

fn at(time: i64, mote: u64) -> Timestamp {
    Timestamp::from_micros(time + i64::try_from(mote).unwrap() * 1000)
}

fn asked() -> Vec<Quantity> {
    vec![
        Quantity::MOTE_ID,
        Quantity::MOTE_STATE,
        Quantity::STATE_TIME,
        Quantity::ACCESS_POINT,
        Quantity::ROUTING,
        Quantity::HOP_DEPTH,
        Quantity::JOINS,
        Quantity::BATTERY_VOLTAGE,
    ]
}

fn health(time: i64) -> Vec<Sample> {
    let of_mote = |mote: u64| {
        let sample = move |quantity: Quantity| Sample {
            mac: mac(mote),
            quantity,
            time: at(time, mote),
            value: 1.0_f64.max(*quantity.range().start()),
        };
        asked().into_iter().map(sample)
    };
    (0..MOTES).flat_map(of_mote).collect()
}

fn links(time: i64) -> Vec<Link> {
    let pairs = (0..MOTES).flat_map(|mote| (1..MOTES).map(move |n| (mote, (mote + n) % MOTES)));
    let link = |(mote, neighbour)| {
        let mut link = Link::new(mac(mote), mac(neighbour), LinkKind::Used, Some(at(time, mote)));
        (link.rssi, link.attempts, link.failures) = (Some(-70), Some(40), Some(7));
        link
    };
    pairs.map(link).collect()
}

fn open(folder: &Path) -> (Runtime, Arc<Embedded>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let day = core::time::Duration::from_secs(24 * 3600);
    let store = Embedded::open(folder.join(Embedded::FILE_NAME), day).unwrap();
    (runtime, Arc::new(store))
}

/// Another process asks, which has written nothing: its memory is that of a server.
fn ask_in_process(folder: &Path, sites: u32) -> [f64; FIGURES] {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let output = command.arg("ask-sites").arg(folder).arg(sites.to_string()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let found: Vec<f64> = text.split_whitespace().map(|one| one.parse().unwrap()).collect();
    found.try_into().unwrap_or_else(|_| panic!("{text} {output:?}"))
}

/// Asks for what the page asks at its start, of every site in turn, and prints the figures.
pub(crate) fn ask(folder: &Path, sites: u32) {
    let begun = Instant::now();
    let (runtime, store) = open(folder);
    let opened = begun.elapsed().as_secs_f64();
    let rounds = if sites == 1 { 200 } else { 1 };
    let mut times = [const { Vec::new() }; 4];
    for number in (0..rounds).flat_map(|_| 1..=sites) {
        let site = store.site(number, LIMITS);
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
    let [motes, chart, network, _] = times.map(crate::speed::median);
    println!("{opened} {motes} {chart} {network} {most} {}", memory());
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
