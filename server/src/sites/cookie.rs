use axum::http::{HeaderMap, HeaderValue, header};

use super::Name;

/// A site's cookie, which has the token of a link. It is sent to that site alone, by its path.
const NAME: &str = "clouddata-site";

/// How long a browser keeps it, in seconds: a year. When it ends is for the token to say.
const MAX_AGE: u32 = 365 * 24 * 3600;

/// The token that a browser sends by itself.
pub(super) fn token(headers: &HeaderMap) -> Option<&str> {
    let values = headers.get_all(header::COOKIE).into_iter().filter_map(|it| it.to_str().ok());
    let mut pairs = values.flat_map(|value| value.split(';')).filter_map(|it| it.split_once('='));
    pairs.find(|(name, _)| name.trim() == NAME).map(|(_, token)| token.trim())
}

/// What has a browser keep a token: no script reads it, and no other site's page makes it send one
/// with what changes something.
pub(super) fn make(token: &str, site: &Name, is_encrypted: bool) -> Option<HeaderValue> {
    let secure = if is_encrypted { "; Secure" } else { "" };
    let cookie = format!(
        "{NAME}={token}; Path=/s/{site}/; Max-Age={MAX_AGE}; HttpOnly; SameSite=Lax{secure}"
    );
    HeaderValue::try_from(cookie).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_comes_back_among_others() {
        let site = "north".parse().unwrap();
        let made = make("a-b_c", &site, true).unwrap();
        let made = made.to_str().unwrap();
        assert!(made.starts_with("clouddata-site=a-b_c; Path=/s/north/; "), "{made}");
        assert!(made.contains("; HttpOnly; SameSite=Lax; Secure"), "{made}");
        assert!(!make("a", &site, false).unwrap().to_str().unwrap().contains("Secure"));
        let mut headers = HeaderMap::new();
        assert_eq!(token(&headers), None);
        headers.append(header::COOKIE, HeaderValue::from_static("a=b; clouddata-sites=x"));
        assert_eq!(token(&headers), None);
        headers.append(header::COOKIE, HeaderValue::from_static("c=d; clouddata-site=a-b_c; e"));
        assert_eq!(token(&headers), Some("a-b_c"));
    }
}
