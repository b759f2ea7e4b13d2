//! How deep the stack has been: what lies below it is painted, and later searched for the paint.

use core::ptr;

use cortex_m::register::msp;

/// What an unused word holds.
const PAINT: u32 = 0x5AFE_57AC;

/// Octets painted; the work must need less.
const DEPTH: u32 = 4096;

const WORD: u32 = 4;

unsafe extern "C" {
    /// The linker's: where the stack begins, to grow downwards.
    static _stack_start: u32;
}

/// Paints what lies below the stack, and says where that begins.
#[inline(never)]
pub(crate) fn paint() -> u32 {
    let bottom = msp::read() - DEPTH;
    for offset in (0..DEPTH).step_by(WORD as usize) {
        // SAFETY: between the static data and the stack there is nothing, and the machine has
        // more memory there than is painted.
        unsafe { ptr::write_volatile((bottom + offset) as *mut u32, PAINT) }
    }
    bottom
}

/// Octets of stack that have been used since the start, given where the paint begins.
#[inline(never)]
pub(crate) fn used(bottom: u32) -> u32 {
    let mut unused = bottom;
    // SAFETY: as above; what is read is the paint or the stack.
    while unsafe { ptr::read_volatile(unused as *const u32) } == PAINT {
        unused += WORD;
    }
    &raw const _stack_start as u32 - unused
}
