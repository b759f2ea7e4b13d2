//! The live page's files, compressed at build time.

use std::io::Read;
use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::sites::House;

struct Asset {
    /// Contains a hash of the page's files, except the page's own "/".
    url: &'static str,
    media_type: &'static str,
    etag: &'static str,
    gzip: &'static [u8],
}

static ASSETS: &[Asset] = &include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Nothing but what comes from this server; the picture of the chart is drawn from a data URL.
const POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; \
    style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

pub(crate) fn routes(mut router: Router<Arc<House>>) -> Router<Arc<House>> {
    for asset in ASSETS {
        let serve = move |headers: HeaderMap| core::future::ready(asset.respond(&headers));
        router = router.route(asset.url, get(serve));
    }
    router
}

impl Asset {
    fn respond(&self, request: &HeaderMap) -> Response {
        let caching =
            if self.url == "/" { "no-cache" } else { "public, max-age=31536000, immutable" };
        let constant = HeaderValue::from_static;
        let mut headers = HeaderMap::from_iter([
            (header::CACHE_CONTROL, constant(caching)),
            (header::ETAG, constant(self.etag)),
            (header::VARY, constant("accept-encoding")),
            (header::CONTENT_SECURITY_POLICY, constant(POLICY)),
        ]);
        let known = request.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        if known.is_some_and(|etags| etags.split(',').any(|etag| etag.trim() == self.etag)) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        headers.insert(header::CONTENT_TYPE, constant(self.media_type));
        if accepts_gzip(request) {
            headers.insert(header::CONTENT_ENCODING, constant("gzip"));
            return (headers, self.gzip).into_response();
        }
        let mut plain = Vec::new();
        match flate2::read::GzDecoder::new(self.gzip).read_to_end(&mut plain) {
            Ok(_) => (headers, plain).into_response(),
            Err(error) => {
                tracing::error!(%error, url = self.url, "an embedded file is damaged");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

fn accepts_gzip(request: &HeaderMap) -> bool {
    request
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let name = parts.next().unwrap_or("");
            let refused =
                parts.any(|weight| weight.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0)));
            (name.eq_ignore_ascii_case("gzip") || name == "*") && !refused
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(accept: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_str(accept).unwrap())])
    }

    #[test]
    fn gzip_is_sent_only_to_those_who_accept_it() {
        for accept in ["gzip", "deflate, GZIP;q=0.5", "*", "br, gzip;q=1.0"] {
            assert!(accepts_gzip(&request(accept)), "{accept}");
        }
        for accept in ["", "br", "gzip;q=0", "gzip; q=0.0", "identity"] {
            assert!(!accepts_gzip(&request(accept)), "{accept}");
        }
    }

    #[test]
    fn every_file_but_the_page_has_a_url_of_its_own_content() {
        let weight: usize = ASSETS.iter().map(|asset| asset.gzip.len()).sum();
        assert!(weight < 70_000, "{weight} octets in all");
        for asset in ASSETS {
            let hashed = asset.url.split('/').nth(2).unwrap_or("");
            assert!(asset.url == "/" || hashed.len() == 16, "{}", asset.url);
        }
    }
}
