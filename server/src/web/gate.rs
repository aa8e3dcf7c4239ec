//! The gate: what becomes of a request before a handler sees it.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{
    HeaderMap, HeaderValue, Request, Response,
    header::{AUTHORIZATION, CACHE_CONTROL},
    request::Parts,
};
use pin_project_lite::pin_project;
use symbolon_shared::wire::{REFRESH_COOKIE, RENDERED_COOKIE, VAULT_COOKIE};
use tower::{Layer, Service, util::Oneshot};

use crate::{
    cookie,
    error::{Error, Reason},
    identity::Authenticated,
    symbolon::{Attempt, Symbolon},
};

impl Symbolon {
    /// A layer that lets nobody in without both halves, around any service of the crate `http`'s requests. What it
    /// knows of who asks is in the request's extensions, as an [`Authenticated`].
    ///
    /// For an axum router there is [`protect`](Self::protect), which also covers paths that do not exist.
    #[must_use]
    pub fn gate(&self) -> GateLayer {
        GateLayer(self.clone())
    }

    /// The same as a function: who a request is from. It takes both halves out of the request, so that nothing that
    /// comes later can log or echo them, and leaves an [`Authenticated`] in the extensions.
    ///
    /// # Errors
    /// [`Error::Refused`] with the reason, or [`Error::Store`] when it cannot be known: never a yes.
    pub async fn authenticate_request(&self, parts: &mut Parts) -> Result<Authenticated, Error> {
        // Once a request, however many ask.
        if let Some(who) = parts.extensions.get::<Authenticated>() {
            return Ok(who.clone());
        }
        let who = self.confirm(try_authenticate(self, &parts.headers)?).await?;
        self.take_halves(&mut parts.headers);
        parts.extensions.insert(who.clone());
        Ok(who)
    }

    /// Takes both halves out of a request: a handler cannot log or echo them.
    fn take_halves(&self, headers: &mut HeaderMap) {
        headers.remove(AUTHORIZATION);
        let ours = [self.config().fingerprint_cookie(), REFRESH_COOKIE, VAULT_COOKIE, RENDERED_COOKIE];
        cookie::strip(headers, &ours);
    }
}

/// Puts the gate before a service. See [`Symbolon::gate`].
#[derive(Clone)]
pub struct GateLayer(Symbolon);

impl<S> Layer<S> for GateLayer {
    type Service = Gate<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Gate { inner, symbolon: self.0.clone() }
    }
}

/// What [`GateLayer`] makes of a service.
///
/// A service and not a function, because it rarely has to wait: then it passes the request on at once, and neither
/// copies nor boxes the service within.
#[derive(Clone)]
pub struct Gate<S> {
    inner: S,
    symbolon: Symbolon,
}

impl<S, B, R> Service<Request<B>> for Gate<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    B: Send + 'static,
    R: From<Vec<u8>> + Send + 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Answer<S::Future, R, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        match try_authenticate(&self.symbolon, request.headers()) {
            Ok(Attempt::Authenticated(who)) => {
                self.symbolon.let_in(&mut request, who);
                Answer::Within { answer: self.inner.call(request) }
            }
            Ok(Attempt::MustAsk(who)) => {
                let (symbolon, inner) = (self.symbolon.clone(), self.inner.clone());
                let asked = async move {
                    match symbolon.confirm_with_store(who).await {
                        Ok(who) => {
                            symbolon.let_in(&mut request, who);
                            Oneshot::new(inner, request).await
                        }
                        Err(error) => Ok(error.into()),
                    }
                };
                Answer::Asked { answer: Box::pin(asked) }
            }
            Err(reason) => {
                let response = self.symbolon.refuse(reason.into(), request.extensions(), request.headers());
                Answer::Refused { response: Some(response) }
            }
        }
    }
}

pin_project! {
    /// The answer of a [`Gate`].
    #[project = AnswerNow]
    pub enum Answer<F, R, E> {
        /// Of the service within.
        #[doc(hidden)]
        Within { #[pin] answer: F },
        /// Of the service within, after the store was asked.
        #[doc(hidden)]
        Asked { answer: Pin<Box<dyn Future<Output = Result<Response<R>, E>> + Send>> },
        /// The gate's own.
        #[doc(hidden)]
        Refused { response: Option<Response<R>> },
    }
}

impl<F, R, E> Future for Answer<F, R, E>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut response = match self.project() {
            AnswerNow::Within { answer } => ready!(answer.poll(context))?,
            AnswerNow::Asked { answer } => ready!(answer.as_mut().poll(context))?,
            AnswerNow::Refused { response } => response.take().expect("a future is not polled again"),
        };
        // It clears no cookie, also where the session is over: in the meantime, another tab may have begun another.
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Poll::Ready(Ok(response))
    }
}

impl Symbolon {
    pub(super) fn let_in<B>(&self, request: &mut Request<B>, who: Authenticated) {
        self.take_halves(request.headers_mut());
        request.extensions_mut().insert(who);
    }
}

fn try_authenticate(symbolon: &Symbolon, headers: &HeaderMap) -> Result<Attempt, Reason> {
    // A browser says for what it asks. No page of ours shows what the gate protects as a script, an image or a frame,
    // and a page of somebody else's must not (Fetch Metadata; ASVS 5.0, 3.5.8).
    if headers.get_all("sec-fetch-dest").iter().any(|dest| dest != "empty" && dest != "websocket") {
        return Err(Reason::DestinationWrong);
    }
    symbolon.try_authenticate(bearer(headers)?, headers)
}

/// The token of the one `Authorization: Bearer`, and of nothing that is nearly that (RFC 6750 section 2.1).
fn bearer(headers: &HeaderMap) -> Result<&str, Reason> {
    let mut found = headers.get_all(AUTHORIZATION).iter();
    let value = match (found.next(), found.next()) {
        (None, _) => return Err(Reason::BearerMissing),
        (Some(value), None) => value.as_bytes(),
        (Some(_), Some(_)) => return Err(Reason::BearerMalformed),
    };
    let token = value.split_at_checked("Bearer ".len()).and_then(|(scheme, token)| {
        let is_token =
            scheme.eq_ignore_ascii_case(b"bearer ") && memchr::memchr3(b' ', b'\t', b',', token).is_none();
        is_token.then(|| std::str::from_utf8(token).ok())?
    });
    token.ok_or(Reason::BearerMalformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&'static str]) -> Result<String, Reason> {
        let headers: HeaderMap =
            values.iter().map(|value| (AUTHORIZATION, HeaderValue::from_static(value))).collect();
        bearer(&headers).map(str::to_owned)
    }

    #[test]
    fn one_bearer_and_one_token_are_accepted_and_nothing_like_them() {
        for good in ["Bearer t", "bearer t", "BEARER t"] {
            assert_eq!(read(&[good]), Ok("t".into()));
        }
        assert_eq!(read(&[]), Err(Reason::BearerMissing));
        for wrong in [
            &["Bearer t", "Bearer t"][..],
            &["Bearer  t"],
            &["Bearer\tt"],
            &["Bearer t, Bearer u"],
            &["Bearer t "],
            &["Basic t"],
            &["t"],
            &[""],
        ] {
            assert_eq!(read(wrong), Err(Reason::BearerMalformed), "{wrong:?}");
        }
    }
}
