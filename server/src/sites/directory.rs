use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use readings::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::scopes::Scopes;
use super::secret::{self, Hash};
use super::{Limits, Name, RegistryError};

/// A site, as it is registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Site {
    /// By which its readings are kept; no other site ever has it. That of the default site is 0.
    pub number: u32,
    /// The part of its address.
    pub name: Name,
    /// Whether everybody may look.
    pub public: bool,
    /// What it may take.
    pub limits: Limits,
}

impl Site {
    /// Changes who may look, if that is given, and some limits.
    ///
    /// # Errors
    /// If a limit is none.
    pub(crate) fn change(
        &mut self,
        public: Option<bool>,
        limits: &Map<String, Value>,
    ) -> Result<(), RegistryError> {
        self.public = public.unwrap_or(self.public);
        self.limits = self.limits.changed(limits).map_err(RegistryError::Limit)?;
        Ok(())
    }
}

/// A token, as it is registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Token {
    /// The number of its site.
    #[serde(skip)]
    pub site: u32,
    /// What it is called there.
    pub name: Name,
    /// What its holder may do.
    pub scopes: Scopes,
    /// When it was made.
    pub created: Timestamp,
    #[serde(skip)]
    pub(crate) hash: Hash,
}

/// All sites and tokens at one moment. A token is found in one step, however many there are.
#[derive(Debug, Default)]
pub struct Directory {
    sites: BTreeMap<Name, Arc<Site>>,
    numbers: HashMap<u32, Arc<Site>>,
    tokens: HashMap<Hash, Arc<Token>>,
    /// Numbers of sites that were removed.
    gone: Vec<u32>,
    /// Whether there is a token to write to the default site.
    closes_default: bool,
    is_unknown: bool,
}

impl Directory {
    /// Of these; and numbers of sites that were removed.
    pub(crate) fn new(sites: Vec<Site>, tokens: Vec<Token>, gone: Vec<u32>) -> Self {
        let writes = |token: &Token| token.site == 0 && token.scopes.allow(Scopes::WRITE);
        let sites: Vec<_> = sites.into_iter().map(Arc::new).collect();
        Self {
            gone,
            closes_default: tokens.iter().any(writes),
            is_unknown: false,
            numbers: sites.iter().map(|site| (site.number, Arc::clone(site))).collect(),
            sites: sites.into_iter().map(|site| (site.name.clone(), site)).collect(),
            tokens: tokens.into_iter().map(|token| (token.hash, Arc::new(token))).collect(),
        }
    }

    /// Of what is not known yet: whoever comes may be anybody, and the default site closed.
    pub(crate) fn unknown() -> Self {
        Self { closes_default: true, is_unknown: true, ..Self::default() }
    }

    /// Whether it is known what sites and tokens there are.
    pub(crate) const fn is_known(&self) -> bool {
        !self.is_unknown
    }

    /// Every site but the default one, by name.
    pub fn sites(&self) -> impl Iterator<Item = &Arc<Site>> {
        self.sites.values()
    }

    /// The site of this name.
    #[must_use]
    pub fn site(&self, name: &str) -> Option<&Arc<Site>> {
        self.sites.get(&name.parse::<Name>().ok()?)
    }

    /// The site of this number; none of the default one.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Option<&Arc<Site>> {
        self.numbers.get(&number)
    }

    /// The tokens of a site, by name.
    #[must_use]
    pub fn tokens_of(&self, site: u32) -> Vec<&Arc<Token>> {
        let mut tokens: Vec<_> = self.tokens.values().filter(|token| token.site == site).collect();
        tokens.sort_by(|one, other| one.name.cmp(&other.name));
        tokens
    }

    /// What is known of a token that was presented.
    pub(crate) fn token(&self, presented: &str) -> Option<&Arc<Token>> {
        self.tokens.get(&secret::hash(presented))
    }

    /// Whether a token is still what it was.
    pub(crate) fn has(&self, token: &Token) -> bool {
        self.tokens.get(&token.hash).is_some_and(|known| **known == *token)
    }

    /// Numbers of sites that were removed.
    pub(crate) fn gone(&self) -> &[u32] {
        &self.gone
    }

    /// Whether there has ever been a site, or there is a token.
    pub(crate) fn is_in_use(&self) -> bool {
        self.is_unknown
            || !(self.sites.is_empty() && self.tokens.is_empty() && self.gone.is_empty())
    }

    /// Whether a token is needed to write to the default site, also where it has no file of tokens.
    pub(crate) const fn closes_default(&self) -> bool {
        self.closes_default
    }
}
