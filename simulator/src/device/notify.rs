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
            Happening::Event(EventKind::JoinFailed { .. } | EventKind::InvalidMic(_))
                if self.is_old() => {}
            Happening::Event(event) => {
                if let EventKind::MoteOperational(mac_address) = event {
                    self.events.push_back(Event::MoteOperational(mac_address));
                }
                self.notify_event(event);
            }
            Happening::Finished { callback_id } => self.finish(callback_id),
            Happening::Arrived(datagram) => self.notify_data(datagram),
            Happening::Health { mac_address, payload } => {
                let report = notification::HealthReport { mac_address, payload: &payload };
                let report = Notification::HealthReport(report);
                self.notify(NotificationMask::HEALTH_REPORT, &report, Vec::new());
            }
            Happening::IpData { mac_address, sent, packet } => {
                let utc = self.clocks.utc(sent);
                let packet = notification::IpData { utc, mac_address, packet: &packet };
                self.notify(NotificationMask::IP_DATA, &Notification::IpData(packet), Vec::new());
            }
            Happening::Log { mac_address, text } => {
                let log = notification::Log { mac_address, log_msg: text.as_bytes() };
                self.notify(NotificationMask::LOG, &Notification::Log(log), Vec::new());
            }
        }
    }

    pub(super) fn notify_event(&mut self, kind: EventKind<'_>) {
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
