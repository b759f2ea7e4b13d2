//! The simulated manager, one behaviour a test, as a client sees it.

mod bench;
mod motes;
mod notifications;
mod reboots;
mod requests;
mod session;
