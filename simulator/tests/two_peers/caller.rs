use core::time::Duration;
use std::collections::{HashMap, HashSet};

use fastrand::Rng;
use manager_core::session::{Event, Instant, Token, WIRE_BUFFER_LEN};
use manager_core::{
    MacAddress, Notification, NotificationMask, Request, Response, Session, Subscribe,
};
use oap_core::{Body, Message, Notification as Oap, Temperature, Timestamp, UDP_PORT};

/// What tells readings apart.
pub(crate) type Key = (MacAddress, Timestamp, Temperature);

/// The client's session, and a caller that makes sure of readings before it acknowledges them.
pub(crate) struct Caller {
    pub(crate) session: Session,
    rng: Rng,
    subscribed: bool,
    /// The notifications that are being made sure of, and until when that takes. The end of a
    /// session does not end the work on what it brought.
    working: Vec<(Duration, Token, Vec<Key>)>,
    /// In which sessions each reading was delivered.
    delivered: HashMap<Key, HashSet<u64>>,
    /// What the session was told to acknowledge, in that order.
    acknowledged: Vec<Key>,
    /// The same, in no order.
    safe: HashSet<Key>,
    deliveries: u64,
}

/// What to do about an event, when it no longer borrows the session.
enum Todo {
    Nothing,
    Subscribe,
    MaybeAsk,
    Forget,
    Work { token: Option<Token>, keys: Vec<Key> },
}

impl Caller {
    pub(crate) fn new(seed: u64) -> Self {
        let mut session = Session::new();
        session.connect(Instant::from_millis(0));
        Self {
            session,
            rng: Rng::with_seed(seed),
            subscribed: false,
            working: Vec::new(),
            delivered: HashMap::new(),
            acknowledged: Vec::new(),
            safe: HashSet::new(),
            deliveries: 0,
        }
    }

    pub(crate) fn is_subscribed(&self) -> bool {
        self.subscribed
    }

    /// Readings delivered, those delivered again included.
    pub(crate) fn deliveries(&self) -> u64 {
        self.deliveries
    }

    pub(crate) fn acknowledged(&self) -> &[Key] {
        &self.acknowledged
    }

    pub(crate) fn has_acknowledged(&self, key: &Key) -> bool {
        self.safe.contains(key)
    }

    pub(crate) fn next_at(&self) -> Option<Duration> {
        let session = self.session.poll_timeout();
        let session = session.map(|at| Duration::from_millis(at.as_millis()));
        let work = self.working.iter().map(|&(at, ..)| at);
        session.into_iter().chain(work).min()
    }

    pub(crate) fn handle_timeout(&mut self, now: Duration) {
        self.session.handle_timeout(instant(now));
        self.drain_events(now);
        for (_, token, keys) in self.working.extract_if(.., |&mut (at, ..)| at <= now) {
            if self.session.acknowledge(token).is_ok() {
                self.safe.extend(&keys);
                self.acknowledged.extend(keys);
            }
        }
    }

    pub(crate) fn handle_bytes(&mut self, now: Duration, mut octets: &[u8]) {
        while !octets.is_empty() {
            let consumed = self.session.handle_bytes(instant(now), octets);
            octets = &octets[consumed..];
            self.drain_events(now);
        }
    }

    pub(crate) fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.session.poll_transmit(&mut [0; WIRE_BUFFER_LEN]).map(<[u8]>::to_vec)
    }

    fn drain_events(&mut self, now: Duration) {
        while let Some(event) = self.session.poll_event() {
            let todo = match event {
                Event::Connected(_) => Todo::Subscribe,
                Event::Lost(_) => Todo::Forget,
                Event::Notification { notification, token } => {
                    let notification = notification.expect("the manager sends good ones");
                    Todo::Work { token, keys: readings(&notification) }
                }
                Event::Response(response) if response.parse() == Ok(Response::Subscribe) => {
                    self.subscribed = true;
                    Todo::MaybeAsk
                }
                Event::Response(response)
                    if matches!(response.parse(), Ok(Response::GetTime(_))) =>
                {
                    Todo::MaybeAsk
                }
                Event::Response(other) => panic!("{other:?}"),
                Event::Unanswered => Todo::Nothing,
                Event::Refused(code) => panic!("{code:?}"),
                other => panic!("{other:?}"),
            };
            self.attend(now, todo);
        }
    }

    fn attend(&mut self, now: Duration, todo: Todo) {
        let request = match todo {
            Todo::Nothing => return,
            Todo::Forget => {
                self.subscribed = false;
                return;
            }
            Todo::Work { token, keys } => {
                self.take(&keys);
                if let Some(token) = token {
                    let at = now + Duration::from_millis(self.rng.u64(1..60));
                    self.working.push((at, token, keys));
                }
                return;
            }
            Todo::MaybeAsk if self.rng.u8(..4) == 0 => Request::GetTime,
            Todo::MaybeAsk => return,
            Todo::Subscribe => Request::Subscribe(Subscribe::reliably(
                NotificationMask::DATA | NotificationMask::EVENT,
            )),
        };
        self.session.request(instant(now), &request).expect("no other request waits");
    }

    fn take(&mut self, keys: &[Key]) {
        let session = self.session.counters().sessions;
        for &key in keys {
            self.deliveries += 1;
            let first = self.delivered.entry(key).or_default().insert(session);
            assert!(first, "{key:?} was delivered twice in session {session}");
        }
    }
}

fn instant(now: Duration) -> Instant {
    Instant::from_millis(u64::try_from(now.as_millis()).expect("a short test"))
}

fn readings(notification: &Notification<'_>) -> Vec<Key> {
    let Notification::Data(data) = notification else { return Vec::new() };
    assert_eq!(data.dst_port, UDP_PORT);
    let message = Message::parse(data.data).expect("motes send good ones");
    let Body::Notification(Oap::Samples(samples)) = message.body else { panic!("{message:?}") };
    samples.temperatures().map(|(time, value)| (data.mac_address, time, value)).collect()
}
