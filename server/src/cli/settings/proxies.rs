use core::str::FromStr;

use clouddata_server::{ParseProxiesError, TrustedProxies};
use serde::Deserialize;

/// The trusted proxies: on the command line with commas between them, in the file an array.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub(super) struct Proxies(pub(super) TrustedProxies);

impl FromStr for Proxies {
    type Err = ParseProxiesError;

    fn from_str(text: &str) -> Result<Self, ParseProxiesError> {
        text.parse().map(Self)
    }
}

impl TryFrom<Vec<String>> for Proxies {
    type Error = ParseProxiesError;

    fn try_from(list: Vec<String>) -> Result<Self, ParseProxiesError> {
        list.join(",").parse()
    }
}
