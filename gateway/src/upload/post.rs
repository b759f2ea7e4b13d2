use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use readings::{Kind, Record};
use ureq::http::{HeaderValue, Response, StatusCode, Uri};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};

use super::answer::Answer;
use super::certificates::{CaError, read_certificates};
use super::http_date::retry_after;
use super::kinds::{Kinds, is_temperature};
use super::outcome::Outcome;
use super::post_error::{NoPath, PostError, Way, is_untrusted};
use super::resolver::ServerResolver;
use super::transport::OnePieceConnector;
use crate::{Config, PostFormat, Proxy, Token};

/// From the first octet to the last of the answer. Below the ten seconds in which a gateway has
/// to stop.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(8);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);

/// How long a connection is kept for the next request: motes report every 30 s by default.
const KEPT_FOR: Duration = Duration::from_secs(60);

/// The most that are kept: one of each thread that posts.
const KEPT_CONNECTIONS: usize = 2;

/// What ureq uses for the request's body too. With less it makes room each time anew.
const INPUT_BUFFER: usize = 10 * 1024;

/// Most requests for the same readings, while those are looked for that the server refuses. One
/// of a thousand takes some twenty.
const MOST_REQUESTS: u32 = 64;

/// Posts records, and understands the answers.
#[derive(Debug)]
pub(crate) struct Post {
    agent: Agent,
    way: Way,
    uri: Uri,
    kinds: Kinds,
    format: PostFormat,
    authorization: Option<HeaderValue>,
    answers: Answers,
}

/// How often the server has answered with each status; `none` where it has not.
pub(crate) type Answers = Arc<Mutex<BTreeMap<String, u64>>>;

/// What is left to be done for one call.
struct Budget {
    deadline: Option<Instant>,
    requests: u32,
}

impl Post {
    /// As the configuration says.
    ///
    /// # Errors
    /// If the certificate authorities cannot be read.
    pub(crate) fn new(config: &Config) -> Result<Self, CaError> {
        let root_certs = match &config.ca_file {
            Some(path) => read_certificates(path)?,
            None => RootCerts::PlatformVerifier,
        };
        let way = Way { server: config.server.clone(), proxy: config.proxy.clone() };
        let agent_config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            // Also where there is none: what is not told, ureq looks for in the environment.
            .proxy(way.proxy.as_ref().map(Proxy::to_ureq))
            .tls_config(TlsConfig::builder().root_certs(root_certs).build())
            .timeout_global(Some(REQUEST_TIMEOUT))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .input_buffer_size(INPUT_BUFFER)
            .output_buffer_size(16 * 1024)
            .max_idle_age(KEPT_FOR)
            .max_idle_connections_per_host(KEPT_CONNECTIONS)
            .user_agent(concat!("clouddata-gateway/", env!("CARGO_PKG_VERSION")))
            .build();
        let (connector, resolver) = (OnePieceConnector::default(), ServerResolver::default());
        Ok(Self {
            agent: Agent::with_parts(agent_config, connector, resolver),
            uri: way.server.uri().clone(),
            kinds: Kinds::new(way.server.uri(), config.post_format == PostFormat::Batch),
            way,
            format: config.post_format,
            authorization: config.token.as_ref().map(Token::authorization),
            answers: Answers::default(),
        })
    }

    /// How often the server has answered what; it is counted on.
    pub(crate) fn answers(&self) -> Answers {
        Arc::clone(&self.answers)
    }

    /// The most readings that are worth posting at once: what is posted singly is stored reading
    /// by reading, and may be stored twice if it is posted again.
    pub(crate) fn batch_limit(&self) -> usize {
        match self.format {
            PostFormat::Batch => usize::MAX,
            PostFormat::Single => 1,
        }
    }

