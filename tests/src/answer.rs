//! An answer of the server, with the request facts that tests need beside it.

use reqwest::{Request, RequestBuilder, StatusCode};
use serde_json::Value;

/// An answer whose body was read to its end.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The response headers.
    pub headers: reqwest::header::HeaderMap,
    /// The response body.
    pub body: String,
    /// The message that the request's proof was made over, if the request had a proof.
    pub proven: Option<String>,
}

impl Answer {
    /// Returns status and problem code, which identify a refusal.
    #[must_use]
    pub fn verdict(&self) -> (u16, String) {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        (self.status.as_u16(), body["code"].as_str().unwrap_or_default().to_owned())
    }
}

/// Returns the verdict that every request without both halves of a live session gets.
#[must_use]
pub fn refused() -> (u16, String) {
    (401, "sign_in_required".into())
}

/// Sends a request and reads the answer.
pub async fn send(request: RequestBuilder) -> Answer {
    reach(request).await.expect("the server answers")
}

/// Sends a request and reads the answer; returns `None` if there is no answer.
pub async fn reach(request: RequestBuilder) -> Option<Answer> {
    let (client, request) = request.build_split();
    let request = request.ok()?;
    let proven = proven(&request);
    let response = client.execute(request).await.ok()?;
    let (status, headers) = (response.status(), response.headers().clone());
    Some(Answer { status, headers, body: response.text().await.ok()?, proven })
}

/// Returns the message of a request's proof: the operation, and the proof without its MAC or signature.
#[must_use]
pub fn proven(request: &Request) -> Option<String> {
    let operation = request.url().path().strip_prefix("/auth/")?;
    let (covered, _) = request.headers().get("symbolon-proof")?.to_str().ok()?.rsplit_once('.')?;
    let (kind, rest) = covered.split_once('.')?;
    Some(format!("{kind}.{operation}.{rest}"))
}
