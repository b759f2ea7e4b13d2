//! What the parsers of all messages share: nom's streaming parsers over octets, and how their
//! failures become a [`ParseError`].

use nom::combinator::verify;
use nom::error::{ErrorKind, FromExternalError};
use nom::number::streaming::be_u8;
use nom::{Err, IResult, Needed, Parser};

use crate::ParseError;
use crate::tag::ADDRESS;

pub(crate) type Parsed<'a, T> = IResult<&'a [u8], T, Refused>;

/// A [`ParseError`] inside nom, so that nom is no part of the public interface.
#[derive(Debug)]
pub(crate) struct Refused(ParseError);

impl nom::error::ParseError<&[u8]> for Refused {
    /// The streaming parsers of integers and of runs of octets are `Incomplete` or succeed, so the
    /// one parser of this crate that refuses an octet of its own accord is [`address_octets`].
    fn from_error_kind(input: &[u8], _kind: ErrorKind) -> Self {
        Self(ParseError::AddressExpected { found: input.first().copied().unwrap_or_default() })
    }

    fn append(_input: &[u8], _kind: ErrorKind, other: Self) -> Self {
        other
    }
}

impl FromExternalError<&[u8], ParseError> for Refused {
    fn from_external_error(_input: &[u8], _kind: ErrorKind, error: ParseError) -> Self {
        Self(error)
    }
}

/// A run of `count` octets: nom's `take`, without the slice index that a compiler may fail to prove.
pub(crate) fn octets<'a>(count: usize) -> impl Fn(&'a [u8]) -> Parsed<'a, &'a [u8]> {
    move |input| match input.split_at_checked(count) {
        Some((octets, rest)) => Ok((rest, octets)),
        None => Err(Err::Incomplete(Needed::new(count.saturating_sub(input.len())))),
    }
}

/// One TLV: its tag and its value.
pub(crate) fn tag_and_value(input: &[u8]) -> Parsed<'_, (u8, &[u8])> {
    let (input, tag) = be_u8(input)?;
    let (input, length) = be_u8(input)?;
    let (input, value) = octets(length.into())(input)?;
    Ok((input, (tag, value)))
}

/// A TLV that must be an address.
pub(crate) fn address_octets(input: &[u8]) -> Parsed<'_, &[u8]> {
    let (input, _) = verify(be_u8, |&tag| tag == ADDRESS).parse(input)?;
    let (input, length) = be_u8(input)?;
    octets(length.into())(input)
}

/// What a parser over all of `octets` said.
///
/// Every inner run of octets ends where `octets` ends, so what a streaming parser still needs is
/// what the whole message lacks.
pub(crate) fn finish<'a, T>(octets: &'a [u8], parsed: Parsed<'a, T>) -> Result<T, ParseError> {
    match parsed {
        Ok((_trailing, value)) => Ok(value),
        Err(Err::Incomplete(needed)) => {
            let missing = match needed {
                Needed::Size(octets) => octets.get(),
                Needed::Unknown => 1,
            };
            let found = octets.len();
            Err(ParseError::Truncated { expected: found.saturating_add(missing), found })
        }
        Err(Err::Error(Refused(error)) | Err::Failure(Refused(error))) => Err(error),
    }
}
