//! What a frame comes to, as the gateway sees it.

use manager_core::{
    Hello, HelloResponse, ManagerHello, Notification, Packet, PacketType, Request, Response,
};
use readings::{Quantity, Reading, Record, Timestamp};

use crate::{Undated, samples_of};

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
            let sampled = samples_of(&data).map_err(|error| format!("OAP: {error}"))?;
            return Ok(sampled.readings.iter().filter_map(sentence).collect());
        }
        kind if packet.control.is_response() => {
            Response::parse(kind, body).map(drop).map_err(text)?;
        }
        kind => Request::parse(kind, body).map(drop).map_err(text)?,
    }
    Ok(Vec::new())
}

fn sentence(undated: &Undated) -> Option<String> {
    let Record::Reading(Reading { mac, quantity, value, .. }) = undated.record else { return None };
    let time = Timestamp::from_micros(undated.manager_micros);
    let measured = if quantity == Quantity::TEMPERATURE {
        format!("{value:.2} °C")
    } else {
        format!("{quantity} {value} {}", quantity.unit()).trim_end().to_owned()
    };
    Some(format!("{mac} measured {measured} at {time} on the manager's clock"))
}

fn text(error: impl ToString) -> String {
    error.to_string()
}
