//! Each engine answers as SQLite does, also at the edges of buckets and stretches.

use std::collections::BTreeMap;
use std::time::Instant;

use clouddata_server::{
    Embedded, Engine, Grid, Influx, InfluxConfig, Sample, Selection, Series, Store,
};
use readings::{Mac, Quantity, Timestamp};

use crate::site::{HOUR, PATIENCE, version_1};

const MINUTE: i64 = 60_000_000;
const RETENTION: i64 = 12 * 60 * MINUTE;

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

fn mac(mote: u32) -> Mac {
    Mac::from((0x0017_0d00_0030_0000_u64 + u64::from(mote) * 77).to_be_bytes())
}

/// An engine and SQLite, with the same in both.
struct Both {
    engine: Influx,
    embedded: Embedded,
    _process: engines::Process,
    _folder: tempfile::TempDir,
}

impl Both {
    fn new(engine: Engine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let process = match engine {
            Engine::InfluxDb => engines::influxdb(folder.path()),
            Engine::VictoriaMetrics => engines::victoriametrics_as_it_is(folder.path()),
        };
        let config = InfluxConfig::new(process.url(), version_1(), engine);
        let engine = Influx::open(&config, HOUR * 12, folder.path()).unwrap();
        let embedded = Embedded::open(folder.path().join(Embedded::FILE_NAME), HOUR * 12).unwrap();
        Self { engine, embedded, _process: process, _folder: folder }
    }

    async fn write(&self, samples: &[Sample]) {
        for store in [&self.engine as &dyn Store, &self.embedded] {
            for some in samples.chunks(5000) {
                let written = store.write(some.to_vec().into()).await.unwrap();
                assert_eq!(written.refused, []);
            }
        }
    }

    async fn newest(&self, macs: &[Mac], from: i64, to: i64) -> [Vec<(Mac, i64, u64)>; 2] {
        let mut answers = [Vec::new(), Vec::new()];
        for (store, answer) in
            [&self.engine as &dyn Store, &self.embedded].into_iter().zip(&mut answers)
        {
            let quantities = vec![Quantity::TEMPERATURE];
            let found = store.newest(macs.to_vec(), quantities, at(from), at(to)).await.unwrap();
            *answer =
                found.iter().map(|it| (it.mac, it.time.as_micros(), it.value.to_bits())).collect();
            answer.sort_unstable();
        }
        answers
    }

    async fn series(&self, macs: &[Mac], grid: Grid) -> [BTreeMap<Mac, Series>; 2] {
        let mut answers = [BTreeMap::new(), BTreeMap::new()];
        for (store, answer) in
            [&self.engine as &dyn Store, &self.embedded].into_iter().zip(&mut answers)
        {
            let found = store.series(Quantity::TEMPERATURE, macs.to_vec(), grid).await.unwrap();
            *answer = found.into_iter().map(|series| (series.mac, series)).collect();
        }
        answers
    }

    /// All samples, in pages of so many; each store has an order of its own.
    async fn pages(&self, from: i64, to: i64, limit: usize) -> [Vec<(Mac, i64, u64)>; 2] {
        let mut answers = [Vec::new(), Vec::new()];
        for (store, answer) in
            [&self.engine as &dyn Store, &self.embedded].into_iter().zip(&mut answers)
        {
            let quantity = Quantity::TEMPERATURE;
            let selection = Selection { quantity, macs: Vec::new(), from: at(from), to: at(to) };
            let mut after = None;
            loop {
                let page = store.page(selection.clone(), after, limit).await.unwrap();
                after = page.last().map(|last| (last.mac, last.time));
                let is_last = page.len() < limit;
                answer.extend(
                    page.iter().map(|it| (it.mac, it.time.as_micros(), it.value.to_bits())),
                );
                if is_last {
                    break;
                }
            }
            answer.sort_unstable();
        }
        answers
    }

    /// Waits until the engine shows so many motes' newest: some do so a little later.
    async fn wait_for(&self, macs: &[Mac], from: i64, to: i64) {
        let begun = Instant::now();
        loop {
            let [engine, embedded] = self.newest(macs, from, to).await;
            if engine == embedded || begun.elapsed() > PATIENCE {
                assert_eq!(engine, embedded);
                return;
            }
            tokio::time::sleep(core::time::Duration::from_millis(100)).await;
        }
    }
}

/// Whole milliseconds, which every engine keeps: at the edges of buckets of a minute that begin with
/// `start`, and a millisecond to each side of them; some motes seldom and some often.
fn samples(start: i64, minutes: i64) -> Vec<Sample> {
    let sample = |mote: u32, time: i64, value: i64| {
        #[expect(clippy::cast_precision_loss, reason = "small")]
        Sample::temperature(mac(mote), at(time), value as f64 / 8.0)
    };
    let mut all = Vec::new();
    for minute in 0..minutes {
        let edge = start + minute * MINUTE;
        for (mote, offset) in [(1, 0), (2, -1000), (2, 1000), (3, -1000), (3, 0), (3, 1000)] {
            all.push(sample(mote, edge + offset, minute % 100 + offset / 1000));
        }
        for second in (0..60).step_by(5) {
            all.push(sample(4, edge + second * 1_000_000, minute + second));
        }
        if minute % 7 == 3 {
            all.push(sample(5, edge, minute));
        }
    }
    all
}

