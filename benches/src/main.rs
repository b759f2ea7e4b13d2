//! Runs one job and prints its wire octets, what came out, and the nanoseconds of its fastest
//! pass.

use std::process::ExitCode;
use std::time::Instant;

use clouddata_benches::{Job, Tally, Work};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some((passes, job)) = words.split_last() else { return usage("no job") };
    let Ok(passes) = passes.parse::<u32>() else { return usage("no number of passes") };
    match Job::from_words(job) {
        Ok(job) => run(&Work::new(job), passes),
        Err(error) => return usage(&error),
    }
    ExitCode::SUCCESS
}

fn run(work: &Work, passes: u32) {
    let mut fastest = None;
    for _ in 0..passes {
        let began = Instant::now();
        let tally = work.measured();
        let time = began.elapsed().as_nanos();
        let this = (time, tally);
        fastest = Some(fastest.map_or(this, |fastest: (u128, Tally)| fastest.min(this)));
    }
    let (time, tally) = fastest.unwrap_or_default();
    println!("{} {} {} {time}", work.wire_octets(), tally.frames, tally.octets);
}

fn usage(error: &str) -> ExitCode {
    eprintln!(
        "{error}\nusage: work \
         decode|encode|temperatures ours|c|c-o3|hdlc|cobs a|b|c|d|one CHUNK FRAMES PASSES"
    );
    ExitCode::from(64)
}
