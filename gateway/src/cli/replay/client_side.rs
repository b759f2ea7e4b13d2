use std::collections::HashMap;

use hdlc_core::Decoder;
use manager_core::{Hello, MAX_FRAME_LEN, Packet, PacketType};

use super::said::Said;

/// What the client at the other end has said.
#[derive(Debug, Default)]
pub(super) struct ClientSide {
    decoder: Decoder<MAX_FRAME_LEN>,
    said: Said,
    /// `cliSeqNo` of its last hello.
    hello: Option<u8>,
    /// The number of its last request of each type.
    requests: HashMap<PacketType, u8>,
}

impl ClientSide {
    pub(super) fn hear(&mut self, mut octets: &[u8]) {
        while !octets.is_empty() {
            let fed = self.decoder.feed(octets);
            octets = octets.get(fed.consumed..).unwrap_or_default();
            let Some(Ok(payload)) = fed.outcome else { continue };
            self.said.hear(payload);
            match Packet::parse(payload) {
                Ok(packet) if packet.packet_type == PacketType::Hello => {
                    self.hello = Hello::parse(packet.body).ok().map(|hello| hello.cli_seq_no);
                }
                Ok(packet) if !packet.control.is_response() => {
                    self.requests.insert(packet.packet_type, packet.seq);
                }
                _ => {}
            }
        }
    }

    /// What it has said, or has been forgiven.
    pub(super) const fn said(&self) -> &Said {
        &self.said
    }

    /// It is no longer waited for that it says this.
    pub(super) fn forgive(&mut self, said: &Said) {
        self.said.forgive(said);
    }

    pub(super) const fn hello(&self) -> Option<u8> {
        self.hello
    }

    /// The number of its last request of this type.
    pub(super) fn request(&self, packet_type: PacketType) -> Option<u8> {
        self.requests.get(&packet_type).copied()
    }
}
