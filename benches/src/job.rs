use std::fmt;
use std::hint::black_box;
use std::str::FromStr;

use crate::{CAPACITY, Corpus, Tally, byte_loop, cobs_crate, hdlc_crate, ours};

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the line to payloads.
    Decode,
    /// From payloads to the line.
    Encode,
    /// From payloads to temperatures.
    Temperatures,
}

/// Whose code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// The cores of this project.
    Ours,
    /// The byte loop in C, as firmware is built.
    C,
    /// The byte loop in C, in one translation unit with `-O3`.
    COptimised,
    /// The crates `hdlc` and `crc`.
    Hdlc,
    /// The crates `cobs` and `crc`.
    Cobs,
}

/// One thing to measure: `decode ours a 4096 5000`.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// Which way.
    pub direction: Direction,
    /// Whose code.
    pub codec: Codec,
    /// Over what.
    pub corpus: Corpus,
    /// Octets given at once to a decoder.
    pub chunk: usize,
    /// How many frames.
    pub frames: usize,
}

/// A job with all its input.
pub struct Work {
    job: Job,
    line: Vec<u8>,
    payloads: Vec<Vec<u8>>,
}

impl Work {
    /// Makes the input.
    #[must_use]
    pub fn new(job: Job) -> Self {
        let payloads = job.corpus.payloads(job.frames);
        let line = match job.codec {
            Codec::Cobs => cobs_crate::line(&payloads),
            _ => job.corpus.line(job.frames),
        };
        Self { job, line, payloads }
    }

    /// Octets on the wire, for the whole work.
    #[must_use]
    pub fn wire_octets(&self) -> usize {
        self.line.len()
    }

    /// Does it. Callgrind counts what happens within, by this name.
    #[inline(never)]
    pub fn measured(&self) -> Tally {
        let (line, chunk) = (black_box(&self.line[..]), self.job.chunk);
        let payloads = black_box(&self.payloads[..]);
        let mut buffer = [0; hdlc_core::max_wire_len(CAPACITY)];
        black_box(match (self.job.direction, self.job.codec) {
            (Direction::Decode, Codec::Ours) => ours::decode(line, chunk),
            (Direction::Decode, Codec::C) => byte_loop::UNITS.decode(line, chunk),
            (Direction::Decode, Codec::COptimised) => byte_loop::WHOLE.decode(line, chunk),
            (Direction::Decode, Codec::Hdlc) => hdlc_crate::decode(line, chunk),
            (Direction::Decode, Codec::Cobs) => cobs_crate::decode(line, chunk),
            (Direction::Encode, Codec::Ours) => ours::encode(payloads, &mut buffer),
            (Direction::Encode, Codec::C) => byte_loop::UNITS.encode(payloads, &mut buffer),
            (Direction::Encode, Codec::COptimised) => {
                byte_loop::WHOLE.encode(payloads, &mut buffer)
            }
            (Direction::Encode, Codec::Hdlc) => hdlc_crate::encode(payloads),
            (Direction::Encode, Codec::Cobs) => cobs_crate::encode(payloads, &mut buffer),
            (Direction::Temperatures, _) => ours::temperatures(payloads),
        })
    }
}

impl Job {
    /// The job that these words name.
    ///
    /// # Errors
    /// If they name none.
    pub fn from_words(words: &[String]) -> Result<Self, String> {
        let [direction, codec, corpus, chunk, frames] = words else {
            return Err("a job has five words".to_owned());
        };
        let number = |word: &String| word.parse().map_err(|error| format!("{word}: {error}"));
        Ok(Self {
            direction: direction.parse()?,
            codec: codec.parse()?,
            corpus: corpus.parse()?,
            chunk: number(chunk)?,
            frames: number(frames)?,
        })
    }
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = match self.direction {
            Direction::Decode => "decode",
            Direction::Encode => "encode",
            Direction::Temperatures => "temperatures",
        };
        let codec = match self.codec {
            Codec::Ours => "ours",
            Codec::C => "c",
            Codec::COptimised => "c-o3",
            Codec::Hdlc => "hdlc",
            Codec::Cobs => "cobs",
        };
        write!(f, "{direction} {codec} {} {} {}", self.corpus, self.chunk, self.frames)
    }
}

impl FromStr for Direction {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "decode" => Ok(Self::Decode),
            "encode" => Ok(Self::Encode),
            "temperatures" => Ok(Self::Temperatures),
            _ => Err(format!("no direction {word}")),
        }
    }
}

impl FromStr for Codec {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "ours" => Ok(Self::Ours),
            "c" => Ok(Self::C),
            "c-o3" => Ok(Self::COptimised),
            "hdlc" => Ok(Self::Hdlc),
            "cobs" => Ok(Self::Cobs),
            _ => Err(format!("no codec {word}")),
        }
    }
}
