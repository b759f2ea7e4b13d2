/// What a request wants done (Tools Guide, "Command field").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Method {
    /// 1: read fields.
    Get,
    /// 2: write fields.
    Put,
    /// 3: create.
    Post,
    /// 4: delete.
    Delete,
}

/// The third octet of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Command {
    /// 1 to 4: a request, or the response to it.
    Method(Method),
    /// 5: a notification, or the response to it.
    Notification,
    /// Any other number. Not meant for 1 to 5, which would come back as the variants above.
    Unknown(u8),
}

impl From<u8> for Command {
    fn from(octet: u8) -> Self {
        match octet {
            1 => Self::Method(Method::Get),
            2 => Self::Method(Method::Put),
            3 => Self::Method(Method::Post),
            4 => Self::Method(Method::Delete),
            5 => Self::Notification,
            unknown => Self::Unknown(unknown),
        }
    }
}

impl From<Command> for u8 {
    fn from(command: Command) -> Self {
        match command {
            Command::Method(Method::Get) => 1,
            Command::Method(Method::Put) => 2,
            Command::Method(Method::Post) => 3,
            Command::Method(Method::Delete) => 4,
            Command::Notification => 5,
            Command::Unknown(unknown) => unknown,
        }
    }
}

impl From<Method> for Command {
    fn from(method: Method) -> Self {
        Self::Method(method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_octet_survives() {
        for octet in 0..=u8::MAX {
            assert_eq!(u8::from(Command::from(octet)), octet);
        }
    }

    #[test]
    fn numbers_are_the_vendors() {
        let commands = [
            (1, Command::Method(Method::Get)),
            (2, Command::Method(Method::Put)),
            (3, Command::Method(Method::Post)),
            (4, Command::Method(Method::Delete)),
            (5, Command::Notification),
            (0, Command::Unknown(0)),
            (6, Command::Unknown(6)),
        ];
        for (octet, command) in commands {
            assert_eq!(Command::from(octet), command);
        }
    }
}
