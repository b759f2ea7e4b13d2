//! Tells others what is wrong, and when it is well again: by a `POST` to each `[[webhook]]`.
//!
//! - A notice is written to a file with what it is about, so that a restart neither loses it nor
//!   tells it twice; it goes from there when the other side has answered with a status of 2xx.
//!   Should the answer get lost, it comes again: its `Clouddata-Notice` is the same.
//! - Each webhook has a thread of its own, and its notices come in order. One that does not take
//!   them is tried again, with longer and longer pauses; beyond a limit its oldest notices go.
//! - Nothing here is in the way of a reading.

mod alarms;
mod config;
mod notice;
mod outbox;
mod sender;
mod signature;

pub(crate) use alarms::Alarms;
pub use config::{Event, WebhookConfig};
