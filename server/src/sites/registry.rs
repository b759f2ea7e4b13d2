use readings::Timestamp;
use serde_json::{Map, Value};
use thiserror::Error;

use super::{Directory, Limits, Name, Scopes, Secret, Site, Token, secret};

/// Where it is kept what sites and tokens there are. What one process changes, all others that
/// have the same registry see within a second.
pub trait Registry: Send {
    /// All of it, if this is asked for the first time or something has changed since; nothing, while it
    /// is not yet known what there is.
    ///
    /// # Errors
    /// If it cannot be read now.
    fn changes(&mut self) -> Result<Option<Directory>, RegistryError>;

    /// Adds a site, under a number that no other ever had.
    ///
    /// # Errors
    /// If there is one of that name, or it cannot be written.
    fn add_site(
        &mut self,
        name: &Name,
        public: bool,
        limits: &Limits,
    ) -> Result<Site, RegistryError>;

    /// Changes who may look, if that is given, and some limits.
    ///
    /// # Errors
    /// If there is no such site, a limit is none, or it cannot be written.
    fn change_site(
        &mut self,
        name: &Name,
        public: Option<bool>,
        limits: &Map<String, Value>,
    ) -> Result<Site, RegistryError>;

    /// Removes a site with its tokens.
    ///
    /// # Errors
    /// If there is no such site, or it cannot be written.
    fn remove_site(&mut self, name: &Name) -> Result<Site, RegistryError>;

    /// Makes a token for the site of this number.
    ///
    /// # Errors
    /// If the site has one of that name, or it cannot be written.
    fn add_token(
        &mut self,
        site: u32,
        name: &Name,
        scopes: Scopes,
    ) -> Result<NewToken, RegistryError>;

    /// Takes a token back.
    ///
    /// # Errors
    /// If the site has none of that name, or it cannot be written.
    fn revoke_token(&mut self, site: u32, name: &Name) -> Result<(), RegistryError>;
}

/// A token that was just made.
#[derive(Clone)]
pub struct NewToken {
    /// As it is registered.
    pub token: Token,
    /// What its holder presents; it is not kept.
    pub secret: Secret,
}

impl NewToken {
    /// Makes one, which is not registered yet.
    ///
    /// # Errors
    /// If the system gives no random octets.
    pub(crate) fn make(site: u32, name: &Name, scopes: Scopes) -> Result<Self, RegistryError> {
        let no_octets = || RegistryError::Unavailable("no random octets are to be had".to_owned());
        let secret = Secret::make().ok_or_else(no_octets)?;
        let (hash, created) = (secret::hash(secret.reveal()), Timestamp::now());
        Ok(Self { token: Token { site, name: name.clone(), scopes, created, hash }, secret })
    }
}

/// Fails for the default site, which is neither added nor changed nor removed.
pub(crate) fn check_name(name: &Name) -> Result<(), RegistryError> {
    if name.is_default() { Err(RegistryError::DefaultSite) } else { Ok(()) }
}

/// 2026, in minutes since 1970: numbers of sites begin with the minutes since then, so that one who
/// has lost the registry and begins anew gives no customer what another's readings are kept under.
const EPOCH: i64 = 29_453_760;

/// The first number that a site may have now, where none has had a larger one than this.
///
/// # Errors
/// If there is none.
pub(crate) fn first_number(last: u32) -> Result<u32, RegistryError> {
    let minutes = Timestamp::now().as_micros() / 60_000_000 - EPOCH;
    let number = (i64::from(last) + 1).max(minutes);
    let no_number = |_| RegistryError::Unavailable("no number is left".to_owned());
    u32::try_from(number).map_err(no_number)
}

/// The registry does not do it.
#[derive(Debug, Error)]
pub enum RegistryError {
    /// There is no such site.
    #[error("there is no site {0}")]
    NoSite(Name),
    /// There is one.
    #[error("there is a site {0} already")]
    SiteExists(Name),
    /// It is what a server without sites is, and neither added nor removed.
    #[error(
        "{} is the name of the default site, which is there already and stays as it is",
        Name::DEFAULT
    )]
    DefaultSite,
    /// There is no such token.
    #[error("there is no token {0} of this site")]
    NoToken(Name),
    /// There is one.
    #[error("there is a token {0} of this site already; revoke it first, or choose another name")]
    TokenExists(Name),
    /// A limit is none.
    #[error("{0}")]
    Limit(String),
    /// The store that is chosen keeps one site.
    #[error(
        "sites need the embedded store or the cluster: the others keep one site alone; leave out \
         --store, or take --store cluster"
    )]
    NoStores,
    /// It cannot be read or written.
    #[error("{0}")]
    Unavailable(String),
}
