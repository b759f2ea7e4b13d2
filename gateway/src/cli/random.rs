//! `random`: plausible temperatures of motes that are not there.

use core::sync::atomic::Ordering;
use core::time::Duration;
use std::thread;
use std::time::Instant;

use clap::Args;
use host::{Failure, exit};
use readings::{Mac, Reading, Record, Timestamp};

use super::RunArgs;
use super::progress::Progress;
use crate::upload::Post;

/// Most readings in one request.
const BATCH: u64 = 1000;

/// Between two looks at what is due.
const TICK: Duration = Duration::from_millis(10);

/// Before the next request after one that failed.
const PAUSE: Duration = Duration::from_secs(1);

/// What `random` can be told.
#[derive(Args, Clone, Debug)]
pub(super) struct RandomArgs {
    /// Readings a second, of all motes together.
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = rate)]
    rate: f64,
    /// How many motes there are.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    motes: u16,
    /// Stop after this time instead of at a signal.
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    duration: Option<Duration>,
    #[command(flatten)]
    run: RunArgs,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if rate > 0.0 && rate <= 100_000.0 { Ok(rate) } else { Err("not 0 to 100000".to_owned()) }
}

/// Posts readings until a signal comes or the time is over.
pub(super) fn random(args: &RandomArgs) -> Result<(), Failure> {
    let config = args.run.stateless_config()?;
    let post =
        Post::new(&config).map_err(|error| Failure::new(exit::CONFIGURATION, error.to_string()))?;
    let stopped = host::stop_flag()?;
    let mut motes = Motes::new(args.motes);
    let mut tally = Tally::default();
    let mut progress = Progress::default();
    let (begun, since) = (Instant::now(), Timestamp::now());
    let end = args.duration.map(|duration| begun + duration);
    while !stopped.load(Ordering::Relaxed) && end.is_none_or(|end| Instant::now() < end) {
        let due = due(begun.elapsed(), args.rate).saturating_sub(tally.posted()).min(BATCH);
        if due == 0 {
            thread::sleep(TICK);
            continue;
        }
        let records: Vec<Record> = (tally.posted()..tally.posted() + due)
            .map(|index| motes.measure(index, moment(since, index, args.rate)).into())
            .collect();
        match post.post(&records, None) {
            Ok(outcome) => {
                let (refused, kept) = (outcome.refused.len() as u64, outcome.kept.len() as u64);
                tally.refused += refused;
                tally.failed += kept;
                tally.accepted += due - refused - kept;
                let refused = outcome.refused.into_iter().next().map(|refusal| refusal.reason);
                tally.reason = refused.or(outcome.why_kept);
            }
            Err(error) => {
                tally.failed += due;
                tally.reason = Some(error.reason);
                thread::sleep(PAUSE);
            }
        }
        progress.show(|| tally.text(begun.elapsed()));
    }
    progress.end();
    host::print(format_args!("{}\n", tally.text(begun.elapsed())))?;
    match tally {
        Tally { refused: 0, failed: 0, .. } => Ok(()),
        Tally { reason, .. } => {
            let reason = reason.unwrap_or_else(|| "not every reading was accepted".to_owned());
            Err(Failure::new(exit::UNAVAILABLE, reason))
        }
    }
}

/// How many readings there should be by now.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is not negative")]
fn due(elapsed: Duration, rate: f64) -> u64 {
    (elapsed.as_secs_f64() * rate) as u64 + 1
}

/// When a reading is measured: each has a time of its own, however many there are.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "some hundred years of microseconds"
)]
fn moment(since: Timestamp, index: u64, rate: f64) -> Timestamp {
    Timestamp::from_micros(since.as_micros() + (index as f64 / rate * 1e6) as i64)
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Tally {
    accepted: u64,
    refused: u64,
    failed: u64,
    /// What went wrong last.
    reason: Option<String>,
}

impl Tally {
    const fn posted(&self) -> u64 {
        self.accepted + self.refused + self.failed
    }

    #[expect(clippy::cast_precision_loss, reason = "for a person")]
    fn text(&self, elapsed: Duration) -> String {
        let Self { accepted, refused, failed, .. } = self;
        let seconds = elapsed.as_secs_f64();
        let rate = *accepted as f64 / seconds.max(1e-3);
        format!(
            "{accepted} accepted, {refused} refused, {failed} failed in {seconds:.1} s: {rate:.1} readings/s"
        )
    }
}

/// Temperatures that wander.
struct Motes(Vec<f64>);

impl Motes {
    fn new(count: u16) -> Self {
        Self((0..count).map(|_| 17.0 + 8.0 * fastrand::f64()).collect())
    }

    /// The reading of this number; the motes take turns.
    #[expect(clippy::cast_possible_truncation, reason = "a remainder of a length")]
    fn measure(&mut self, index: u64, timestamp: Timestamp) -> Reading {
        let mote = (index % self.0.len() as u64) as usize;
        let celsius = &mut self.0[mote];
        *celsius = (*celsius + 0.2 * (fastrand::f64() - 0.5)).clamp(10.0, 35.0);
        let [high, low] = u16::try_from(mote).unwrap_or(u16::MAX).to_be_bytes();
        let mac = Mac::from([0x00, 0x17, 0x0d, 0x00, 0x00, 0xfe, high, low]);
        let temperature = (*celsius * 100.0).round() / 100.0;
        Reading::temperature(mac, temperature, Some(timestamp))
    }
}
