use core::time::Duration;
use std::io::{self, IsTerminal, Write};
use std::time::Instant;

/// Between two updates.
const INTERVAL: Duration = Duration::from_millis(500);

/// A line on stderr that is updated in place, for people: nothing where stderr is no terminal.
#[derive(Debug, Default)]
pub(super) struct Progress {
    shown: Option<Instant>,
}

impl Progress {
    /// Shows how far it is, now and then.
    pub(super) fn show(&mut self, text: impl FnOnce() -> String) {
        let is_due = self.shown.is_none_or(|shown| shown.elapsed() >= INTERVAL);
        if is_due && io::stderr().is_terminal() {
            self.shown = Some(Instant::now());
            // What cannot be shown is not missed.
            let _ = write!(io::stderr(), "\r\x1b[K{}", text());
        }
    }

    /// Clears the line for what comes next.
    pub(super) fn end(&mut self) {
        if self.shown.take().is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
