use core::fmt;
use core::time::Duration;
use std::collections::VecDeque;

use hdlc_core::{Decoder, Encoder};
use manager_core::command::{
    GetLog, GetMoteConfig, GetMoteConfigById, GetMoteInfo, GetMoteLinks, GetNextAclEntry,
    GetNextPathInfo, GetPathInfo, PathFilter, PingMote,
};
use manager_core::{
    Control, Hello, MAX_FRAME_LEN, MacAddress, NotificationMask, Packet, PacketType, Request,
    Response, SendData, Subscribe,
};
use oap_core::UDP_PORT;

use crate::{Settings, SettingsError, SimulatedManager};

/// An OAP request.
const GET_TEMPERATURE: [u8; 6] = [5, 0, 1, 0xFF, 1, 5];

/// Everything that goes over the line while a client listens to all notifications and now and then
/// asks for everything that the manager knows. A day takes a second or so.
///
/// ```
/// use core::time::Duration;
/// use clouddata_simulator::{Recording, Settings};
///
/// let recording = Recording::new(Settings::default(), Duration::from_secs(600))?;
/// let day = recording.take_while(|frame| frame.at < Duration::from_secs(86_400));
/// for frame in day.take(3) {
///     println!("{frame}");
/// }
/// # Ok::<(), clouddata_simulator::SettingsError>(())
/// ```
#[derive(Debug)]
pub struct Recording {
    manager: SimulatedManager,
    now: Duration,
    survey_every: Duration,
    next_survey: Duration,
    seq: u8,
    frames: VecDeque<RecordedFrame>,
    /// The last response's body.
    response: Vec<u8>,
}

/// A frame, as one side has written it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedFrame {
    /// When, since the recording's begin.
    pub at: Duration,
    /// Whether the client has written it, not the manager.
    pub is_clients: bool,
    /// With its flags.
    pub octets: Vec<u8>,
}

