//! Makes [`Request`](super::Request) and [`Response`](super::Response) of a table of commands.

/// `Name (what is asked) -> what is answered;`, either of which may be missing.
macro_rules! commands {
    ($( $(#[$doc:meta])* $name:ident $( ($request:ty) )? $( -> $response:ty )?; )*) => {
        /// A command of the client, without its header.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub enum Request<'a> {
            $( $(#[$doc])* $name $( ($request) )?, )*
            /// Any other command, in the caller's own octets.
            Other {
                /// Which command.
                packet_type: PacketType,
                /// Its fields.
                body: &'a [u8],
            },
        }

        impl<'a> Request<'a> {
            /// The command's identifier.
            #[must_use]
            pub const fn packet_type(&self) -> PacketType {
                match self {
                    $( Self::$name $( (commands!(@any $request)) )? => PacketType::$name, )*
                    Self::Other { packet_type, .. } => *packet_type,
                }
            }

            /// Reads the body of a command.
            ///
            /// # Errors
            /// If a field is missing.
            pub fn parse(packet_type: PacketType, body: &'a [u8]) -> Result<Self, ParseError> {
                Ok(match packet_type {
                    $( PacketType::$name => Self::$name $( (<$request>::parse(body)?) )?, )*
                    packet_type => Self::Other { packet_type, body },
                })
            }

            /// Octets of the body.
            #[must_use]
            pub fn buffer_len(&self) -> usize {
                match self {
                    $( Self::$name $( (commands!(@the $request, request)) )? => {
                        0 $( + commands!(@the $request, request).buffer_len() )?
                    } )*
                    Self::Other { body, .. } => body.len(),
                }
            }

            /// Writes the body and returns its length.
            ///
            /// # Errors
            /// If the buffer is too small.
            pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, EmitError> {
                match self {
                    $( Self::$name $( (commands!(@the $request, request)) )? => commands!(
                        @emit buffer $( commands!(@the $request, request) )?
                    ), )*
                    Self::Other { body, .. } => Writer::new(buffer).octets(body).finish(),
                }
            }
        }

        impl Command for Request<'_> {
            fn packet_type(&self) -> PacketType {
                self.packet_type()
            }

            fn buffer_len(&self) -> usize {
                self.buffer_len()
            }

            fn emit(&self, buffer: &mut [u8]) -> Result<usize, EmitError> {
                self.emit(buffer)
            }
        }

        $( commands!(@command $(#[$doc])* $name $( $request )?); )*

        /// The manager's answer to a command, without its header.
        ///
        /// ```text
        /// | RC (1) | fields of the command's response, when RC is 0 |
        /// ```
        ///
        /// Octets after the last known field are left to newer managers, and ignored.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub enum Response<'a> {
            $(
                #[doc = concat!("The answer to [`Request::", stringify!($name), "`].")]
                $name $( ($response) )?,
            )*
            /// Any other command has succeeded.
            Other {
                /// Which command.
                packet_type: PacketType,
                /// Its response's fields, behind the response code.
                fields: &'a [u8],
            },
            /// The command has failed.
            Refused {
                /// Which command.
                packet_type: PacketType,
                /// Why. Never [`ResponseCode::Ok`] when it was parsed.
                code: ResponseCode,
            },
        }

        impl<'a> Response<'a> {
            /// The identifier of the command that this answers.
            #[must_use]
            pub const fn packet_type(&self) -> PacketType {
                match self {
                    $( Self::$name $( (commands!(@any $response)) )? => PacketType::$name, )*
                    Self::Other { packet_type, .. } | Self::Refused { packet_type, .. } => {
                        *packet_type
                    }
                }
            }

            /// Reads the body of the response to this command.
            ///
            /// # Errors
            /// If a field is missing.
            pub fn parse(packet_type: PacketType, body: &'a [u8]) -> Result<Self, ParseError> {
                let (&code, fields) = body
                    .split_first()
                    .ok_or(ParseError::TooShort { expected: 1, found: body.len() })?;
                let code = ResponseCode::from(code);
                if code != ResponseCode::Ok {
                    return Ok(Self::Refused { packet_type, code });
                }
                Ok(match packet_type {
                    $( PacketType::$name => Self::$name $(
                        (<$response>::parse(fields).map_err(ParseError::behind_code)?)
                    )?, )*
                    packet_type => Self::Other { packet_type, fields },
                })
            }

            /// Octets of the body.
            #[must_use]
            pub fn buffer_len(&self) -> usize {
                1 + match self {
                    $( Self::$name $( (commands!(@the $response, response)) )? => {
                        0 $( + commands!(@the $response, response).buffer_len() )?
                    } )*
                    Self::Other { fields, .. } => fields.len(),
                    Self::Refused { .. } => 0,
                }
            }

            /// Writes the body and returns its length.
            ///
            /// # Errors
            /// If the buffer is too small.
            pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, EmitError> {
                let too_small = EmitError::BufferTooSmall { needed: self.buffer_len() };
                let (code, after) = buffer.split_first_mut().ok_or(too_small)?;
                *code = match self {
                    Self::Refused { code, .. } => *code,
                    _ => ResponseCode::Ok,
                }
                .into();
                let emitted = match self {
                    $( Self::$name $( (commands!(@the $response, response)) )? => commands!(
                        @emit after $( commands!(@the $response, response) )?
                    ), )*
                    Self::Other { fields, .. } => Writer::new(after).octets(fields).finish(),
                    Self::Refused { .. } => Ok(0),
                };
                emitted.map(|len| len + 1).map_err(|_| too_small)
            }
        }
    };

    // A pattern that takes whatever has this type.
    (@any $type:ty) => { _ };

    // A name, where something of this type is.
    (@the $type:ty, $name:ident) => { $name };

    (@emit $buffer:ident) => { Ok(0) };
    (@emit $buffer:ident $message:expr) => { $message.emit($buffer) };

    // A command without fields gets a type of its own, for those who pay for each octet of code.
    (@command $(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub struct $name;

        impl Command for $name {
            fn packet_type(&self) -> PacketType {
                PacketType::$name
            }

            fn buffer_len(&self) -> usize {
                0
            }

            fn emit(&self, _: &mut [u8]) -> Result<usize, EmitError> {
                Ok(0)
            }
        }
    };
    (@command $(#[$doc:meta])* $name:ident $request:ty) => {
        #[allow(clippy::extra_unused_lifetimes, reason = "most commands borrow nothing")]
        impl<'a> Command for $request {
            fn packet_type(&self) -> PacketType {
                PacketType::$name
            }

            fn buffer_len(&self) -> usize {
                self.buffer_len()
            }

            fn emit(&self, buffer: &mut [u8]) -> Result<usize, EmitError> {
                self.emit(buffer)
            }
        }
    };
}

pub(super) use commands;