    /// Posts records, by this deadline if there is one.
    ///
    /// # Errors
    /// If some may not be stored yet; to post them again does no harm.
    pub(crate) fn post(
        &self,
        records: &[Record],
        deadline: Option<Instant>,
    ) -> Result<Outcome, PostError> {
        let budget = &mut Budget { deadline, requests: MOST_REQUESTS };
        let mut outcome = Outcome::default();
        // So is nearly all that comes.
        if records.iter().all(is_temperature) {
            self.post_kind(Kind::Readings, records, budget, &mut outcome)?;
            return Ok(outcome);
        }
        // Temperatures go first, and whatever becomes of the others is nothing to them.
        let (temperatures, others): (Vec<usize>, Vec<usize>) =
            (0..records.len()).partition(|&index| records.get(index).is_some_and(is_temperature));
        self.post_some(Kind::Readings, records, &temperatures, budget, &mut outcome)?;
        let posted = self.post_others(records, &others, budget, &mut outcome);
        match posted {
            Err(error) if !temperatures.is_empty() => {
                let left = others.into_iter().filter(|index| !outcome.names(*index));
                let left: Vec<usize> = left.collect();
                outcome.keep(left, &error.reason);
            }
            other => other?,
        }
        Ok(outcome)
    }

    /// Whether the server is known to take temperatures alone.
    pub(super) fn leaves_out(&self) -> bool {
        self.kinds.are_all_taken() == Some(false)
    }

    /// Posts what not every server takes; this is counted where the server does not.
    fn post_others(
        &self,
        records: &[Record],
        others: &[usize],
        budget: &mut Budget,
        outcome: &mut Outcome,
    ) -> Result<(), PostError> {
        let known = self.kinds.are_all_taken();
        let kind_of = |index: &usize| records.get(*index).map(Record::kind);
        let are_quantities = others.iter().any(|index| kind_of(index) == Some(Kind::Readings));
        // An old server would refuse a quantity for good. It has no path for the others, so that
        // these may ask by themselves.
        let takes_all = match known {
            Some(known) => known,
            None if are_quantities => self.ask_kinds(budget.deadline)?,
            None => true,
        };
        if !takes_all {
            outcome.left_out = others.len();
            return Ok(());
        }
        for kind in [Kind::Readings, Kind::Events, Kind::Links] {
            let of_kind = others.iter().copied().filter(|index| kind_of(index) == Some(kind));
            let of_kind: Vec<usize> = of_kind.collect();
            match self.post_some(kind, records, &of_kind, budget, outcome) {
                Ok(()) => {}
                Err(error) => match error.no_path.filter(|_| known.is_none()) {
                    Some(who) => {
                        self.confirm_old(who, budget.deadline)?;
                        outcome.left_out = others.len();
                        return Ok(());
                    }
                    None => return Err(error),
                },
            }
        }
        if known.is_none() {
            self.kinds.learn(true, Instant::now());
        }
        Ok(())
    }

    /// Posts those of one kind that have these indices.
    fn post_some(
        &self,
        kind: Kind,
        records: &[Record],
        indices: &[usize],
        budget: &mut Budget,
        outcome: &mut Outcome,
    ) -> Result<(), PostError> {
        if indices.is_empty() {
            return Ok(());
        }
        let some: Vec<Record> =
            indices.iter().filter_map(|&index| records.get(index).cloned()).collect();
        let mut of_these = Outcome::default();
        self.post_kind(kind, &some, budget, &mut of_these)?;
        outcome.add_others(of_these, indices);
        Ok(())
    }

    fn post_kind(
        &self,
        kind: Kind,
        records: &[Record],
        budget: &mut Budget,
        outcome: &mut Outcome,
    ) -> Result<(), PostError> {
        match self.format {
            PostFormat::Batch => self.post_batch(kind, records, 0, budget, outcome),
            PostFormat::Single => self.post_singly(records, budget.deadline, outcome),
        }
    }

