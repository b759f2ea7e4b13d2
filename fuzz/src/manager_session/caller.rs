use core::time::Duration;

use hdlc_core::{Decoder, Encoder};
use manager_core::session::{Event, Instant, RequestError, Session, WIRE_BUFFER_LEN};
use manager_core::{
    Control, MAX_BODY_LEN, MAX_FRAME_LEN, MacAddress, NotificationMask, Packet, PacketType,
    Request, SendData, Subscribe,
};

use super::model::Model;

/// A session's caller, who also plays the manager and checks all that comes out.
pub(super) struct Caller {
    session: Session,
    model: Model,
    /// Sees what the session's own decoder sees.
    decoder: Decoder<MAX_FRAME_LEN>,
    last_packet: Option<(Control, u8)>,
    now: u64,
    is_link_up: bool,
    is_port_blocked: bool,
    chunk_length: usize,
    /// The number of the first request of this session.
    first_request_seq: u8,
    responses: u8,
    frames: usize,
}

impl Caller {
    pub(super) fn new(chunk_length: u8) -> Self {
        Self {
            session: Session::new(),
            model: Model::default(),
            decoder: Decoder::new(),
            last_packet: None,
            now: 0,
            is_link_up: false,
            is_port_blocked: false,
            chunk_length: usize::from(chunk_length).max(1),
            first_request_seq: 0,
            responses: 0,
            frames: 0,
        }
    }

    /// How many frames have arrived.
    pub(super) fn frames(&self) -> usize {
        self.frames
    }

    fn now(&self) -> Instant {
        Instant::from_millis(self.now)
    }

    pub(super) fn next_seq(&self) -> u8 {
        self.model.next_seq()
    }

    pub(super) fn block_or_free_port(&mut self) {
        self.is_port_blocked = !self.is_port_blocked;
        self.drain();
    }

    pub(super) fn connect(&mut self) {
        self.session.connect(self.now());
        self.decoder.reset();
        self.model.end();
        self.is_link_up = true;
        self.drain();
    }

    pub(super) fn disconnect(&mut self) {
        self.session.disconnect();
        self.decoder.reset();
        self.model.end();
        self.is_link_up = false;
        self.drain();
        assert_eq!(self.session.poll_timeout(), None);
    }

    pub(super) fn acknowledge(&mut self, which: usize) {
        let Some(&(token, delivery)) = self.model.tokens().iter().rev().nth(which) else { return };
        let accepted = self.session.acknowledge(token).is_ok();
        self.model.handle_acknowledgement(delivery, accepted);
        self.drain();
    }

    pub(super) fn request(&mut self, which: u8) {
        let request = match which % 6 {
            0 => Request::Subscribe(Subscribe::reliably(NotificationMask::DATA)),
            1 => Request::GetTime,
            2 => Request::GetSystemInfo,
            3 => Request::SendData(SendData {
                mac_address: MacAddress([0x7E; 8]),
                priority: 0,
                src_port: 0xF0B9,
                dst_port: 0xF0B9,
                options: 0,
                data: &[0x7D; 16],
            }),
            4 => Request::Other { packet_type: which.into(), body: &[0x7E; MAX_BODY_LEN] },
            _ => Request::Other { packet_type: PacketType::Reset, body: &[0; MAX_BODY_LEN + 1] },
        };
        let result = self.session.request(self.now(), &request);
        if !self.model.is_up() {
            assert_eq!(result, Err(RequestError::NotConnected));
        } else if self.model.request.is_some() {
            assert_eq!(result, Err(RequestError::Busy));
        } else if which % 6 == 5 {
            let (expected, found) = (MAX_BODY_LEN, MAX_BODY_LEN + 1);
            assert_eq!(result, Err(RequestError::TooLong { expected, found }));
        } else {
            assert_eq!(result, Ok(()));
            let seq = self.first_request_seq.wrapping_add(self.responses);
            self.model.request = Some((request.packet_type(), seq));
        }
        self.drain();
    }

    pub(super) fn receive_packet(
        &mut self,
        control: Control,
        packet_type: PacketType,
        seq: u8,
        body: &[u8],
    ) {
        let body = &body[..body.len().min(MAX_BODY_LEN)];
        let packet = Packet { control, packet_type, seq, body };
        let mut payload = vec![0; packet.buffer_len()];
        packet.emit(&mut payload).expect("the buffer is as long as the packet");
        let frame: Vec<u8> = Encoder::new(&payload).collect();
        self.receive(&frame);
    }

    pub(super) fn receive_hello_response(&mut self, code: u8, mgr_seq_no: u8, difference: u8) {
        let cli_seq_no = self.model.last_hello.wrapping_sub(difference);
        let body = [code, 4, mgr_seq_no, cli_seq_no, 0];
        self.receive_packet(Control::BEST_EFFORT, PacketType::HelloResponse, 0, &body);
    }

