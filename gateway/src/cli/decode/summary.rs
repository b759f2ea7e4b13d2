//! What a frame comes to, as the gateway sees it.

use manager_core::{
    Hello, HelloResponse, ManagerHello, Notification, Packet, PacketType, Request, Response,
};
use readings::Timestamp;

use crate::readings_of;

/// The readings in a payload, each as a sentence; none in most packets.
///
/// # Errors
/// If the payload is not the message that it claims to be: why.
pub(super) fn summarise(payload: &[u8]) -> Result<Vec<String>, String> {
    let packet = Packet::parse(payload).map_err(text)?;
    let (kind, body) = (packet.packet_type, packet.body);
    match kind {
        PacketType::Hello => Hello::parse(body).map(drop).map_err(text)?,
        PacketType::HelloResponse => HelloResponse::parse(body).map(drop).map_err(text)?,
        PacketType::ManagerHello => ManagerHello::parse(body).map(drop).map_err(text)?,
        PacketType::Notification if !packet.control.is_response() => {
            let Notification::Data(data) = Notification::parse(body).map_err(text)? else {
                return Ok(Vec::new());
            };
            let readings = readings_of(&data).map_err(|error| format!("OAP: {error}"))?;
            return Ok(readings
                .iter()
                .map(|reading| {
                    let time = Timestamp::from_micros(reading.manager_micros);
                    let (mac, temperature) = (reading.mac, reading.temperature);
                    format!("{mac} measured {temperature:.2} °C at {time} on the manager's clock")
                })
                .collect());
        }
        kind if packet.control.is_response() => {
            Response::parse(kind, body).map(drop).map_err(text)?;
        }
        kind => Request::parse(kind, body).map(drop).map_err(text)?,
    }
    Ok(Vec::new())
}

fn text(error: impl ToString) -> String {
    error.to_string()
}
