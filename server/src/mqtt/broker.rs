use core::time::Duration;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rumqttc::mqttbytes::QoS;
use rumqttc::{
    AsyncClient, Broker as Address, ConnectReturnCode, ConnectionError, Event, LastWill,
    MqttOptions, StateError, TlsConfiguration, Transport,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::config::MqttConfig;
use super::message::OFFLINE;

/// How long a silent connection is left alone before the broker is asked whether it is there, in seconds. It learns
/// of ours by the same, if nothing closes it.
const KEEP_ALIVE: u16 = 30;

/// How long a broker may take to be reached and to greet.
const GREETING: Duration = Duration::from_secs(10);

/// Most octets of a message: ours, and what others have written to our topics.
const MAX_MESSAGE: usize = 256 << 10;

/// Events of a connection that wait to be looked at.
const EVENTS: usize = 64;

/// How to reach the broker.
pub(super) struct Broker {
    options: MqttOptions,
}

impl Broker {
    /// # Errors
    /// If the certificates of the authorities that it names cannot be had.
    pub(super) fn new(config: &MqttConfig) -> io::Result<Self> {
        let id = config.client_id.clone().unwrap_or_else(|| config.topic.client_id());
        let mut options = MqttOptions::new(id, Address::tcp(config.host.clone(), config.port));
        options.set_keep_alive(KEEP_ALIVE);
        options.set_max_packet_size(MAX_MESSAGE, MAX_MESSAGE);
        options.set_last_will(LastWill::new(
            config.topic.server(),
            OFFLINE,
            QoS::AtLeastOnce,
            true,
        ));
        match (&config.username, &config.password) {
            (Some(username), Some(password)) => {
                options.set_credentials(username.clone(), password.clone());
            }
            (Some(username), None) => {
                options.set_username(username.clone());
            }
            (None, _) => {}
        }
        if config.is_secure {
            let tls = TlsConfiguration::Rustls(Arc::new(tls(config.ca_file.as_deref())?));
            options.set_transport(Transport::tls_with_config(tls));
        }
        Ok(Self { options })
    }

    /// Begins to connect. `capacity` is how many messages may be under way.
    pub(super) fn connect(&self, capacity: u16) -> Connection {
        let mut options = self.options.clone();
        options.set_inflight(capacity);
        let (client, mut events) = AsyncClient::builder(options).capacity(capacity.into()).build();
        events.network_options.set_connection_timeout(GREETING.as_secs());
        let (told, heard) = mpsc::channel(EVENTS);
        // In a task of its own: what it does must not be left half done.
        let task = tokio::spawn(async move {
            loop {
                let event = events.poll().await;
                let is_over = event.is_err();
                if told.send(event).await.is_err() || is_over {
                    return;
                }
            }
        });
        Connection { client, events: heard, task }
    }
}

/// One connection, from the first attempt to its end.
pub(super) struct Connection {
    pub(super) client: AsyncClient,
    events: mpsc::Receiver<Result<Event, ConnectionError>>,
    task: JoinHandle<()>,
}

impl Connection {
    /// What happens next, or why it is over.
    pub(super) async fn next(&mut self) -> Result<Event, String> {
        match self.events.recv().await {
            Some(event) => event.map_err(|error| reason(&error)),
            None => Err("the connection is over".to_owned()),
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The authorities that vouch for a broker: those of the file, else those that browsers know.
fn tls(ca_file: Option<&Path>) -> io::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    match ca_file {
        Some(file) => {
            let pem = std::fs::read(file)?;
            for certificate in CertificateDer::pem_slice_iter(&pem) {
                roots.add(certificate.map_err(io::Error::other)?).map_err(io::Error::other)?;
            }
            if roots.is_empty() {
                return Err(io::Error::other("there is no certificate in PEM"));
            }
        }
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider);
    let config = config.with_safe_default_protocol_versions().map_err(io::Error::other)?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// Why there is no connection, and what to do about it.
fn reason(error: &ConnectionError) -> String {
    use ConnectReturnCode::{BadClientId, BadUserNamePassword, NotAuthorized};
    match error {
        ConnectionError::ConnectionRefused(BadUserNamePassword | NotAuthorized) => {
            "it refuses the user or the password; check username and password_file".to_owned()
        }
        ConnectionError::ConnectionRefused(BadClientId) => {
            "it refuses the connection's name; set another client_id".to_owned()
        }
        ConnectionError::ConnectionRefused(code) => format!("it refuses the connection: {code:?}"),
        ConnectionError::NetworkTimeout | ConnectionError::FlushTimeout => no_answer(),
        ConnectionError::MqttState(StateError::AwaitPingResp) => no_answer(),
        ConnectionError::MqttState(StateError::ConnectionAborted) => {
            "it has closed the connection".to_owned()
        }
        ConnectionError::MqttState(StateError::Io(error)) | ConnectionError::Io(error) => {
            error.to_string()
        }
        other => other.to_string(),
    }
}

/// A broker that is reached, and says nothing.
pub(super) fn no_answer() -> String {
    "it does not answer in time".to_owned()
}
