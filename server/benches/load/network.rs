//! A month of what a hundred motes say of themselves: one mote's month of a quantity, the picture of
//! the network, the memory of the server, and the size of the file.

use core::time::Duration;
use std::path::Path;
use std::time::Instant;

use clouddata_server::{Embedded, Sample, Store};
use readings::{Link, LinkKind, Quantity, Timestamp};

use crate::process;
use crate::readings::mac;
use crate::speed::median_ms;
use crate::targets::Targets;

const MOTES: u64 = 100;
const DAYS: i64 = 30;
const TIMES: usize = 20;

/// A mote says how it is every 15 minutes.
const INTERVAL: i64 = 15 * 60 * 1_000_000;

/// What it says then.
const QUANTITIES: [Quantity; 14] = [
    Quantity::CHARGE,
    Quantity::BATTERY_VOLTAGE,
    Quantity::DEVICE_TEMPERATURE,
    Quantity::QUEUE_MEAN,
    Quantity::QUEUE_MAX,
    Quantity::TX_OK,
    Quantity::TX_FAILED,
    Quantity::RX_OK,
    Quantity::RX_LOST,
    Quantity::MAC_DROPPED,
    Quantity::TX_BAD,
    Quantity::NET_MIC_ERRORS,
    Quantity::MAC_MIC_ERRORS,
    Quantity::MAC_CRC_ERRORS,
];

/// Neighbours that it speaks to.
const NEIGHBOURS: u64 = 8;

pub(crate) fn run() {
    let mut targets = Targets::default();
    println!("## {DAYS} days of {MOTES} motes' health\n");
    let folder = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    let (samples, links) = fill(folder.path());
    let filled = begun.elapsed().as_secs_f64();
    let size = std::fs::metadata(folder.path().join(Embedded::FILE_NAME)).unwrap().len();
    #[expect(clippy::cast_precision_loss, reason = "a size to be read")]
    let size = size as f64 / f64::from(1 << 20);
    println!("{samples} readings and {links} links, stored in {filled:.0} s: {size:.0} MiB\n");

    let begun = Instant::now();
    let server = process::server(folder.path(), &[]);
    println!("the server is up after {:.1} s\n", begun.elapsed().as_secs_f64());
    let agent = ureq::Agent::new_with_defaults();
    let ask = |path: &str, least: usize| {
        let url = format!("http://{}/api/v1/{path}", server.address());
        median_ms(TIMES, || {
            let mut answer = agent.get(&url).call().unwrap();
            let octets = answer.body_mut().with_config().limit(1 << 30).read_to_vec().unwrap();
            assert!(octets.len() > least, "{path}: {}", octets.len());
        })
    };
    let mote = mac(7);
    println!("| what | ms, median of {TIMES} |\n|---|---|");
    let mut month = 0.0;
    for (what, path, least) in [
        (
            "one mote's month of a quantity",
            format!("readings?quantity=battery_voltage&mac={mote}"),
            200_000,
        ),
        (
            "the same into 600 buckets",
            format!("readings?quantity=battery_voltage&mac={mote}&from=-30d&buckets=600"),
            2_000,
        ),
        ("links of now", "links".to_owned(), 50_000),
        ("the network", "network".to_owned(), 50_000),
        ("everything of a mote", format!("motes/{mote}?capacity_mah=2000"), 1_000),
        ("the report of a day", "network/report".to_owned(), 10_000),
    ] {
        let time = ask(&path, least);
        println!("| {what} | {time:.1} |");
        if month == 0.0 {
            month = time;
        }
    }
    let memory = server.peak_memory();
    println!("\nRSS of the server at most: {memory:.1} MiB");
    targets.at_most("one mote's month of a quantity, ms", 50.0, month);
    targets.at_most("RSS of the server, MiB", 40.0, memory);
    targets.print();
}

/// Returns how many readings and links there are.
fn fill(folder: &Path) -> (usize, usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let store =
        Embedded::open(folder.join(Embedded::FILE_NAME), Duration::from_secs(3600)).unwrap();
    let now = Timestamp::now().as_micros() - 1_000_000;
    let first = now - DAYS * 24 * 3_600_000_000 + 60_000_000;
    let (mut samples, mut links) = (0, 0);
    let moments: Vec<i64> = (first..now).step_by(usize::try_from(INTERVAL).unwrap()).collect();
    for (step, some) in moments.chunks(8).enumerate() {
        let of_motes = || some.iter().flat_map(|&time| (0..MOTES).map(move |mote| (time, mote)));
        let at = |time: i64, mote: u64| {
            Timestamp::from_micros(time + i64::try_from(mote).unwrap() * 1000)
        };
        let health: Vec<Sample> = of_motes()
            .flat_map(|(time, mote)| {
                let value = f64::from(u32::try_from(step * 100).unwrap());
                QUANTITIES.map(|quantity| Sample {
                    mac: mac(mote),
                    quantity,
                    time: at(time, mote),
                    value: (value + f64::from(quantity.code())).min(*quantity.range().end()),
                })
            })
            .collect();
        let neighbours: Vec<Link> = of_motes()
            .flat_map(|(time, mote)| {
                (1..=NEIGHBOURS).map(move |n| {
                    let neighbour = mac((mote + n) % MOTES);
                    let mut link =
                        Link::new(mac(mote), neighbour, LinkKind::Used, Some(at(time, mote)));
                    (link.rssi, link.attempts) = (Some(-70), Some(40));
                    (link.failures, link.received) = (Some(7), Some(31));
                    link
                })
            })
            .collect();
        samples += health.len();
        links += neighbours.len();
        runtime.block_on(store.write(health.into())).unwrap();
        runtime.block_on(store.write(neighbours.into())).unwrap();
    }
    (samples, links)
}