    pub(super) fn receive_response(&mut self, wrong: u8, body: &[u8]) {
        let (packet_type, seq) = self.model.request.unwrap_or((PacketType::GetTime, 0));
        let control = if wrong & 1 == 0 { Control::RESPONSE } else { Control::RELIABLE };
        let packet_type = if wrong & 2 == 0 { packet_type } else { PacketType::PingMote };
        let seq = seq.wrapping_sub((wrong >> 2) & 1);
        self.receive_packet(control, packet_type, seq, body);
    }

    pub(super) fn receive(&mut self, octets: &[u8]) {
        if !self.is_link_up {
            return;
        }
        for chunk in octets.chunks(self.chunk_length) {
            let mut rest = chunk;
            while !rest.is_empty() {
                let consumed = self.session.handle_bytes(self.now(), rest);
                assert_ne!(consumed, 0, "nothing taken though nothing waits");
                let (taken, behind) = rest.split_at(consumed);
                rest = behind;
                self.observe(taken);
                self.drain();
            }
        }
    }

    fn observe(&mut self, taken: &[u8]) {
        let fed = self.decoder.feed(taken);
        assert_eq!(fed.consumed, taken.len(), "more taken than one frame");
        if let Some(Ok(payload)) = fed.outcome
            && let Ok(packet) = Packet::parse(payload)
        {
            self.frames += 1;
            self.last_packet = Some((packet.control, packet.seq));
            self.model.handle_packet(&packet);
        }
    }

    pub(super) fn wait(&mut self, millis: u64) {
        self.now += millis;
        self.session.handle_timeout(self.now());
        self.drain();
        if let Some(timeout) = self.session.poll_timeout() {
            assert!(timeout > self.now(), "a moment to wait for that has passed");
            let longest = Duration::from_secs(60);
            assert!(timeout.saturating_duration_since(self.now()) < longest);
        }
    }

    pub(super) fn wait_for_timeout(&mut self) {
        if let Some(timeout) = self.session.poll_timeout() {
            self.wait(timeout.saturating_duration_since(self.now()).as_millis() as u64);
        }
    }

    fn drain(&mut self) {
        while let Some(event) = self.session.poll_event() {
            self.model.handle_event(&event, self.last_packet);
            match event {
                Event::Connected(response) => {
                    self.first_request_seq = response.cli_seq_no.wrapping_add(1);
                    self.responses = 0;
                }
                Event::Response(_) => self.responses = self.responses.wrapping_add(1),
                _ => {}
            }
        }
        self.model.assert_nothing_expected();
        assert_eq!(self.session.is_connected(), self.model.is_up());
        assert_eq!(self.session.is_ready(), self.model.is_up() && self.model.request.is_none());
        assert_eq!(self.session.counters().notifications, self.model.deliveries());
        if !self.is_port_blocked {
            self.transmit();
        }
    }

    /// Takes what the session sends, and says whether that was anything.
    fn transmit(&mut self) -> bool {
        let mut buffer = [0; WIRE_BUFFER_LEN];
        // At most an acknowledgement, and a hello or a request.
        for count in 0..3 {
            let Some(frame) = self.session.poll_transmit(&mut buffer) else { return count > 0 };
            let mut decoder = Decoder::<MAX_FRAME_LEN>::new();
            let fed = decoder.feed(frame);
            assert_eq!(fed.consumed, frame.len());
            let payload = fed.outcome.expect("a whole frame").expect("a good frame");
            let packet = Packet::parse(payload).expect("a packet");
            self.model.assert_may_transmit(&packet);
        }
        panic!("no end of frames to send");
    }

    /// From now on the manager behaves: it has forgotten every session, answers and sends what it
    /// has.
    pub(super) fn assert_recovers(mut self) {
        if self.is_port_blocked {
            self.block_or_free_port();
        }
        if !self.is_link_up {
            self.connect();
        }
        self.receive_packet(Control::BEST_EFFORT, PacketType::ManagerHello, 0, &[4, 0]);
        assert!(!self.session.is_connected());
        self.wait_for_timeout();
        self.receive_hello_response(0, 200, 0);
        assert!(self.session.is_connected(), "no session with a manager that behaves");

        for seq in [201, 202] {
            let body = [4, seq];
            let delivered = self.model.deliveries();
            self.receive_packet(Control::RELIABLE, PacketType::Notification, seq, &body);
            self.receive_packet(Control::RELIABLE, PacketType::Notification, seq, &body);
            assert_eq!(self.model.deliveries(), delivered + 1);
            self.acknowledge(0);
        }
        self.request(1);
        self.receive_response(0, &[0; 24]);
        assert!(self.session.is_ready(), "the response has not been taken");
    }
}
