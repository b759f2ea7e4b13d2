//! Octets taken in order, each field with its name and what it means.

use core::fmt;

use super::text::hex;
use super::wire::Octet;

/// Which layer of the protocol a field belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    Hdlc,
    /// The manager's serial API.
    Api,
    Oap,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Hdlc => "HDLC",
            Self::Api => "API",
            Self::Oap => "OAP",
        })
    }
}

/// A field as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Where it begins on the wire.
    pub(super) at: usize,
    /// Its octets on the wire, escapes included.
    pub(super) wire: Vec<u8>,
    pub(super) layer: Layer,
    pub(super) text: String,
}

/// Octets of a line that fit a row.
const ROW: usize = 8;

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, wire, layer, text } = self;
        let mut rows = wire.chunks(ROW).map(hex);
        let first = rows.next().unwrap_or_default();
        write!(f, "{at:>6}  {first:<23}  {layer:<4}  {text}")?;
        for (row, at) in rows.zip((at + ROW..).step_by(ROW)) {
            write!(f, "\n{at:>6}  {row}")?;
        }
        Ok(())
    }
}

/// Takes a frame's octets field by field. Every octet taken is in exactly one [`Line`].
#[derive(Debug)]
pub(super) struct Fields<'a> {
    rest: &'a [Octet],
    lines: &'a mut Vec<Line>,
    layer: Layer,
}

impl<'a> Fields<'a> {
    pub(super) const fn new(octets: &'a [Octet], lines: &'a mut Vec<Line>, layer: Layer) -> Self {
        Self { rest: octets, lines, layer }
    }

    /// The same octets, from here on in another layer.
    pub(super) const fn into_layer(self, layer: Layer) -> Self {
        Self { layer, ..self }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The values of what is left.
    pub(super) fn values(&self) -> Vec<u8> {
        values(self.rest)
    }

    /// Takes a field of so many octets. `None` if the frame ends before: what there is of the
    /// field is shown all the same.
    pub(super) fn octets(
        &mut self,
        count: usize,
        name: &str,
        meaning: impl FnOnce(&[u8]) -> String,
    ) -> Option<Vec<u8>> {
        let Some((field, rest)) = self.rest.split_at_checked(count) else {
            let found = self.rest.len();
            let text = format!("{name}: CUT SHORT, {found} of {count} octets");
            let rest = core::mem::take(&mut self.rest);
            self.lines.push(line(rest, self.layer, text));
            return None;
        };
        self.rest = rest;
        let values = values(field);
        self.show(field, format!("{name}: {}", meaning(&values)));
        Some(values)
    }

    /// Takes an unsigned big-endian number of at most eight octets.
    pub(super) fn number(
        &mut self,
        count: usize,
        name: &str,
        meaning: impl FnOnce(u64) -> String,
    ) -> Option<u64> {
        let number = |octets: &[u8]| octets.iter().fold(0, |number, &o| number << 8 | u64::from(o));
        self.octets(count, name, |octets| meaning(number(octets))).map(|octets| number(&octets))
    }

    /// Takes a number that says enough by itself.
    pub(super) fn plain(&mut self, count: usize, name: &str) -> Option<u64> {
        self.number(count, name, |number| number.to_string())
    }

    /// Takes so many octets as a message of their own. `None` if the frame ends before: what there
    /// is of them is shown all the same.
    pub(super) fn part(&mut self, count: usize) -> Option<Fields<'_>> {
        let Some((part, rest)) = self.rest.split_at_checked(count) else {
            self.octets(count, "content", |_| String::new());
            return None;
        };
        self.rest = rest;
        Some(Fields { rest: part, lines: self.lines, layer: self.layer })
    }

    /// Takes all that is left, if anything is.
    pub(super) fn remainder(&mut self, name: &str) {
        let rest = core::mem::take(&mut self.rest);
        if !rest.is_empty() {
            self.show(rest, format!("{name}, {} octets", rest.len()));
        }
    }

    /// Shows octets, unless there are none.
    pub(super) fn show(&mut self, octets: &[Octet], text: String) {
        if !octets.is_empty() {
            self.lines.push(line(octets, self.layer, text));
        }
    }
}

fn line(octets: &[Octet], layer: Layer, text: String) -> Line {
    Line { at: octets.first().map_or(0, |octet| octet.at), wire: wire(octets), layer, text }
}

pub(super) fn values(octets: &[Octet]) -> Vec<u8> {
    octets.iter().map(|octet| octet.value).collect()
}

/// The octets as they were on the wire.
fn wire(octets: &[Octet]) -> Vec<u8> {
    let mut wire = Vec::new();
    for octet in octets {
        if octet.escaped {
            wire.extend([hdlc_core::ESCAPE, octet.value ^ hdlc_core::ESCAPE_MASK]);
        } else {
            wire.push(octet.value);
        }
    }
    wire
}
