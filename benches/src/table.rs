//! `cargo bench`: runs every job under callgrind and against the clock, prints the table, and
//! fails where a goal is missed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

use clouddata_benches::{Codec, Corpus, Direction, Job};

type Error = Box<dyn std::error::Error>;

const CORPORA: [Corpus; 4] = [Corpus::Notifications, Corpus::Escaped, Corpus::Short, Corpus::Noise];

/// A row: its name, the build it is measured in, its codec, and the most instructions an octet
/// that it may take, by corpus.
type Row = (&'static str, &'static str, Codec, [Option<f64>; 4]);

const NO_GOAL: [Option<f64>; 4] = [None; 4];

const DECODE: [Row; 7] = [
    ("C byte loop, -O2", "fast", Codec::C, NO_GOAL),
    ("C byte loop, -O3, one unit", "fast", Codec::COptimised, NO_GOAL),
    ("crates hdlc + crc", "fast", Codec::Hdlc, NO_GOAL),
    ("crates cobs + crc", "fast", Codec::Cobs, NO_GOAL),
    ("hdlc-core, fast", "fast", Codec::Ours, [Some(9.0), Some(30.0), Some(25.0), Some(4.0)]),
    ("hdlc-core", "default", Codec::Ours, [Some(20.0), None, None, None]),
    ("hdlc-core, small", "small", Codec::Ours, NO_GOAL),
];

const DECODE_16: [Row; 4] = [
    ("C byte loop, -O2", "fast", Codec::C, NO_GOAL),
    ("C byte loop, -O3, one unit", "fast", Codec::COptimised, NO_GOAL),
    ("hdlc-core, fast", "fast", Codec::Ours, [Some(25.0), None, None, None]),
    ("hdlc-core", "default", Codec::Ours, NO_GOAL),
];

const ENCODE: [Row; 7] = [
    ("C byte loop, -O2", "fast", Codec::C, NO_GOAL),
    ("C byte loop, -O3, one unit", "fast", Codec::COptimised, NO_GOAL),
    ("crates hdlc + crc", "fast", Codec::Hdlc, NO_GOAL),
    ("crates cobs + crc", "fast", Codec::Cobs, NO_GOAL),
    ("hdlc-core, fast", "fast", Codec::Ours, [Some(8.0), Some(18.0), Some(24.0), None]),
    ("hdlc-core", "default", Codec::Ours, NO_GOAL),
    ("hdlc-core, small", "small", Codec::Ours, NO_GOAL),
];

/// Instructions that a notification of one temperature may take.
const NOTIFICATION_GOAL: f64 = 300.0;

