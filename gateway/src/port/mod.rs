//! The manager's serial port: which one it is, how it is opened, and the live link over it.

mod choice;
mod identity;
mod link;
mod open;

pub use choice::{FoundPort, PortChoice, Verdict, choose, survey};
pub use identity::Identity;
pub(crate) use link::{Heard, Link};
pub use open::{OpenError, open};
