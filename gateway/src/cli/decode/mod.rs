//! `decode`: every octet of a line explained.

mod command;
mod fields;
mod health_report;
mod hex;
mod input;
mod meaning;
mod notification;
mod oap;
mod packet;
mod summary;
mod tally;
mod text;
mod time;
mod wire;

use std::io::{self, BufWriter, Write};

use clap::Args;
use hdlc_core::{FCS_LEN, FrameError};
use host::{Failure, Output, exit};
use oap_core::Message;
use readings::Timestamp;

use fields::{Fields, Layer, Line, values};
use input::Input;
use packet::{explain_packet, headline};
use summary::summarise;
use tally::Tally;
use text::hex;
use wire::{Frame, Octet, Part, parts, unstuff};

/// What `decode` can be told.
#[derive(Args, Clone, Debug)]
pub(super) struct DecodeArgs {
    /// Octets in hexadecimal (7e0003…, with or without spaces, commas and 0x), a file of such
    /// text, of raw octets or of a capture, or - for stdin.
    #[arg(value_name = "HEX|FILE|-", required = true)]
    input: Vec<String>,
    /// One line for each frame instead of one for each field.
    #[arg(long)]
    brief: bool,
}

/// Explains what it is given; ends with 65 if anything in it is bad, or nothing is good.
pub(super) fn decode(args: &DecodeArgs) -> Result<(), Failure> {
    let input = input::read(&args.input)?;
    let mut out = BufWriter::new(Output::stdout());
    let explained = explain(&mut out, &input, args.brief).and_then(|tally| {
        out.flush()?;
        Ok(tally)
    });
    let tally = explained.map_err(|error| Failure::of_output(&error))?;
    tally.verdict().map_err(|reason| Failure::new(exit::DATA, reason))
}

fn explain(out: &mut impl Write, input: &Input, brief: bool) -> io::Result<Tally> {
    let mut writer = Explanation { out, brief, tally: Tally::default() };
    match input {
        Input::Plain(line) if !line.octets.contains(&hdlc_core::FLAG) => {
            writer.without_flags(&line.octets)?;
        }
        Input::Plain(line) => {
            for part in parts(&line.octets) {
                writer.part("", &part)?;
            }
        }
        Input::Capture { from_manager, to_manager, fault } => {
            let lines = [(from_manager, "from the manager"), (to_manager, "to the manager")];
            let mut timed: Vec<_> = lines
                .into_iter()
                .flat_map(|(line, way)| {
                    parts(&line.octets)
                        .into_iter()
                        .map(move |part| (line.time(part.end()).unwrap_or_default(), way, part))
                })
                .collect();
            timed.sort_by_key(|&(micros, ..)| micros);
            for (micros, way, part) in timed {
                let micros = i64::try_from(micros).unwrap_or(i64::MAX);
                writer.part(&format!("{} {way}: ", Timestamp::from_micros(micros)), &part)?;
            }
            if let Some(fault) = fault {
                writer.tally.faulty += 1;
                writeln!(writer.out, "{fault}")?;
            }
        }
    }
    let tally = writer.tally;
    writeln!(out, "{tally}")?;
    Ok(tally)
}

struct Explanation<'a, W> {
    out: &'a mut W,
    brief: bool,
    tally: Tally,
}

