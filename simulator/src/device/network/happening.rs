use core::time::Duration;

use manager_core::MacAddress;
use manager_core::notification::EventKind;

use super::super::reading::Reading;

/// What the manager notices.
#[derive(Debug)]
pub(in crate::device) enum Happening {
    Event(EventKind<'static>),
    Arrived(Datagram),
    Health {
        mac_address: MacAddress,
        payload: Vec<u8>,
    },
    IpData {
        mac_address: MacAddress,
        sent: Duration,
        packet: Vec<u8>,
    },
    Log {
        mac_address: MacAddress,
        text: String,
    },
    /// What concerns the whole network is done.
    Finished {
        callback_id: u32,
    },
}

/// A UDP packet from a mote.
#[derive(Debug)]
pub(in crate::device) struct Datagram {
    pub(in crate::device) mac_address: MacAddress,
    pub(in crate::device) sent: Duration,
    pub(in crate::device) dst_port: u16,
    pub(in crate::device) payload: Vec<u8>,
    pub(in crate::device) readings: Vec<Reading>,
}

/// What is to come, behind the manager's radio.
#[derive(Debug)]
pub(super) enum What {
    /// The network begins.
    Form,
    Join(usize),
    Start(usize),
    /// Void if the mote's schedule has changed since.
    Sample {
        mote: usize,
        schedule: u64,
    },
    /// Void if the mote has joined again since.
    Report {
        mote: usize,
        life: u64,
    },
    Arrive {
        mote: usize,
        sent: Duration,
        what: Happening,
    },
    Send {
        callback_id: u32,
    },
    Finish {
        callback_id: u32,
    },
    Deliver {
        mote: usize,
        src_port: u16,
        payload: Vec<u8>,
    },
    /// Void if the generator was told otherwise since.
    Generate {
        mote: usize,
        run: u64,
    },
    Pong {
        mote: usize,
        asked: Duration,
        callback_id: u32,
    },
    Log(usize),
    Fade(usize),
    Reset(usize),
}
