//! What sites and tokens there are, in a bucket of NATS that every server watches: what one changes, all
//! go by at once. Each change of a key says which revision it has seen; whoever was slower looks
//! again.

mod keys;
mod mirror;

use core::time::Duration;
use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::runtime::{Handle, Runtime};

use super::bucket::{Bucket, SetError};
use super::log::Log;
use crate::sites::{
    Directory, Limits, Name, NewToken, Registry, RegistryError, Scopes, Site, check_name,
    first_number,
};
use crate::store::ClusterConfig;
use mirror::{Known, Mirror};

/// The bucket.
const BUCKET: &str = "clouddata-sites";

/// How long it may take until NATS has told what there is.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long it may take until it tells what somebody else has changed.
const HEARING: Duration = Duration::from_secs(1);

/// How often a change is tried while others change the same.
const TRIES: usize = 8;

/// The registry of all servers that share a NATS cluster.
pub(crate) struct NatsRegistry {
    bucket: Bucket,
    mirror: Arc<Mirror>,
    handle: Handle,
    /// The version that was handed out.
    seen: Option<u64>,
    /// Of a program that has no other. Dropped last.
    _runtime: Option<Runtime>,
}

/// What servers that share a store know of sites and tokens, for a program that is none of them.
///
/// # Errors
/// If NATS does not tell what sites and tokens there are.
pub fn connect(config: &ClusterConfig) -> Result<Box<dyn Registry>, RegistryError> {
    let unavailable = |error: std::io::Error| RegistryError::Unavailable(error.to_string());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(unavailable)?;
    let log = Log::connect(config, runtime.handle()).map_err(unavailable)?;
    let registry = NatsRegistry::follow(log, runtime.handle());
    runtime.block_on(registry.known())?;
    Ok(Box::new(NatsRegistry { _runtime: Some(runtime), ..registry }))
}

impl NatsRegistry {
    /// Begins to watch; until it is told what there is, there are no [`changes`](Registry::changes).
    pub(super) fn follow(log: Log, handle: &Handle) -> Self {
        let (bucket, mirror) = (Bucket::new(log, BUCKET), Arc::<Mirror>::default());
        let (watched, seen) = (bucket.clone(), Arc::clone(&mirror));
        handle.spawn(async move { watched.watch(|it| seen.see(it)).await });
        Self { bucket, mirror, handle: handle.clone(), seen: None, _runtime: None }
    }

    async fn known(&self) -> Result<(u64, Arc<Known>), RegistryError> {
        if self.mirror.known().is_none() {
            self.mirror.wait(0, PATIENCE).await;
        }
        self.mirror.known().ok_or_else(|| {
            unavailable("it has not told what sites and tokens there are".to_owned())
        })
    }

    /// Does what is to be done with what there is; again, if somebody has changed it meanwhile.
    fn change<T>(
        &self,
        mut act: impl AsyncFnMut(&Known) -> Result<T, Fault>,
    ) -> Result<T, RegistryError> {
        self.handle.block_on(async {
            for _ in 0..TRIES {
                let (version, known) = self.known().await?;
                match act(&known).await {
                    Ok(done) => return Ok(done),
                    Err(Fault::Refused(error)) => return Err(error),
                    Err(Fault::Changed) => self.mirror.wait(version, HEARING).await,
                }
            }
            Err(unavailable("others change the same again and again".to_owned()))
        })
    }

    async fn set(&self, known: &Known, key: &str, value: Option<Vec<u8>>) -> Result<(), Fault> {
        let entry = self.bucket.set(key, value, known.revision(key)).await?;
        self.mirror.set(entry);
        Ok(())
    }
}

/// Why something is not changed.
enum Fault {
    /// Somebody else has changed it.
    Changed,
    Refused(RegistryError),
}

impl Registry for NatsRegistry {
    fn changes(&mut self) -> Result<Option<Directory>, RegistryError> {
        if self.seen == Some(self.mirror.version()) {
            return Ok(None);
        }
        let Some((version, known)) = self.mirror.known() else { return Ok(None) };
        let directory = keys::directory(&known).map_err(RegistryError::Unavailable)?;
        self.seen = Some(version);
        Ok(Some(directory))
    }

