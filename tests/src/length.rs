use std::env;

/// Whether the tests are to take the time that their faults take in the field: set by
/// `tests/soak.sh`, which `cargo test` does not run.
#[must_use]
pub fn is_full_length() -> bool {
    env::var_os("E2E_FULL_LENGTH").is_some()
}

/// How long or how often something goes on: in `cargo test`, and at full length.
#[must_use]
pub fn by_length<T>(short: T, full: T) -> T {
    if is_full_length() { full } else { short }
}
