//! The way to the server: [`Post`] makes one request, [`Uplink`] decides when.

mod backoff;
mod post;
mod uplink;

pub use post::CaError;
pub(crate) use post::{Answers, Post, PostError};
pub(crate) use uplink::{Job, Outcome, Uplink};
