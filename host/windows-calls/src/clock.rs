use core::time::Duration;
use std::sync::OnceLock;
use std::time::Instant;

use windows_sys::Win32::System::SystemInformation::GetTickCount64;

/// How long ago the system was started, sleep included.
///
/// Windows counts in steps of some 16 ms; from the first call on a finer clock that sleeps as little
/// goes on from there.
pub fn since_boot() -> Duration {
    static FIRST: OnceLock<(Instant, Duration)> = OnceLock::new();
    let (at, since_boot) = FIRST.get_or_init(|| {
        // SAFETY: it takes nothing and cannot fail.
        let millis = unsafe { GetTickCount64() };
        (Instant::now(), Duration::from_millis(millis))
    });
    *since_boot + at.elapsed()
}
