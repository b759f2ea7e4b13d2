//! The table of speeds. What counts are ratios within one run.

use core::time::Duration;
use std::rc::Rc;
use std::time::Instant;

use rusqlite::{Connection, params};

use crate::client::{Report, drive};
use crate::process::Process;
use crate::{query, readings};

const MANY: u64 = 64;
const BATCH: u64 = 1000;
const BATCHES: u64 = 100;
const BATCH_CONNECTIONS: u64 = 4;

/// The engine at work for the server.
fn influx1(engine: &Process, kind: &str) -> [String; 3] {
    [
        "--store=influx1".to_owned(),
        format!("--influx-url=http://{}", engine.address),
        format!("--influx-engine={kind}"),
    ]
}

pub(crate) fn run(time: Duration) {
    println!("## Single readings, keep-alive\n");
    println!(
        "| what | 1 connection /s | p50 ms | 64 connections /s | p50 ms | p99 ms | CPU s per 10 000 | RSS MiB |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let folder = || tempfile::tempdir().unwrap();
    let ours = |connection, n| Some(readings::single(connection, n));
    let start = now() - 3_600_000_000;
    let line = move |connection: u64, n: u64| {
        let number = n * MANY + connection;
        Some(readings::lines(start, 0, number..=number))
    };

    let bare = singles("bare axum handler, parses and answers 204", &Process::bare(), time, ours);
    let place = folder();
    let server = Process::server(place.path(), &[]);
    std::thread::sleep(Duration::from_secs(1));
    let idle = server.memory().0;
    let embedded = singles("our server, embedded", &server, time, ours);
    drop(server);

    let place = folder();
    let engine = Process::influxdb(place.path());
    let influx_alone = singles("InfluxDB 1.6.7 alone, a point a request", &engine, time, line);
    let data = folder();
    let server = Process::server(data.path(), &influx1(&engine, "influxdb"));
    let influx = singles("our server, influx1 on InfluxDB", &server, time, ours);
    drop((server, engine));

    let place = folder();
    let engine = Process::victoriametrics(place.path());
    let victoria_alone = singles("VictoriaMetrics alone, a point a request", &engine, time, line);
    let data = folder();
    let server = Process::server(data.path(), &influx1(&engine, "victoriametrics"));
    let victoria = singles("our server, influx1 on VictoriaMetrics", &server, time, ours);
    drop((server, engine));

    println!("\nIdle: {idle:.1} MiB.");
    println!("embedded / bare: {:.2} (wanted: 0.4)", embedded / bare);
    println!("influx1 / InfluxDB alone: {:.2} (wanted: 2)", influx / influx_alone);
    println!("influx1 / VictoriaMetrics alone: {:.2}", victoria / victoria_alone);

    batches();
    query::run();
}

fn singles(
    what: &str,
    process: &Process,
    time: Duration,
    make: impl Fn(u64, u64) -> Option<Vec<u8>> + Clone + 'static,
) -> f64 {
    // The numbers go on from one load to the next, so that no reading comes twice.
    let later = {
        let make = make.clone();
        move |connection, n| make(connection, n + 1_000_000)
    };
    let one = drive(process.address, 1, time / 2, make);
    let before = process.cpu();
    let many = drive(process.address, MANY, time, later);
    let cpu = (process.cpu() - before) / many.requests as f64 * 10_000.0;
    println!(
        "| {what} | {:.0} | {:.2} | {:.0} | {:.2} | {:.2} | {cpu:.3} | {:.1} |",
        one.rate(),
        one.quantile(0.5),
        many.rate(),
        many.quantile(0.5),
        many.quantile(0.99),
        process.memory().1,
    );
    many.rate()
}

/// Requests are made before the clock runs.
fn batches() {
    println!("\n## Batches of {BATCH}, {BATCH_CONNECTIONS} connections\n");
    println!("| what | readings/s | CPU s per 10 000 | RSS MiB |");
    println!("|---|---|---|---|");
    let folder = || tempfile::tempdir().unwrap();
    let start = now() - 3 * 3_600_000_000;
    let numbers = |n: u64| n * BATCH..(n + 1) * BATCH;
    let requests = |make: fn(i64, u64, core::ops::Range<u64>) -> Vec<u8>| -> Rc<Vec<Vec<Vec<u8>>>> {
        let of = |connection| (0..BATCHES).map(|n| make(start, connection, numbers(n))).collect();
        Rc::new((0..BATCH_CONNECTIONS).map(of).collect())
    };
    let json = requests(readings::batch);
    let line = requests(readings::lines);

    let rows = BATCH_CONNECTIONS * BATCHES * BATCH;
    let place = folder();
    let loop_rate = insert_loop(&place.path().join("bare.db"), start);
    println!("| a bare SQLite insert loop of the same rows | {loop_rate:.0} | | |");
    batch("bare axum handler", &Process::bare(), &json, rows);
    let place = folder();
    let embedded = batch("our server, embedded", &Process::server(place.path(), &[]), &json, rows);

    let place = folder();
    let engine = Process::influxdb(place.path());
    let alone = batch("InfluxDB 1.6.7 alone", &engine, &line, rows);
    drop(engine);
    let (place, data) = (folder(), folder());
    let engine = Process::influxdb(place.path());
    let server = Process::server(data.path(), &influx1(&engine, "influxdb"));
    let influx = batch("our server, influx1 on InfluxDB", &server, &json, rows);
    println!("\nembedded / insert loop: {:.2} (wanted: 0.7)", embedded / loop_rate);
    println!("influx1 / InfluxDB alone: {:.2} (wanted: 0.8)", influx / alone);
}

fn batch(what: &str, process: &Process, requests: &Rc<Vec<Vec<Vec<u8>>>>, rows: u64) -> f64 {
    let before = process.cpu();
    let requests = Rc::clone(requests);
    let make = move |connection: u64, n: u64| {
        requests[usize::try_from(connection).unwrap()].get(usize::try_from(n).unwrap()).cloned()
    };
    let report: Report = drive(process.address, BATCH_CONNECTIONS, Duration::MAX, make);
    let cpu = (process.cpu() - before) / rows as f64 * 10_000.0;
    let rate = rows as f64 / report.seconds;
    println!("| {what} | {rate:.0} | {cpu:.4} | {:.1} |", process.memory().1);
    rate
}

/// The same rows into the same table with the same settings, and nothing else.
fn insert_loop(path: &std::path::Path, start: i64) -> f64 {
    let mut connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = wal; PRAGMA synchronous = full;
             CREATE TABLE readings (time INTEGER NOT NULL, mac INTEGER NOT NULL,
               temperature REAL NOT NULL, PRIMARY KEY (time, mac)) STRICT, WITHOUT ROWID;",
        )
        .unwrap();
    let rows: Vec<_> = (0..BATCHES)
        .flat_map(|n| (0..BATCH_CONNECTIONS).map(move |connection| (connection, n)))
        .map(|(connection, n)| {
            let row = |n| {
                let (mac, time, temperature) = readings::nth(start, connection, n);
                (time.as_micros(), i64::from_be_bytes(mac.octets()), temperature)
            };
            (n * BATCH..(n + 1) * BATCH).map(row).collect::<Vec<_>>()
        })
        .collect();
    let begun = Instant::now();
    for batch in &rows {
        let transaction = connection.transaction().unwrap();
        {
            let mut insert =
                transaction.prepare_cached("INSERT INTO readings VALUES (?1, ?2, ?3)").unwrap();
            for (time, mac, temperature) in batch {
                insert.execute(params![time, mac, temperature]).unwrap();
            }
        }
        transaction.commit().unwrap();
    }
    rows.iter().map(Vec::len).sum::<usize>() as f64 / begun.elapsed().as_secs_f64()
}

fn now() -> i64 {
    ::readings::Timestamp::now().as_micros()
}
