use core::fmt;

use super::{TcpAddress, system};

/// Whether this user may open a port, as far as can be seen without opening it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing is known to stand in the way.
    Free,
    /// These programs have it open.
    Busy(Vec<Holder>),
    /// The user may not.
    NotPermitted {
        /// What to do about it.
        fix: String,
    },
    /// There is no such port.
    Missing,
}

/// A program that has a port open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its number.
    pub pid: u32,
    /// What it is called.
    pub name: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (process {})", self.name, self.pid)
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Free => f.write_str("free"),
            Self::Busy(holders) => {
                let names: Vec<String> = holders.iter().map(Holder::to_string).collect();
                write!(f, "busy: {} has it open; stop that first", names.join(", "))
            }
            Self::NotPermitted { fix } => write!(f, "not permitted: {fix}"),
            Self::Missing => f.write_str("there is no such port"),
        }
    }
}

impl Access {
    /// Looks at this port. Of one at the end of a network nothing is seen.
    #[must_use]
    pub fn of(port: &str) -> Self {
        if TcpAddress::is_meant(port) { Self::Free } else { system::access(port) }
    }
}
