//! What the manager tells its client unasked.

use manager_core::notification::{self, EventKind};
use manager_core::{Notification, NotificationMask};
use oap_core::UDP_PORT;

use super::emitted::emitted;
use super::network::{Datagram, Happening};
use super::outbox::Notice;
use super::{Event, Reading, SimulatedManager};

impl SimulatedManager {
    pub(super) fn handle_happening(&mut self, happening: Happening) {
        match happening {
            Happening::Joined(mac_address) => self.notify_event(EventKind::MoteJoin(mac_address)),
            Happening::Operational(mac_address) => {
                self.events.push_back(Event::MoteOperational(mac_address));
                self.notify_event(EventKind::MoteOperational(mac_address));
            }
            Happening::Sent { callback_id } => {
                self.notify_event(EventKind::PacketSent { callback_id, rc: 0 });
            }
            Happening::Arrived(datagram) => self.notify_data(datagram),
        }
    }

    fn notify_event(&mut self, kind: EventKind<'_>) {
        let event = notification::Event { event_id: self.event_id, kind };
        self.event_id = self.event_id.wrapping_add(1);
        self.notify(NotificationMask::EVENT, &Notification::Event(event), Vec::new());
    }

    fn notify_data(&mut self, datagram: Datagram) {
        let data = notification::Data {
            utc: self.clocks.utc(datagram.sent),
            mac_address: datagram.mac_address,
            src_port: UDP_PORT,
            dst_port: datagram.dst_port,
            data: &datagram.payload,
        };
        self.notify(NotificationMask::DATA, &Notification::Data(data), datagram.readings);
    }

    fn notify(
        &mut self,
        kind: NotificationMask,
        notification: &Notification<'_>,
        readings: Vec<Reading>,
    ) {
        let subscription = self.session.as_ref().and_then(|session| session.subscription);
        if !subscription.is_some_and(|subscription| subscription.filter.contains(kind)) {
            self.count_unsubscribed(readings.len());
            return;
        }
        let body = emitted(notification.buffer_len(), |buffer| notification.emit(buffer));
        if let Err(notice) = self.outbox.push(Notice::new(kind, body, readings)) {
            self.tally.notifications.overflowed += 1;
            self.tally.readings.overflowed += notice.readings.len() as u64;
        }
    }

    pub(super) const fn count_unsubscribed(&mut self, readings: usize) {
        self.tally.notifications.unsubscribed += 1;
        self.tally.readings.unsubscribed += readings as u64;
    }
}
