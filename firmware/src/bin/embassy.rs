//! The whole path of reception with embassy: one task waits for the line, and prints temperatures
//! as they come.
#![no_std]
#![no_main]

use core::convert::Infallible;

use embassy_executor::Spawner;
use embedded_io_async::{ErrorType, Read};
use manager_core::hdlc_core::asynch::FrameReader;
use manager_core::notification::Data;
use manager_core::{MAX_FRAME_LEN, Packet, PacketType};

/// A UART, which embassy's driver for the chip would be: here the recorded line, in chunks.
struct Uart<L>(L);

impl<L> ErrorType for Uart<L> {
    type Error = Infallible;
}

impl<L: Iterator<Item = &'static [u8]>> Read for Uart<L> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        embassy_futures::yield_now().await;
        let chunk = self.0.next().unwrap_or(&[]);
        for (slot, octet) in buffer.iter_mut().zip(chunk) {
            *slot = *octet;
        }
        Ok(chunk.len().min(buffer.len()))
    }
}

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let mut reader = FrameReader::<_, MAX_FRAME_LEN>::new(Uart(firmware::line()));
    // This line ends; a real one does not.
    while let Ok(payload) = reader.read_frame().await {
        if let Ok(packet) = Packet::parse(payload)
            && packet.packet_type == PacketType::Notification
            && let Ok(Some(data)) = Data::of_notification(packet.body)
        {
            firmware::temperatures(&data);
        }
    }
    firmware::run(|| {})
}
