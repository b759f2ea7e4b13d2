use core::num::NonZeroU32;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use clouddata_server::{Guard, Tokens};

use crate::fixture::{MAC, Site};

fn request(authorization: Option<&str>) -> Request<Body> {
    let mut request = Request::post("/oap").header(header::CONTENT_TYPE, "application/json");
    if let Some(authorization) = authorization {
        request = request.header(header::AUTHORIZATION, authorization);
    }
    let body = format!(r#"{{"mac": "{MAC}", "temperature": 22.97}}"#);
    request.body(Body::from(body)).unwrap()
}

#[tokio::test]
async fn with_tokens_storing_needs_one_and_looking_does_not() {
    let tokens = "attic: 0123456789abcdef\ncellar: fedcba9876543210";
    let site = Site::guarded(Guard::new(tokens.parse().unwrap(), None));
    for (authorization, status) in [
        (None, StatusCode::UNAUTHORIZED),
        (Some("Bearer 0123456789abcdeX"), StatusCode::UNAUTHORIZED),
        (Some("Bearer 0123456789abcdef"), StatusCode::NO_CONTENT),
        (Some("Bearer fedcba9876543210"), StatusCode::NO_CONTENT),
    ] {
        let answer = site.ask(request(authorization)).await;
        assert_eq!(answer.status, status, "{authorization:?}");
        if status == StatusCode::UNAUTHORIZED {
            assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Bearer");
        }
    }
    assert_eq!(site.stored().await.len(), 2);
    assert_eq!(site.get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn too_many_requests_are_a_429_that_says_when_to_come_back() {
    let site = Site::guarded(Guard::new(Tokens::default(), NonZeroU32::new(2)));
    let mut statuses = Vec::new();
    for _ in 0..20 {
        let answer = site.ask(request(None)).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            let seconds = answer.headers[header::RETRY_AFTER].to_str().unwrap();
            assert_eq!(seconds, "1");
        }
        statuses.push(answer.status);
    }
    assert_eq!(statuses[..2], [StatusCode::NO_CONTENT; 2]);
    assert!(statuses.contains(&StatusCode::TOO_MANY_REQUESTS), "{statuses:?}");
    let stored = statuses.iter().filter(|&&status| status == StatusCode::NO_CONTENT).count();
    assert_eq!(site.stored().await.len(), stored);
}
