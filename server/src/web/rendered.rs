//! The gate for pages that a server renders.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
    header::{CACHE_CONTROL, LOCATION, ORIGIN, SET_COOKIE, UPGRADE},
    request::Parts,
};
use symbolon_shared::wire::RENDERED_COOKIE;
use tower::{Layer, Service, util::Oneshot};

use super::{respond::empty, same_origin};
use crate::{
    error::{Error, Reason},
    identity::Authenticated,
    symbolon::{RenderedCookie, SameOriginForm, Symbolon},
};

impl Symbolon {
    /// A layer for pages that a server renders: nobody gets in without a session that [`sign_in_rendered`](Self::sign_in_rendered)
    /// began. Who wants to see a page is sent to `sign_in`, a path of your own outside the layer; who wants to change
    /// something must say that they come from one of your own pages, and is refused otherwise.
    ///
    /// It renews tokens by itself. Forms need `.allow("form-action", "'self'")` in the
    /// [security headers](Self::security_headers). With axum there is [`protect_rendered`](Self::protect_rendered).
    #[must_use]
    pub fn rendered_gate(&self, sign_in: &'static str) -> RenderedGateLayer {
        RenderedGateLayer { symbolon: self.clone(), sign_in }
    }

    /// Whether a form comes from one of our own pages: for an application without axum. With axum, a handler takes an
    /// [`SameOriginForm`] as an argument.
    ///
    /// # Errors
    /// [`Error::Refused`] or [`Error::Store`].
    pub async fn prove_same_origin_form(&self, parts: &Parts) -> Result<SameOriginForm, Error> {
        same_origin::check(&parts.headers, &self.config().origin)?;
        let asks = parts.extensions.get::<Authenticated>().map(Authenticated::session);
        self.same_origin_form(&parts.headers, asks).await
    }

    async fn authenticate_rendered_request(
        &self,
        request: &mut Request<impl Sized>,
    ) -> Result<Option<RenderedCookie>, Error> {
        let headers = request.headers();
        if is_embedded(headers) {
            return Err(Reason::DestinationWrong.into());
        }
        // Who follows a link or types an address sends neither of these headers. A handshake for a socket is a GET, too, and
        // a sibling subdomain's comes with the cookie.
        let only_looks = [Method::GET, Method::HEAD].contains(request.method())
            && !headers.contains_key(UPGRADE)
            && !headers.contains_key(ORIGIN);
        if !only_looks {
            same_origin::check(headers, &self.config().origin)?;
        }
        let (who, renewed) = self.authenticate_or_renew_rendered(headers).await?;
        self.let_in(request, who);
        Ok(renewed)
    }

    async fn authenticate_or_renew_rendered(
        &self,
        headers: &HeaderMap,
    ) -> Result<(Authenticated, Option<RenderedCookie>), Error> {
        let settled = match self.try_authenticate_rendered(headers) {
            Ok(judged) => self.confirm(judged).await,
            Err(reason) => Err(reason.into()),
        };
        match settled {
            Ok(who) => Ok((who, None)),
            Err(Error::Refused(Reason::TokenExpired | Reason::TokenStale)) => {
                let (who, renewed) = self.renew_rendered(headers).await?;
                Ok((who, Some(renewed)))
            }
            Err(error) => Err(error),
        }
    }
}

fn sets_the_cookie<R>(response: &Response<R>) -> bool {
    let mut cookies = response.headers().get_all(SET_COOKIE).iter();
    cookies.any(|cookie| cookie.as_bytes().starts_with(RENDERED_COOKIE.as_bytes()))
}

fn sent_to<R: From<Vec<u8>>>(sign_in: &'static str) -> Response<R> {
    let mut response = empty(StatusCode::SEE_OTHER).map(R::from);
    response.headers_mut().insert(LOCATION, HeaderValue::from_static(sign_in));
    response
}

/// Whether another page shows it as a part of itself: none may.
fn is_embedded(headers: &HeaderMap) -> bool {
    let dest = headers.get("sec-fetch-dest").map(HeaderValue::as_bytes);
    dest.is_some_and(|dest| ![&b"document"[..], b"empty", b"websocket"].contains(&dest))
}

/// See [`Symbolon::rendered_gate`].
#[derive(Clone)]
pub struct RenderedGateLayer {
    symbolon: Symbolon,
    sign_in: &'static str,
}

impl<S> Layer<S> for RenderedGateLayer {
    type Service = RenderedGate<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RenderedGate { inner, symbolon: self.symbolon.clone(), sign_in: self.sign_in }
    }
}

/// What [`RenderedGateLayer`] makes of a service.
#[derive(Clone)]
pub struct RenderedGate<S> {
    inner: S,
    symbolon: Symbolon,
    sign_in: &'static str,
}

impl<S, B, R> Service<Request<B>> for RenderedGate<S>
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

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let Self { inner, symbolon, sign_in } = self.clone();
        Box::pin(async move {
            let may_be_sent_on = *request.method() == Method::GET;
            let mut response = match symbolon.authenticate_rendered_request(&mut request).await {
                Ok(renewed) => {
                    let mut response = Oneshot::new(inner, request).await?;
                    // A handler that signs out, or in as somebody else, has the last word.
                    if let Some(RenderedCookie(cookie)) = renewed.filter(|_| !sets_the_cookie(&response)) {
                        response.headers_mut().append(SET_COOKIE, cookie);
                    }
                    response
                }
                Err(error) => {
                    let refusal = symbolon.refuse(error, request.extensions(), request.headers());
                    let is_stranger = refusal.status() == StatusCode::UNAUTHORIZED;
                    if may_be_sent_on && is_stranger { sent_to(sign_in) } else { refusal }
                }
            };
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            Ok(response)
        })
    }
}
