use crate::search::is_special;
#[cfg(feature = "fast")]
use crate::search::{NEAR, SHORT, len_to_special};
use crate::{ESCAPE, ESCAPE_MASK, FCS_LEN, FLAG};

/// The octets of one frame so far, unstuffed, with its FCS; at most `N`.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
// The length first: what lies behind the octets takes more code to get at.
#[repr(C)]
pub(crate) struct Frame<const N: usize> {
    len: usize,
    octets: [u8; N],
}

/// Where [`Frame::unstuff`] stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// At the end of what there was.
    End,
    /// There too, behind an escape.
    Escape,
    /// Behind a flag.
    Flag,
    /// Behind an escape and a flag.
    Abort,
    /// Behind an octet for which there was no room.
    Full,
}

impl<const N: usize> Frame<N> {
    pub(crate) const EMPTY: Self = Self { len: 0, octets: [0; N] };

    pub(crate) const fn clear(&mut self) {
        self.len = 0;
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// The payload and its FCS, if there is enough for both.
    pub(crate) fn split_fcs(&self) -> Option<(&[u8], [u8; FCS_LEN])> {
        let (payload, &fcs) = self.octets.get(..self.len)?.split_last_chunk()?;
        if payload.is_empty() { None } else { Some((payload, fcs)) }
    }

    /// Takes octets off `line`, where an escape went before them if `escaped`, and appends what
    /// they stand for.
    #[cfg(not(feature = "fast"))]
    pub(crate) fn unstuff(&mut self, line: &mut &[u8], escaped: bool) -> Stop {
        self.unstuff_each(line, escaped)
    }

    /// Takes octets off `line`, where an escape went before them if `escaped`, and appends what
    /// they stand for.
    #[cfg(feature = "fast")]
    pub(crate) fn unstuff(&mut self, line: &mut &[u8], mut escaped: bool) -> Stop {
        if self.is_empty() && !escaped {
            // Flags between frames are not worth a search.
            while let Some((&FLAG, after)) = line.split_first() {
                *line = after;
            }
        }
        if line.len() < SHORT {
            return self.unstuff_each(line, escaped);
        }
        let mut near = usize::from(escaped);
        loop {
            if near == 0 {
                let run = len_to_special(line);
                if !self.copy(run, line) {
                    return Stop::Full;
                }
                match take_first(line) {
                    None => return Stop::End,
                    Some(FLAG) => return Stop::Flag,
                    Some(_) if run < NEAR => (escaped, near) = (true, NEAR),
                    Some(_) => {
                        let mut len = self.len;
                        let stop = self.unescape(line, &mut len);
                        self.len = len;
                        if let Some(stop) = stop {
                            return stop;
                        }
                    }
                }
            } else {
                let len_before = self.len;
                let (mut these, others) = line.split_at_checked(near).unwrap_or((line, &[]));
                let stop = self.unstuff_each(&mut these, escaped);
                *line = line.get(line.len() - these.len() - others.len()..).unwrap_or(&[]);
                if others.is_empty() || !matches!(stop, Stop::End | Stop::Escape) {
                    return stop;
                }
                escaped = stop == Stop::Escape;
                near = if self.len - len_before < near { NEAR } else { 0 };
            }
        }
    }

    fn unstuff_each(&mut self, line: &mut &[u8], mut escaped: bool) -> Stop {
        let mut len = self.len;
        let mut rest = *line;
        let stop = loop {
            if !escaped {
                let mut run = 0;
                let Some(free) = self.octets.get_mut(len..) else { break Stop::Full };
                for (slot, &octet) in free.iter_mut().zip(rest) {
                    if is_special(octet) {
                        break;
                    }
                    *slot = octet;
                    run += 1;
                }
                len += run;
                rest = rest.get(run..).unwrap_or(&[]);
                match take_first(&mut rest) {
                    None => break Stop::End,
                    Some(FLAG) => break Stop::Flag,
                    Some(ESCAPE) => {}
                    Some(_) => break Stop::Full,
                }
            }
            if let Some(stop) = self.unescape(&mut rest, &mut len) {
                break stop;
            }
            // Escapes like to follow each other: no need to look for a run between them.
            escaped = cfg!(feature = "fast") && rest.first() == Some(&ESCAPE);
            if escaped {
                take_first(&mut rest);
            }
        };
        *line = rest;
        self.len = len;
        stop
    }

    /// Takes the octet behind an escape off `line` and puts what it stands for at `len`.
    fn unescape(&mut self, line: &mut &[u8], len: &mut usize) -> Option<Stop> {
        let octet = match take_first(line) {
            None => return Some(Stop::Escape),
            Some(FLAG) => return Some(Stop::Abort),
            Some(octet) => octet ^ ESCAPE_MASK,
        };
        let Some(slot) = self.octets.get_mut(*len) else { return Some(Stop::Full) };
        *slot = octet;
        *len += 1;
        None
    }

    /// Takes a run of octets off `line` and appends it. If there is not enough room, it takes one
    /// octet more than fits.
    #[cfg(feature = "fast")]
    fn copy(&mut self, run: usize, line: &mut &[u8]) -> bool {
        const BLOCK: usize = 16;
        let free = self.octets.get_mut(self.len..).unwrap_or(&mut []);
        let fits = run <= free.len();
        let taken = if fits { run } else { free.len() + 1 };
        let whole_block = free.first_chunk_mut::<BLOCK>().zip(line.first_chunk());
        let Some((octets, rest)) = line.split_at_checked(taken) else { return false };
        match whole_block {
            // What is copied too much, the next octets replace.
            Some((free, block)) if run <= BLOCK => *free = *block,
            // Not `copy_from_slice`: its check of the lengths would stay in the compiled code.
            _ => free.iter_mut().zip(octets).for_each(|(slot, &octet)| *slot = octet),
        }
        self.len = if fits { self.len + run } else { N };
        *line = rest;
        fits
    }
}

fn take_first(octets: &mut &[u8]) -> Option<u8> {
    let (&first, rest) = octets.split_first()?;
    *octets = rest;
    Some(first)
}
