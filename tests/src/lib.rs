//! What the end-to-end tests share: real processes, and what the server has stored.

mod bench;
mod ledger;
mod process;
mod program;
mod scripted_server;
mod stored;

pub use bench::Bench;
pub use ledger::{Acknowledged, acknowledged, assert_nothing_lost};
pub use process::{cpu_nanos, cpu_ticks, resident_kib, written_octets};
pub use program::{PATIENCE, Program};
pub use scripted_server::{Answer, ScriptedServer};
pub use stored::{Stored, readings};
