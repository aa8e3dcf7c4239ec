//! What a server said, and to what.

use reqwest::{Request, RequestBuilder, StatusCode};
use serde_json::Value;

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: reqwest::header::HeaderMap,
    /// Its body.
    pub body: String,
    /// What the proof of the request was made over, if it had one.
    pub proven: Option<String>,
}

impl Answer {
    /// Status and problem code, which is how a refusal is told from another.
    #[must_use]
    pub fn verdict(&self) -> (u16, String) {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        (self.status.as_u16(), body["code"].as_str().unwrap_or_default().to_owned())
    }
}

/// The verdict over everything that is not both halves of a living session.
#[must_use]
pub fn refused() -> (u16, String) {
    (401, "sign_in_required".into())
}

/// Sends it and reads the answer.
pub async fn send(request: RequestBuilder) -> Answer {
    reach(request).await.expect("the server answers")
}

/// Sends it and reads the answer, if there is one.
pub async fn reach(request: RequestBuilder) -> Option<Answer> {
    let (client, request) = request.build_split();
    let request = request.ok()?;
    let proven = proven(&request);
    let response = client.execute(request).await.ok()?;
    let (status, headers) = (response.status(), response.headers().clone());
    Some(Answer { status, headers, body: response.text().await.ok()?, proven })
}

/// What the proof of a request was made over: all of it but the MAC or the signature, and the operation.
#[must_use]
pub fn proven(request: &Request) -> Option<String> {
    let operation = request.url().path().strip_prefix("/auth/")?;
    let (covered, _) = request.headers().get("symbolon-proof")?.to_str().ok()?.rsplit_once('.')?;
    let (kind, rest) = covered.split_once('.')?;
    Some(format!("{kind}.{operation}.{rest}"))
}
