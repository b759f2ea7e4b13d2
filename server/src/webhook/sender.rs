use core::time::Duration;
use std::io;
use std::sync::Arc;

use readings::Timestamp;
use ureq::Agent;
use ureq::http::header;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

use super::WebhookConfig;
use super::outbox::{Outbox, Waiting};
use super::signature::sign;
use crate::backoff::Backoff;
use crate::metrics::NoticeCounters;

/// How long the other side may take to connect, and in all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
const TIMEOUT: Duration = Duration::from_secs(8);

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Sends one webhook's notices.
pub(super) struct Sender {
    config: WebhookConfig,
    key: String,
    agent: Agent,
    outbox: Arc<Outbox>,
    counters: NoticeCounters,
}

impl Sender {
    pub(super) fn new(
        config: WebhookConfig,
        outbox: Arc<Outbox>,
        counters: NoticeCounters,
    ) -> io::Result<Self> {
        let roots = match &config.ca_file {
            Some(file) => certificates(&std::fs::read(file)?)?,
            None => RootCerts::WebPki,
        };
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(TIMEOUT))
            // What it holds is for the one who was named: neither for where that redirects to, nor
            // for a proxy that the environment names.
            .max_redirects(0)
            .proxy(None)
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .user_agent(concat!("clouddata-server/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self { key: config.key(), config, agent: agent.into(), outbox, counters })
    }

    /// Sends until the outbox is stopped.
    pub(super) fn run(self) {
        let mut backoff = Backoff::up_to(LONGEST_PAUSE);
        let mut is_failing = false;
        let webhook = self.config.origin();
        while let Some(next) = self.outbox.next(&self.key) {
            let sent = next.map_err(|error| error.to_string()).and_then(|waiting| {
                self.send(&waiting)?;
                self.outbox.remove(waiting.id).map_err(|error| error.to_string())
            });
            match sent {
                Ok(()) => {
                    self.counters.delivered.inc();
                    backoff.reset();
                    if core::mem::take(&mut is_failing) {
                        tracing::info!(webhook, "the webhook takes notices again");
                    }
                }
                Err(reason) => {
                    self.counters.failed.inc();
                    if !core::mem::replace(&mut is_failing, true) {
                        tracing::warn!(
                            webhook,
                            reason,
                            "the webhook does not take notices; they wait"
                        );
                    }
                    if !self.outbox.pause(backoff.fail()) {
                        return;
                    }
                }
            }
        }
    }

    fn send(&self, waiting: &Waiting) -> Result<(), String> {
        let mut request = self
            .agent
            .post(&self.config.url)
            .header(header::CONTENT_TYPE, "application/json")
            .header("Clouddata-Notice", waiting.id.to_string());
        if let Some(secret) = &self.config.secret {
            let now = Timestamp::now().as_micros() / 1_000_000;
            request = request.header("Clouddata-Signature", sign(secret, now, &waiting.body));
        }
        if let Some(token) = &self.config.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        // The error of a request may show the address, and that may hold secrets.
        let answer = request.send(&waiting.body).map_err(|error| match error {
            ureq::Error::Timeout(_) => "it does not answer in time".to_owned(),
            ureq::Error::Io(error) => error.to_string(),
            ureq::Error::HostNotFound => "its name does not resolve".to_owned(),
            ureq::Error::ConnectionFailed => "it cannot be reached".to_owned(),
            _ => "it cannot be spoken to".to_owned(),
        })?;
        let status = answer.status();
        if status.is_success() { Ok(()) } else { Err(format!("it answers {status}")) }
    }
}

fn certificates(pem: &[u8]) -> io::Result<RootCerts> {
    let mut found = Vec::new();
    for item in parse_pem(pem) {
        if let PemItem::Certificate(certificate) = item.map_err(io::Error::other)? {
            found.push(certificate);
        }
    }
    if found.is_empty() {
        return Err(io::Error::other("there is no certificate in PEM"));
    }
    Ok(RootCerts::new_with_certs(&found))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;

    use rustls::pki_types::PrivateKeyDer;
    use rustls::{ServerConfig, ServerConnection, StreamOwned};

    use super::*;
    use crate::metrics::Metrics;
    use crate::webhook::Event;

    /// Answers one request by https, and returns it.
    fn listen(
        certified: &rcgen::CertifiedKey<rcgen::KeyPair>,
    ) -> (u16, thread::JoinHandle<String>) {
        let key = PrivateKeyDer::Pkcs8(certified.signing_key.serialize_der().into());
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let answered = thread::spawn(move || {
            let (tcp, _) = listener.accept().unwrap();
            let mut tls = StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), tcp);
            let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
            while !request.ends_with(b"{}") {
                let count = tls.read(&mut buffer).unwrap();
                request.extend_from_slice(&buffer[..count]);
            }
            tls.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
            String::from_utf8(request).unwrap()
        });
        (port, answered)
    }

    #[test]
    fn a_notice_goes_by_https_with_the_token_and_the_signature() {
        let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let ca_file = folder.path().join("ca.pem");
        std::fs::write(&ca_file, certified.cert.pem()).unwrap();
        let (port, answered) = listen(&certified);
        let config = WebhookConfig {
            url: format!("https://localhost:{port}/topic?a=b"),
            secret: Some("secret".to_owned()),
            token: Some("token".to_owned()),
            events: Event::DEFAULT.to_vec(),
            ca_file: Some(ca_file),
        };
        let outbox = Arc::new(Outbox::open(folder.path(), &[config.key()]).unwrap());
        let sender = Sender::new(config, outbox, Metrics::new().notices).unwrap();
        sender.send(&Waiting { id: 7, body: "{}".to_owned() }).unwrap();
        let request = answered.join().unwrap().to_ascii_lowercase();
        assert!(request.starts_with("post /topic?a=b http/1.1\r\n"), "{request}");
        for line in
            ["authorization: bearer token", "clouddata-notice: 7", "clouddata-signature: t="]
        {
            assert!(request.contains(&format!("\r\n{line}")), "{line}: {request}");
        }
    }
}
