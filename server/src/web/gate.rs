//! The gate: authenticates each request before a handler sees it.

use std::task::{Context, Poll};

use http::{
    HeaderMap, HeaderValue, Request, Response,
    header::{AUTHORIZATION, CACHE_CONTROL},
    request::Parts,
};
use symbolon_shared::cookies::{REFRESH_COOKIE, RENDERED_COOKIE, VAULT_COOKIE};
use tower::{Service, util::Oneshot};

use super::layer::{AddHeaders, ResponseFuture, service};
use crate::{
    cookie,
    error::{Error, Reason},
    identity::Authenticated,
    symbolon::{Attempt, Symbolon},
};

impl Symbolon {
    /// Returns a tower layer that refuses every request without both halves of a live session. Services below it find
    /// an [`Authenticated`] in the request's extensions.
    ///
    /// For an axum router there is [`protect`](Self::protect), which also covers paths that do not exist.
    ///
    /// ```
    /// # use {http::{Request, Response}, symbolon_server::*, tower::{ServiceBuilder, service_fn}};
    /// # fn guarded(symbolon: &Symbolon) {
    /// async fn me(request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, std::convert::Infallible> {
    ///     let who: Option<&Authenticated> = request.extensions().get();
    ///     Ok(Response::new(who.map(|who| who.subject().into()).unwrap_or_default()))
    /// }
    /// let service = ServiceBuilder::new().layer(symbolon.gate()).service(service_fn(me));
    /// # }
    /// ```
    #[must_use]
    pub fn gate(&self) -> GateLayer {
        GateLayer { symbolon: self.clone() }
    }

    /// Authenticates a request. Removes both halves from it, so that nothing later can log or echo them, and puts an
    /// [`Authenticated`] into its extensions.
    ///
    /// ```
    /// # use symbolon_server::{Error, Symbolon};
    /// # async fn answer(symbolon: Symbolon, request: http::Request<Vec<u8>>) -> Result<String, Error> {
    /// let (mut parts, body) = request.into_parts();
    /// let who = symbolon.authenticate_request(&mut parts).await?;
    /// # Ok(who.subject().to_owned()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Refused`] with the reason. [`Error::Store`] if the store had to be asked and failed; the request is then
    /// not authenticated.
    pub async fn authenticate_request(&self, parts: &mut Parts) -> Result<Authenticated, Error> {
        // Once for each request, however many extractors ask.
        if let Some(who) = parts.extensions.get::<Authenticated>() {
            return Ok(who.clone());
        }
        let who = self.try_authenticate_request(&parts.headers)?.or_confirm_with_store(self).await?;
        self.strip_halves(&mut parts.headers);
        parts.extensions.insert(who.clone());
        Ok(who)
    }

    /// Authenticates a request without awaiting.
    fn try_authenticate_request(&self, headers: &HeaderMap) -> Result<Attempt, Reason> {
        // No page of the application shows what the gate protects as a script, an image or a frame, and no other site's
        // page may (Fetch Metadata; ASVS 5.0, 3.5.8).
        if headers.get_all("sec-fetch-dest").iter().any(|dest| dest != "empty" && dest != "websocket") {
            return Err(Reason::DestinationWrong);
        }
        self.try_authenticate(bearer(headers)?, headers)
    }

    /// Puts the authenticated person into a request's extensions, and removes both halves from its headers.
    pub(super) fn let_in<B>(&self, request: &mut Request<B>, who: Authenticated) {
        self.strip_halves(request.headers_mut());
        request.extensions_mut().insert(who);
    }

    /// Removes both halves from a request: a handler cannot log or echo them.
    fn strip_halves(&self, headers: &mut HeaderMap) {
        headers.remove(AUTHORIZATION);
        let names = [self.config().fingerprint_cookie(), REFRESH_COOKIE, VAULT_COOKIE, RENDERED_COOKIE];
        cookie::strip(headers, &names);
    }
}

/// A layer that authenticates requests. Made by [`Symbolon::gate`].
#[derive(Clone)]
pub struct GateLayer {
    symbolon: Symbolon,
}

service!(GateLayer, Gate, GateFuture, NoStore);

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
    type Future = GateFuture<S::Future, R, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    /// Passes the request on at once if the store need not be asked: that neither copies nor boxes the inner service.
    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let symbolon = &self.layer.symbolon;
        let response = match symbolon.try_authenticate_request(request.headers()) {
            Ok(Attempt::Authenticated(who)) => {
                symbolon.let_in(&mut request, who);
                ResponseFuture::inner(self.inner.call(request), NoStore)
            }
            Ok(Attempt::MustAsk(who)) => {
                let (symbolon, inner) = (symbolon.clone(), self.inner.clone());
                let confirmed = async move {
                    match symbolon.confirm_with_store(who).await {
                        Ok(who) => {
                            symbolon.let_in(&mut request, who);
                            Oneshot::new(inner, request).await
                        }
                        Err(error) => Ok(error.into()),
                    }
                };
                ResponseFuture::boxed(confirmed, NoStore)
            }
            Err(reason) => {
                let refusal = symbolon.refuse(reason.into(), request.extensions(), request.headers());
                ResponseFuture::ready(refusal, NoStore)
            }
        };
        GateFuture { response }
    }
}

/// `Cache-Control: no-store`, for responses that depend on a session.
///
/// The gate never clears cookies, not even if the session is over: in the meantime, another tab may have begun another.
pub(super) struct NoStore;

impl AddHeaders for NoStore {
    fn add_to(&self, headers: &mut HeaderMap) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Returns the token of the one `Authorization: Bearer` (RFC 6750 section 2.1). Refuses anything that only resembles it.
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