impl fmt::Display for RecordedFrame {
    /// Microseconds, `>` from the client or `<` from the manager, hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = if self.is_clients { '>' } else { '<' };
        write!(f, "{} {direction} ", self.at.as_micros())?;
        self.octets.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl Recording {
    /// Of a network with these settings, from the manager's boot, without an end. The client asks
    /// for everything this often; it subscribes to data reliably, and to the rest as best effort.
    ///
    /// # Errors
    /// If no manager or mote can have these settings.
    pub fn new(settings: Settings, survey_every: Duration) -> Result<Self, SettingsError> {
        let (now, next_survey) = (Duration::ZERO, survey_every);
        let mut recording = Self {
            manager: SimulatedManager::new(settings)?,
            now,
            survey_every: survey_every.max(Duration::from_secs(1)),
            next_survey,
            seq: 0,
            frames: VecDeque::new(),
            response: Vec::new(),
        };
        recording.begin();
        Ok(recording)
    }

    /// The manager's side.
    #[must_use]
    pub const fn manager(&self) -> &SimulatedManager {
        &self.manager
    }

    /// Asks for a session, and subscribes.
    fn begin(&mut self) {
        let hello = Hello::new(self.seq);
        let mut body = [0; 3];
        let len = hello.emit(&mut body).unwrap_or_default();
        self.write(Control::BEST_EFFORT, PacketType::Hello, 0, &body[..len]);
        let best_effort = NotificationMask::EVENT
            | NotificationMask::LOG
            | NotificationMask::IP_DATA
            | NotificationMask::HEALTH_REPORT;
        let filter = best_effort | NotificationMask::DATA;
        self.ask(&Request::Subscribe(Subscribe { filter, unack_filter: best_effort }));
    }

    /// Asks for everything, in the vendor's order.
    fn survey(&mut self) {
        for request in [
            Request::GetTime,
            Request::GetSystemInfo,
            Request::GetNetworkConfig,
            Request::GetNetworkInfo,
            Request::GetManagerStatistics,
            Request::GetIpConfig,
            Request::GetLicense,
            Request::GetNextAclEntry(GetNextAclEntry { mac_address: MacAddress::default() }),
            Request::GetMoteConfigById(GetMoteConfigById { mote_id: 2 }),
        ] {
            self.ask(&request);
        }
        let mut mac_address = MacAddress::default();
        let mut motes = Vec::new();
        while let Response::GetMoteConfig(mote) =
            self.ask(&Request::GetMoteConfig(GetMoteConfig { mac_address, next: true }))
        {
            mac_address = mote.mac_address;
            motes.push(mac_address);
        }
        for &mac_address in &motes {
            self.ask(&Request::GetMoteInfo(GetMoteInfo { mac_address }));
            let (mut path_id, filter) = (0, PathFilter::All);
            while let Response::GetNextPathInfo(next) = self
                .ask(&Request::GetNextPathInfo(GetNextPathInfo { mac_address, filter, path_id }))
            {
                path_id = next.path_id;
            }
            let mut idx = 0;
            while let Response::GetMoteLinks(more) =
                self.ask(&Request::GetMoteLinks(GetMoteLinks { mac_address, idx }))
            {
                idx += u16::try_from(more.links.len()).unwrap_or(u16::MAX);
            }
        }
        // Of the last mote in the list.
        let (source, dest) = (motes.first().copied().unwrap_or_default(), mac_address);
        self.ask(&Request::GetPathInfo(GetPathInfo { source, dest }));
        self.ask(&Request::PingMote(PingMote { mac_address }));
        self.ask(&Request::GetLog(GetLog { mac_address }));
        self.ask(&Request::SendData(SendData {
            mac_address,
            priority: 0,
            src_port: UDP_PORT,
            dst_port: UDP_PORT,
            options: 0,
            data: &GET_TEMPERATURE,
        }));
    }

    fn ask(&mut self, request: &Request<'_>) -> Response<'_> {
        self.seq = self.seq.wrapping_add(1);
        let (packet_type, mut body) = (request.packet_type(), vec![0; request.buffer_len()]);
        let len = request.emit(&mut body).unwrap_or_default();
        self.response.clear();
        self.write(Control::RELIABLE, packet_type, self.seq, &body[..len]);
        // Nothing is lost between the two: if there was no response, the manager has rebooted.
        let code = manager_core::ResponseCode::InvState;
        Response::parse(packet_type, &self.response)
            .unwrap_or(Response::Refused { packet_type, code })
    }

    fn write(&mut self, control: Control, packet_type: PacketType, seq: u8, body: &[u8]) {
        let packet = Packet { control, packet_type, seq, body };
        let mut payload = vec![0; packet.buffer_len()];
        let len = packet.emit(&mut payload).unwrap_or_default();
        let octets: Vec<u8> = Encoder::new(&payload[..len]).collect();
        self.manager.handle_bytes(self.now, &octets);
        self.frames.push_back(RecordedFrame { at: self.now, is_clients: true, octets });
        self.listen();
    }

    /// Takes what the manager has written, and acknowledges it.
    fn listen(&mut self) {
        while let Some(octets) = self.manager.poll_transmit() {
            let mut decoder = Decoder::<MAX_FRAME_LEN>::new();
            let payload = match decoder.feed(&octets).outcome {
                Some(Ok(payload)) => payload.to_vec(),
                _ => Vec::new(),
            };
            self.frames.push_back(RecordedFrame { at: self.now, is_clients: false, octets });
            let Ok(packet) = Packet::parse(&payload) else { continue };
            if packet.control.is_response() {
                self.response = packet.body.to_vec();
            } else if packet.packet_type == PacketType::ManagerHello && self.now > Duration::ZERO {
                self.begin();
            } else if packet.control.is_reliable() {
                self.write(Control::RESPONSE, packet.packet_type, packet.seq, &[0]);
            }
        }
        while self.manager.poll_event().is_some() {}
    }
}

impl Iterator for Recording {
    type Item = RecordedFrame;

    fn next(&mut self) -> Option<RecordedFrame> {
        while self.frames.is_empty() {
            let timeout = self.manager.poll_timeout();
            let until = timeout.map_or(self.next_survey, |at| at.min(self.next_survey));
            self.now = self.now.max(until);
            self.manager.handle_timeout(self.now);
            self.listen();
            if self.next_survey <= self.now {
                self.next_survey += self.survey_every;
                self.survey();
            }
        }
        self.frames.pop_front()
    }
}
