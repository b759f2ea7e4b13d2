use core::time::Duration;

use oap_core::tag::pkgen;
use oap_core::{Address, Body, Control, Id, Message, Notification, PkGen, ResultCode, Tlv};

use super::super::emitted::emitted;
use super::number;

/// The most octets of filler that fit.
const MOST_FILLER: u32 = 71;

/// The packet generator: numbered packets, to see how many of them arrive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::device) struct Generator {
    /// Counts the requests.
    pub(in crate::device) run: u64,
    num_packets: u32,
    sent: u32,
    rate_ms: u32,
    filler: u8,
    start_pid: u32,
}

impl Generator {
    /// Nothing yet, for the next request to fill.
    pub(in crate::device) const fn again(self) -> Self {
        Self { run: self.run + 1, num_packets: 0, sent: 0, rate_ms: 1000, filler: 0, start_pid: 0 }
    }

    pub(super) fn set(mut self, tlv: &Tlv<'_>) -> Result<Self, ResultCode> {
        match tlv.tag() {
            pkgen::NUM_PACKETS => self.num_packets = number(tlv, 4, 0..=u32::MAX)?,
            pkgen::RATE => self.rate_ms = number(tlv, 4, 1..=u32::MAX)?,
            pkgen::PACKET_SIZE => {
                let size = number(tlv, 1, 0..=MOST_FILLER)?;
                self.filler = u8::try_from(size).map_err(|_| ResultCode::InvValue)?;
            }
            pkgen::START_PID => self.start_pid = number(tlv, 4, 0..=u32::MAX)?,
            _ => return Err(ResultCode::UnkParam),
        }
        Ok(self)
    }

    /// Until the next packet; `None` if there is none.
    pub(in crate::device) const fn wait(&self) -> Option<Duration> {
        if self.sent < self.num_packets {
            Some(Duration::from_millis(self.rate_ms as u64))
        } else {
            None
        }
    }

    /// The next packet.
    pub(in crate::device) fn packet(&mut self) -> Vec<u8> {
        let filler = vec![0x55; self.filler.into()];
        let message = Message {
            control: Control::default(),
            id: Id::new(0, 0),
            body: Body::Notification(Notification::PkGen(PkGen {
                address: Address::PkGen,
                pid: self.start_pid.wrapping_add(self.sent),
                start_pid: self.start_pid,
                num_packets: self.num_packets,
                filler: &filler,
            })),
        };
        self.sent += 1;
        emitted(message.buffer_len(), |buffer| message.emit(buffer))
    }
}
