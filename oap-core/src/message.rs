use nom::number::streaming::be_u8;

use crate::parser::{Parsed, finish};
use crate::writer::Writer;
use crate::{Command, Control, EmitError, Id, Notification, ParseError, Request, Response};

/// An OAP message: the payload of a UDP datagram to or from [`UDP_PORT`](crate::UDP_PORT).
///
/// ```text
///  0         1    2         3
/// +---------+----+---------+- - - -+
/// | control | id | command | body  |
/// +---------+----+---------+- - - -+
/// ```
///
/// `parse` then `emit` gives the same octets, but for two liberties that a receiver takes: octets
/// behind a complete notification are left out, and microseconds above 999 999 are carried into
/// the seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Message<'a> {
    /// How it travels.
    pub control: Control,
    /// Its session and its number there.
    pub id: Id,
    /// What it says.
    pub body: Body<'a>,
}

/// What a [`Message`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Body<'a> {
    /// A command to a mote.
    Request(Request<'a>),
    /// The answer to one.
    Response(Response<'a>),
    /// What a mote reports unasked.
    Notification(Notification<'a>),
    /// A message with another command, that is no response.
    Unknown {
        /// The command. Not meant for 1 to 5, which would come back as the variants above.
        command: u8,
        /// All octets behind it.
        payload: &'a [u8],
    },
}

const HEADER_LEN: usize = 3;

impl<'a> Message<'a> {
    /// Takes one message, whose slices borrow from `octets`.
    ///
    /// # Errors
    /// [`ParseError`] if `octets` is no OAP message: it is not whole, or one of its inner lengths
    /// goes beyond its end.
    pub fn parse(octets: &'a [u8]) -> Result<Self, ParseError> {
        finish(octets, Self::parser(octets))
    }

    fn parser(input: &'a [u8]) -> Parsed<'a, Self> {
        let (input, control) = be_u8(input)?;
        let (input, id) = be_u8(input)?;
        let (input, command) = be_u8(input)?;
        let (input, body) = if control & Control::RESPONSE != 0 {
            let (input, response) = Response::parser(command.into(), input)?;
            (input, Body::Response(response))
        } else {
            match Command::from(command) {
                Command::Method(method) => {
                    let (input, request) = Request::parser(method, input)?;
                    (input, Body::Request(request))
                }
                Command::Notification => {
                    let (input, notification) = Notification::parser(input)?;
                    (input, Body::Notification(notification))
                }
                Command::Unknown(command) => (&[][..], Body::Unknown { command, payload: input }),
            }
        };
        let control = Control::from_bits(control);
        Ok((input, Self { control, id: Id::from_octet(id), body }))
    }

    /// Octets that [`emit`](Self::emit) writes.
    #[must_use]
    pub fn buffer_len(&self) -> usize {
        let body = match &self.body {
            Body::Request(request) => request.buffer_len(),
            Body::Response(response) => response.buffer_len(),
            Body::Notification(notification) => notification.buffer_len(),
            Body::Unknown { payload, .. } => payload.len(),
        };
        body.saturating_add(HEADER_LEN)
    }

    /// Writes the message to the front of `buffer` and says how many octets it took.
    ///
    /// # Errors
    /// [`EmitError::BufferTooSmall`] if they are fewer than [`buffer_len`](Self::buffer_len), else
    /// another [`EmitError`] if the message says something that its layout cannot.
    pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, EmitError> {
        let expected = self.buffer_len();
        let found = buffer.len();
        let Some(buffer) = buffer.get_mut(..expected) else {
            return Err(EmitError::BufferTooSmall { expected, found });
        };
        let (response, command) = match &self.body {
            Body::Request(request) => (0, Command::from(request.method).into()),
            Body::Response(response) => (Control::RESPONSE, response.command.into()),
            Body::Notification(_) => (0, Command::Notification.into()),
            Body::Unknown { command, .. } => (0, *command),
        };
        let mut out = Writer::new(buffer);
        out.octets(&[self.control.bits() | response, self.id.octet(), command])?;
        match &self.body {
            Body::Request(request) => request.emit(&mut out)?,
            Body::Response(response) => response.emit(&mut out)?,
            Body::Notification(notification) => notification.emit(&mut out)?,
            Body::Unknown { payload, .. } => out.octets(payload)?,
        }
        Ok(expected)
    }
}
