//! Requests of one reading each, as an old gateway sends them.

use core::time::Duration;
use std::path::Path;
use std::time::Instant;

use engines::Process;
use rusqlite::Connection;

use crate::speed::{ROUNDS, influx1, median};
use crate::targets::Targets;
use crate::wrk::{self, Report};
use crate::{process, readings, table};

const MANY: u32 = 64;

/// What the existing Python server took at the best on another such machine, in readings a second.
const PYTHON: f64 = 612.0;

/// Something to load.
struct Subject {
    name: &'static str,
    process: Process,
    path: &'static str,
    bodies: Vec<String>,
    one: Vec<Report>,
    many: Vec<Report>,
    /// CPU seconds of 10 000 requests.
    cpu: Vec<f64>,
}

impl Subject {
    /// Takes readings without a time, in JSON.
    fn server(name: &'static str, process: Process) -> Self {
        let bodies = readings::singles();
        Self { name, process, path: "/oap", bodies, one: vec![], many: vec![], cpu: vec![] }
    }

    /// Takes the same, in line protocol.
    fn engine(name: &'static str, process: Process) -> Self {
        let (path, bodies) = ("/write?db=grafana", readings::single_lines());
        Self { path, bodies, ..Self::server(name, process) }
    }

    fn measure(&mut self, time: Duration) {
        let load = |connections, time| {
            wrk::post(self.process.address(), self.path, &self.bodies, connections, time)
        };
        self.one.push(load(1, time / 3));
        let before = self.process.cpu();
        let many = load(MANY, time);
        self.cpu.push((self.process.cpu() - before) / many.requests * 10_000.0);
        self.many.push(many);
    }

    fn one_median(&self) -> f64 {
        of(&self.one, |report| report.median)
    }

    fn rate(&self) -> f64 {
        of(&self.many, |report| report.rate)
    }

    fn p99(&self) -> f64 {
        of(&self.many, |report| report.p99)
    }

    fn cpu(&self) -> f64 {
        median(self.cpu.clone())
    }

    fn print(&self) {
        println!(
            "| {} | {:.0} | {:.2} | {:.0} | {:.2} | {:.2} | {:.3} | {:.1} |",
            self.name,
            of(&self.one, |report| report.rate),
            self.one_median(),
            self.rate(),
            of(&self.many, |report| report.median),
            self.p99(),
            self.cpu(),
            self.process.peak_memory(),
        );
    }
}

fn of(reports: &[Report], figure: impl Fn(&Report) -> f64) -> f64 {
    median(reports.iter().map(figure).collect())
}

/// Returns the most memory that our server used, in MiB.
pub(crate) fn run(time: Duration, targets: &mut Targets) -> f64 {
    println!("## Single readings by wrk, keep-alive\n");
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| {
        let place = folder.path().join(name);
        std::fs::create_dir(&place).unwrap();
        place
    };
    let server = process::server(&place("embedded"), &[]);
    std::thread::sleep(Duration::from_secs(1));
    let idle = server.memory();
    let influxdb = process::influxdb(&place("influxdb"));
    let on_influxdb = process::server(&place("on influxdb"), &influx1(&influxdb, "influxdb"));
    let victoria = engines::victoriametrics(&place("victoriametrics"));
    let on_victoria =
        process::server(&place("on victoriametrics"), &influx1(&victoria, "victoriametrics"));
    let mut subjects = [
        Subject::server("bare axum handler, parses and answers 204", process::bare()),
        Subject::server("our server, embedded", server),
        Subject::engine("InfluxDB 1.6.7 alone, a point a request", influxdb),
        Subject::server("our server, influx1 on InfluxDB", on_influxdb),
        Subject::engine("VictoriaMetrics alone, a point a request", victoria),
        Subject::server("our server, influx1 on VictoriaMetrics", on_victoria),
    ];
    let mut commits = Vec::new();
    for round in 0..ROUNDS {
        commits.push(commit(&folder.path().join(format!("{round}.db"))));
        for subject in &mut subjects {
            subject.measure(time);
        }
    }
    println!(
        "| what | 1 connection /s | p50 ms | {MANY} connections /s | p50 ms | p99 ms \
         | CPU s per 10 000 | RSS MiB |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    subjects.iter().for_each(Subject::print);
    let commit = median(commits);
    let [bare, embedded, influxdb, on_influxdb, victoria, on_victoria] = &subjects;
    println!("\nA commit of one reading in bare SQLite, synced: p50 {commit:.2} ms.");
    println!(
        "The existing Python server took {PYTHON} a second elsewhere; ours takes {:.0} times as many \
         embedded, {:.0} times on InfluxDB.",
        embedded.rate() / PYTHON,
        on_influxdb.rate() / PYTHON,
    );

    targets.at_least("singles: embedded / bare handler", 0.4, embedded.rate() / bare.rate());
    targets.at_least("singles: influx1 / InfluxDB", 2.0, on_influxdb.rate() / influxdb.rate());
    targets.at_least(
        "singles: influx1 / VictoriaMetrics, for comparison",
        1.0,
        on_victoria.rate() / victoria.rate(),
    );
    targets.at_most("singles: p99 embedded, ms", 25.0, embedded.p99());
    targets.at_most("singles: p99 influx1, ms", 25.0, on_influxdb.p99());
    let more = embedded.one_median() - commit;
    targets.at_most("1 connection: p50 embedded beyond a commit, ms", 1.0, more);
    let more = on_influxdb.one_median() - influxdb.one_median();
    targets.at_most("1 connection: p50 influx1 beyond InfluxDB's, ms", 1.0, more);
    targets.at_most("CPU s per 10 000 singles, embedded", 0.25, embedded.cpu());
    targets.at_most("CPU s per 10 000 singles, influx1", 0.25, on_influxdb.cpu());
    targets.at_most("RSS idle, MiB", 12.0, idle);
    [embedded, on_influxdb, on_victoria]
        .map(|subject| subject.process.peak_memory())
        .into_iter()
        .fold(0.0, f64::max)
}

/// How long the store's own commit takes, in ms: a row at a time, synced.
fn commit(path: &Path) -> f64 {
    const COMMITS: i64 = 500;
    let connection: Connection = table::create(path);
    let mut insert = connection.prepare(table::INSERT).unwrap();
    let times = (0..COMMITS).map(|time| {
        let begun = Instant::now();
        insert.execute((time, 1, 20.0)).unwrap();
        begun.elapsed().as_secs_f64() * 1000.0
    });
    median(times.collect())
}
