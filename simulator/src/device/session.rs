use manager_core::{PacketType, Subscribe};

/// What the manager knows of its client, between a hello and the end of the session.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) subscription: Option<Subscribe>,
    /// The number of the last request; before the first, that of the hello.
    cli_seq_no: u8,
    /// The answer to the last request.
    answered: Option<(PacketType, Vec<u8>)>,
}

/// What to do with a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn<'a> {
    /// Carry it out.
    Next,
    /// It was carried out: send the same answer again.
    Repeated(&'a [u8]),
    /// Others are missing before it.
    Gap,
}

impl Session {
    pub(super) const fn new(cli_seq_no: u8) -> Self {
        Self { subscription: None, cli_seq_no, answered: None }
    }

    pub(super) fn turn(&self, packet_type: PacketType, seq: u8) -> Turn<'_> {
        match &self.answered {
            Some((answered, body)) if seq == self.cli_seq_no && *answered == packet_type => {
                Turn::Repeated(body)
            }
            _ if seq == self.cli_seq_no.wrapping_add(1) => Turn::Next,
            _ => Turn::Gap,
        }
    }

    pub(super) fn answer(&mut self, packet_type: PacketType, seq: u8, body: Vec<u8>) {
        self.cli_seq_no = seq;
        self.answered = Some((packet_type, body));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_next_then_repeated_then_a_gap() {
        let mut session = Session::new(255);
        assert_eq!(session.turn(PacketType::GetTime, 255), Turn::Gap);
        assert_eq!(session.turn(PacketType::GetTime, 1), Turn::Gap);
        assert_eq!(session.turn(PacketType::GetTime, 0), Turn::Next);
        session.answer(PacketType::GetTime, 0, vec![7]);
        assert_eq!(session.turn(PacketType::GetTime, 0), Turn::Repeated(&[7]));
        assert_eq!(session.turn(PacketType::Subscribe, 0), Turn::Gap);
        assert_eq!(session.turn(PacketType::Subscribe, 1), Turn::Next);
        assert_eq!(session.turn(PacketType::Subscribe, 2), Turn::Gap);
    }
}
