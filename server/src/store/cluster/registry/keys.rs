//! What the registry's keys are, and what they have:
//!
//! - `number.N` is there once a site has had that number; it says so if the site was removed. That one
//!   key is what removes a site with all its tokens; what else it has is only swept up then.
//! - `site.NAME`: a site. `token.N.NAME`: a token of the site with that number.

use std::collections::BTreeSet;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use readings::Timestamp;
use serde::{Deserialize, Serialize};

use super::BUCKET;
use super::mirror::Known;
use crate::sites::{Directory, Limits, Name, Scopes, Site, Token};

/// What `number.N` has when the site was removed.
pub(super) const GONE: &[u8] = b"gone";

const NUMBER: &str = "number.";
const SITE: &str = "site.";
const TOKEN: &str = "token.";

#[derive(Serialize, Deserialize)]
struct KeptSite {
    number: u32,
    #[serde(default)]
    public: bool,
    #[serde(default)]
    limits: Limits,
}

#[derive(Serialize, Deserialize)]
struct KeptToken {
    /// SHA-256, in base64.
    hash: String,
    scopes: String,
    created: Timestamp,
}

pub(super) fn of_number(number: u32) -> String {
    format!("{NUMBER}{number}")
}

pub(super) fn of_site(name: &Name) -> String {
    format!("{SITE}{name}")
}

pub(super) fn of_token(site: u32, name: &Name) -> String {
    format!("{TOKEN}{site}.{name}")
}

/// With what the keys of a site's tokens begin.
pub(super) fn of_tokens(site: u32) -> String {
    format!("{TOKEN}{site}.")
}

pub(super) fn emit_site(Site { number, public, limits, .. }: &Site) -> Vec<u8> {
    let kept = KeptSite { number: *number, public: *public, limits: limits.clone() };
    serde_json::to_vec(&kept).unwrap_or_default()
}

pub(super) fn emit_token(token: &Token) -> Vec<u8> {
    let hash = BASE64_STANDARD.encode(token.hash);
    let (scopes, created) = (token.scopes.to_string(), token.created);
    serde_json::to_vec(&KeptToken { hash, scopes, created }).unwrap_or_default()
}

/// The site of this name, if it was not removed; or what is wrong with its key.
pub(super) fn site(known: &Known, name: &Name) -> Result<Option<Site>, String> {
    let value = known.value(&of_site(name));
    let site = value.map(|value| parse_site(name.as_str(), value)).transpose()?;
    Ok(site.filter(|site| !is_gone(known, site.number)))
}

/// Whether there is a site with this number, which the default one's always is.
pub(super) fn has_site(known: &Known, number: u32) -> bool {
    let is_it = |(name, value)| parse_site(name, value).is_ok_and(|site| site.number == number);
    number == 0 || (!is_gone(known, number) && known.values(SITE).any(is_it))
}

/// The largest number that any site has had.
pub(super) fn last_number(known: &Known) -> u32 {
    known.values(NUMBER).filter_map(|(number, _)| number.parse().ok()).max().unwrap_or_default()
}

fn is_gone(known: &Known, number: u32) -> bool {
    known.value(&of_number(number)) == Some(GONE)
}

/// All that there is. Of what cannot be read nothing is guessed: a token that nobody knows could open
/// what it closes.
pub(super) fn directory(known: &Known) -> Result<Directory, String> {
    let mut sites = Vec::new();
    for (name, value) in known.values(SITE) {
        let site = parse_site(name, value)?;
        if !is_gone(known, site.number) {
            sites.push(site);
        }
    }
    let numbers: BTreeSet<u32> = sites.iter().map(|site| site.number).collect();
    let mut tokens = Vec::new();
    for (key, value) in known.values(TOKEN) {
        let token = parse_token(key, value)?;
        if token.site == 0 || numbers.contains(&token.site) {
            tokens.push(token);
        }
    }
    let gone = known.values(NUMBER).filter(|&(_, value)| value == GONE);
    let gone = gone.filter_map(|(number, _)| number.parse().ok()).collect();
    Ok(Directory::new(sites, tokens, gone))
}

fn parse_site(name: &str, value: &[u8]) -> Result<Site, String> {
    let fault = |error: &dyn core::fmt::Display| unreadable(SITE, name, error);
    let kept: KeptSite = serde_json::from_slice(value).map_err(|error| fault(&error))?;
    let KeptSite { number, public, limits } = kept;
    Ok(Site { number, name: name.parse().map_err(|error| fault(&error))?, public, limits })
}

