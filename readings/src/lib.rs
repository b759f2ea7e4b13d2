//! The HTTP contract between gateway and server, written once.
//!
//! A gateway posts one JSON object, or an array of them:
//!
//! ```json
//! {"mac": "00-17-0d-00-00-30-5d-39", "temperature": 22.97, "timestamp": "2026-11-23T10:00:00.396979Z"}
//! ```
//!
//! [`Body::parse`] is the server's side: it separates the readings that can be stored from those
//! that must be refused, each with its index, field and reason, so that one bad reading never
//! costs its neighbours. The gateway serialises [`Reading`].
//!
//! ```
//! use readings::Body;
//!
//! let body = Body::parse(br#"[{"mac": "00-17-0D-00-00-30-5D-39", "temperature": 22.97},
//!                             {"mac": "00-17-0d-00-00-30-5d-39", "temperature": 1e99}]"#)?;
//! assert_eq!(body.accepted[0].item.mac.to_string(), "00-17-0d-00-00-30-5d-39");
//! assert_eq!(body.refused[0].index, 1);
//! assert_eq!(body.refused[0].field, readings::Field::TEMPERATURE);
//! # Ok::<(), readings::BodyError>(())
//! ```

mod body;
mod event;
mod field;
mod link;
mod mac;
pub mod network;
mod quantity;
mod reading;
mod record;
mod timestamp;

pub use body::{Accepted, Body, BodyError, Element, Posted, Refusal};
pub use event::{Detail, Event};
pub use field::Field;
pub use link::{Direction, Link, LinkKind};
pub use mac::{Mac, ParseMacError};
pub use quantity::{Quantity, Source, UnknownQuantity};
pub use reading::Reading;
pub use record::{Kind, Record};
pub use timestamp::{ParseTimestampError, Timestamp};

/// Most readings, links or events in one request.
pub const MAX_READINGS: usize = 10_000;

/// Largest request body, in octets.
pub const MAX_BODY: usize = 1024 * 1024;
