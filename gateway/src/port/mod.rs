//! The manager's port: which one it is, how it is opened, and the live link over it. It is a serial
//! port, or one at the end of a TCP connection; only `link` and `open` know which, and only `system`
//! what the operating system makes of it.

mod access;
mod choice;
mod find;
mod identity;
mod link;
mod listen;
mod offer;
mod open;
mod pace;
mod survey;
mod system;
mod tcp;
mod tcp_address;

pub use access::{Access, Holder};
pub use choice::PortChoice;
pub use find::{FindError, by_identity, candidates, find};
pub use identity::Identity;
pub use link::Link;
pub(crate) use link::is_deserted;
pub use listen::{Answer, LISTENING, listen};
pub(crate) use offer::Offer;
pub use open::{OpenError, open};
pub use survey::{FoundPort, survey};
pub use system::{CONNECT, EXAMPLE};
pub use tcp_address::{ParsePortError, TcpAddress};
