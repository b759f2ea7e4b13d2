//! The tables of speeds. What counts are ratios within one run, so what is compared is measured in
//! turn, several times over, and the medians are printed.

use core::time::Duration;
use std::time::Instant;

use engines::Process;

use crate::targets::Targets;
use crate::{batches, query, singles};

/// Times that each is measured.
pub(crate) const ROUNDS: usize = 3;

pub(crate) fn run(time: Duration) {
    let mut targets = Targets::default();
    let mut peak: f64 = 0.0;
    peak = peak.max(singles::run(time, &mut targets));
    peak = peak.max(batches::run(&mut targets));
    peak = peak.max(query::run(&mut targets));
    targets.at_most("RSS of our server at any time, MiB", 40.0, peak);
    targets.print();
}

/// The server's arguments for an engine.
pub(crate) fn influx1(engine: &Process, kind: &str) -> [String; 3] {
    [
        "--store=influx1".to_owned(),
        format!("--influx-url={}", engine.url()),
        format!("--influx-engine={kind}"),
    ]
}

/// How long it takes, in ms: the median of so many times.
pub(crate) fn median_ms(times: usize, mut act: impl FnMut()) -> f64 {
    let time = |_| {
        let begun = Instant::now();
        act();
        begun.elapsed().as_secs_f64() * 1000.0
    };
    median((0..times).map(time).collect())
}

pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
