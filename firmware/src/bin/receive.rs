//! The whole path of reception: frames, packets, notifications, and the temperatures in them.
#![no_std]
#![no_main]

use hdlc_core::Decoder;
use manager_core::{MAX_FRAME_LEN, Notification, Packet, PacketType};
use oap_core::{Body, Message, UDP_PORT};

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

/// Passes over whatever holds no temperature.
fn receive(payload: &[u8]) {
    if let Ok(packet) = Packet::parse(payload)
        && packet.packet_type == PacketType::Notification
        && let Ok(Notification::Data(data)) = Notification::parse(packet.body)
        && data.dst_port == UDP_PORT
        && let Ok(Message { body: Body::Notification(notification), .. }) =
            Message::parse(data.data)
        && let oap_core::Notification::Samples(samples) = notification
    {
        for (_, temperature) in samples.temperatures() {
            firmware::temperature(data.mac_address.0, temperature.hundredths());
        }
    }
}
