//! Careless parts of every application under attack: each is a hole that real applications have.

use std::collections::HashMap;

use axum::{
    Router,
    extract::Query,
    http::{HeaderMap, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
    routing::get,
};

use super::responses;

const UPLOAD_JS: &str = include_str!("../../attacks/upload.js");

/// Returns the route of a script that the attacker has uploaded to the application's own origin.
pub(super) fn upload<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/upload.js", get(async || responses::script(UPLOAD_JS)))
}

/// Answers with the headers of the request, as a debugging page or a careless error page does.
pub(super) async fn echo(headers: HeaderMap) -> String {
    let lines =
        headers.iter().map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())));
    lines.collect::<Vec<_>>().join("\n")
}

/// Redirects to any URL that the query names (an open redirect).
pub(super) async fn redirect(Query(query): Query<HashMap<String, String>>) -> Response {
    let status = query.get("status").and_then(|status| StatusCode::from_bytes(status.as_bytes()).ok());
    let to = query.get("to").cloned().unwrap_or_default();
    (status.unwrap_or(StatusCode::FOUND), [(LOCATION, to)]).into_response()
}
