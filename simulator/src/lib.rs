#![doc = include_str!("../README.md")]
// Stdout and stderr may be full or closed; see `host::print`.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod backlog;
mod config;
mod device;
mod error;
mod faulty_line;
mod ledger;
mod port;
mod recording;
mod report;
mod simulator;
mod stopper;
mod worker;

pub use config::Config;
pub use device::{
    Clock, Event, Firmware, MAX_SAMPLES, NotificationTally, Reading, ReadingTally, SessionEnd,
    Settings, SettingsError, SimulatedManager, Tally,
};
pub use error::{RunError, StartError};
pub use faulty_line::{Faults, FaultyLine, LineTally};
pub use ledger::{LedgerEntry, NoticeEntry};
pub use recording::{RecordedFrame, Recording};
pub use report::Report;
pub use simulator::{Running, Simulator};
pub use stopper::Stopper;
