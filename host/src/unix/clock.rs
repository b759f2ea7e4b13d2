use core::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Linux has a clock that goes on while the machine sleeps beside the one that does not; on others
/// there is one, and on macOS it does.
#[cfg(target_os = "linux")]
const CLOCK: ClockId = ClockId::Boottime;
#[cfg(not(target_os = "linux"))]
const CLOCK: ClockId = ClockId::Monotonic;

pub(crate) fn since_boot() -> Duration {
    let time = clock_gettime(CLOCK);
    // It starts at zero, and its nanoseconds are fewer than a second's.
    let secs = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::new(secs, u32::try_from(time.tv_nsec).unwrap_or_default())
}
