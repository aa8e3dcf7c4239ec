//! For an application's own tests: does anything that changes state listen to a cookie alone?
//!
//! ```
//! # use axum::{Router, routing::{get, post}};
//! # use symbolon_server::*;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Error> {
//! # let (config, keys) = (Config::new("https://app.example")?, SigningKeys::generate()?);
//! # let symbolon = Symbolon::new(config, keys, store::Memory::default()).await?;
//! let api = Router::new().route("/notes", post(async || "written"));
//! let good = Router::new().nest("/api", symbolon.protect(api.clone()));
//! assert!(lint::unguarded(good, ["/api/notes"]).await.is_empty());
//!
//! let forgotten = Router::new().nest("/api", api);
//! assert_eq!(lint::unguarded(forgotten, ["/api/notes"]).await[0].to_string(), "POST /api/notes answers 200");
//! # Ok(()) }
//! ```

use std::{convert::Infallible, fmt};

use http::{Method, Request, Response, StatusCode, header::COOKIE};
use symbolon_shared::{
    fingerprint::Fingerprint,
    id::SessionId,
    refresh_token::RefreshToken,
    wire::{FINGERPRINT_COOKIE, OWASP_FINGERPRINT_COOKIE, REFRESH_COOKIE, RENDERED_COOKIE, VAULT_COOKIE},
};
use tower::{Service, ServiceExt};

/// A route that did something, or might have, for a request with cookies and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unguarded {
    /// How it was asked.
    pub method: Method,
    /// For what.
    pub path: String,
    /// What it said.
    pub status: StatusCode,
}

impl fmt::Display for Unguarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} answers {}", self.method, self.path, self.status.as_u16())
    }
}

/// Which of these paths do anything but refuse (401 or 403) a POST, PUT, PATCH or DELETE that comes as another site could
/// make a browser send it: with all cookies, from elsewhere, as any form can, without a token. What is not there at all (404,
/// 405) is fine, so mind the spelling. A router cannot be asked for its routes, so they are listed; one with parameters is
/// listed with some value.
///
/// Handlers are called, so it is for a router that may be written to.
pub async fn unguarded<S, R>(app: S, paths: impl IntoIterator<Item = impl Into<String>>) -> Vec<Unguarded>
where
    S: Service<Request<axum::body::Body>, Response = Response<R>, Error = Infallible> + Clone,
{
    const FORMS: [&str; 3] =
        ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"];
    let mut found: Vec<Unguarded> = Vec::new();
    for path in paths.into_iter().map(Into::into) {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            for form in FORMS {
                let request = Request::builder()
                    .method(&method)
                    .uri(&*path)
                    .header(COOKIE, all_cookies())
                    .header("content-type", form)
                    .header("sec-fetch-site", "cross-site")
                    .header("origin", "https://evil.example")
                    .body(axum::body::Body::empty());
                let Ok(request) = request else { continue };
                let Ok(response) = app.clone().oneshot(request).await;
                let one = Unguarded { method: method.clone(), path: path.clone(), status: response.status() };
                if ![401, 403, 404, 405].contains(&one.status.as_u16()) && !found.contains(&one) {
                    found.push(one);
                }
            }
        }
    }
    found
}

/// Well-formed, as a browser with a session would send them.
fn all_cookies() -> String {
    let fingerprint = Fingerprint::from_random([1; 32]);
    let refresh = RefreshToken::new(SessionId::from_bytes([1; 16]), [1; 32]);
    let (half, handle) = (fingerprint.expose(), refresh.expose());
    let (owasp, vault) = ("A".repeat(100), "A".repeat(43));
    format!(
        "{FINGERPRINT_COOKIE}={half}; {OWASP_FINGERPRINT_COOKIE}={owasp}; {REFRESH_COOKIE}={}; \
         {VAULT_COOKIE}={vault}; {RENDERED_COOKIE}={half}.a.b.c",
        *handle
    )
}