fn assert_alike([engine, embedded]: &[BTreeMap<Mac, Series>; 2], context: &str) {
    let macs = |all: &BTreeMap<Mac, Series>| all.keys().copied().collect::<Vec<_>>();
    assert_eq!(macs(engine), macs(embedded), "{context}");
    for (mac, series) in engine {
        let expected = &embedded[mac];
        assert_eq!(
            (series.count, series.min, series.max),
            (expected.count, expected.min, expected.max),
            "{context} {mac}"
        );
        assert_eq!(series.means.len(), expected.means.len(), "{context}");
        for (bucket, (mean, expected)) in series.means.iter().zip(&expected.means).enumerate() {
            // Sums of the same numbers in another order.
            let is_equal = match (mean, expected) {
                (Some(mean), Some(expected)) => (mean - expected).abs() < 1e-9,
                (mean, expected) => mean.is_none() && expected.is_none(),
            };
            assert!(is_equal, "{context} {mac} bucket {bucket}: {mean:?} {expected:?}");
        }
    }
}

async fn buckets_are_alike(engine: Engine) {
    let both = Both::new(engine);
    let now = Timestamp::now().as_micros() / 1000 * 1000;
    let start = now - 3 * 60 * MINUTE;
    // Up to this very moment, of which an engine may be in doubt.
    both.write(&samples(start, 3 * 60)).await;
    let macs: Vec<Mac> = (0..300).map(mac).collect();
    both.wait_for(&macs, start - MINUTE, now).await;
    for (from, to, buckets) in [
        (start, now, 180),
        (start - 1, now, 180),
        (start + 1, now, 180),
        (start + 999, now, 180),
        (start - MINUTE, now, 1),
        // Buckets of no whole milliseconds, but for rounding.
        (start, now, 873),
        (start + 123_456, now - 7, 613),
        (start, start + 1000, 10),
        (start - 2000, start + 2000, 2),
        (start + 7000, start + 7000 + 10 * MINUTE, 2000),
        (now - MINUTE, now + 1, 6),
        // Into what is not yet, and where there is nothing.
        (now - MINUTE, now + 60 * MINUTE, 100),
        (start - 60 * MINUTE, start - MINUTE, 10),
    ] {
        let grid = Grid::new(at(from), at(to), buckets).unwrap();
        let answers = both.series(&macs, grid).await;
        assert_alike(&answers, &format!("{engine:?} {from} {to} {buckets}"));
    }
    for (from, limit) in [(start, 700), (start - MINUTE, 10_000), (now - 3 * MINUTE, 7)] {
        let [engine_has, embedded_has] = both.pages(from, now + 1, limit).await;
        let first = engine_has.iter().zip(&embedded_has).find(|(a, b)| a != b);
        let counts = (engine_has.len(), embedded_has.len());
        assert!(engine_has == embedded_has, "{engine:?} {from} {limit}: {counts:?}, {first:?}");
    }
    for (from, to) in [
        (start, now),
        (start, start),
        (start - 1000, start - 1000),
        (start + 1000, start + MINUTE - 1000),
        (start, i64::MAX),
        (now + 1000, i64::MAX),
        (now, start),
    ] {
        let [engine_has, embedded_has] = both.newest(&macs, from, to).await;
        assert_eq!(engine_has, embedded_has, "{engine:?} {from} {to}");
    }
}

async fn what_is_too_old_is_not_there(engine: Engine) {
    let both = Both::new(engine);
    let now = Timestamp::now().as_micros() / 1000 * 1000;
    // The first ones go while this runs: so the samples are some seconds beside the edges.
    let start = now - RETENTION;
    let offsets =
        [-40, -30, -20, 40, 45, 50, 70, 90, 130].map(|seconds| start + seconds * 1_000_000);
    let some: Vec<Sample> =
        offsets.iter().map(|&time| Sample::temperature(mac(1), at(time), 20.0)).collect();
    // An engine that keeps things longer shows them no longer.
    let (old, new) = some.split_at(3);
    both.write(new).await;
    if engine == Engine::VictoriaMetrics {
        let _ = both.engine.write(old.to_vec().into()).await.unwrap();
    }
    both.wait_for(&[mac(1)], now - RETENTION, now).await;
    let grid = Grid::new(at(start - 6 * MINUTE), at(now), 72).unwrap();
    let answers = both.series(&[mac(1)], grid).await;
    assert_eq!(answers[0][&mac(1)].count, 6);
    assert_alike(&answers, "the oldest");
}

#[tokio::test]
async fn influxdb_averages_as_sqlite_does() {
    buckets_are_alike(Engine::InfluxDb).await;
}

#[tokio::test]
async fn victoriametrics_averages_as_sqlite_does() {
    buckets_are_alike(Engine::VictoriaMetrics).await;
}

#[tokio::test]
async fn influxdb_forgets_as_sqlite_does() {
    what_is_too_old_is_not_there(Engine::InfluxDb).await;
}

#[tokio::test]
async fn victoriametrics_forgets_as_sqlite_does() {
    what_is_too_old_is_not_there(Engine::VictoriaMetrics).await;
}
