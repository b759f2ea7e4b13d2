//! What is accepted now and done later, as an event tells.

use core::time::Duration;

use manager_core::command::{Callback, Reset, ResetResponse, ResetTarget};
use manager_core::notification::{CommandOutcome, EventKind};
use manager_core::{Request, Response, ResponseCode};

use super::super::SimulatedManager;

/// Between the answer to a reset and the reset.
const LAST_WORD: Duration = Duration::from_millis(200);

/// What concerns the whole network, until it is done: one at a time.
#[derive(Clone, Copy, Debug)]
pub(in crate::device) struct UnderWay {
    callback_id: u32,
    change: Change,
}

#[derive(Clone, Copy, Debug)]
enum Change {
    NetworkId(u16),
    Advertising(u8),
    DownstreamFrame(u8),
}

impl SimulatedManager {
    /// Begins what an event ends; the response has its number.
    pub(super) fn begin(
        &mut self,
        now: Duration,
        request: &Request<'_>,
    ) -> Result<Response<'static>, ResponseCode> {
        let callback_id = self.callback_id.wrapping_add(1);
        let callback = Callback { callback_id };
        let (network, change) = (&mut self.network, |change| Some(change));
        let (response, change) = match request {
            Request::PingMote(mote) => {
                network.ping(now, mote.mac_address, callback_id)?;
                (Response::PingMote(callback), None)
            }
            Request::SendData(packet) => {
                network.send(now, packet, callback_id)?;
                (Response::SendData(callback), None)
            }
            Request::SendIp(packet) => {
                network.send_ip(now, packet.mac_address, callback_id)?;
                (Response::SendIp(callback), None)
            }
            Request::ExchangeMoteJoinKey(key) => {
                network.reachable(key.mac_address)?;
                network.begin(now, callback_id);
                (Response::ExchangeMoteJoinKey(callback), None)
            }
            Request::ExchangeNetworkId(network) => {
                (Response::ExchangeNetworkId(callback), change(Change::NetworkId(network.id)))
            }
            Request::SetAdvertising(set) if set.activate <= 1 => {
                (Response::SetAdvertising(callback), change(Change::Advertising(set.activate)))
            }
            Request::SetDownstreamFrameMode(set) if set.frame_mode <= 1 => (
                Response::SetDownstreamFrameMode(callback),
                change(Change::DownstreamFrame(set.frame_mode)),
            ),
            _ => return Err(ResponseCode::InvalidArgument),
        };
        if let Some(change) = change {
            if self.under_way.is_some() {
                return Err(ResponseCode::InProgress);
            }
            self.under_way = Some(UnderWay { callback_id, change });
            self.network.begin(now, callback_id);
        }
        self.callback_id = callback_id;
        Ok(response)
    }

    /// What was begun is done.
    pub(in crate::device) fn finish(&mut self, callback_id: u32) {
        if let Some(done) = self.under_way.take_if(|begun| begun.callback_id == callback_id) {
            match done.change {
                Change::NetworkId(id) => self.memory.network_config.network_id = id,
                Change::Advertising(state) => self.air.advertisement_state = state,
                Change::DownstreamFrame(state) => self.air.down_frame_state = state,
            }
        }
        let outcome = CommandOutcome::Ok;
        self.notify_event(EventKind::CommandFinished { callback_id, outcome });
    }

    pub(super) fn reset(
        &mut self,
        now: Duration,
        reset: &Reset,
    ) -> Result<ResetResponse, ResponseCode> {
        match reset.target {
            ResetTarget::Manager => {
                let at = now + LAST_WORD;
                self.reboot_at = Some(self.reboot_at.map_or(at, |planned| planned.min(at)));
            }
            ResetTarget::Mote => self.network.reset(now, reset.mac_address)?,
            _ => return Err(ResponseCode::InvalidArgument),
        }
        Ok(ResetResponse { mac_address: reset.mac_address })
    }
}
