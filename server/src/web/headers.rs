//! Security headers for every response, and refusals of requests that no handler should answer.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Response,
    header::{
        AUTHORIZATION, CONTENT_SECURITY_POLICY, COOKIE, Entry, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
        X_CONTENT_TYPE_OPTIONS,
    },
};
use symbolon_shared::proof::PROOF_HEADER;
use tower::Service;

use super::{
    admission,
    csp::{Policy, PolicyError},
    layer::{AddHeaders, ResponseFuture, service},
};
use crate::{error::Error, symbolon::Symbolon};

/// A layer that adds security headers to every response. Made by [`Symbolon::security_headers`].
#[derive(Clone, Debug)]
pub struct SecurityHeadersLayer {
    policy: Arc<Policy>,
    headers: Arc<HeaderMap>,
}

impl Symbolon {
    /// Returns a layer for the outermost router. The layer
    ///
    /// - adds security headers to every response that does not have them, errors included. The content security policy lets
    ///   a page reach APIs through the vault only, and start no other worker;
    /// - refuses requests that no handler should answer: for service workers' scripts, because a service worker would see
    ///   the vault's requests; TRACE; for two hosts; with headers of more than [`MAX_HEADERS`](crate::MAX_HEADERS);
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
    pub fn security_headers(&self) -> SecurityHeadersLayer {
        let config = self.config();
        let mut headers = HeaderMap::new();
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        // Not `no-referrer`: with it, browsers send `Origin: null` with the application's own forms (Fetch, "append a request
        // Origin header").
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
        let policy = Arc::new(Policy::strict(config));
        SecurityHeadersLayer { policy, headers: Arc::new(headers) }.with_policy()
    }
}

impl SecurityHeadersLayer {
    /// Allows one more source in a directive of the content security policy: `script-src`, `style-src`, `img-src`,
    /// `font-src`, `media-src`, `manifest-src`, `frame-src` or `form-action`. Or allows a public path in `connect-src`, or a
    /// policy's name in `trusted-types`.
    ///
    /// # Errors
    /// [`PolicyError`] if the source would undo the policy.
    pub fn allow(mut self, directive: &str, source: &str) -> Result<Self, PolicyError> {
        Arc::make_mut(&mut self.policy).allow(directive, source)?;
        Ok(self.with_policy())
    }

    /// Returns the content security policy as it is sent.
    #[must_use]
    pub fn policy(&self) -> String {
        self.policy.text()
    }

    fn with_policy(mut self) -> Self {
        let policy = HeaderValue::from_str(&self.policy.text()).expect("sources are visible ASCII");
        Arc::make_mut(&mut self.headers).insert(CONTENT_SECURITY_POLICY, policy);
        self
    }
}

service!(SecurityHeadersLayer, SecurityHeaders, SecurityHeadersFuture, Missing);

impl<S, B, R> Service<Request<B>> for SecurityHeaders<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: From<Vec<u8>>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = SecurityHeadersFuture<S::Future, R, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let headers = Missing(Arc::clone(&self.layer.headers));
        if let Err(reason) = admission::check(&request) {
            let refusal = ResponseFuture::ready(Error::from(reason).into(), headers);
            return SecurityHeadersFuture { response: refusal };
        }
        for name in [AUTHORIZATION, COOKIE, HeaderName::from_static(PROOF_HEADER)] {
            if let Entry::Occupied(mut values) = request.headers_mut().entry(name) {
                values.iter_mut().for_each(|value| value.set_sensitive(true));
            }
        }
        SecurityHeadersFuture { response: ResponseFuture::inner(self.inner.call(request), headers) }
    }
}

/// Headers for responses that do not have them yet.
struct Missing(Arc<HeaderMap>);

impl AddHeaders for Missing {
    fn add_to(&self, headers: &mut HeaderMap) {
        for (name, value) in self.0.iter() {
            headers.entry(name).or_insert_with(|| value.clone());
        }
    }
}
