//! Finds the frames: the decoder with its buffer, and the FCS.
#![no_std]
#![no_main]

use hdlc_core::Decoder;

#[cortex_m_rt::entry]
fn main() -> ! {
    static mut DECODER: Decoder<128> = Decoder::new();
    firmware::run(|| {
        for mut octets in firmware::line() {
            while !octets.is_empty() {
                let fed = DECODER.feed(octets);
                octets = octets.get(fed.consumed..).unwrap_or(&[]);
                if let Some(Ok(payload)) = fed.outcome {
                    firmware::keep(payload.len() as i32);
                }
            }
        }
    })
}
