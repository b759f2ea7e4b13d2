//! The way to the server: [`Post`] posts records and says what has become of them,
//! [`Answer`](answer::Answer) is what counts as an answer, [`Server`](server::Server) knows how the
//! server is doing, [`Uplink`] decides what is posted at once, and [`Drainer`](drainer::Drainer)
//! posts what is in the spool.

mod answer;
mod backoff;
mod bulletin;
mod certificates;
mod drainer;
mod http_date;
mod judge;
mod keeping;
mod kinds;
mod outcome;
mod pace;
mod post;
mod post_error;
mod resolver;
mod server;
mod transport;
mod uplink;

pub(crate) use bulletin::Bulletin;
pub use certificates::CaError;
pub(crate) use outcome::Outcome;
pub(crate) use post::{Answers, Post};
pub(crate) use post_error::PostError;
pub(crate) use uplink::Uplink;
