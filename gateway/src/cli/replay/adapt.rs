//! Answers to the client that is there instead of the one that was recorded.

use hdlc_core::Encoder;
use manager_core::{HelloResponse, Packet, PacketType};

use super::client_side::ClientSide;
use super::script::Step;

/// The octets of a step as they have to be played: as they were recorded, but for the number by
/// which a client knows its answer, which is the one that this client has given.
pub(super) fn adapt(step: &Step, client: &ClientSide) -> Vec<u8> {
    answer(step, client).unwrap_or_else(|| step.octets.clone())
}

fn answer(step: &Step, client: &ClientSide) -> Option<Vec<u8>> {
    let packet = Packet::parse(step.payload.as_deref()?).ok()?;
    if packet.packet_type == PacketType::HelloResponse {
        let recorded = HelloResponse::parse(packet.body).ok()?;
        let response = HelloResponse { cli_seq_no: client.hello()?, ..recorded };
        let mut body = vec![0; response.buffer_len()];
        response.emit(&mut body).ok()?;
        return (response != recorded).then(|| frame(&Packet { body: &body, ..packet })).flatten();
    }
    if !packet.control.is_response() {
        return None;
    }
    let seq = client.request(packet.packet_type)?;
    (seq != packet.seq).then(|| frame(&Packet { seq, ..packet })).flatten()
}

fn frame(packet: &Packet<'_>) -> Option<Vec<u8>> {
    let mut payload = vec![0; packet.buffer_len()];
    packet.emit(&mut payload).ok()?;
    Some(Encoder::new(&payload).collect())
}

#[cfg(test)]
mod tests {
    use manager_core::{Control, Hello};

    use super::*;

    fn step(packet: &Packet<'_>) -> Step {
        let mut payload = vec![0; packet.buffer_len()];
        packet.emit(&mut payload).unwrap();
        Step { octets: frame(packet).unwrap(), payload: Some(payload), ..Step::default() }
    }

    fn client() -> ClientSide {
        let mut client = ClientSide::default();
        let mut body = [0; 3];
        Hello::new(7).emit(&mut body).unwrap();
        let (control, packet_type) = (Control::BEST_EFFORT, PacketType::Hello);
        client.hear(&frame(&Packet { control, packet_type, seq: 0, body: &body }).unwrap());
        let (control, packet_type) = (Control::RELIABLE, PacketType::GetTime);
        client.hear(&frame(&Packet { control, packet_type, seq: 8, body: &[] }).unwrap());
        assert_eq!(client.said().count(), 2);
        client
    }

    #[test]
    fn answers_carry_the_numbers_of_the_client_that_is_there() {
        let (control, packet_type) = (Control::BEST_EFFORT, PacketType::HelloResponse);
        let recorded = Packet { control, packet_type, seq: 0, body: &[0, 4, 17, 200, 0] };
        let adapted = Packet { body: &[0, 4, 17, 7, 0], ..recorded };
        assert_eq!(adapt(&step(&recorded), &client()), frame(&adapted).unwrap());

        let (control, packet_type) = (Control::RESPONSE, PacketType::GetTime);
        let recorded = Packet { control, packet_type, seq: 201, body: &[1] };
        let adapted = Packet { seq: 8, ..recorded };
        assert_eq!(adapt(&step(&recorded), &client()), frame(&adapted).unwrap());
    }

    #[test]
    fn everything_else_is_played_as_it_was_recorded() {
        let (control, packet_type) = (Control::RELIABLE, PacketType::Notification);
        let notification = step(&Packet { control, packet_type, seq: 9, body: &[6, 1] });
        assert_eq!(adapt(&notification, &client()), notification.octets);
        let noise = Step { octets: b"\x7eab\x7e".to_vec(), ..Step::default() };
        assert_eq!(adapt(&noise, &client()), noise.octets);
    }
}
