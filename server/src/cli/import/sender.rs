use core::time::Duration;
use std::path::Path;
use std::thread;

use host::{Failure, exit};
use readings::{Kind, Refusal};
use serde_json::Value;
use ureq::Agent;
use ureq::http::{StatusCode, header};

use super::record::Place;
use super::tally::Tally;

/// Times a batch is sent before the server is given up.
const TRIES: u32 = 10;

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Posts readings to a server.
pub(super) struct Sender {
    agent: Agent,
    url: String,
    token: Option<String>,
}

impl Sender {
    /// To the server at this address, with the token of this file or of the environment.
    pub(super) fn new(server: &str, token_file: Option<&Path>) -> Result<Self, Failure> {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            // The token is for the server alone: neither for where it redirects to, nor for a proxy
            // that the environment names.
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(TIMEOUT))
            .build()
            .into();
        let url = format!("{server}{}", Kind::Readings.paths()[0]);
        Ok(Self { agent, url, token: token(token_file)? })
    }

    /// Sends a batch, each reading with its place in the file, until the server answers for good.
    pub(super) fn send(
        &self,
        batch: &mut Vec<(Place, Value)>,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        if batch.is_empty() {
            return Ok(());
        }
        let (places, readings): (Vec<Place>, Vec<Value>) = batch.drain(..).unzip();
        let refusals = self.post(&readings)?;
        for Refusal { index, field, reason } in &refusals {
            tally.refuse(places[*index], Some(*field), reason);
        }
        tally.stored += places.len().saturating_sub(refusals.len()) as u64;
        Ok(())
    }

    fn post(&self, readings: &[Value]) -> Result<Vec<Refusal>, Failure> {
        let unavailable = |reason: String| Failure::new(exit::UNAVAILABLE, reason);
        let json =
            serde_json::to_vec(readings).map_err(|error| Failure::new(exit::SOFTWARE, error))?;
        for _ in 0..TRIES {
            let mut request = self.agent.post(&self.url).content_type("application/json");
            if let Some(token) = &self.token {
                request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
            }
            let mut answer = request
                .send(json.as_slice())
                .map_err(|error| unavailable(format!("{} does not answer: {error}", self.url)))?;
            let status = answer.status();
            let retry_after = answer.headers().get(header::RETRY_AFTER);
            let retry_after = retry_after
                .and_then(|value| value.to_str().ok())
                .and_then(|text| text.parse().ok());
            let text = answer.body_mut().read_to_string().unwrap_or_default();
            match status {
                StatusCode::NO_CONTENT => return Ok(Vec::new()),
                StatusCode::UNPROCESSABLE_ENTITY => {
                    let refusals: Result<Vec<Refusal>, _> = serde_json::from_str(&text);
                    let is_in = |refusal: &Refusal| refusal.index < readings.len();
                    return refusals
                        .ok()
                        .filter(|list| !list.is_empty() && list.iter().all(is_in))
                        .ok_or_else(|| unavailable(self.answered(status, &text)));
                }
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                    thread::sleep(Duration::from_secs(retry_after.unwrap_or(1)));
                }
                _ => return Err(unavailable(self.answered(status, &text))),
            }
        }
        Err(unavailable(format!("{} is not available", self.url)))
    }

    /// What was answered, which may be a page of any length.
    fn answered(&self, status: StatusCode, text: &str) -> String {
        let text: String = text.chars().take(200).flat_map(char::escape_debug).collect();
        format!("{} answers {status}: {text}", self.url)
    }
}

fn token(file: Option<&Path>) -> Result<Option<String>, Failure> {
    let Some(file) = file else {
        let token = host::variable("CLOUDDATA_TOKEN");
        return Ok(token.map(|token| token.to_string_lossy().into_owned()));
    };
    let text = std::fs::read_to_string(file).map_err(|error| {
        let file = file.display();
        Failure::new(exit::NO_INPUT, format_args!("the token in {file} cannot be read: {error}"))
    })?;
    Ok(Some(text.trim().to_owned()))
}
