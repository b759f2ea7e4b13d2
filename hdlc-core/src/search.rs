//! The search for flags and escapes: most octets of a line are neither, and come in runs.

use crate::{ESCAPE, FLAG};

/// To search and copy a run costs as much as about so many octets one by one. Where escapes are
/// nearer to each other than this, there is no search.
#[cfg(feature = "fast")]
pub(crate) const NEAR: usize = 12;

/// Nor is there a search in fewer octets than this.
#[cfg(feature = "fast")]
pub(crate) const SHORT: usize = 32;

/// Octets before the first flag or escape; all of them if there is none.
#[cfg(feature = "fast")]
pub(crate) fn len_to_special(octets: &[u8]) -> usize {
    memchr::memchr2(FLAG, ESCAPE, octets).unwrap_or(octets.len())
}

/// Octets before the first flag; all of them if there is none.
pub(crate) fn len_to_flag(octets: &[u8]) -> usize {
    #[cfg(feature = "fast")]
    let flag = memchr::memchr(FLAG, octets);
    #[cfg(not(feature = "fast"))]
    let flag = octets.iter().position(|&octet| octet == FLAG);
    flag.unwrap_or(octets.len())
}

/// Whether the octet must be escaped to be content.
pub(crate) const fn is_special(octet: u8) -> bool {
    matches!(octet, FLAG | ESCAPE)
}
