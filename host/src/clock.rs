use core::time::Duration;

use crate::system;

/// How long ago the machine was switched on, what it slept included. Not the monotonic clock of the
/// standard library: on Linux that stands still while the machine sleeps, and neither its wall clock
/// nor other machines' do.
#[must_use]
pub fn since_boot() -> Duration {
    system::since_boot()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on() {
        let before = since_boot();
        std::thread::sleep(Duration::from_millis(2));
        assert!(since_boot() >= before + Duration::from_millis(2));
    }
}
