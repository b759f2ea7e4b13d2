use serde_json::{Map, Value};
use thiserror::Error;

use super::{Directory, Limits, Name, Scopes, Secret, Site, Token};

/// Where it is kept what sites and tokens there are. What one process changes, all others that
/// have the same registry see within a second.
pub trait Registry: Send {
    /// All of it, if this is asked for the first time or something has changed since.
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
    #[error("sites need the embedded store: the others keep one site alone; leave out --store")]
    NoStores,
    /// It cannot be read or written.
    #[error("{0}")]
    Unavailable(String),
}