    /// Posts records of one kind, of which the first has this index among those that were given.
    fn post_batch(
        &self,
        kind: Kind,
        records: &[Record],
        index: usize,
        budget: &mut Budget,
        outcome: &mut Outcome,
    ) -> Result<(), PostError> {
        if budget.requests == 0 {
            let why = "the server refuses too much at once; the rest is tried later";
            outcome.keep(index..index + records.len(), why);
            return Ok(());
        }
        budget.requests -= 1;
        let answered = self.request(kind, &serialize(records)?, records.len(), budget.deadline);
        // Something in it is at fault, or there is too much of it; the rest must not suffer.
        let is_divided = match &answered {
            Ok(answer) => matches!(answer, Answer::BodyRefused(_)),
            Err(error) => error.too_large,
        };
        if is_divided && records.len() > 1 {
            let (head, tail) = records.split_at(records.len() / 2);
            self.post_batch(kind, head, index, budget, outcome)?;
            return self.post_batch(kind, tail, index + head.len(), budget, outcome);
        }
        outcome.add(answered?, records, index);
        Ok(())
    }

    fn post_singly(
        &self,
        records: &[Record],
        deadline: Option<Instant>,
        outcome: &mut Outcome,
    ) -> Result<(), PostError> {
        for (index, record) in records.iter().enumerate() {
            let mut timeless = record.clone();
            timeless.set_timestamp(None);
            let answer = self.request(Kind::Readings, &serialize(&timeless)?, 1, deadline)?;
            outcome.add(answer, core::slice::from_ref(record), index);
        }
        Ok(())
    }

    /// Asks whether the server takes everything.
    ///
    /// # Errors
    /// If it does not say.
    pub(super) fn ask_kinds(&self, deadline: Option<Instant>) -> Result<bool, PostError> {
        match self.request(Kind::Links, b"[]", 0, deadline) {
            Ok(_) => {
                self.kinds.learn(true, Instant::now());
                Ok(true)
            }
            Err(error) => match error.no_path {
                Some(who) => {
                    self.confirm_old(who, deadline)?;
                    Ok(false)
                }
                None => Err(error),
            },
        }
    }

    /// One that does not have the path of links, and is a server of readings all the same, takes
    /// temperatures alone; a proxy that knows no path at all says nothing of it.
    fn confirm_old(&self, who: NoPath, deadline: Option<Instant>) -> Result<(), PostError> {
        if who == NoPath::Anybody {
            self.request(Kind::Readings, b"[]", 0, deadline)?;
        }
        self.kinds.learn(false, Instant::now());
        Ok(())
    }

    /// Which kinds the server takes.
    pub(super) const fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    fn request(
        &self,
        kind: Kind,
        json: &[u8],
        records: usize,
        deadline: Option<Instant>,
    ) -> Result<Answer, PostError> {
        let uri = self.kinds.uri(kind).unwrap_or(&self.uri);
        let mut response = self.send(uri, json, deadline);
        for _ in 0..KEPT_CONNECTIONS {
            match &response {
                Err(error) if is_closed(error) => response = self.send(uri, json, deadline),
                _ => break,
            }
        }
        let status = response.as_ref().ok().map(Response::status);
        self.count(status.as_ref().map_or("none", StatusCode::as_str));
        let mut response = response.map_err(|error| PostError::unreachable(&self.way, &error))?;
        let retry_after = retry_after(response.headers());
        let answer = Answer::read(&mut response, self.format, records).map_err(|stranger| {
            let gone =
                matches!(stranger.status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED);
            let mut error = PostError::answered(&self.way, &stranger, retry_after);
            if gone && kind != Kind::Readings {
                let is_bare = stranger.text.is_empty() && !stranger.is_page;
                error.no_path = Some(if is_bare { NoPath::Server } else { NoPath::Anybody });
            }
            error
        });
        if answer.as_ref().is_err_and(|error| error.no_path.is_some()) {
            self.kinds.doubt();
        }
        answer
    }

    pub(super) const fn uri(&self) -> &Uri {
        &self.uri
    }

    pub(super) const fn format(&self) -> PostFormat {
        self.format
    }