fn parse_token(key: &str, value: &[u8]) -> Result<Token, String> {
    let fault = |error: &dyn core::fmt::Display| unreadable(TOKEN, key, error);
    let (site, name) = key.split_once('.').ok_or_else(|| fault(&"it names no token"))?;
    let kept: KeptToken = serde_json::from_slice(value).map_err(|error| fault(&error))?;
    let hash = BASE64_STANDARD.decode(kept.hash).map_err(|error| fault(&error))?;
    Ok(Token {
        site: site.parse().map_err(|error| fault(&error))?,
        name: name.parse().map_err(|error| fault(&error))?,
        scopes: kept.scopes.parse::<Scopes>().map_err(|error| fault(&error))?,
        created: kept.created,
        hash: hash.try_into().map_err(|_| fault(&"its hash is no SHA-256"))?,
    })
}

fn unreadable(kind: &str, key: &str, error: &dyn core::fmt::Display) -> String {
    format!(
        "{kind}{key} in NATS' bucket {BUCKET} cannot be read: {error}; if no newer version \
         has written it, take it away (nats kv del {BUCKET} {kind}{key})"
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::super::bucket::{Entry, Seen};
    use super::super::mirror::Mirror;
    use super::*;
    use crate::sites::NewToken;

    fn known(values: &[(&str, &[u8])]) -> Arc<Known> {
        let mirror = Mirror::default();
        mirror.see(Seen::Begin(String::new()));
        for (revision, (key, value)) in (1..).zip(values) {
            let value = Some(value.to_vec());
            mirror.see(Seen::Entry(Entry { key: (*key).to_owned(), revision, value }));
        }
        mirror.see(Seen::Whole);
        mirror.known().unwrap().1
    }

    #[test]
    fn what_is_emitted_is_a_directory() {
        let name: Name = "north".parse().unwrap();
        let limits = Limits { motes: core::num::NonZeroU32::new(5), ..Limits::default() };
        let site = Site { number: 7, name: name.clone(), public: true, limits };
        let scopes = "write,read".parse().unwrap();
        let NewToken { token, secret } = NewToken::make(7, &name, scopes).unwrap();
        let kept = emit_token(&token);
        assert!(!String::from_utf8_lossy(&kept).contains(secret.reveal()));
        let all = [
            ("number.7", &b""[..]),
            ("site.north", &emit_site(&site)),
            ("token.7.north", &kept),
            // That of a site that there is not.
            ("token.8.north", &kept),
        ];
        let directory = directory(&known(&all)).unwrap();
        assert_eq!(**directory.site("north").unwrap(), site);
        assert_eq!(**directory.token(secret.reveal()).unwrap(), token);
        assert!(directory.tokens_of(8).is_empty() && directory.gone().is_empty());
    }

    #[test]
    fn one_key_removes_a_site_with_its_tokens() {
        let all = |number: &'static [u8]| {
            known(&[
                ("number.7", number),
                ("site.north", br#"{"number": 7}"#),
                (
                    "token.7.attic",
                    br#"{"hash": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                         "scopes": "read", "created": "2026-11-30T06:00:00Z"}"#,
                ),
            ])
        };
        let here = directory(&all(b"")).unwrap();
        assert_eq!((here.sites().count(), here.tokens_of(7).len()), (1, 1));
        let gone = directory(&all(GONE)).unwrap();
        assert_eq!((gone.sites().count(), gone.tokens_of(7).len(), gone.gone()), (0, 0, &[7][..]));
        let name = "north".parse().unwrap();
        assert_eq!(site(&all(GONE), &name), Ok(None));
        assert_eq!(last_number(&all(GONE)), 7);
        assert!(has_site(&all(b""), 7) && !has_site(&all(GONE), 7) && has_site(&all(GONE), 0));
    }

    #[test]
    fn of_what_cannot_be_read_nothing_is_guessed() {
        for (key, value) in [
            ("site.north", "{}"),
            ("site.North", r#"{"number": 7}"#),
            ("token.0.attic", "{}"),
            ("token.attic", "{}"),
            ("token.0.attic", r#"{"hash": "AA==", "scopes": "read", "created": 1}"#),
        ] {
            let said = directory(&known(&[(key, value.as_bytes())])).unwrap_err();
            assert!(said.contains(key) && said.contains("nats kv del"), "{said}");
        }
    }
}
