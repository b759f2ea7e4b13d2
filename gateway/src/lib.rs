//! From a SmartMesh IP Manager's serial port to a server: the blocking, std side of clouddata.
//!
//! The protocol lives in `manager-core` and `oap-core`. Here are what they must not have: the
//! port, the clocks, the disk and the network, each behind one small type. [`Gateway`] joins them:
//!
//! ```text
//! port ─▶ Link ─▶ Session ─▶ records ─▶ ClockMap ─▶ Uplink ─▶ server
//!                    ▲                                │ away or slow
//!                    └── acknowledged when safe ◀─────┴─▶ Spool
//! ```

// Stdout and stderr may be full or closed; see `host::print`.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod brief;
pub mod cli;
mod clock_map;
mod config;
mod extras;
mod gateway;
mod host_clock;
mod metrics;
mod network_time;
pub mod port;
mod proxy;
mod records;
mod repetition;
mod server_url;
mod spool;
mod status;
mod token;
mod upload;
mod walk;

pub use clock_map::{ClockMap, Observation, Piece};
pub use config::{Config, PostFormat};
pub use extras::Extras;
pub use gateway::{Gateway, Report, StartError, Stopper};
pub use host_clock::{Doubt, HostClock};
pub use proxy::{Proxy, ProxyError};
pub use records::{Health, Sampled, Undated, Unnamed, event_of, health_of, samples_of};
pub use server_url::{ParseServerUrlError, ServerUrl};
pub use spool::{Look, Spool, SpoolError, Spooled};
pub use status::{Phase, Status};
pub use token::{Token, TokenError};
pub use upload::CaError;