    /// Posts something else than readings, elsewhere on the same server.
    pub(super) fn tell(&self, uri: &Uri, json: &[u8]) -> Result<StatusCode, ureq::Error> {
        let send = || {
            let mut request =
                self.agent.post(uri.clone()).header("Content-Type", "application/json");
            if let Some(authorization) = &self.authorization {
                request = request.header("Authorization", authorization);
            }
            request.send(json)
        };
        let answer = match send() {
            Err(error) if is_closed(&error) => send(),
            answer => answer,
        };
        answer.map(|answer| answer.status())
    }

    fn send(
        &self,
        uri: &Uri,
        json: &[u8],
        deadline: Option<Instant>,
    ) -> Result<Response<Body>, ureq::Error> {
        let mut request = self.agent.post(uri.clone());
        if let Some(deadline) = deadline {
            let left = deadline.saturating_duration_since(Instant::now()).min(REQUEST_TIMEOUT);
            request = request.config().timeout_global(Some(left)).build();
        }
        let request = request.header("Content-Type", "application/json");
        match &self.authorization {
            Some(authorization) => request.header("Authorization", authorization).send(json),
            None => request.send(json),
        }
    }

    /// Asks whether something that takes posts is there, and posts nothing: who has only them
    /// refuses to be asked for a page.
    ///
    /// # Errors
    /// If nothing answers, or with a page that is not empty.
    pub(crate) fn probe(&self) -> Result<(), PostError> {
        let asked = self.agent.get(self.uri.clone()).call();
        let mut response = asked.map_err(|error| PostError::unreachable(&self.way, &error))?;
        if !response.status().is_success() && !response.status().is_redirection() {
            return Ok(());
        }
        match Answer::read(&mut response, self.format, 0) {
            Ok(_) => Ok(()),
            Err(stranger) => Err(PostError::answered(&self.way, &stranger, None)),
        }
    }

    fn count(&self, answer: &str) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        *answers.entry(answer.to_owned()).or_default() += 1;
    }
}

/// A connection kept from earlier may have been closed by the server meanwhile.
fn is_closed(error: &ureq::Error) -> bool {
    matches!(error, ureq::Error::Io(_) | ureq::Error::Protocol(_)) && !is_untrusted(error)
}

