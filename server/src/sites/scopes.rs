use core::fmt;
use core::str::FromStr;

use serde::Serialize;
use thiserror::Error;

/// What a token's holder may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scopes(u8);

/// The text names no scopes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is no scope; write, read and admin are, several with commas between them")]
pub struct ParseScopesError(String);

const NAMES: [(&str, Scopes); 3] =
    [("write", Scopes::WRITE), ("read", Scopes::READ), ("admin", Scopes::ADMIN)];

impl Scopes {
    /// Nothing but to be known.
    pub const NONE: Self = Self(0);

    /// To send readings, links, events, and how a gateway is.
    pub const WRITE: Self = Self(1);

    /// To see the page and all that can be asked for.
    pub const READ: Self = Self(2);

    /// To name motes, to give out tokens and to take them back; and the two others with it.
    pub const ADMIN: Self = Self(4);

    /// Whether these allow all that `wanted` is.
    #[must_use]
    pub const fn allow(self, wanted: Self) -> bool {
        self.0 & Self::ADMIN.0 != 0 || self.0 & wanted.0 == wanted.0
    }

    /// Of these, what is among the wanted.
    pub(super) const fn within(self, wanted: Self) -> Self {
        let mut scopes = 0;
        let mut bit = 1;
        while bit <= Self::ADMIN.0 {
            if self.allow(Self(bit)) && wanted.allow(Self(bit)) {
                scopes |= bit;
            }
            bit <<= 1;
        }
        Self(scopes)
    }

    /// As a number that is kept.
    pub(super) const fn bits(self) -> u8 {
        self.0
    }

    /// Of a number that was kept.
    pub(super) const fn of_bits(bits: u8) -> Self {
        Self(bits)
    }

    fn names(self) -> impl Iterator<Item = &'static str> {
        NAMES.into_iter().filter(move |(_, scope)| self.0 & scope.0 != 0).map(|(name, _)| name)
    }
}

impl FromStr for Scopes {
    type Err = ParseScopesError;

    fn from_str(text: &str) -> Result<Self, ParseScopesError> {
        let mut scopes = Self::NONE;
        for part in text.split(',').map(str::trim) {
            let known = NAMES.iter().find(|(name, _)| *name == part);
            let (_, scope) = known.ok_or_else(|| ParseScopesError(part.to_owned()))?;
            scopes.0 |= scope.0;
        }
        Ok(scopes)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.names().collect::<Vec<_>>().join(","))
    }
}

impl Serialize for Scopes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.names())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_allows_itself_and_admin_all() {
        let gateway: Scopes = "write".parse().unwrap();
        assert!(gateway.allow(Scopes::WRITE) && gateway.allow(Scopes::NONE));
        assert!(!gateway.allow(Scopes::READ) && !gateway.allow(Scopes::ADMIN));
        let both: Scopes = "read, write".parse().unwrap();
        assert_eq!(both.to_string(), "write,read");
        assert!(both.allow(Scopes::READ) && !both.allow(Scopes::ADMIN));
        let admin: Scopes = "admin".parse().unwrap();
        assert!(admin.allow(Scopes::WRITE) && admin.allow(Scopes::READ));
        assert_eq!(Scopes::of_bits(both.bits()), both);
        assert_eq!(admin.within(Scopes::READ), Scopes::READ);
        assert_eq!(gateway.within(Scopes::READ), Scopes::NONE);
        assert!(both.within(Scopes::ADMIN) == both && admin.within(Scopes::ADMIN).allow(admin));
    }

    #[test]
    fn what_is_no_scope_is_named() {
        for text in ["", "all", "read,", "Read"] {
            assert!(text.parse::<Scopes>().is_err(), "{text}");
        }
    }
}
