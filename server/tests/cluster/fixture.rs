//! What the tests of one server that are run here too have of theirs.

pub(crate) const MAC: &str = "00-17-0d-00-00-30-5d-39";

/// A client that takes every status as an answer.
pub(crate) fn client() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}
