//! Sends a file's readings to a running server, which judges them as it does a gateway's.

mod records;

use core::time::Duration;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, anyhow};
use clouddata_server::Config;
use readings::{INGEST_PATHS, Refusal};
use serde_json::Value;
use ureq::Agent;
use ureq::http::{StatusCode, header};

use super::arguments::{FileFormat, Import};
use super::settings::address;
use super::{DATA, Failure, IO_ERROR, UNAVAILABLE, USAGE};

/// Readings in one request: some 600 kB.
const BATCH: usize = 5_000;

/// Times a batch is sent before the server is given up.
const TRIES: u32 = 10;

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(60);

pub(super) fn run(config: &Config, options: &Import) -> Result<(), Failure> {
    let format = options.format.or_else(|| format_of(&options.file)).ok_or_else(|| {
        Failure::new(USAGE, anyhow!("the file's name does not tell its format; say --format"))
    })?;
    let input: Box<dyn BufRead> = if options.file == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        let file = File::open(&options.file)
            .with_context(|| format!("cannot open {}", options.file.display()));
        Box::new(BufReader::new(file.map_err(|error| Failure::new(IO_ERROR, error))?))
    };
    let server = match &options.server {
        Some(url) => address("--server", url).map_err(|error| Failure::new(USAGE, error))?,
        None => format!("http://{}", config.listen),
    };
    let sender = Sender {
        agent: Agent::config_builder()
            .http_status_as_error(false)
            // The token is for the server alone: neither for where it redirects to, nor for a proxy
            // that the environment names.
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(TIMEOUT))
            .build()
            .into(),
        url: format!("{server}{}", INGEST_PATHS[0]),
        token: token(options).map_err(|error| Failure::new(USAGE, error))?,
    };

    let (mut sent, mut refused, mut batch) = (0, 0, Vec::new());
    let mut records = records::read(format, options.precision, input);
    loop {
        let next = records.next().transpose().map_err(|error| Failure::new(DATA, error))?;
        let is_last = next.is_none();
        batch.extend(next);
        if batch.len() == BATCH || (is_last && !batch.is_empty()) {
            for Refusal { index, field, reason } in sender.send(&batch)? {
                refused += 1;
                tracing::warn!(reading = sent + index + 1, ?field, reason, "refused");
            }
            sent += batch.len();
            batch.clear();
        }
        if is_last {
            break;
        }
    }
    println!("{} readings stored, {refused} refused", sent - refused);
    if refused > 0 {
        return Err(Failure::new(DATA, anyhow!("some readings were refused")));
    }
    Ok(())
}

fn format_of(file: &Path) -> Option<FileFormat> {
    match file.extension()?.to_str()? {
        "csv" => Some(FileFormat::Csv),
        "json" => Some(FileFormat::Json),
        "lp" => Some(FileFormat::Lp),
        _ => None,
    }
}

fn token(options: &Import) -> anyhow::Result<Option<String>> {
    let Some(file) = &options.token_file else {
        return Ok(std::env::var("CLOUDDATA_TOKEN").ok());
    };
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the token in {}", file.display()))?;
    Ok(Some(text.trim().to_owned()))
}

struct Sender {
    agent: Agent,
    url: String,
    token: Option<String>,
}

impl Sender {
    /// Sends a batch until the server answers for good; returns what it refuses.
    fn send(&self, batch: &[Value]) -> Result<Vec<Refusal>, Failure> {
        let unavailable = |error: anyhow::Error| Failure::new(UNAVAILABLE, error);
        let json = serde_json::to_vec(batch).map_err(|error| Failure::new(DATA, error))?;
        for _ in 0..TRIES {
            let mut request = self.agent.post(&self.url).content_type("application/json");
            if let Some(token) = &self.token {
                request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
            }
            let mut answer = request
                .send(json.as_slice())
                .with_context(|| format!("{} does not answer", self.url))
                .map_err(unavailable)?;
            let status = answer.status();
            let retry_after = answer.headers().get(header::RETRY_AFTER);
            let retry_after = retry_after
                .and_then(|value| value.to_str().ok())
                .and_then(|text| text.parse().ok());
            let text = answer.body_mut().read_to_string().unwrap_or_default();
            match status {
                StatusCode::NO_CONTENT => return Ok(Vec::new()),
                StatusCode::UNPROCESSABLE_ENTITY => {
                    return serde_json::from_str(&text).map_err(|error| Failure::new(DATA, error));
                }
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                    std::thread::sleep(Duration::from_secs(retry_after.unwrap_or(1)));
                }
                _ => return Err(unavailable(anyhow!("{} answers {status}: {text}", self.url))),
            }
        }
        Err(unavailable(anyhow!("{} is not available", self.url)))
    }
}
