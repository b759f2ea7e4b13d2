use crate::frame::{Frame, Stop};
use crate::{Counters, FrameError, MIN_FRAME_LEN, fcs16, search};

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
// In the order of their sizes: what lies behind the octets takes more code to get at.
#[repr(C)]
pub struct Decoder<const N: usize> {
    state: State,
    counters: Counters,
    frame: Frame<N>,
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
        Self { frame: Frame::EMPTY, state: State::Hunting, counters: Counters::ZERO }
    }

    /// Takes octets up to the end of the next frame, good or bad, or to the end of the slice.
    pub fn feed(&mut self, octets: &[u8]) -> Fed<'_> {
        if self.state == State::Delivered {
            self.frame.clear();
            self.state = State::Receiving;
        }
        let mut rest = octets;
        let outcome = self.advance(&mut rest);
        let consumed = octets.len() - rest.len();
        Fed { consumed, outcome: outcome.map(|outcome| outcome.map(|()| self.payload())) }
    }

    /// What has been delivered and thrown away so far.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// Forgets a frame that has begun, as when the line was cut. The counters stay.
    pub const fn reset(&mut self) {
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
        self.frame.split_fcs().map_or(&[], |(payload, _)| payload)
    }

    /// Takes octets off `rest` until there is an outcome, or nothing left to take.
    fn advance(&mut self, rest: &mut &[u8]) -> Option<Result<(), FrameError>> {
        if self.state == State::Hunting {
            let skipped = search::len_to_flag(rest);
            self.counters.skipped_octets += skipped as u64;
            *rest = rest.get(skipped..).unwrap_or(&[]);
            if rest.is_empty() {
                return None;
            }
        }
        let escaped = self.state == State::Escaped;
        let outcome = loop {
            match self.frame.unstuff(rest, escaped) {
                Stop::End => {
                    self.state = State::Receiving;
                    return None;
                }
                Stop::Escape => {
                    self.state = State::Escaped;
                    return None;
                }
                // Flags may follow each other with nothing between them; `fast` has passed over them.
                Stop::Flag if !cfg!(feature = "fast") && self.frame.is_empty() => {}
                Stop::Flag => break self.check(),
                Stop::Abort => break Err(FrameError::Aborted),
                Stop::Full => break Err(FrameError::TooLong { capacity: N }),
            }
        };
        self.state = match outcome {
            Ok(()) => State::Delivered,
            // What follows belongs to this frame until a flag says otherwise, however it is
            // chunked.
            Err(FrameError::TooLong { .. }) => State::Hunting,
            Err(_) => State::Receiving,
        };
        if outcome.is_err() {
            self.frame.clear();
        }
        self.counters.count(outcome);
        Some(outcome)
    }

    /// Whether what came between two flags is a frame.
    fn check(&self) -> Result<(), FrameError> {
        let Some((payload, fcs)) = self.frame.split_fcs() else {
            return Err(FrameError::TooShort { found: self.frame.len() });
        };
        let (expected, found) = (fcs16(payload), u16::from_le_bytes(fcs));
        if found == expected { Ok(()) } else { Err(FrameError::BadFcs { expected, found }) }
    }
}

impl<const N: usize> Default for Decoder<N> {
    fn default() -> Self {
        Self::new()
    }
}