    fn add_site(
        &mut self,
        name: &Name,
        public: bool,
        limits: &Limits,
    ) -> Result<Site, RegistryError> {
        check_name(name)?;
        let mut taken = None;
        self.change(async |known: &Known| {
            if find(known, name)?.is_some() {
                return Err(RegistryError::SiteExists(name.clone()).into());
            }
            let number = match taken {
                Some(number) => number,
                None => {
                    let number = first_number(keys::last_number(known))?;
                    self.set(known, &keys::of_number(number), Some(Vec::new())).await?;
                    *taken.insert(number)
                }
            };
            let site = Site { number, name: name.clone(), public, limits: limits.clone() };
            self.set(known, &keys::of_site(name), Some(keys::emit_site(&site))).await?;
            Ok(site)
        })
    }

    fn change_site(
        &mut self,
        name: &Name,
        public: Option<bool>,
        limits: &Map<String, Value>,
    ) -> Result<Site, RegistryError> {
        check_name(name)?;
        self.change(async |known: &Known| {
            let mut site = expect(known, name)?;
            site.change(public, limits)?;
            self.set(known, &keys::of_site(name), Some(keys::emit_site(&site))).await?;
            Ok(site)
        })
    }

    fn remove_site(&mut self, name: &Name) -> Result<Site, RegistryError> {
        check_name(name)?;
        self.change(async |known: &Known| {
            let site = expect(known, name)?;
            self.set(known, &keys::of_number(site.number), Some(keys::GONE.to_vec())).await?;
            // With that it is gone, and its tokens with it, whatever becomes of these keys.
            let tokens = keys::of_tokens(site.number);
            let tokens = known.values(&tokens).map(|(name, _)| format!("{tokens}{name}"));
            for key in tokens.chain([keys::of_site(name)]) {
                let _ = self.set(known, &key, None).await;
            }
            Ok(site)
        })
    }

    fn add_token(
        &mut self,
        site: u32,
        name: &Name,
        scopes: Scopes,
    ) -> Result<NewToken, RegistryError> {
        let NewToken { token, secret } = NewToken::make(site, name, scopes)?;
        let key = keys::of_token(site, name);
        self.change(async |known: &Known| {
            if known.value(&key).is_some() {
                return Err(RegistryError::TokenExists(name.clone()).into());
            }
            if !keys::has_site(known, site) {
                return Err(unavailable(format!("there is no site {site} any more")).into());
            }
            self.set(known, &key, Some(keys::emit_token(&token))).await
        })?;
        Ok(NewToken { token, secret })
    }

    fn revoke_token(&mut self, site: u32, name: &Name) -> Result<(), RegistryError> {
        let key = keys::of_token(site, name);
        self.change(async |known: &Known| {
            if known.value(&key).is_none() {
                return Err(RegistryError::NoToken(name.clone()).into());
            }
            self.set(known, &key, None).await
        })
    }
}

fn find(known: &Known, name: &Name) -> Result<Option<Site>, RegistryError> {
    keys::site(known, name).map_err(RegistryError::Unavailable)
}

fn expect(known: &Known, name: &Name) -> Result<Site, RegistryError> {
    find(known, name)?.ok_or_else(|| RegistryError::NoSite(name.clone()))
}

fn unavailable(reason: String) -> RegistryError {
    RegistryError::Unavailable(format!(
        "the registry in NATS cannot be used: {reason}; see that most of the NATS servers are up, and \
         that nats_urls leads to them"
    ))
}

impl From<RegistryError> for Fault {
    fn from(error: RegistryError) -> Self {
        Self::Refused(error)
    }
}

impl From<SetError> for Fault {
    fn from(error: SetError) -> Self {
        match error {
            SetError::Changed => Self::Changed,
            SetError::Unavailable(reason) => Self::Refused(unavailable(reason)),
        }
    }
}
