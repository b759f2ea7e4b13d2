use core::net::SocketAddr;
use core::time::Duration;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use host::{FolderLock, LockError};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::app::App;
use crate::bus;
use crate::config::{Config, StoreChoice};
use crate::connections;
use crate::guard::Guard;
use crate::mqtt::Publisher;
use crate::reach;
use crate::sites::{House, RegistryError, SitesFile, Upkeep, spend};
use crate::state::Kept;
use crate::store::{Embedded, Influx, OpenError, Opened, Store, Stores, open_cluster};
use crate::tokens::Tokens;
use crate::watch::Watch;
use crate::webhook::{Alarms, WebhookConfig};

/// How long requests under way may take once the server is told to stop. With the time that a
/// store may then need (see its own limits) it is over within ten seconds.
const STOP_TIMEOUT: Duration = Duration::from_secs(3);

/// How long what else is under way may take then.
const REST_TIMEOUT: Duration = Duration::from_secs(1);

/// Threads that may block. The stores have no more than that at work at a time, so that nothing
/// waits for one.
const MAX_BLOCKING: usize = 16;

/// What the data folder is used as, while this runs.
const NOUN: &str = "server";

/// Starts servers.
#[derive(Debug)]
pub struct Server;

/// A server at work, in threads of its own. Dropping it stops it.
pub struct Running {
    house: Arc<House>,
    local_addr: SocketAddr,
    connections: Option<JoinHandle<()>>,
    watch: Option<Watch>,
    upkeep: Option<Upkeep>,
    publisher: Option<Publisher>,
    runtime: Option<Runtime>,
    /// Dropped last: the store is closed then.
    _lock: FolderLock,
}

