use crate::parser::Parsed;
use crate::writer::Writer;
use crate::{Address, EmitError, Method, Tlvs};

/// A command to a mote: what to do with which fields of which element.
///
/// ```text
///  0        3
/// +--------+---------+- - - - - - - - -+
/// | header | address | TLVs to the end |
/// +--------+---------+- - - - - - - - -+
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Request<'a> {
    /// What to do.
    pub method: Method,
    /// The element.
    pub address: Address<'a>,
    /// The fields, with their new values; none in a GET for all of them.
    pub tlvs: Tlvs<'a>,
}

impl<'a> Request<'a> {
    pub(crate) fn parser(method: Method, input: &'a [u8]) -> Parsed<'a, Self> {
        let (input, address) = Address::parser(input)?;
        let (input, tlvs) = Tlvs::parser(input)?;
        Ok((input, Self { method, address, tlvs }))
    }

    pub(crate) fn buffer_len(&self) -> usize {
        self.address.to_tlv().buffer_len().saturating_add(self.tlvs.buffer_len())
    }

    pub(crate) fn emit(&self, out: &mut Writer<'_>) -> Result<(), EmitError> {
        self.address.to_tlv().emit(out)?;
        self.tlvs.emit(out)
    }
}
