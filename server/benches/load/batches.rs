//! Requests of a thousand readings each, as a gateway sends what its spool has gathered.

use core::ops::Range;
use std::path::Path;
use std::rc::Rc;
use std::time::Instant;

use ::readings::Timestamp;
use engines::Process;
use rusqlite::params;

use crate::client::drive;
use crate::speed::{ROUNDS, influx1, median};
use crate::targets::Targets;
use crate::{process, readings, table};

const BATCH: u64 = 1000;
const BATCHES: u64 = 400;
const CONNECTIONS: u64 = 4;
const ROWS: u64 = CONNECTIONS * BATCHES * BATCH;

/// What a load came to.
struct Report {
    /// Readings a second.
    rate: f64,
    /// CPU seconds of 10 000 readings.
    cpu: f64,
    /// The most memory used, in MiB.
    memory: f64,
}

/// Requests of each connection, made before the clock runs.
type Requests = Rc<Vec<Vec<Vec<u8>>>>;

/// Returns the most memory that our server used, in MiB.
pub(crate) fn run(targets: &mut Targets) -> f64 {
    println!("\n## Batches of {BATCH}, {CONNECTIONS} connections\n");
    let start = Timestamp::now().as_micros() - 3 * 3_600_000_000;
    let requests = |make: fn(i64, u64, Range<u64>) -> Vec<u8>| -> Requests {
        let of = |connection| (0..BATCHES).map(|n| make(start, connection, numbers(n))).collect();
        Rc::new((0..CONNECTIONS).map(of).collect())
    };
    let (json, lines) = (requests(readings::batch), requests(readings::lines));
    let [mut bare, mut embedded, mut alone, mut influx] = [const { Vec::new() }; 4];
    let mut loops = Vec::new();
    for _ in 0..ROUNDS {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path();
        loops.push(insert_loop(&place.join("bare.db"), start));
        bare.push(load(&process::bare(), &json));
        embedded.push(load(&process::server(&place.join("embedded"), &[]), &json));
        let engine = |name: &str| {
            let place = place.join(name);
            std::fs::create_dir(&place).unwrap();
            process::influxdb(&place)
        };
        alone.push(load(&engine("alone"), &lines));
        let behind = engine("behind");
        let server = process::server(&place.join("server"), &influx1(&behind, "influxdb"));
        influx.push(load(&server, &json));
    }
    println!("| what | readings/s | CPU s per 10 000 | RSS MiB |");
    println!("|---|---|---|---|");
    let loop_rate = median(loops);
    println!("| a bare SQLite insert loop of the same rows | {loop_rate:.0} | | |");
    for (what, reports) in [
        ("bare axum handler", &bare),
        ("our server, embedded", &embedded),
        ("InfluxDB 1.6.7 alone", &alone),
        ("our server, influx1 on InfluxDB", &influx),
    ] {
        println!(
            "| {what} | {:.0} | {:.4} | {:.1} |",
            of(reports, |report| report.rate),
            of(reports, |report| report.cpu),
            of(reports, |report| report.memory),
        );
    }
    let rate = |reports: &[Report]| of(reports, |report| report.rate);
    targets.at_least("batches: embedded / SQLite loop", 0.7, rate(&embedded) / loop_rate);
    targets.at_least("batches: influx1 / InfluxDB", 0.8, rate(&influx) / rate(&alone));
    embedded.iter().chain(&influx).map(|report| report.memory).fold(0.0, f64::max)
}

fn of(reports: &[Report], figure: impl Fn(&Report) -> f64) -> f64 {
    median(reports.iter().map(figure).collect())
}

const fn numbers(batch: u64) -> Range<u64> {
    batch * BATCH..(batch + 1) * BATCH
}

fn load(process: &Process, requests: &Requests) -> Report {
    let requests = Rc::clone(requests);
    let make = move |connection: u64, n: u64| {
        requests[usize::try_from(connection).unwrap()].get(usize::try_from(n).unwrap()).cloned()
    };
    let before = process.cpu();
    let time = drive(process.address(), CONNECTIONS, make);
    Report {
        rate: ROWS as f64 / time.as_secs_f64(),
        cpu: (process.cpu() - before) / ROWS as f64 * 10_000.0,
        memory: process.peak_memory(),
    }
}

/// The same rows into the same table with the same settings, and nothing else.
fn insert_loop(path: &Path, start: i64) -> f64 {
    let mut connection = table::create(path);
    let rows: Vec<Vec<_>> = (0..BATCHES)
        .flat_map(|n| (0..CONNECTIONS).map(move |connection| (connection, n)))
        .map(|(connection, n)| {
            let row = |n| {
                let (mac, time, temperature) = readings::nth(start, connection, n);
                (time.as_micros(), i64::from_be_bytes(mac.octets()), temperature)
            };
            numbers(n).map(row).collect()
        })
        .collect();
    let begun = Instant::now();
    for batch in &rows {
        let transaction = connection.transaction().unwrap();
        {
            let mut insert = transaction.prepare_cached(table::INSERT).unwrap();
            for (time, mac, temperature) in batch {
                insert.execute(params![time, mac, temperature]).unwrap();
            }
        }
        transaction.commit().unwrap();
    }
    ROWS as f64 / begun.elapsed().as_secs_f64()
}
