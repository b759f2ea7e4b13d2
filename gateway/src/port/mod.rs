//! The manager's serial port: which one it is, how it is opened, and the live link over it.

mod access;
mod choice;
mod find;
mod identity;
mod link;
mod listen;
mod open;
mod survey;

pub use access::{Access, Holder};
pub use choice::PortChoice;
pub use find::{FindError, by_identity, candidates, find};
pub use identity::Identity;
pub(crate) use link::Link;
pub use listen::{Answer, LISTENING, listen};
pub use open::{OpenError, open};
pub use survey::{FoundPort, survey};
