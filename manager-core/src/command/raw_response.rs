use crate::{PacketType, ParseError, Response, ResponseCode};

/// The manager's answer to a command as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RawResponse<'a> {
    /// Which command.
    pub packet_type: PacketType,
    /// The response code, and the fields behind it.
    pub body: &'a [u8],
}

impl<'a> RawResponse<'a> {
    /// The answer, of whichever command.
    ///
    /// # Errors
    /// If a field is missing.
    pub fn parse(&self) -> Result<Response<'a>, ParseError> {
        Response::parse(self.packet_type, self.body)
    }

    /// The fields behind the response code, for a client that knows what it has asked and wants no
    /// code for other answers: `response.fields().map(TimeInfo::parse)`.
    ///
    /// # Errors
    /// What the manager says instead; [`ResponseCode::Unknown`] with 255 if it says nothing.
    pub fn fields(&self) -> Result<&'a [u8], ResponseCode> {
        match self.body {
            [0, fields @ ..] => Ok(fields),
            [code, ..] => Err((*code).into()),
            [] => Err(ResponseCode::Unknown(u8::MAX)),
        }
    }
}
