//! A manager of which is known when each notification has left.

use core::time::Duration;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::time::Instant;

use clouddata_simulator::{Settings, SimulatedManager};
use hdlc_core::Decoder;
use readings::Mac;
use serialport::{SerialPort, TTYPort};

/// Where a data notification has its mote's address, in the frame's payload: after the header, the
/// notification's type and the time.
const MAC_AT: usize = 4 + 1 + 12;

/// Plays a manager on a port until it is dropped.
pub(crate) struct Manager {
    manager: SimulatedManager,
    port: TTYPort,
    begun: Instant,
    /// When the last octet of each mote's notifications was written, in their order.
    pub(crate) written: BTreeMap<Mac, Vec<Instant>>,
}

impl Manager {
    /// A manager whose motes report once a second, and the name of its port.
    pub(crate) fn new(motes: u16) -> (Self, String) {
        let (mut port, slave) = TTYPort::pair().expect("the system has ptys");
        let name = slave.name().expect("a pty has a name");
        port.set_timeout(Duration::from_millis(1)).expect("a pty has a time-out");
        let settings = Settings {
            motes,
            // A notification that is repeated would be taken for another.
            ack_timeout: Duration::from_secs(60),
            queue: 1 << 20,
            ..Settings::default()
        };
        let manager = SimulatedManager::new(settings).expect("settings that can be");
        (Self { manager, port, begun: Instant::now(), written: BTreeMap::new() }, name)
    }

    /// Plays for a while.
    pub(crate) fn play(&mut self, duration: Duration) {
        let end = Instant::now() + duration;
        let mut chunk = [0; 4096];
        while Instant::now() < end {
            // No time-out is an error: the client says nothing.
            if let Ok(read) = self.port.read(&mut chunk) {
                self.manager.handle_bytes(self.begun.elapsed(), &chunk[..read]);
            }
            self.manager.handle_timeout(self.begun.elapsed());
            while let Some(octets) = self.manager.poll_transmit() {
                self.port.write_all(&octets).expect("the gateway reads");
                if let Some(mac) = data_of(&octets) {
                    self.written.entry(mac).or_default().push(Instant::now());
                }
            }
        }
    }
}

/// The mote of a reliable data notification.
fn data_of(octets: &[u8]) -> Option<Mac> {
    let mut decoder = Decoder::<256>::new();
    let payload = decoder.feed(octets).outcome?.ok()?;
    let is_data = payload.starts_with(&[0x02, 0x14]) && payload.get(4) == Some(&4);
    let mac: [u8; 8] = payload.get(MAC_AT..MAC_AT + 8)?.try_into().ok()?;
    is_data.then(|| Mac::from(mac))
}
