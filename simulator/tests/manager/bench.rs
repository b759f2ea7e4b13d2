use core::time::Duration;

use clouddata_simulator::{Event, Settings, SimulatedManager};
use hdlc_core::{Decoder, Encoder};
use manager_core::{
    Control, Hello, HelloResponse, MAX_FRAME_LEN, NotificationMask, Packet, PacketType, Request,
    Response, Subscribe,
};

/// A manager on a bench, and a client that does exactly what it is told.
pub(crate) struct Bench {
    pub(crate) manager: SimulatedManager,
    pub(crate) now: Duration,
    seq: u8,
    heard: Vec<Heard>,
}

/// A packet from the manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) at: Duration,
    pub(crate) control: Control,
    pub(crate) packet_type: PacketType,
    pub(crate) seq: u8,
    pub(crate) body: Vec<u8>,
}

impl Heard {
    pub(crate) fn is_reliable(&self) -> bool {
        self.control.is_reliable()
    }

    pub(crate) fn is_response_to(&self, packet_type: PacketType) -> bool {
        self.control.is_response() && self.packet_type == packet_type
    }

    pub(crate) fn response(&self) -> Response<'_> {
        Response::parse(self.packet_type, &self.body).expect("the manager sends good ones")
    }
}

impl Bench {
    pub(crate) fn new(settings: Settings) -> Self {
        let manager = SimulatedManager::new(settings).expect("they are possible");
        Self { manager, now: Duration::ZERO, seq: 0, heard: Vec::new() }
    }

    /// A manager without motes, where nothing happens by itself.
    pub(crate) fn quiet() -> Self {
        Self::new(Settings { motes: 0, ..Settings::default() })
    }

    /// One with a session and this subscription.
    pub(crate) fn subscribed(settings: Settings, subscribe: Subscribe) -> Self {
        let mut bench = Self::new(settings);
        bench.hello();
        bench.subscribe(subscribe);
        bench
    }

    /// Lets time pass.
    pub(crate) fn pass(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(at) = self.manager.poll_timeout().filter(|&at| at <= end) {
            self.now = self.now.max(at);
            self.manager.handle_timeout(self.now);
            self.listen();
        }
        self.now = end;
    }

    /// What the manager has sent since asked last.
    pub(crate) fn heard(&mut self) -> Vec<Heard> {
        self.listen();
        core::mem::take(&mut self.heard)
    }

    /// The notifications among that.
    pub(crate) fn notifications(&mut self) -> Vec<Heard> {
        let mut heard = self.heard();
        heard.retain(|packet| packet.packet_type == PacketType::Notification);
        heard
    }

    pub(crate) fn events(&mut self) -> Vec<Event> {
        core::iter::from_fn(|| self.manager.poll_event()).collect()
    }

    pub(crate) fn send(&mut self, packet: &Packet<'_>) {
        let mut payload = vec![0; packet.buffer_len()];
        packet.emit(&mut payload).expect("it fits");
        let frame: Vec<u8> = Encoder::new(&payload).collect();
        self.manager.handle_bytes(self.now, &frame);
    }

    /// Asks for a session, and counts requests from there.
    pub(crate) fn hello(&mut self) -> HelloResponse {
        self.say(Hello::new(self.seq))
    }

    pub(crate) fn say(&mut self, hello: Hello) -> HelloResponse {
        let mut body = [0; 3];
        hello.emit(&mut body).expect("it fits");
        let (control, packet_type) = (Control::BEST_EFFORT, PacketType::Hello);
        self.heard();
        self.send(&Packet { control, packet_type, seq: 0, body: &body });
        let heard = self.heard();
        let [response] = &heard[..] else { panic!("{heard:?}") };
        assert_eq!(response.packet_type, PacketType::HelloResponse);
        assert_eq!((response.control, response.seq), (Control::BEST_EFFORT, 0));
        HelloResponse::parse(&response.body).expect("the manager sends good ones")
    }

    /// Sends the next request, and returns its response.
    pub(crate) fn request(&mut self, request: &Request<'_>) -> Heard {
        self.seq = self.seq.wrapping_add(1);
        self.request_again(request)
    }

    /// Sends a request under the number of the last one.
    pub(crate) fn request_again(&mut self, request: &Request<'_>) -> Heard {
        let mut body = vec![0; request.buffer_len()];
        request.emit(&mut body).expect("it fits");
        self.ask(request.packet_type(), self.seq, &body).expect("it is answered")
    }

    /// Sends any request; returns the response, if there is one. What else was heard, still is.
    pub(crate) fn ask(&mut self, packet_type: PacketType, seq: u8, body: &[u8]) -> Option<Heard> {
        self.listen();
        self.send(&Packet { control: Control::RELIABLE, packet_type, seq, body });
        self.listen();
        let is_it = |packet: &Heard| packet.is_response_to(packet_type) && packet.seq == seq;
        let index = self.heard.iter().position(is_it)?;
        Some(self.heard.remove(index))
    }

    pub(crate) fn subscribe(&mut self, subscribe: Subscribe) {
        let response = self.request(&Request::Subscribe(subscribe));
        assert_eq!(response.response(), Response::Subscribe);
    }

    pub(crate) fn acknowledge(&mut self, seq: u8) {
        let (control, packet_type) = (Control::RESPONSE, PacketType::Notification);
        self.send(&Packet { control, packet_type, seq, body: &[0] });
    }

    pub(crate) fn next_seq(&self) -> u8 {
        self.seq.wrapping_add(1)
    }

    fn listen(&mut self) {
        while let Some(frame) = self.manager.poll_transmit() {
            let mut decoder = Decoder::<MAX_FRAME_LEN>::new();
            let fed = decoder.feed(&frame);
            assert_eq!(fed.consumed, frame.len(), "one frame at a time");
            let payload = fed.outcome.expect("a whole frame").expect("a good frame");
            let packet = Packet::parse(payload).expect("a packet");
            self.heard.push(Heard {
                at: self.now,
                control: packet.control,
                packet_type: packet.packet_type,
                seq: packet.seq,
                body: packet.body.to_vec(),
            });
        }
    }
}

/// All data, reliably.
pub(crate) const DATA: Subscribe = Subscribe::reliably(NotificationMask::DATA);