/// A server cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The listening address is taken, not this machine's, or needs rights.
    #[error("cannot listen on {listen}: {source}; {}", remedy(source))]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The data folder cannot be made.
    #[error(
        "cannot use {path} for data: {source}; make it writable or name another with --data-dir"
    )]
    DataDir {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Somebody else uses the data folder, or it cannot be written.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The store cannot be opened.
    #[error("{0}; make its folder writable or name another with --data-dir")]
    Store(#[from] OpenError),
    /// What sites and tokens there are is not known, or the store keeps no sites.
    #[error(
        "{0}; a server without its sites serves nobody wrongly: give the file back from a copy, or \
         move it away to begin without sites"
    )]
    Sites(#[from] RegistryError),
    /// The store that many servers share cannot be used.
    #[error("the cluster store cannot be used: {0}")]
    Cluster(#[source] io::Error),
    /// Notices cannot be sent.
    #[error("notices cannot be sent: {0}; check the file ca_file names, and the data folder")]
    Webhook(#[source] io::Error),
    /// Nothing can be published.
    #[error("MQTT cannot be started: {0}; check the file ca_file names in [mqtt]")]
    Mqtt(#[source] io::Error),
    /// The system gives no threads.
    #[error("cannot start threads: {0}")]
    Threads(#[source] io::Error),
}

fn remedy(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::AddrInUse => {
            "another program listens there; stop it or choose another port with --listen"
        }
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 need rights; choose a higher one with --listen"
        }
        io::ErrorKind::AddrNotAvailable => {
            "no interface of this machine has that address; choose another with --listen"
        }
        _ => "choose another address with --listen",
    }
}

impl StartError {
    /// The exit code that says the same, as in sysexits.h.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        const UNAVAILABLE: u8 = 69;
        const OS_ERROR: u8 = 71;
        const IO_ERROR: u8 = 74;
        const NO_PERMISSION: u8 = 77;
        const CONFIGURATION: u8 = 78;
        match self {
            Self::Listen { source, .. } | Self::DataDir { source, .. }
                if source.kind() == io::ErrorKind::PermissionDenied =>
            {
                NO_PERMISSION
            }
            Self::Lock(error) => error.exit_code(),
            Self::Listen { .. } => UNAVAILABLE,
            Self::Sites(RegistryError::NoStores) => CONFIGURATION,
            Self::DataDir { .. }
            | Self::Sites(_)
            | Self::Store(_)
            | Self::Webhook(_)
            | Self::Mqtt(_) => IO_ERROR,
            Self::Threads(_) | Self::Cluster(_) => OS_ERROR,
        }
    }
}

impl Server {
    /// Opens the store, binds the address and serves, until the returned value is stopped.
    ///
    /// # Errors
    /// If anything of that is not possible. Nothing is left running then.
    pub fn start(config: Config) -> Result<Running, StartError> {
        let runtime = Builder::new_multi_thread()
            .enable_all()
            .max_blocking_threads(MAX_BLOCKING)
            .thread_name("server")
            .build()
            .map_err(StartError::Threads)?;
        // Bound first: a second server on one machine must not touch the first one's files.
        let listen = config.listen;
        let bound = runtime.block_on(async {
            let listener = TcpListener::bind(listen).await?;
            let local_addr = listener.local_addr()?;
            Ok((listener, local_addr))
        });
        let (listener, local_addr) =
            bound.map_err(|source| StartError::Listen { listen, source })?;
        std::fs::create_dir_all(&config.data_dir)
            .map_err(|source| StartError::DataDir { path: config.data_dir.clone(), source })?;
        let lock = FolderLock::take(&config.data_dir, NOUN)?;
        let Opened { store, stores, registry } = open_store(&config, &runtime)?;
        let registry = match registry {
            Some(registry) => registry,
            None => Box::new(SitesFile::open(&config.data_dir)?),
        };
        if config.tokens.is_empty() && !local_addr.ip().to_canonical().is_loopback() {
            tracing::warn!(
                listen = %local_addr,
                "anyone who reaches this address can send readings; set tokens"
            );
        }
        let keeping = config.keeping();
        let guard = Guard::new(config.tokens, config.rate_limit)
            .trusting(config.trusted_proxies)
            .for_connections(config.max_connections);
        let app = App::new(store, keeping, guard);
        let house = House::with(Arc::clone(&app), registry, stores);
        let house = Arc::new(house?);
        bus::follow(&app, runtime.handle());
        spend(&house, runtime.handle());
        let watch = start_watch(&app, &runtime, &config.data_dir, config.webhooks)?;
        let publish = |mqtt| Publisher::start(&app, runtime.handle().clone(), mqtt);
        let publisher = config.mqtt.map(publish).transpose().map_err(|error| {
            app.stop();
            StartError::Mqtt(error)
        })?;
        let upkeep = Upkeep::start(Arc::clone(&house)).map_err(|error| {
            app.stop();
            StartError::Threads(error)
        })?;
        let serve = connections::serve(listener, Arc::clone(&house), config.max_connections);
        let connections = runtime.spawn(serve);
        Ok(Running {
            house,
            local_addr,
            connections: Some(connections),
            watch: Some(watch),
            upkeep: Some(upkeep),
            publisher,
            runtime: Some(runtime),
            _lock: lock,
        })
    }
}

/// Takes up what is kept of motes and gateways, and watches them.
fn start_watch(
    app: &Arc<App>,
    runtime: &Runtime,
    folder: &Path,
    webhooks: Vec<WebhookConfig>,
) -> Result<Watch, StartError> {
    let fault = |source| StartError::DataDir { path: folder.to_owned(), source };
    let mut kept = Kept::open(folder).map_err(|error| fault(io::Error::other(error)))?;
    app.states.resume_gateways(&mut kept).map_err(|error| fault(io::Error::other(error)))?;
    let alarms = if webhooks.is_empty() {
        None
    } else {
        let counters = app.metrics.notices.clone();
        Some(Alarms::start(folder, webhooks, counters).map_err(StartError::Webhook)?)
    };
    Watch::start(Arc::clone(app), runtime.handle().clone(), kept, alarms)
        .map_err(StartError::Threads)
}

fn open_store(config: &Config, runtime: &Runtime) -> Result<Opened, StartError> {
    Ok(match &config.store {
        StoreChoice::Embedded => {
            let path = config.data_dir.join(Embedded::FILE_NAME);
            let store = Arc::new(Embedded::open(path, config.keeping())?);
            let stores = Some(Arc::new(Arc::clone(&store)) as Arc<dyn Stores>);
            Opened { store, stores, registry: None }
        }
        StoreChoice::Influx(influx) => {
            let store = Influx::open(influx, config.keeping(), &config.data_dir);
            let store = store.map_err(StartError::Threads)?;
            store.notices().iter().for_each(|notice| tracing::warn!("{notice}"));
            Opened { store: Arc::new(store), stores: None, registry: None }
        }
        StoreChoice::Cluster(cluster) => {
            let (keeping, folder) = (config.keeping(), &config.data_dir);
            let opened = open_cluster(cluster, keeping, folder, runtime.handle());
            opened.map_err(StartError::Cluster)?
        }
    })
}

impl Running {
    /// The address it listens on, with the port that was taken if 0 was asked for.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Where a browser on this machine finds the live page.
    #[must_use]
    pub fn url(&self) -> String {
        let mut reachable = self.local_addr;
        if reachable.ip().is_unspecified() {
            reachable.set_ip(match reachable {
                SocketAddr::V4(_) => core::net::Ipv4Addr::LOCALHOST.into(),
                SocketAddr::V6(_) => core::net::Ipv6Addr::LOCALHOST.into(),
            });
        }
        format!("http://{reachable}/")
    }

    /// Where a browser on another computer finds the live page, if it can; else the
    /// [`url`](Self::url).
    #[must_use]
    pub fn public_url(&self) -> String {
        format!("http://{}/", reach::address_for_others(self.local_addr))
    }

    /// Replaces the tokens that clients need.
    pub fn set_tokens(&self, tokens: Tokens) {
        self.house.default.guard.set_tokens(tokens);
    }

    /// Whether requests and the store are still being worked on: true as soon as the store says
    /// how it is, be it well or not; false if it has nothing to say for `patience`.
    #[must_use]
    pub fn makes_progress(&self, patience: Duration) -> bool {
        let Some(runtime) = &self.runtime else {
            return false;
        };
        let store = Arc::clone(&self.house.default.store);
        let (said, answer) = std::sync::mpsc::channel();
        runtime.spawn(async move {
            let _ = store.check().await;
            // Fails only if nobody waits any more.
            let _ = said.send(());
        });
        answer.recv_timeout(patience).is_ok()
    }

    /// Stops taking connections, lets the requests under way finish (for 3 s at most), and
    /// returns when everything accepted is committed.
    pub fn stop(mut self) {
        self.shut_down();
    }

    fn shut_down(&mut self) {
        let Some(runtime) = self.runtime.take() else {
            return;
        };
        self.house.stop();
        if let Some(connections) = self.connections.take() {
            let finished =
                runtime.block_on(async { tokio::time::timeout(STOP_TIMEOUT, connections).await });
            if finished.is_err() {
                tracing::warn!("some requests did not finish in time");
            }
        }
        drop(self.watch.take());
        drop(self.upkeep.take());
        drop(self.publisher.take());
        runtime.shutdown_timeout(REST_TIMEOUT);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shut_down();
    }
}
