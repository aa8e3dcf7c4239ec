//! The gate: what becomes of a request before a handler sees it.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use http::{
    Extensions, HeaderMap, HeaderValue,
    header::{AUTHORIZATION, CACHE_CONTROL},
};
use symbolon_shared::wire::{REFRESH_COOKIE, VAULT_COOKIE};
use tower::{Layer, Service};

use crate::{
    cookie,
    error::{Error, Reason},
    symbolon::{Judged, Symbolon},
    verify::Authenticated,
};

/// Lets nobody in without both halves.
///
/// A service and not a function, because it rarely has to wait: then it passes the request on at once, and neither
/// copies nor boxes the service within.
#[derive(Clone)]
pub(super) struct Gate<S> {
    inner: S,
    symbolon: Symbolon,
}

/// Puts a [`Gate`] before a service.
#[derive(Clone)]
pub(super) struct GateLayer(pub(super) Symbolon);

impl<S> Layer<S> for GateLayer {
    type Service = Gate<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Gate { inner, symbolon: self.0.clone() }
    }
}

impl<S> Service<Request> for Gate<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let symbolon = self.symbolon.clone();
        match judge(&symbolon, request.headers()) {
            Ok(Judged::Known(who)) => {
                let answer = self.inner.call(admit(request, &symbolon, who));
                Box::pin(async move { Ok(finish(answer.await?)) })
            }
            Ok(Judged::MustAsk(who)) => {
                let mut inner = self.inner.clone();
                Box::pin(async move {
                    let answer = match symbolon.ask(who).await {
                        Ok(who) => inner.call(admit(request, &symbolon, who)).await?,
                        Err(error) => error.into_response(),
                    };
                    Ok(finish(answer))
                })
            }
            Err(reason) => {
                let answer = finish(Error::from(reason).into_response());
                Box::pin(std::future::ready(Ok(answer)))
            }
        }
    }
}

fn admit(mut request: Request, symbolon: &Symbolon, who: Authenticated) -> Request {
    take_halves(request.headers_mut(), symbolon);
    request.extensions_mut().insert(who);
    request
}

/// It clears no cookie, also where the session is over: in the meantime, another tab may have begun another.
fn finish(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Verifies once a request, however many ask.
pub(super) async fn authenticate(
    symbolon: &Symbolon,
    headers: &mut HeaderMap,
    extensions: &mut Extensions,
) -> Result<Authenticated, Error> {
    if let Some(who) = extensions.get::<Authenticated>() {
        return Ok(who.clone());
    }
    let who = match judge(symbolon, headers)? {
        Judged::Known(who) => who,
        Judged::MustAsk(who) => symbolon.ask(who).await?,
    };
    take_halves(headers, symbolon);
    extensions.insert(who.clone());
    Ok(who)
}

fn judge(symbolon: &Symbolon, headers: &HeaderMap) -> Result<Judged, Reason> {
    symbolon.judge(bearer(headers)?, headers)
}

/// Takes both halves out of a request: a handler cannot log or echo them.
fn take_halves(headers: &mut HeaderMap, symbolon: &Symbolon) {
    headers.remove(AUTHORIZATION);
    cookie::strip(headers, &[symbolon.config().fingerprint_cookie(), REFRESH_COOKIE, VAULT_COOKIE]);
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
