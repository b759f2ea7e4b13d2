use heapless::Vec;

use crate::{Counters, ESCAPE, ESCAPE_MASK, FCS_LEN, FLAG, FrameError, MIN_FRAME_LEN, fcs16};

/// Finds frames in a stream of octets.
///
/// `N` is the longest frame it takes, unstuffed and with its FCS; 128 for a SmartMesh IP Manager.
/// What comes out depends only on the octets, never on how they were cut into chunks, and after
/// any fault the next flag starts afresh.
///
/// ```
/// use hdlc_core::Decoder;
///
/// let mut decoder = Decoder::<128>::new();
/// let mut line: &[u8] = b"noise\x7e\x00\x03\x00\x02\x04\x00\x9b\x38\x7e";
/// while !line.is_empty() {
///     let fed = decoder.feed(line);
///     match fed.outcome {
///         Some(Ok(payload)) => assert_eq!(payload, [0, 3, 0, 2, 4, 0]),
///         Some(Err(error)) => panic!("{error}"),
///         None => {}
///     }
///     line = &line[fed.consumed..];
/// }
/// assert_eq!(decoder.counters().frames, 1);
/// assert_eq!(decoder.counters().skipped_octets, 5);
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Decoder<const N: usize> {
    /// The frame so far, unstuffed, with its FCS.
    frame: Vec<u8, N>,
    state: State,
    counters: Counters,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
enum State {
    /// Skipping to a flag.
    Hunting,
    /// Between two flags.
    Receiving,
    /// Between two flags, after an escape.
    Escaped,
    /// At the flag that closed a frame, which the caller may still be looking at.
    Delivered,
}

/// What one [`Decoder::feed`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the octets after `consumed` still have to be fed"]
pub struct Fed<'a> {
    /// How many of the octets were taken. All of them, unless there is an outcome.
    pub consumed: usize,
    /// The payload of a good frame, without its FCS, or why there is none; `None` when more
    /// octets are needed.
    pub outcome: Option<Result<&'a [u8], FrameError>>,
}

impl<const N: usize> Decoder<N> {
    /// A decoder at the start of a line, in the middle of whatever is being sent.
    #[must_use]
    pub const fn new() -> Self {
        const { assert!(N >= MIN_FRAME_LEN, "a frame has at least three octets") };
        Self {
            frame: Vec::new(),
            state: State::Hunting,
            counters: Counters {
                frames: 0,
                bad_fcs: 0,
                too_short: 0,
                too_long: 0,
                aborted: 0,
                skipped_octets: 0,
            },
        }
    }

    /// Takes octets up to the end of the next frame, good or bad, or to the end of the slice.
    pub fn feed(&mut self, octets: &[u8]) -> Fed<'_> {
        if self.state == State::Delivered {
            self.restart();
        }
        let mut consumed = 0;
        for &octet in octets {
            consumed += 1;
            if let Some(outcome) = self.take(octet) {
                let outcome = outcome.map(|()| self.payload());
                return Fed { consumed, outcome: Some(outcome) };
            }
        }
        Fed { consumed, outcome: None }
    }

    /// What has been delivered and thrown away so far.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// Forgets a frame that has begun, as when the line was cut. The counters stay.
    pub fn reset(&mut self) {
        self.frame.clear();
        self.state = State::Hunting;
    }

    /// The payload of the good frame at which the last [`feed`](Self::feed) ended; nothing if it
    /// ended otherwise.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        if self.state != State::Delivered {
            return &[];
        }
        self.frame.split_last_chunk::<FCS_LEN>().map_or(&[], |(payload, _)| payload)
    }

    fn take(&mut self, octet: u8) -> Option<Result<(), FrameError>> {
        match (self.state, octet) {
            (State::Hunting, FLAG) => self.restart(),
            (State::Hunting, _) => self.counters.skipped_octets += 1,
            (_, FLAG) => return self.close(),
            (State::Escaped, _) => return self.push(octet ^ ESCAPE_MASK),
            (_, ESCAPE) => self.state = State::Escaped,
            (_, _) => return self.push(octet),
        }
        None
    }

    fn push(&mut self, octet: u8) -> Option<Result<(), FrameError>> {
        if self.frame.push(octet).is_ok() {
            self.state = State::Receiving;
            return None;
        }
        // What follows belongs to this frame until a flag says otherwise, however it is chunked.
        self.reset();
        self.counters.too_long += 1;
        Some(Err(FrameError::TooLong { capacity: N }))
    }

    /// A flag: the end of a frame, the start of the next, or both. Flags may also follow each
    /// other with nothing between them.
    fn close(&mut self) -> Option<Result<(), FrameError>> {
        let escaped = self.state == State::Escaped;
        if self.frame.is_empty() && !escaped {
            return None;
        }
        let checked = if escaped { Err(FrameError::Aborted) } else { self.check() };
        match checked {
            Ok(()) => {
                self.state = State::Delivered;
                self.counters.frames += 1;
            }
            Err(error) => {
                self.restart();
                *match error {
                    FrameError::BadFcs { .. } => &mut self.counters.bad_fcs,
                    FrameError::TooShort { .. } => &mut self.counters.too_short,
                    FrameError::TooLong { .. } => &mut self.counters.too_long,
                    FrameError::Aborted => &mut self.counters.aborted,
                } += 1;
            }
        }
        Some(checked)
    }

    fn check(&self) -> Result<(), FrameError> {
        let too_short = FrameError::TooShort { found: self.frame.len() };
        let (payload, &found) = self.frame.split_last_chunk().ok_or(too_short)?;
        if payload.len() < MIN_FRAME_LEN - FCS_LEN {
            return Err(too_short);
        }
        let found = u16::from_le_bytes(found);
        let expected = fcs16(payload);
        if found == expected { Ok(()) } else { Err(FrameError::BadFcs { expected, found }) }
    }

    /// A flag was seen: whatever comes next is a new frame.
    fn restart(&mut self) {
        self.frame.clear();
        self.state = State::Receiving;
    }
}

impl<const N: usize> Default for Decoder<N> {
    fn default() -> Self {
        Self::new()
    }
}
