//! Answers that several servers of the lab give: scripts, texts, and the shared style sheets.

use axum::{
    Router,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};

/// An image of one pixel, for requests of which only the arrival matters.
const PIXEL: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>"#;

/// Returns the routes of the style sheets and the icon.
pub(super) fn styles<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let css = "text/css; charset=utf-8";
    Router::new()
        .route("/lab/lab.css", get(async || text(css, include_str!("../../web/lab/lab.css"))))
        .route("/style.css", get(async || text(css, include_str!("../../web/style.css"))))
        .route("/mark.svg", get(async || text("image/svg+xml", include_str!("../../web/mark.svg"))))
}

/// Returns a JavaScript answer.
pub(super) fn script(content: impl Into<String>) -> Response {
    text("text/javascript; charset=utf-8", content)
}

/// Returns an image of one pixel.
pub(super) fn pixel() -> Response {
    text("image/svg+xml", PIXEL)
}

/// Returns an answer of this type that no cache may keep.
pub(super) fn text(content_type: &'static str, content: impl Into<String>) -> Response {
    ([(CONTENT_TYPE, content_type), (CACHE_CONTROL, "no-store")], content.into()).into_response()
}
