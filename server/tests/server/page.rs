use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use tower::ServiceExt;

use crate::fixture::Site;

/// What the page links to.
fn links(html: &str) -> Vec<String> {
    let quoted = html.split('"').filter(|part| part.starts_with("/assets/"));
    quoted.map(str::to_owned).collect()
}

#[tokio::test]
async fn the_page_and_all_it_links_to_come_from_this_server() {
    let site = Site::new();
    let page = site.get("/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text.contains("//cdn") && !page.text.contains("{{"), "{}", page.text);
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("script-src 'self';"), "{policy}");
    let links = links(&page.text);
    assert!(links.iter().any(|link| link.ends_with("/chart/chart.js")), "{links:?}");
    for link in links {
        let file = site.get(&link).await;
        assert_eq!(file.status, StatusCode::OK, "{link}");
        let caching = file.headers[header::CACHE_CONTROL].to_str().unwrap();
        assert!(caching.contains("immutable"), "{link}: {caching}");
    }
}

#[tokio::test]
async fn files_are_compressed_for_those_who_accept_it_and_the_same_for_others() {
    let site = Site::new();
    let request = Request::get("/").header(header::ACCEPT_ENCODING, "gzip");
    let response = site.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_ENCODING], "gzip");
    let compressed = response.into_body().collect().await.unwrap().to_bytes();
    let mut plain = String::new();
    let mut decoder = flate2::read::GzDecoder::new(&compressed[..]);
    std::io::Read::read_to_string(&mut decoder, &mut plain).unwrap();
    let identity = site.get("/").await;
    assert!(!identity.headers.contains_key(header::CONTENT_ENCODING));
    assert_eq!(identity.text, plain);
}

#[tokio::test]
async fn the_page_is_not_sent_again_while_it_is_the_same() {
    let site = Site::new();
    let first = site.get("/").await;
    let request = Request::get("/").header(header::IF_NONE_MATCH, &first.headers[header::ETAG]);
    let again = site.ask(request.body(Body::empty()).unwrap()).await;
    assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
}
