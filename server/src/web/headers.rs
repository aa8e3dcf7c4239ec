//! The headers of every answer, and the requests that no part of the origin answers.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Response,
    header::{
        AUTHORIZATION, CONTENT_SECURITY_POLICY, COOKIE, Entry, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
        X_CONTENT_TYPE_OPTIONS,
    },
};
use pin_project_lite::pin_project;
use symbolon_shared::proof::PROOF_HEADER;
use tower::{Layer, Service};

use super::{
    admission,
    csp::{Policy, PolicyError},
};
use crate::{error::Error, symbolon::Symbolon};

/// Goes around the whole application. See [`Symbolon::security_headers`].
#[derive(Clone, Debug)]
pub struct SecurityHeaders {
    policy: Policy,
    headers: HeaderMap,
}

impl Symbolon {
    /// The layer for the outermost router. It
    ///
    /// - sets a strict policy on every answer, errors included, where a handler has not set its own: with it a page
    ///   can reach no API but through the vault, and can start no worker but the vault;
    /// - refuses what nobody should have to answer: service workers' scripts, because a service worker would see the
    ///   vault's requests; TRACE; requests for two hosts; headers of more than [`MAX_HEADERS`](crate::MAX_HEADERS);
    /// - marks the secret request headers as sensitive, so that layers below it do not log them.
    ///
    /// ```
    /// # use symbolon_server::*;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (config, keys) = (Config::new("https://app.example")?, SigningKeys::generate()?);
    /// # let symbolon = Symbolon::new(config, keys, store::Memory::default()).await?;
    /// let headers = symbolon.security_headers().allow("img-src", "https://images.example")?;
    /// assert!(headers.policy().contains("img-src 'self' https://images.example; "));
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn security_headers(&self) -> SecurityHeaders {
        let config = self.config();
        let mut headers = HeaderMap::new();
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        // Not `no-referrer`: with that, browsers say `Origin: null` of our own forms (Fetch, "append a request Origin header").
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        for (name, value) in [
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("origin-agent-cluster", "?1"),
            ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        if config.origin.is_https() {
            // One year (ASVS 5.0, 3.4.1).
            let value = HeaderValue::from_static("max-age=31536000; includeSubDomains");
            headers.insert(STRICT_TRANSPORT_SECURITY, value);
        }
        SecurityHeaders { policy: Policy::strict(config), headers }.with_policy()
    }
}

impl SecurityHeaders {
    /// Allows pages one source more: `script-src`, `style-src`, `img-src`, `font-src`, `media-src`, `manifest-src`,
    /// `frame-src`, `form-action`, a path in `connect-src` that anybody may read, or a policy in `trusted-types`.
    ///
    /// # Errors
    /// [`PolicyError`] for what would undo the policy.
    pub fn allow(mut self, directive: &str, source: &str) -> Result<Self, PolicyError> {
        self.policy.allow(directive, source)?;
        Ok(self.with_policy())
    }

    /// The content security policy, as it is sent.
    #[must_use]
    pub fn policy(&self) -> String {
        self.policy.text()
    }

    fn with_policy(mut self) -> Self {
        let policy = HeaderValue::from_str(&self.policy.text()).expect("sources are visible ASCII");
        self.headers.insert(CONTENT_SECURITY_POLICY, policy);
        self
    }
}

impl<S> Layer<S> for SecurityHeaders {
    type Service = WithSecurityHeaders<S>;

    fn layer(&self, inner: S) -> Self::Service {
        WithSecurityHeaders { inner, headers: self.headers.clone() }
    }
}

/// What [`SecurityHeaders`] makes of a service.
#[derive(Clone, Debug)]
pub struct WithSecurityHeaders<S> {
    inner: S,
    headers: HeaderMap,
}

impl<S, B, R> Service<Request<B>> for WithSecurityHeaders<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: From<Vec<u8>>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Secured<S::Future, R>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let headers = self.headers.clone();
        if let Err(reason) = admission::check(&request) {
            return Secured::Refused { response: Some(Error::from(reason).into()), headers };
        }
        for name in [AUTHORIZATION, COOKIE, HeaderName::from_static(PROOF_HEADER)] {
            if let Entry::Occupied(mut values) = request.headers_mut().entry(name) {
                values.iter_mut().for_each(|value| value.set_sensitive(true));
            }
        }
        Secured::Within { answer: self.inner.call(request), headers }
    }
}

pin_project! {
    /// The answer of [`WithSecurityHeaders`].
    #[project = SecuredNow]
    pub enum Secured<F, R> {
        /// Of the service within.
        #[doc(hidden)]
        Within { #[pin] answer: F, headers: HeaderMap },
        /// The layer's own.
        #[doc(hidden)]
        Refused { response: Option<Response<R>>, headers: HeaderMap },
    }
}

impl<F, R, E> Future for Secured<F, R>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let (mut response, headers) = match self.project() {
            SecuredNow::Within { answer, headers } => (ready!(answer.poll(context))?, headers),
            SecuredNow::Refused { response, headers } => {
                (response.take().expect("a future is not polled again"), headers)
            }
        };
        for (name, value) in headers.iter() {
            response.headers_mut().entry(name).or_insert_with(|| value.clone());
        }
        Poll::Ready(Ok(response))
    }
}
