//! The page of the demo, its style sheet, script and icon. All of them are built into the binary.

use axum::{
    Router,
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
    routing::get,
};

include!(concat!(env!("OUT_DIR"), "/scripts.rs"));

pub(crate) const INDEX: &str = include_str!("../web/index.html");

/// Returns the routes of the page and its files.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/", get(async || file("text/html; charset=utf-8", INDEX)))
        .route("/style.css", get(async || file("text/css; charset=utf-8", include_str!("../web/style.css"))))
        .route("/mark.svg", get(async || file("image/svg+xml", include_str!("../web/mark.svg"))))
        .route("/main.js", get(async || file("text/javascript; charset=utf-8", MAIN_JS)))
}

fn file(content_type: &'static str, content: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, content).into_response()
}
