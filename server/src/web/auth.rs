//! Rate limit, deadline and cookies for all endpoints below `/auth`, the application's sign-in included.

use std::{
    net::IpAddr,
    task::{Context, Poll},
    time::Duration,
};

use http::{
    Extensions, HeaderMap, HeaderValue, Request, Response,
    header::{CACHE_CONTROL, VARY},
};
use tokio::time::timeout;
use tower::Service;
use tracing::Instrument;

use super::{
    client_address,
    layer::{NoHeaders, ResponseFuture, service},
    respond::{Failure, clear_cookies},
};
use crate::{
    error::{Error, Reason},
    event::Event,
    symbolon::Symbolon,
};

/// How long a request below `/auth` may take, its body and the application's sign-in included: 30 seconds. A password's hash
/// takes a second at most, and a client that sends its body byte by byte is not signing in.
pub const AUTH_DEADLINE: Duration = Duration::from_secs(30);

impl Symbolon {
    /// Returns the response for a refused request, and counts the failure if it counts towards the rate limit.
    pub(crate) fn refuse<R: From<Vec<u8>>>(
        &self,
        error: Error,
        extensions: &Extensions,
        headers: &HeaderMap,
    ) -> Response<R> {
        let client_address = client_address::of(extensions, headers, &self.config().proxies);
        let _span = tracing::info_span!("gate", client_address = client_address.map(tracing::field::display))
            .entered();
        if error.counts_towards_rate_limit()
            && client_address.is_some_and(|client_address| self.count_failure(client_address))
        {
            return Error::Refused(Reason::TooManyFailures).into();
        }
        error.into()
    }

    /// Counts a failure. Returns whether the client address now has too many.
    fn count_failure(&self, client_address: IpAddr) -> bool {
        let limit = self.config().max_failures;
        let failures = self.rate_limit().count(client_address, self.now());
        if failures == limit.saturating_add(1) {
            self.emit(&Event::TooManyFailures { client_address });
        }
        failures > limit
    }

    /// Whether the client address has too many failures in its current minute.
    fn is_rate_limited(&self, client_address: IpAddr) -> bool {
        self.rate_limit().of(client_address, self.now()) > self.config().max_failures
    }

    /// Returns a tower layer for the endpoints below `/auth`: limits on failures and time, and no caching. It also
    /// clears the cookies of ended sessions. [`routes`](Self::routes) has it already.
    ///
    /// ```
    /// # use {http::{Request, Response}, symbolon_server::*, tower::{ServiceBuilder, service_fn}};
    /// # fn endpoints(symbolon: Symbolon) {
    /// let layer = symbolon.auth_layer();
    /// let answer = service_fn(move |request: Request<Vec<u8>>| {
    ///     let symbolon = symbolon.clone();
    ///     async move { Ok::<_, std::convert::Infallible>(symbolon.answer(request.into_parts().0).await) }
    /// });
    /// let service = ServiceBuilder::new().layer(layer).service(answer);
    /// # }
    /// ```
    #[must_use]
    pub fn auth_layer(&self) -> AuthLayer {
        AuthLayer { symbolon: self.clone() }
    }
}

/// A layer for the endpoints below `/auth`. Made by [`Symbolon::auth_layer`].
#[derive(Clone)]
pub struct AuthLayer {
    symbolon: Symbolon,
}

service!(AuthLayer, Auth, AuthFuture, NoHeaders);

impl<S, B, R> Service<Request<B>> for Auth<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    B: Send + 'static,
    R: From<Vec<u8>> + Send + 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = AuthFuture<S::Future, R, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let symbolon = self.layer.symbolon.clone();
        let client_address =
            client_address::of(request.extensions(), request.headers(), &symbolon.config().proxies);
        if client_address.is_some_and(|client_address| symbolon.is_rate_limited(client_address)) {
            let refusal = Error::Refused(Reason::TooManyFailures).into();
            return AuthFuture { response: ResponseFuture::ready(refusal, NoHeaders) };
        }
        let inner = self.inner.call(request);
        let span = tracing::info_span!("auth", client_address = client_address.map(tracing::field::display));
        let response = async move {
            let mut response = match timeout(AUTH_DEADLINE, inner).await {
                Ok(response) => response?,
                Err(_) => Error::Refused(Reason::TooSlow).into(),
            };
            if let Some(failure) = response.extensions_mut().remove() {
                if matches!(failure, Failure::BadCredentials) {
                    symbolon.emit(&Event::SignInFailed { client_address });
                }
                client_address.map(|client_address| symbolon.count_failure(client_address));
            }
            clear_cookies(&mut response, symbolon.config());
            let headers = response.headers_mut();
            // Responses that depend on a session are never cached. Only the module is, and it says so itself.
            headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
            headers.entry(VARY).or_insert(HeaderValue::from_static("Origin, Sec-Fetch-Site"));
            Ok(response)
        };
        AuthFuture { response: ResponseFuture::boxed(response.instrument(span), NoHeaders) }
    }
}
