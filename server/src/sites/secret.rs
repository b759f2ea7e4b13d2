use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};

/// Octets of a token, from the system's generator.
const OCTETS: usize = 32;

/// What is kept of a token.
pub(crate) type Hash = [u8; 32];

/// A token that was just made. It is shown once, and nowhere kept.
///
/// What is kept is its SHA-256. A slow hash with a salt protects what people think of, which can be
/// guessed; of 256 random bits nobody guesses one in a lifetime of the universe, and each request
/// would pay for it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Makes one; none if the system gives no random octets.
    pub(super) fn make() -> Option<Self> {
        let mut octets = [0; OCTETS];
        loop {
            SystemRandom::new().fill(&mut octets).ok()?;
            let token = URL_SAFE_NO_PAD.encode(octets);
            // Programs would take it for an option.
            if !token.starts_with('-') {
                return Some(Self(token));
            }
        }
    }

    /// The token itself: letters, digits, - and _.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// What is kept of a token, by which it is looked up. That the time of this look-up depends on the
/// hash tells nothing of use: who could choose the hash would know the token.
pub(crate) fn hash(token: &str) -> Hash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_is_taken_for_an_option() {
        let options = (0..2000).filter(|_| Secret::make().unwrap().reveal().starts_with('-'));
        assert_eq!(options.count(), 0);
    }

    #[test]
    fn no_two_are_alike_and_the_hash_is_sha_256() {
        let (one, two) = (Secret::make().unwrap(), Secret::make().unwrap());
        assert!(one != two && one.reveal().len() == 43);
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let found: String = hash("abc").iter().map(|octet| format!("{octet:02x}")).collect();
        assert_eq!(found, expected);
    }
}