fn serialize(value: &(impl serde::Serialize + ?Sized)) -> Result<Vec<u8>, PostError> {
    serde_json::to_vec(value).map_err(|error| PostError::new(error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use readings::{Mac, Reading, Timestamp};
    use scripted_server::{Answer as Scripted, ScriptedServer};

    use super::*;
    use crate::port::PortChoice;

    const JSON_400: &str = "400 Bad Request\r\nContent-Type: application/json";

    const PAGE_413: &str = "413 Payload Too Large\r\nContent-Type: text/html";

    fn post(server: &ScriptedServer, count: i64) -> Result<Outcome, PostError> {
        let port = PortChoice::Named("none".to_owned());
        let url = server.url().parse().unwrap();
        let reading = |index| {
            Reading::temperature(Mac::from([7; 8]), 22.97, Some(Timestamp::from_micros(index)))
                .into()
        };
        let records: Vec<Record> = (0..count).map(reading).collect();
        Post::new(&Config::new(port, url, PathBuf::new())).unwrap().post(&records, None)
    }

    const PAGE_404: &str = "404 Not Found\r\nContent-Type: text/html";

    /// A server with this script, and what becomes of a temperature, an event and a link there.
    fn post_all(script: &[Scripted]) -> (ScriptedServer, Result<Outcome, PostError>) {
        let server = ScriptedServer::start(script.iter().copied()).of_today();
        let port = PortChoice::Named("none".to_owned());
        let url = server.url().parse().unwrap();
        let (mac, timestamp) = (Mac::from([7; 8]), Some(Timestamp::from_micros(1)));
        let records = [
            readings::Event::new("moteLost", Some(1), timestamp).into(),
            Reading::temperature(mac, 22.97, timestamp).into(),
            readings::Link::new(mac, mac, readings::LinkKind::Used, timestamp).into(),
        ];
        let post = Post::new(&Config::new(port, url, PathBuf::new())).unwrap();
        let outcome = post.post(&records, None);
        (server, outcome)
    }

    #[test]
    fn each_kind_goes_to_its_path_and_a_refusal_means_the_one_that_was_meant() {
        let (server, outcome) = post_all(&[]);
        assert_eq!(server.paths(), ["/api/v1/oap", "/api/v1/events", "/api/v1/links"]);
        assert!(outcome.unwrap().refused.is_empty());
        assert_eq!((server.stored().len(), server.network().len()), (1, 2));
        let (server, outcome) = post_all(&[Scripted::Store, Scripted::RefuseFirst]);
        let refused = outcome.unwrap().refused;
        assert_eq!(refused.iter().map(|refusal| refusal.index).collect::<Vec<_>>(), [0]);
        assert_eq!((server.stored().len(), server.network().len()), (1, 1));
    }

    #[test]
    fn a_server_without_the_path_gets_the_temperature_and_a_proxy_is_no_server() {
        let bare = Scripted::Status("404 Not Found");
        let (server, outcome) = post_all(&[Scripted::Store, bare]);
        assert_eq!((outcome.unwrap().left_out, server.requests()), (2, 2));
        let page = Scripted::Body(PAGE_404, "<a/>");
        let (server, outcome) = post_all(&[Scripted::Store, page]);
        assert_eq!((outcome.unwrap().left_out, server.requests()), (2, 3), "it is asked");
        let (server, outcome) = post_all(&[Scripted::Store, page, page]);
        let outcome = outcome.unwrap();
        assert_eq!((outcome.left_out, outcome.kept.len(), server.stored().len()), (0, 2, 1));
        let (_, outcome) = post_all(&[page]);
        outcome.unwrap_err();
    }

    #[test]
    fn the_one_at_fault_is_found_and_the_others_are_stored() {
        let refused = Scripted::Body(JSON_400, r#"{"error":"not that"}"#);
        // All eight, the second half, its first half, and of that the second.
        let script = [refused, Scripted::Store, refused, refused, Scripted::Store, refused];
        let server = ScriptedServer::start(script);
        let outcome = post(&server, 8).unwrap();
        assert_eq!(server.stored().len(), 7);
        assert!(outcome.kept.is_empty());
        let refused: Vec<_> =
            outcome.refused.iter().map(|r| (r.index, r.reason.as_str())).collect();
        assert_eq!(refused, [(5, "not that")]);
    }

    #[test]
    fn a_server_that_refuses_every_body_is_not_asked_for_ever() {
        let server = ScriptedServer::answering(Scripted::Body(JSON_400, r#"{"error":"no"}"#));
        let outcome = post(&server, 1000).unwrap();
        assert_eq!(server.requests(), MOST_REQUESTS as usize);
        assert!(!outcome.refused.is_empty() && outcome.why_kept.is_some());
        let mut all: Vec<usize> = outcome.refused.iter().map(|refusal| refusal.index).collect();
        all.extend(outcome.kept);
        all.sort_unstable();
        assert_eq!(all, (0..1000).collect::<Vec<_>>(), "none is forgotten, none named twice");
    }

    #[test]
    fn a_proxy_that_takes_only_short_requests_gets_short_ones_and_condemns_nothing() {
        let too_large = Scripted::Body(PAGE_413, "<html>");
        let server = ScriptedServer::start([too_large, too_large]);
        let outcome = post(&server, 8).unwrap();
        assert_eq!((server.stored().len(), outcome.refused.len(), outcome.kept.len()), (8, 0, 0));
        let server = ScriptedServer::answering(too_large);
        let error = post(&server, 8).unwrap_err();
        assert!(error.reason.contains("answers 413 with a page"), "{error}");
    }
}
