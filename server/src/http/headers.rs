//! The headers of every answer, and the requests that no part of the origin answers.

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{
        AUTHORIZATION, CONTENT_SECURITY_POLICY, COOKIE, Entry, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
        X_CONTENT_TYPE_OPTIONS,
    },
};
use symbolon_shared::{
    proof::PROOF_HEADER,
    wire::{AUTH_PATH, VAULT_SCRIPT},
};
use tower::{Layer, Service};

use crate::{
    config::Config,
    error::{Error, Reason},
    symbolon::Symbolon,
};

/// The Trusted Types policy by which the client names the worker's script; the page's policy allows no other.
const TRUSTED_TYPES_POLICY: &str = "symbolon";

/// Goes around the whole application. See [`Symbolon::security_headers`].
#[derive(Clone, Debug)]
pub struct SecurityHeaders(HeaderMap);

impl Symbolon {
    /// The layer for the outermost router. It
    ///
    /// - sets a strict policy on every answer, errors included, where a handler has not set its own: with it a page
    ///   can reach no API but through the vault, and can start no worker but the vault;
    /// - refuses to serve any service worker's script, because a service worker would see the worker's requests;
    /// - marks the secret request headers as sensitive, so that layers below it do not log them.
    #[must_use]
    pub fn security_headers(&self) -> SecurityHeaders {
        SecurityHeaders(headers(self.config()))
    }
}

fn headers(config: &Config) -> HeaderMap {
    let origin = config.origin.as_str();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'none'; \
         worker-src {origin}{AUTH_PATH}{VAULT_SCRIPT}; frame-src 'none'; form-action 'none'; object-src 'none'; \
         base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
         trusted-types {TRUSTED_TYPES_POLICY}"
    );
    let mut headers = HeaderMap::new();
    headers
        .insert(CONTENT_SECURITY_POLICY, HeaderValue::from_str(&policy).expect("an origin is visible ASCII"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    for name in ["cross-origin-opener-policy", "cross-origin-resource-policy"] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static("same-origin"));
    }
    if config.origin.is_https() {
        // One year (ASVS 5.0, 3.4.1).
        let value = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(STRICT_TRANSPORT_SECURITY, value);
    }
    headers
}

fn asks_for_a_service_worker(headers: &HeaderMap) -> bool {
    headers.contains_key("service-worker")
        || headers.get_all("sec-fetch-dest").iter().any(|dest| dest == "serviceworker")
}

impl<S> Layer<S> for SecurityHeaders {
    type Service = WithSecurityHeaders<S>;

    fn layer(&self, inner: S) -> Self::Service {
        WithSecurityHeaders { inner, headers: self.0.clone() }
    }
}

/// What [`SecurityHeaders`] makes of a service.
#[derive(Clone, Debug)]
pub struct WithSecurityHeaders<S> {
    inner: S,
    headers: HeaderMap,
}

impl<S> Service<Request> for WithSecurityHeaders<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        for name in [AUTHORIZATION, COOKIE, HeaderName::from_static(PROOF_HEADER)] {
            if let Entry::Occupied(mut values) = request.headers_mut().entry(name) {
                values.iter_mut().for_each(|value| value.set_sensitive(true));
            }
        }
        let refused = asks_for_a_service_worker(request.headers());
        let answer = (!refused).then(|| self.inner.call(request));
        let headers = self.headers.clone();
        Box::pin(async move {
            let mut response = match answer {
                Some(answer) => answer.await?,
                None => Error::Refused(Reason::ServiceWorker).into_response(),
            };
            for (name, value) in &headers {
                response.headers_mut().entry(name).or_insert_with(|| value.clone());
            }
            Ok(response)
        })
    }
}
