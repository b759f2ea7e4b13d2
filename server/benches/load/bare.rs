use core::net::SocketAddr;

use ::readings::Body;
use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::post;

/// An axum handler that parses readings and does nothing with them.
pub(crate) fn run(listen: SocketAddr) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let handler = async |body: Bytes| match Body::parse(&body) {
        Ok(body) if body.refused.is_empty() => StatusCode::NO_CONTENT,
        _ => StatusCode::BAD_REQUEST,
    };
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(listen).await.unwrap();
        axum::serve(listener, Router::new().route("/oap", post(handler))).await.unwrap();
    });
}
