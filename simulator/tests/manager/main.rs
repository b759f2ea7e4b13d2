//! The simulated manager, one behaviour a test, as a client sees it.

mod application;
mod bench;
mod consistency;
mod day;
mod health;
mod later;
mod mesh;
mod motes;
mod notifications;
mod reboots;
mod requests;
mod session;
mod settings;
mod survey;
