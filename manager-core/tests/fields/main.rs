//! Where each field of each message is, and what its numbers mean, by the vendor's tables.
//!
//! That a message comes back as it was sent does not show that: it would with two fields exchanged.

#[macro_use]
mod table;

mod notifications;
mod numbers;
mod requests;
mod responses;
