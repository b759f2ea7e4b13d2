//! Takes the line's octets and does nothing with them: what the other programs' sizes are
//! compared with.
#![no_std]
#![no_main]

#[cortex_m_rt::entry]
fn main() -> ! {
    firmware::run(|| {
        for octets in firmware::line() {
            firmware::keep(octets.len() as i32);
        }
    })
}
