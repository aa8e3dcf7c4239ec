//! What all endpoints of the session have in common, whoever answers them: the sign-in is the application's.

use std::{
    net::IpAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http::{
    Extensions, HeaderMap, HeaderValue, Request, Response,
    header::{CACHE_CONTROL, VARY},
};
use tokio::time::timeout;
use tower::{Layer, Service};
use tracing::Instrument;

use super::{
    client_address,
    respond::{Hostile, clear_cookies},
};
use crate::{
    error::{Error, Reason},
    event::Event,
    symbolon::Symbolon,
};

/// How long a sign-in may take, its body and the application's answer included: a password's hash takes a second at the
/// most, and who sends a body byte by byte is not signing in.
pub const AUTH_DEADLINE: Duration = Duration::from_secs(30);

impl Symbolon {
    /// The answer to a request that was refused, and a note of it where it looks like an attack.
    pub(crate) fn refuse<R: From<Vec<u8>>>(
        &self,
        error: Error,
        extensions: &Extensions,
        headers: &HeaderMap,
    ) -> Response<R> {
        let client_address = client_address::of(extensions, headers, &self.config().proxies);
        let _span = tracing::info_span!("gate", client_address = client_address.map(tracing::field::display))
            .entered();
        if error.is_hostile()
            && client_address.is_some_and(|client_address| self.note_failure(client_address))
        {
            return Error::Refused(Reason::TooManyFailures).into();
        }
        error.into()
    }

    /// Counts a failure; whether that makes too many.
    fn note_failure(&self, client_address: IpAddr) -> bool {
        let limit = self.config().max_failures;
        let failures = self.rate_limit().count(client_address, self.now());
        if failures == limit.saturating_add(1) {
            self.emit(&Event::TooManyFailures { client_address });
        }
        failures > limit
    }

    fn fails_too_often(&self, client_address: IpAddr) -> bool {
        self.rate_limit().of(client_address, self.now()) > self.config().max_failures
    }

    /// A layer for whoever answers the endpoints below `/auth` without axum: it limits failures and time, clears the
    /// cookies of sessions that are over, and keeps answers out of caches. [`routes`](Self::routes) has it already.
    #[must_use]
    pub fn auth_layer(&self) -> AuthLayer {
        AuthLayer(self.clone())
    }
}

/// See [`Symbolon::auth_layer`].
#[derive(Clone)]
pub struct AuthLayer(Symbolon);

impl<S> Layer<S> for AuthLayer {
    type Service = Auth<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Auth { inner, symbolon: self.0.clone() }
    }
}

/// What [`AuthLayer`] makes of a service.
#[derive(Clone)]
pub struct Auth<S> {
    inner: S,
    symbolon: Symbolon,
}

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
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let symbolon = self.symbolon.clone();
        let client_address =
            client_address::of(request.extensions(), request.headers(), &symbolon.config().proxies);
        if client_address.is_some_and(|client_address| symbolon.fails_too_often(client_address)) {
            let response = Error::Refused(Reason::TooManyFailures).into();
            return Box::pin(std::future::ready(Ok(response)));
        }
        let answer = self.inner.call(request);
        let span = tracing::info_span!("auth", client_address = client_address.map(tracing::field::display));
        let answered = async move {
            let mut response = match timeout(AUTH_DEADLINE, answer).await {
                Ok(response) => response?,
                Err(_) => Error::Refused(Reason::TooSlow).into(),
            };
            if let Some(hostile) = response.extensions_mut().remove() {
                if matches!(hostile, Hostile::Guess) {
                    symbolon.emit(&Event::SignInFailed { client_address });
                }
                client_address.map(|client_address| symbolon.note_failure(client_address));
            }
            clear_cookies(&mut response, symbolon.config());
            let headers = response.headers_mut();
            // What depends on a session is never kept by a cache; only the module, which says so itself, may be.
            headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
            headers.entry(VARY).or_insert(HeaderValue::from_static("Origin, Sec-Fetch-Site"));
            Ok(response)
        };
        Box::pin(answered.instrument(span))
    }
}
