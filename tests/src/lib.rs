//! What the end-to-end tests share: real processes, what the server has stored, and what should
//! be.

mod bench;
mod bridge;
mod calm;
mod cell;
mod delay;
mod gateway_log;
mod ledger;
mod length;
mod listen;
mod network;
mod notices;
mod process;
mod program;
mod reckoning;
mod relay;
mod stored;
mod tunnel;
mod whereabouts;
mod wiretap;

pub use bench::{Bench, spooled, spooled_others};
pub use bridge::Bridge;
pub use calm::in_calm;
pub use cell::Cell;
pub use delay::Delay;
pub use gateway_log::GatewayLog;
pub use ledger::{Noted, noted};
pub use length::{by_length, is_full_length};
pub use listen::listen;
pub use network::network;
pub use notices::Notices;
pub use process::{cpu_nanos, cpu_nanos_of_this_thread, cpu_ticks, resident_kib, written_octets};
pub use program::{PATIENCE, Program, command};
pub use reckoning::Reckoning;
pub use scripted_server::{Answer, ScriptedServer};
pub use stored::{Stored, once, readings};
pub use tunnel::{Seen, Tunnel};
pub use whereabouts::Whereabouts;
pub use wiretap::{Frame, Wiretap};
