use axum::http::Uri;
use axum::http::uri::PathAndQuery;

/// With what a site's paths begin.
const PREFIX: &str = "/s/";

/// The name of a site, which may be none, and what comes behind it: with a slash, or nothing.
pub(super) fn split(path: &str) -> Option<(&str, &str)> {
    let path = path.strip_prefix(PREFIX)?;
    Some(path.split_at(path.find('/').unwrap_or(path.len())))
}

/// The same without the prefix and the site's name.
pub(super) fn within(uri: &Uri, name: &str) -> Option<Uri> {
    let path = uri.path_and_query()?.as_str().strip_prefix(PREFIX)?.strip_prefix(name)?;
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path).ok()?);
    Uri::from_parts(parts).ok()
}

/// The token of a link.
pub(super) fn token(uri: &Uri) -> Option<String> {
    let mut parameters = form_urlencoded::parse(uri.query()?.as_bytes());
    parameters.find(|(name, _)| name == "token").map(|(_, token)| token.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_name_and_what_the_site_is_asked_for() {
        assert_eq!(split("/s/north/api/v1/motes"), Some(("north", "/api/v1/motes")));
        assert_eq!(split("/s/north/"), Some(("north", "/")));
        assert_eq!(split("/s/north"), Some(("north", "")));
        assert_eq!(split("/s//evil.example/"), Some(("", "/evil.example/")));
        assert_eq!((split("/s"), split("/api/v1/motes"), split("/")), (None, None, None));
    }

    #[test]
    fn a_query_stays_where_it_is() {
        let uri: Uri = "http://a/s/north/api/v1/motes?limit=3&after=x".parse().unwrap();
        let within = within(&uri, "north").unwrap();
        assert_eq!(within.path(), "/api/v1/motes");
        assert_eq!(within.query(), Some("limit=3&after=x"));
        let link: Uri = "/s/north/?a=b&token=x-y_z".parse().unwrap();
        assert_eq!(token(&link).as_deref(), Some("x-y_z"));
        assert_eq!(token(&"/s/north/".parse().unwrap()), None);
    }
}
