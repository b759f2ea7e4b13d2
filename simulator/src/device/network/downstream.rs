//! What the manager sends to motes.

use core::time::Duration;

use manager_core::notification::{EventKind, PingAnswer};
use manager_core::{MacAddress, ResponseCode, SendData};
use oap_core::UDP_PORT;

use super::super::mesh::ACCESS_POINT;
use super::{Happening, Network, What};

/// How long the manager waits for the answer to a ping.
const PING_TIMEOUT: Duration = Duration::from_secs(10);

impl Network {
    /// Takes a packet of the manager's client.
    pub(in crate::device) fn send(
        &mut self,
        now: Duration,
        packet: &SendData<'_>,
        callback_id: u32,
    ) -> Result<(), ResponseCode> {
        let everyone = packet.mac_address == MacAddress::BROADCAST;
        let addressed = if everyone { None } else { Some(self.reachable(packet.mac_address)?) };
        self.agenda.schedule(now + self.latency / 4, What::Send { callback_id });
        for index in 0..self.motes.len() {
            let reached = addressed.is_none_or(|it| it == index) && self.is_operational(index);
            if reached {
                self.mesh.carry_down(index + 1, now);
            }
            if reached && packet.dst_port == UDP_PORT {
                let (src_port, payload) = (packet.src_port, packet.data.to_vec());
                let at = now + self.hop();
                self.agenda.schedule(at, What::Deliver { mote: index, src_port, payload });
            }
        }
        Ok(())
    }

    /// Takes a packet that no mote's application understands.
    pub(in crate::device) fn send_ip(
        &mut self,
        now: Duration,
        mac_address: MacAddress,
        callback_id: u32,
    ) -> Result<(), ResponseCode> {
        if mac_address != MacAddress::BROADCAST {
            let index = self.reachable(mac_address)?;
            self.mesh.carry_down(index + 1, now);
        }
        self.agenda.schedule(now + self.latency / 4, What::Send { callback_id });
        Ok(())
    }

    /// Asks a mote whether it is there.
    pub(in crate::device) fn ping(
        &mut self,
        now: Duration,
        mac_address: MacAddress,
        callback_id: u32,
    ) -> Result<(), ResponseCode> {
        let node = self.node(mac_address).ok_or(ResponseCode::NotFound)?;
        let index = node.checked_sub(1).ok_or(ResponseCode::InvState)?;
        let is_there = self.is_operational(index);
        let mote = self.motes.get_mut(index).ok_or(ResponseCode::NotFound)?;
        if mote.is_pinged {
            return Err(ResponseCode::InProgress);
        }
        mote.is_pinged = true;
        let takes = if is_there { self.round_trip() } else { PING_TIMEOUT };
        if is_there {
            self.mesh.carry_down(node, now);
        }
        let pong = What::Pong { mote: index, asked: now, callback_id };
        self.agenda.schedule(now + takes, pong);
        Ok(())
    }

    pub(super) fn pong(&mut self, index: usize, at: Duration, asked: Duration, callback_id: u32) {
        let is_there = self.is_operational(index);
        let efforts = self.mesh.efforts(index + 1);
        let Some(mote) = self.motes.get_mut(index) else { return };
        let delay = at.saturating_sub(asked);
        if is_there && delay < PING_TIMEOUT {
            self.mesh.carry_up(index + 1, at);
        }
        mote.is_pinged = false;
        let answer = (is_there && delay < PING_TIMEOUT).then(|| PingAnswer {
            delay: u32::try_from(delay.as_millis()).unwrap_or(u32::MAX - 1),
            voltage: mote.battery.voltage(at, efforts),
            temperature: mote.chip_temperature(at),
        });
        let mac_address = mote.mac_address;
        self.notice(EventKind::PingResponse { callback_id, mac_address, answer });
    }

    /// Asks a mote for its log.
    pub(in crate::device) fn ask_log(
        &mut self,
        now: Duration,
        mac_address: MacAddress,
    ) -> Result<(), ResponseCode> {
        let index = self.reachable(mac_address)?;
        self.mesh.carry_down(index + 1, now);
        let at = now + self.round_trip();
        self.agenda.schedule(at, What::Log(index));
        Ok(())
    }

    pub(super) fn log(&mut self, index: usize, at: Duration) {
        let Some(mote) = self.motes.get(index).filter(|_| self.is_operational(index)) else {
            return;
        };
        let (joins, since) = (mote.record.joins, mote.record.state_since);
        let seconds = at.saturating_sub(since).as_secs();
        let text = format!("joined {joins} times, the last time {seconds} s ago");
        let mac_address = mote.mac_address;
        self.send_up_aside(index, at, Happening::Log { mac_address, text });
    }

    /// Resets a mote.
    pub(in crate::device) fn reset(
        &mut self,
        now: Duration,
        mac_address: MacAddress,
    ) -> Result<(), ResponseCode> {
        let index = self.reachable(mac_address)?;
        let at = now + self.round_trip() / 2;
        self.agenda.schedule(at, What::Reset(index));
        Ok(())
    }

    /// Begins what concerns one mote or all of them, and takes a while.
    pub(in crate::device) fn begin(&mut self, now: Duration, callback_id: u32) {
        let at = now + 4 * self.round_trip();
        self.agenda.schedule(at, What::Finish { callback_id });
    }

    /// The mote with this address, if packets reach it.
    pub(in crate::device) fn reachable(
        &self,
        mac_address: MacAddress,
    ) -> Result<usize, ResponseCode> {
        match self.node(mac_address) {
            None => Err(ResponseCode::NotFound),
            Some(ACCESS_POINT) => Err(ResponseCode::InvState),
            Some(node) if !self.is_operational(node - 1) => Err(ResponseCode::InvState),
            Some(node) => Ok(node - 1),
        }
    }

    /// A request has reached a mote.
    pub(super) fn answer(&mut self, index: usize, at: Duration, src_port: u16, payload: &[u8]) {
        if !self.is_operational(index) {
            return;
        }
        let Some(mote) = self.motes.get_mut(index) else { return };
        let (before, run) = (mote.sensor, mote.generator.run);
        let response = mote.answer(at, payload);
        if mote.sensor != before {
            // All samples of a notification are the same time apart.
            let report = mote.report(before.rate_ms);
            let next = at + mote.sensor.rate();
            self.send_report(index, at, report);
            self.restart_sampling(index, next);
        }
        self.plan_generated(index, at, run);
        if let Some(response) = response {
            self.send_up(index, at, src_port, (response, Vec::new()));
        }
    }

    fn round_trip(&mut self) -> Duration {
        self.latency.mul_f64(1.0 + 2.0 * self.chance.f64())
    }
}
