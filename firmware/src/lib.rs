//! What the firmware's programs share: a line that brings recorded octets, a place for what was
//! received, and the end.
#![no_std]

#[cfg(feature = "defmt")]
use defmt_semihosting as _;

#[cfg(feature = "stack")]
#[allow(unsafe_code, reason = "the unused stack is nobody's")]
mod stack;

use core::sync::atomic::{AtomicI32, Ordering};

use manager_core::notification::Data;
use oap_core::{Body, Message, Notification, UDP_PORT};

/// Octets that an interrupt handler would have collected before the main loop looks.
pub const CHUNK: usize = 16;

/// The line's octets, in chunks.
pub fn line() -> impl Iterator<Item = &'static [u8]> {
    static LINE: &[u8] = include_bytes!("../line.bin");
    core::hint::black_box(LINE).chunks(CHUNK)
}

/// The latest thing received, for a debugger to see.
static LATEST: AtomicI32 = AtomicI32::new(0);

/// Keeps a value where the compiler cannot do without it.
pub fn keep(value: i32) {
    LATEST.store(value, Ordering::Relaxed);
}

/// The temperatures in a notification, if it holds any.
pub fn temperatures(data: &Data<'_>) {
    if data.dst_port == UDP_PORT
        && let Ok(Message { body: Body::Notification(notification), .. }) =
            Message::parse(data.data)
        && let Notification::Samples(samples) = notification
    {
        for (_, temperature) in samples.temperatures() {
            self::temperature(data.mac_address.0, temperature.hundredths());
        }
    }
}

/// Octets for the line, which nobody listens to.
pub fn transmit(octets: &[u8]) {
    for &octet in octets {
        keep(octet.into());
    }
}

/// A temperature, in hundredths of a degree Celsius, from the mote with this address.
fn temperature(mac_address: [u8; 8], hundredths: i16) {
    keep(hundredths.into());
    let [a, b, c, d, e, f, g, h] = mac_address;
    // Both write the same line.
    #[cfg(feature = "semihosting")]
    cortex_m_semihosting::hprintln!(
        "{:02x}-{:02x}-{:02x}-{:02x}-{:02x}-{:02x}-{:02x}-{:02x} {}",
        a,
        b,
        c,
        d,
        e,
        f,
        g,
        h,
        hundredths
    );
    #[cfg(feature = "defmt")]
    defmt::info!(
        "{=u8:02x}-{=u8:02x}-{=u8:02x}-{=u8:02x}-{=u8:02x}-{=u8:02x}-{=u8:02x}-{=u8:02x} {=i16}",
        a,
        b,
        c,
        d,
        e,
        f,
        g,
        h,
        hundredths
    );
    let _ = (a, b, c, d, e, f, g, h);
}

/// Does the work, then leaves the emulator, or sleeps.
pub fn run(work: impl FnOnce()) -> ! {
    #[cfg(feature = "stack")]
    let bottom = stack::paint();
    work();
    #[cfg(feature = "stack")]
    cortex_m_semihosting::hprintln!("{}", stack::used(bottom));
    #[cfg(any(feature = "semihosting", feature = "defmt", feature = "stack"))]
    cortex_m_semihosting::debug::exit(cortex_m_semihosting::debug::EXIT_SUCCESS);
    loop {
        cortex_m::asm::wfi();
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    #[cfg(any(feature = "semihosting", feature = "defmt", feature = "stack"))]
    cortex_m_semihosting::debug::exit(cortex_m_semihosting::debug::EXIT_FAILURE);
    cortex_m::asm::udf()
}

#[cfg(feature = "defmt")]
defmt::timestamp!("");
