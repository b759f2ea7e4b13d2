//! What the end-to-end tests share: real processes, and what the server has stored.

mod process;
mod program;
mod stored;

pub use process::{cpu_ticks, resident_kib};
pub use program::{PATIENCE, Program};
pub use stored::{Stored, readings};
