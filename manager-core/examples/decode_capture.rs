//! Prints the frames in a file of octets, as they were read from a manager's API port:
//!
//! ```sh
//! cargo run -p manager-core --example decode_capture -- firmware/line.bin
//! ```
//!
//! Each line begins with the position of the octet after the frame.

use core::error::Error;
use std::io::{self, Write};

use hdlc_core::Decoder;
use manager_core::{MAX_FRAME_LEN, Notification, Packet, PacketType};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: decode_capture FILE")?;
    print_frames(&std::fs::read(path)?, &mut io::stdout().lock())?;
    Ok(())
}

fn print_frames(capture: &[u8], out: &mut impl Write) -> io::Result<()> {
    let mut decoder = Decoder::<MAX_FRAME_LEN>::new();
    let mut position = 0;
    while let Some(rest @ [_, ..]) = capture.get(position..) {
        let fed = decoder.feed(rest);
        position += fed.consumed;
        match fed.outcome {
            Some(Ok(payload)) => {
                write!(out, "{position:>8}  ")?;
                print_packet(payload, out)?;
            }
            Some(Err(error)) => writeln!(out, "{position:>8}  {error}")?,
            None => {}
        }
    }
    writeln!(out, "{:?}", decoder.counters())
}

fn print_packet(payload: &[u8], out: &mut impl Write) -> io::Result<()> {
    match Packet::parse(payload) {
        Ok(packet) if packet.packet_type == PacketType::Notification => {
            match Notification::parse(packet.body) {
                Ok(notification) => writeln!(out, "number {}: {notification:?}", packet.seq),
                Err(error) => writeln!(out, "number {}: {error}", packet.seq),
            }
        }
        Ok(packet) => writeln!(out, "{packet:?}"),
        Err(error) => writeln!(out, "{error}: {}", hex::encode(payload)),
    }
}
