//! A check for your tests: finds routes that change state for a request with cookies but no token (feature `test-util`).
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
    cookies::{FINGERPRINT_COOKIE, OWASP_FINGERPRINT_COOKIE, REFRESH_COOKIE, RENDERED_COOKIE, VAULT_COOKIE},
    fingerprint::Fingerprint,
    id::SessionId,
    refresh_token::RefreshToken,
};
use tower::{Service, ServiceExt};

/// A route that did not refuse a request with cookies and no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unguarded {
    /// The method of the request.
    pub method: Method,
    /// The path of the request.
    pub path: String,
    /// The status of the response, which is none of 401, 403, 404 and 405.
    pub status: StatusCode,
}

impl fmt::Display for Unguarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} answers {}", self.method, self.path, self.status.as_u16())
    }
}

/// Returns the routes among `paths` that a cross-site request forgery could reach.
///
/// Every path gets POST, PUT, PATCH and DELETE requests as another site can make a browser send them: cross-origin, with
/// all cookies, with the content types of a form, and without a token. A route is reported unless it answers 401, 403,
/// 404 or 405.
///
/// List every path yourself, because a router cannot list its routes; replace parameters by a value. A misspelt path
/// answers 404 and passes.
///
/// Unguarded handlers run, so use a router whose data may change.
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

/// Returns a `Cookie` header with a well-formed value for each of Symbolon's cookies.
fn all_cookies() -> String {
    let fingerprint = Fingerprint::from_random([1; 32]);
    let refresh = RefreshToken::new(SessionId::from_bytes([1; 16]), [1; 32]);
    let (fingerprint, refresh) = (fingerprint.expose(), refresh.expose());
    let (owasp, vault) = ("A".repeat(100), "A".repeat(43));
    format!(
        "{FINGERPRINT_COOKIE}={fingerprint}; {OWASP_FINGERPRINT_COOKIE}={owasp}; {REFRESH_COOKIE}={}; \
         {VAULT_COOKIE}={vault}; {RENDERED_COOKIE}={fingerprint}.a.b.c",
        *refresh
    )
}
