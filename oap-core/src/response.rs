use nom::number::streaming::be_u8;

use crate::parser::Parsed;
use crate::writer::Writer;
use crate::{Command, EmitError, ResultCode, Tlvs};

/// The answer to a request, or to a notification that asked for one.
///
/// ```text
///  0        3        4
/// +--------+--------+- - - - - - - - -+
/// | header | result | TLVs to the end |
/// +--------+--------+- - - - - - - - -+
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Response<'a> {
    /// What was asked for.
    pub command: Command,
    /// How it went.
    pub result: ResultCode,
    /// As a rule the address of the element, then its fields: those read, or those refused.
    pub tlvs: Tlvs<'a>,
}

impl<'a> Response<'a> {
    pub(crate) fn parser(command: Command, input: &'a [u8]) -> Parsed<'a, Self> {
        let (input, result) = be_u8(input)?;
        let (input, tlvs) = Tlvs::parser(input)?;
        Ok((input, Self { command, result: result.into(), tlvs }))
    }

    pub(crate) fn buffer_len(&self) -> usize {
        self.tlvs.buffer_len().saturating_add(1)
    }

    pub(crate) fn emit(&self, out: &mut Writer<'_>) -> Result<(), EmitError> {
        out.u8(self.result.into())?;
        self.tlvs.emit(out)
    }
}
