//! The page's query: 12 hours of 50 motes at 30 s into 600 buckets each.

use core::time::Duration;
use std::path::Path;

use clouddata_server::{Embedded, Grid, Sample, Store};
use readings::{Quantity, Timestamp};

use crate::process;
use crate::readings::mac;
use crate::speed::median_ms;
use crate::targets::Targets;

const MOTES: u64 = 50;
const HOURS: Duration = Duration::from_secs(12 * 3600);
const TIMES: usize = 20;

/// Returns the most memory that our server used, in MiB.
pub(crate) fn run(targets: &mut Targets) -> f64 {
    println!("\n## The page's query: 12 h of {MOTES} motes into 600 buckets each\n");
    println!(
        "| rows | from the store, ms | over HTTP to the last octet, ms | RSS of the server MiB |"
    );
    println!("|---|---|---|---|");
    let [few, many] = [30_000_000, 3_000_000].map(|period| {
        let folder = tempfile::tempdir().unwrap();
        let rows = fill(folder.path(), period);
        let store = from_store(folder.path());
        let (http, memory) = over_http(folder.path());
        println!("| {rows} | {store:.1} | {http:.1} | {memory:.1} |");
        (store, http, memory)
    });
    targets.at_most("query: from the store, ms", 10.0, few.0);
    targets.at_most("query: over HTTP, ms", 60.0, few.1);
    targets.at_most("query: ten times the rows, time from the store", 10.0 * 1.2, many.0 / few.0);
    few.2.max(many.2)
}

fn fill(folder: &Path, period: usize) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let store = Embedded::open(folder.join(Embedded::FILE_NAME), HOURS * 2).unwrap();
    let now = Timestamp::now().as_micros();
    let mut rows = 0;
    let moments: Vec<i64> = (now - 12 * 3_600_000_000..now).step_by(period).collect();
    for some in moments.chunks(100) {
        let samples: Vec<Sample> = some
            .iter()
            .flat_map(|&time| {
                (0..MOTES).map(move |mote| {
                    let time = time + i64::try_from(mote).unwrap() * 1000;
                    Sample::temperature(mac(mote), Timestamp::from_micros(time), 20.0)
                })
            })
            .collect();
        rows += samples.len();
        runtime.block_on(store.write(samples.into())).unwrap();
    }
    rows
}

fn from_store(folder: &Path) -> f64 {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let store = Embedded::open(folder.join(Embedded::FILE_NAME), HOURS * 2).unwrap();
    median_ms(TIMES, || {
        let now = Timestamp::now();
        let from = Timestamp::from_micros(now.as_micros() - 12 * 3_600_000_000);
        let grid = Grid::new(from, now, 600).unwrap();
        let motes = runtime.block_on(store.motes(None, 1000)).unwrap();
        assert_eq!(
            runtime.block_on(store.series(Quantity::TEMPERATURE, motes, grid)).unwrap().len(),
            50
        );
    })
}

/// The time, and the most memory that the server has used.
fn over_http(folder: &Path) -> (f64, f64) {
    let server = process::server(folder, &["--retention=24h".to_owned()]);
    let url = format!("http://{}/api/v1/readings?from=-12h&buckets=600", server.address());
    let agent = ureq::Agent::new_with_defaults();
    let time = median_ms(TIMES, || {
        let mut answer = agent.get(&url).call().unwrap();
        let octets = answer.body_mut().with_config().limit(1 << 30).read_to_vec().unwrap();
        assert!(octets.len() > 30_000);
    });
    (time, server.peak_memory())
}
