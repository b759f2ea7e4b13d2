//! Whoever has started the program and watches over it: systemd, or Windows' service manager. Where
//! nobody does, nobody is told.

use core::time::Duration;

use crate::system;

/// All is set up.
pub fn ready() {
    system::ready();
}

/// The start goes on, and takes no longer than this from now.
pub fn starting(more: Duration) {
    system::starting(more);
}

/// The program has been asked to stop, and does.
pub fn stopping() {
    system::stopping();
}

/// How long the program may leave out [`alive`] before it is taken for hung and started again;
/// `None` if nobody waits for it.
#[must_use]
pub fn watchdog() -> Option<Duration> {
    system::watchdog()
}

/// The program makes progress; `status` says so to people.
pub fn alive(status: Option<&str>) {
    system::alive(status);
}