impl<W: Write> Explanation<'_, W> {
    /// Explains a part of a line; `prefix` says when it was heard and from where.
    fn part(&mut self, prefix: &str, part: &Part<'_>) -> io::Result<()> {
        match part {
            Part::Noise { at, octets } => {
                self.tally.noise += octets.len();
                self.outside(prefix, "noise before the first flag", *at, octets)
            }
            Part::Unfinished { at, octets } => self.unfinished(prefix, *at, octets),
            Part::Frame(frame) => self.frame(prefix, frame),
        }
    }

    fn outside(&mut self, prefix: &str, what: &str, at: usize, octets: &[u8]) -> io::Result<()> {
        let count = text::count(octets.len(), "octet");
        writeln!(self.out, "{prefix}{what}: {count} at {at}")?;
        let wire = octets.to_vec();
        let text = "outside of any frame".to_owned();
        self.lines(&[Line { at, wire, layer: Layer::Hdlc, text }])
    }

    /// The beginning of a frame, or noise: most often somebody has not copied all of it.
    fn unfinished(&mut self, prefix: &str, at: usize, octets: &[u8]) -> io::Result<()> {
        self.tally.unfinished += octets.len();
        let count = text::count(octets.len(), "octet");
        writeln!(self.out, "{prefix}unfinished, no flag follows: {count} at {at}")?;
        let mut lines = vec![flag(at.saturating_sub(1), "flag, opens the frame")];
        let unstuffed = unstuff(at, octets);
        let _ = explain_packet(Fields::new(&unstuffed, &mut lines, Layer::Api));
        self.lines(&lines)
    }

    fn frame(&mut self, prefix: &str, frame: &Frame) -> io::Result<()> {
        let Frame { at, end, octets, verdict } = frame;
        self.tally.count(verdict);
        let (payload, fcs) = octets.split_at(octets.len().saturating_sub(FCS_LEN));
        let place = format!("{at} to {end}");
        let mut lines = vec![flag(*at, "flag, opens the frame")];
        let mut fields = Fields::new(payload, &mut lines, Layer::Hdlc);
        match verdict {
            Ok(()) => {
                let summary = summarise(&values(payload));
                let what = headline(&values(payload));
                writeln!(self.out, "{prefix}frame, octets {place}: {what}")?;
                for reading in summary.iter().flatten() {
                    writeln!(self.out, "  {reading}")?;
                }
                if let Err(fault) = summary {
                    self.tally.faulty += 1;
                    writeln!(self.out, "  FAULTY: {fault}")?;
                }
                fields = fields.into_layer(Layer::Api);
                let _ = explain_packet(fields);
            }
            Err(error) => {
                writeln!(self.out, "{prefix}BAD frame, octets {place}: {error}")?;
                match error {
                    // Most often a single octet is wrong, and the others say what it was.
                    FrameError::BadFcs { .. } => {
                        let _ = explain_packet(fields.into_layer(Layer::Api));
                    }
                    _ => fields.remainder("not a frame"),
                }
            }
        }
        explain_fcs(fcs, verdict, &mut lines);
        lines.push(flag(*end, "flag, closes the frame"));
        self.lines(&lines)
    }

    /// Without a flag there is no frame, but what is in one may have been given by itself.
    fn without_flags(&mut self, octets: &[u8]) -> io::Result<()> {
        let places: Vec<_> = octets
            .iter()
            .zip(0..)
            .map(|(&value, at)| Octet { at, value, escaped: false })
            .collect();
        let mut lines = Vec::new();
        if manager_core::Packet::parse(octets).is_ok() {
            self.tally.bare += 1;
            let what = headline(octets);
            writeln!(self.out, "no flags, taken for what is in a frame: {what}")?;
            for reading in summarise(octets).iter().flatten() {
                writeln!(self.out, "  {reading}")?;
            }
            let _ = explain_packet(Fields::new(&places, &mut lines, Layer::Api));
        } else if is_oap(octets) {
            self.tally.bare += 1;
            writeln!(self.out, "no flags, taken for an OAP message")?;
            let _ = oap::explain_oap(Fields::new(&places, &mut lines, Layer::Oap));
        } else if !octets.is_empty() {
            return self.part("", &Part::Noise { at: 0, octets });
        }
        self.lines(&lines)
    }

    fn lines(&mut self, lines: &[Line]) -> io::Result<()> {
        if self.brief {
            return Ok(());
        }
        for line in lines {
            writeln!(self.out, "{line}")?;
        }
        writeln!(self.out)
    }
}

/// Nearly any octets can be parsed as OAP; these have no bit and no command that is not known.
fn is_oap(octets: &[u8]) -> bool {
    matches!(octets, &[0..=7, _, 1..=5, ..]) && Message::parse(octets).is_ok()
}

fn flag(at: usize, text: &str) -> Line {
    Line { at, wire: vec![hdlc_core::FLAG], layer: Layer::Hdlc, text: text.to_owned() }
}

fn explain_fcs(fcs: &[Octet], verdict: &Result<(), FrameError>, lines: &mut Vec<Line>) {
    let found = values(fcs);
    let text = match verdict {
        Ok(()) => format!("FCS, least significant octet first: {}, good", hex(&found)),
        Err(FrameError::BadFcs { expected, .. }) => {
            format!("FCS: BAD, expected {}", hex(&expected.to_le_bytes()))
        }
        Err(_) => "not a frame".to_owned(),
    };
    Fields::new(&[], lines, Layer::Hdlc).show(fcs, text);
}
