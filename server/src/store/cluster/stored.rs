use async_nats::jetstream::message::StreamMessage;
use async_nats::{HeaderMap, HeaderValue, Subject, jetstream};
use axum::body::Bytes;

/// The headers by which a message that NATS tells has its number, and the subject that it was published to.
const SEQUENCE: &str = "Nats-Sequence";
const SUBJECT: &str = "Nats-Subject";

/// A message of a stream of NATS, however it was come by.
pub(super) struct Stored {
    /// Its number in the stream.
    pub(super) sequence: u64,
    pub(super) subject: Subject,
    pub(super) headers: HeaderMap,
    pub(super) payload: Bytes,
}

impl Stored {
    /// One that NATS has told of; none if it is something else.
    pub(super) fn told(message: async_nats::Message) -> Option<Self> {
        let headers = message.headers?;
        let text = |name| headers.get(name).map(HeaderValue::as_str);
        let (sequence, subject) = (text(SEQUENCE)?.parse().ok()?, text(SUBJECT)?.into());
        Some(Self { sequence, subject, payload: message.payload, headers })
    }

    /// One that was delivered, with this number.
    pub(super) fn delivered(sequence: u64, message: jetstream::Message) -> Self {
        let async_nats::Message { subject, headers, payload, .. } = message.message;
        Self { sequence, subject, headers: headers.unwrap_or_default(), payload }
    }
}

impl From<StreamMessage> for Stored {
    fn from(message: StreamMessage) -> Self {
        let StreamMessage { subject, sequence, headers, payload, .. } = message;
        Self { sequence, subject, headers, payload }
    }
}
