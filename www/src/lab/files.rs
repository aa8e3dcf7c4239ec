//! What every victim serves while the lab is on.

use std::collections::HashMap;

use axum::{
    Router,
    extract::Query,
    http::{
        HeaderMap, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION},
    },
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;

pub(super) const LAB_JS: &str = crate::pages::LAB_JS;
const UPLOAD_JS: &str = include_str!("../../attacks/upload.js");

/// Which script of the lab a page loads first, if any. How it got in is not the subject of the lab.
#[derive(Deserialize)]
pub(super) struct Script {
    /// An attempt of the matrix: `<run>.<number>`.
    cell: Option<String>,
    /// A step of the guided chain: `<step>.<victim>`.
    chain: Option<String>,
}

impl Script {
    /// The page with the script before its own.
    pub(super) fn put_into(&self, page: &str) -> String {
        let query = match (&self.cell, &self.chain) {
            (Some(cell), _) => format!("cell={}", plain(cell)),
            (None, Some(chain)) => format!("chain={}", plain(chain)),
            (None, None) => return page.to_owned(),
        };
        page.replacen("<head>", &format!("<head><script src=\"/lab/planted.js?{query}\"></script>"), 1)
    }
}

/// What can stand in an attribute as it is.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || ".-".contains(*c)).collect()
}

/// A file of the attacker's that lies on the victim's own origin, as uploads do.
pub(super) fn upload<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/upload.js", get(async || script(UPLOAD_JS)))
}

pub(super) fn looks<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route(
            "/lab/lab.css",
            get(async || text("text/css; charset=utf-8", include_str!("../../web/lab/lab.css"))),
        )
        .route(
            "/style.css",
            get(async || text("text/css; charset=utf-8", include_str!("../../web/style.css"))),
        )
        .route("/mark.svg", get(async || text("image/svg+xml", include_str!("../../web/mark.svg"))))
}

pub(super) fn script(content: impl Into<String>) -> Response {
    text("text/javascript; charset=utf-8", content)
}

pub(super) fn text(content_type: &'static str, content: impl Into<String>) -> Response {
    ([(CONTENT_TYPE, content_type), (CACHE_CONTROL, "no-store")], content.into()).into_response()
}

/// Says which headers a handler was given: what a debugging page, or a careless error, shows.
pub(super) async fn echo(headers: HeaderMap) -> String {
    let lines =
        headers.iter().map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())));
    lines.collect::<Vec<_>>().join("\n")
}

/// Leads wherever it is told to.
pub(super) async fn redirect(Query(query): Query<HashMap<String, String>>) -> Response {
    let status = query.get("status").and_then(|status| StatusCode::from_bytes(status.as_bytes()).ok());
    let to = query.get("to").cloned().unwrap_or_default();
    (status.unwrap_or(StatusCode::FOUND), [(LOCATION, to)]).into_response()
}
