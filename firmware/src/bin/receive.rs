//! The whole path of reception: frames, packets, notifications, and the temperatures in them.
#![no_std]
#![no_main]

use hdlc_core::Decoder;
use manager_core::notification::Data;
use manager_core::{MAX_FRAME_LEN, Packet, PacketType};

#[cortex_m_rt::entry]
fn main() -> ! {
    static mut DECODER: Decoder<MAX_FRAME_LEN> = Decoder::new();
    firmware::run(|| {
        for mut octets in firmware::line() {
            while !octets.is_empty() {
                let fed = DECODER.feed(octets);
                octets = octets.get(fed.consumed..).unwrap_or(&[]);
                if let Some(Ok(payload)) = fed.outcome {
                    receive(payload);
                }
            }
        }
        #[cfg(feature = "planted-panic")]
        firmware::keep(DECODER.payload().first().copied().unwrap().into());
    })
}

/// Passes over whatever is not data from a mote.
fn receive(payload: &[u8]) {
    if let Ok(packet) = Packet::parse(payload)
        && packet.packet_type == PacketType::Notification
        && let Ok(Some(data)) = Data::of_notification(packet.body)
    {
        firmware::temperatures(&data);
    }
}
