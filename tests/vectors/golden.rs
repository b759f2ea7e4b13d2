//! Reads the golden vectors, for the tests of any core: each has a link to this folder, which
//! `cargo package` follows, so that a published crate is tested with the same data.

use serde_json::Value;

/// The entries of a file in this folder.
pub(crate) fn vectors(file: &str) -> Vec<Value> {
    let path = format!("{}/tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the vector file is in the repository");
    serde_json::from_str(&text).expect("the vector file is a JSON array")
}

/// The octets of a hex string.
pub(crate) fn octets(hex: &Value) -> Vec<u8> {
    hex::decode(hex.as_str().expect("a hex string")).expect("hex digits")
}
