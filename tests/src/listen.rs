/// Where a server listens, from its address.
#[must_use]
pub fn listen(url: &str) -> &str {
    url.trim_start_matches("http://").trim_end_matches('/')
}
