//! The way to the server: [`Post`] makes one request, [`Server`](server::Server) knows how the
//! server is doing, [`Uplink`] decides what is posted when.

mod backoff;
mod post;
mod resolver;
mod server;
mod transport;
mod uplink;

pub use post::CaError;
pub(crate) use post::{Answers, Post, PostError};
pub(crate) use uplink::Uplink;
