use core::time::Duration;

use async_nats::Subscriber;
use async_nats::jetstream::stream::{RawMessageErrorKind, Stream};
use futures_util::StreamExt;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use super::log::{self, Log};
use super::reader::Reader;
use super::stored::Stored;

/// How long nothing new may come until the stream is asked what there is; whoever has a new connection asks at once.
const QUIET: Duration = Duration::from_secs(5);

/// The same where NATS does not tell, and where it has not answered.
const SHORT: Duration = Duration::from_secs(1);

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_millis(500);

/// Who has begun to lead a stream may not yet have taken in all that it has: only after so long what is missing is lost.
const CATCHING_UP: Duration = Duration::from_secs(10);

/// Messages that are asked for one by one. That takes nobody but the stream's leader, who is soon another one when a
/// NATS server fails; a reader takes the leader of all that NATS keeps, who may take longer to be found.
const FEW: u64 = 256;

/// How far one who follows a stream has come.
#[derive(Default)]
pub(super) struct Place {
    /// What tells the stream from another one of its name ([`log::id`]); empty before the first.
    stream: String,
    /// The first message that was not told.
    next: u64,
}

/// Tells what a stream of NATS has and gets, each message once, in their order. NATS tells of each one when a quorum
/// has it; what was missed is asked for.
pub(super) struct Following<'a> {
    place: &'a mut Place,
    log: Log,
    stream: Stream,
    heard: Subscriber,
    /// Changes with each connection.
    connections: watch::Receiver<u64>,
    /// Messages up to this one are there, and nobody will tell of them.
    newest: u64,
    reader: Option<Reader>,
    /// What was heard and comes after those.
    coming: Option<Stored>,
    /// Whether it is known since the last message that there is no other.
    is_asked: bool,
    /// When it is asked again.
    end: Instant,
    /// Since when NATS has said that it has less than what was told.
    behind: Option<Instant>,
}

impl<'a> Following<'a> {
    /// From a place on, or from the beginning of a stream that was made anew.
    pub(super) async fn of(
        log: &Log,
        stream: Stream,
        place: &'a mut Place,
    ) -> Result<Self, String> {
        // First, so that nothing is between what is read and what is heard.
        let heard = log.listen_to(&stream).await?;
        let info = stream.cached_info();
        if place.stream != log::id(info) {
            *place = Place { stream: log::id(info), next: 1 };
        }
        let (connections, end, log) = (log.connections(), Instant::now(), log.clone());
        let (newest, reader, coming, is_asked, behind) = (0, None, None, false, None);
        Ok(Self {
            place,
            log,
            stream,
            heard,
            connections,
            newest,
            reader,
            coming,
            is_asked,
            end,
            behind,
        })
    }

    /// What tells the stream from another one of its name.
    pub(super) fn id(&self) -> &str {
        &self.place.stream
    }

    /// The next message. None: all that there is was told.
    pub(super) async fn next(&mut self) -> Result<Option<Stored>, String> {
        loop {
            while self.place.next <= self.newest {
                if let Some(message) = self.read().await? {
                    return Ok(Some(message));
                }
            }
            if let Some(message) = self.coming.take() {
                self.place.next = message.sequence + 1;
                return Ok(Some(message));
            }
            if core::mem::take(&mut self.is_asked) {
                return Ok(None);
            }
            let heard = tokio::select! {
                heard = self.heard.next() => Some(heard.ok_or("NATS tells nothing any more")?),
                _ = self.connections.changed() => None,
                () = sleep_until(self.end) => None,
            };
            let Some(heard) = heard else {
                self.ask().await?;
                continue;
            };
            let message = Stored::told(heard);
            let message = message.ok_or("NATS tells what is no message of a stream")?;
            // What was read is heard a second time. Or else the stream is another one, as is found out when it is asked.
            if message.sequence >= self.place.next {
                self.newest = message.sequence - 1;
                self.coming = Some(message);
                self.behind = None;
                self.end = Instant::now() + QUIET;
            }
        }
    }

    /// Asks how many there are. While nobody answers, something new may be heard.
    async fn ask(&mut self) -> Result<(), String> {
        let name = &self.stream.cached_info().config.name;
        let asked = timeout(PATIENCE, self.log.info(name)).await;
        let answer = asked.unwrap_or_else(|_| Err("there is no answer".to_owned()));
        let answer = self.log.hear_of(answer).await;
        self.end = Instant::now() + SHORT;
        let info = match answer {
            Ok(info) => info.ok_or("it is gone")?,
            Err(reason) => {
                tracing::debug!(reason, name, "what there is in a stream is not known");
                return Ok(());
            }
        };
        if log::id(&info) != self.place.stream {
            *self.place = Place::default();
            return Err("it was made anew".to_owned());
        }
        if info.state.last_sequence + 1 < self.place.next {
            if self.behind.get_or_insert_with(Instant::now).elapsed() < CATCHING_UP {
                return Ok(());
            }
            *self.place = Place::default();
            return Err("it has lost something".to_owned());
        }
        self.behind = None;
        self.place.next = self.place.next.max(info.state.first_sequence);
        self.newest = info.state.last_sequence;
        self.is_asked = true;
        if info.config.republish.is_some() {
            self.end = Instant::now() + QUIET;
        }
        Ok(())
    }

    /// The next of those that nobody will tell of, if it still is there.
    async fn read(&mut self) -> Result<Option<Stored>, String> {
        let Place { next, .. } = self.place;
        if self.reader.is_none() && self.newest - *next < FEW {
            let asked = timeout(PATIENCE, self.stream.get_raw_message(*next)).await;
            // Of whoever is the leader then.
            let Ok(found) = self.log.hear_of(asked).await else { return Ok(None) };
            let message = match found {
                Ok(message) => Some(message.into()),
                Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => None,
                Err(error) => return Err(error.to_string()),
            };
            *next += 1;
            return Ok(message);
        }
        let reading = async {
            let reader = match &mut self.reader {
                Some(reader) => reader,
                None => self.reader.insert(Reader::of(&self.stream, *next, self.newest).await?),
            };
            reader.next().await
        };
        let read = reading.await;
        let message = self.log.hear_of(read).await?;
        *next = message.as_ref().map_or(self.newest, |message| message.sequence) + 1;
        if *next > self.newest {
            self.reader = None;
        }
        Ok(message)
    }
}
