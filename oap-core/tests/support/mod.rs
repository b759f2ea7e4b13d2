//! What the test files share: the golden vectors.

use serde_json::Value;

/// The entries of a file under `tests/vectors`.
pub(crate) fn vectors(file: &str) -> Vec<Value> {
    let path = format!("{}/../tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The octets of a hex string in an entry.
pub(crate) fn octets(entry: &Value, key: &str) -> Vec<u8> {
    hex::decode(entry[key].as_str().unwrap()).unwrap()
}