fn main() -> ExitCode {
    match Table::new().and_then(Table::print) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(missed) => {
            println!("\n{missed} goals missed (marked with !)");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("cores: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What one job took.
struct Measured {
    wire_octets: f64,
    frames: f64,
    instructions: f64,
    nanoseconds: f64,
}

struct Table {
    programs: BTreeMap<&'static str, PathBuf>,
    frames: usize,
    missed: usize,
}

impl Table {
    fn new() -> Result<Self, Error> {
        let frames = env::var("FRAMES").ok().map_or(Ok(5_000), |frames| frames.parse())?;
        let mut programs = BTreeMap::new();
        for features in ["default", "fast", "small"] {
            programs.insert(features, build(features)?);
        }
        Ok(Self { programs, frames, missed: 0 })
    }

    fn print(mut self) -> Result<usize, Error> {
        println!(
            "{} frames. a: notifications, b: every octet escaped, c: 6-octet payloads, d: noise",
            self.frames
        );
        println!("In brackets: how many times better than the C byte loop, -O2");
        self.section("Decode, chunks of 4 KiB", Direction::Decode, 4096, &DECODE)?;
        self.section("Decode, chunks of 16 octets", Direction::Decode, 16, &DECODE_16)?;
        self.section("Encode", Direction::Encode, 4096, &ENCODE)?;
        println!("\nmanager-core and oap-core, from payload to temperatures");
        for (name, corpus, goal) in [
            ("notification of one temperature", Corpus::OneTemperature, Some(NOTIFICATION_GOAL)),
            ("notification of five temperatures", Corpus::Notifications, None),
        ] {
            let measured =
                self.measure(Direction::Temperatures, 4096, corpus, "fast", Codec::Ours)?;
            let instructions = measured.instructions / measured.frames;
            let mark = self.mark(goal.is_some_and(|goal| instructions > goal));
            let time = measured.nanoseconds / measured.frames;
            println!("  {name:33} {instructions:6.1}{mark} instructions {time:6.1} ns");
        }
        Ok(self.missed)
    }

    fn section(
        &mut self,
        title: &str,
        direction: Direction,
        chunk: usize,
        rows: &[Row],
    ) -> Result<(), Error> {
        let mut cells = Vec::new();
        for &(_, program, codec, _) in rows {
            let mut row = Vec::new();
            for corpus in CORPORA {
                let is_void = corpus == Corpus::Noise
                    && (direction == Direction::Encode || codec == Codec::Cobs);
                row.push(match is_void {
                    true => None,
                    false => Some(self.measure(direction, chunk, corpus, program, codec)?),
                });
            }
            cells.push(row);
        }
        let good = |row: &[Option<Measured>]| -> Vec<_> {
            row.iter().map(|cell| cell.as_ref().map(|measured| measured.frames as u64)).collect()
        };
        for (row, &(name, _, codec, _)) in cells.iter().zip(rows) {
            if codec != Codec::Cobs && good(row) != good(&cells[0]) {
                return Err(format!("{name}: other frames than the C byte loop").into());
            }
        }

        let columns = "a               b               c               d";
        println!("\n{title}: instructions per octet on the wire\n{:30}{columns}", "");
        for (row, &(name, _, codec, goals)) in cells.iter().zip(rows) {
            print!("  {name:28}");
            for (at, cell) in row.iter().enumerate() {
                let per_octet = |measured: &Measured| measured.instructions / measured.wire_octets;
                let Some((value, c)) =
                    cell.as_ref().map(per_octet).zip(cells[0][at].as_ref().map(per_octet))
                else {
                    print!("{:16}", "-");
                    continue;
                };
                let is_missed = goals[at].is_some_and(|goal| value > goal)
                    || (codec == Codec::Ours && !name.ends_with("small") && value > c);
                let mark = self.mark(is_missed);
                print!("{:16}", format!("{value:.1}{mark} (×{:.1})", c / value));
            }
            println!();
        }
        println!("{title}: MB/s\n{:30}{columns}", "");
        for (row, (name, ..)) in cells.iter().zip(rows) {
            print!("  {name:28}");
            for (at, cell) in row.iter().enumerate() {
                let speed = |measured: &Measured| measured.wire_octets * 1e3 / measured.nanoseconds;
                match cell.as_ref().map(speed).zip(cells[0][at].as_ref().map(speed)) {
                    Some((value, c)) => print!("{:16}", format!("{value:.0} (×{:.1})", value / c)),
                    None => print!("{:16}", "-"),
                }
            }
            println!();
        }
        Ok(())
    }

    const fn mark(&mut self, is_missed: bool) -> &'static str {
        if is_missed {
            self.missed += 1;
            "!"
        } else {
            ""
        }
    }

    fn measure(
        &self,
        direction: Direction,
        chunk: usize,
        corpus: Corpus,
        program: &str,
        codec: Codec,
    ) -> Result<Measured, Error> {
        let program = &self.programs[program];
        let job = Job { direction, codec, corpus, chunk, frames: self.frames }.to_string();
        let words: Vec<&str> = job.split(' ').collect();
        let timed = output(Command::new(program).args(&words).arg("20"))?.0;
        let fields: Vec<f64> =
            timed.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        let [wire_octets, frames, _, nanoseconds] = fields[..] else {
            return Err(format!("{job}: {timed}").into());
        };
        let mut callgrind = Command::new("valgrind");
        callgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        callgrind.arg("--toggle-collect=*Work*measured*").arg(program).args(&words).arg("1");
        let (_, log) = output(&mut callgrind)?;
        let collected = log.lines().find_map(|line| line.split_once("Collected : "));
        let instructions = collected.ok_or("callgrind says nothing")?.1.trim().parse()?;
        if instructions == 0.0 {
            return Err(format!("{job}: callgrind has not found the work").into());
        }
        Ok(Measured { wire_octets, frames, instructions, nanoseconds })
    }
}

/// Builds the program that does the work, with these features of hdlc-core.
fn build(features: &'static str) -> Result<PathBuf, Error> {
    let manifest_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target_dir =
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| manifest_dir.join("target"), PathBuf::from);
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(manifest_dir).args(["build", "--quiet", "--release", "--locked"]);
    cargo.args(["--bin", "work", "--target-dir"]).arg(&target_dir);
    if features != "default" {
        cargo.args(["--features", features]);
    }
    output(&mut cargo)?;
    let program = target_dir.join("release").join(format!("work-{features}"));
    fs::copy(target_dir.join("release/work"), &program)?;
    Ok(program)
}

fn output(command: &mut Command) -> Result<(String, String), Error> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    if output.status.success() {
        Ok((stdout, stderr))
    } else {
        Err(format!("{command:?}: {}\n{stderr}", output.status).into())
    }
}
