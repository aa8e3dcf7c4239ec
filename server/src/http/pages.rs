//! The gate for pages that a server renders.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
    header::{CACHE_CONTROL, LOCATION, SET_COOKIE},
    request::Parts,
};
use tower::{Layer, Service, util::Oneshot};

use super::{origin, respond::empty};
use crate::{
    error::{Error, Reason},
    identity::Authenticated,
    symbolon::{Judged, OwnPage, PageCookie, Symbolon},
};

impl Symbolon {
    /// A layer for pages that a server renders: nobody gets in without a session that [`sign_in_page`](Self::sign_in_page)
    /// began. Who wants to see a page is sent to `sign_in`, a path of your own outside the layer; who wants to change
    /// something must say that they come from one of your own pages, and is refused otherwise.
    ///
    /// It renews tokens by itself. With axum there is [`protect_pages`](Self::protect_pages).
    #[must_use]
    pub fn page_gate(&self, sign_in: &'static str) -> PageGateLayer {
        PageGateLayer { symbolon: self.clone(), sign_in }
    }

    /// Whether a form comes from one of our own pages: for an application without axum. With axum, a handler takes an
    /// [`OwnPage`] as an argument.
    ///
    /// # Errors
    /// [`Error::Refused`] or [`Error::Store`].
    pub async fn prove_page(&self, parts: &Parts) -> Result<OwnPage, Error> {
        origin::check(&parts.headers, &self.config().origin)?;
        self.own_page(&parts.headers).await
    }

    async fn admit_page(&self, request: &mut Request<impl Sized>) -> Result<Option<PageCookie>, Error> {
        let headers = request.headers();
        if is_embedded(headers) {
            return Err(Reason::DestinationWrong.into());
        }
        if !request.method().is_safe() {
            origin::check(headers, &self.config().origin)?;
        }
        let (who, renewed) = self.who_asks_for_a_page(headers).await?;
        self.let_in(request, who);
        Ok(renewed)
    }

    async fn who_asks_for_a_page(
        &self,
        headers: &HeaderMap,
    ) -> Result<(Authenticated, Option<PageCookie>), Error> {
        match self.judge_page(headers) {
            Ok(Judged::Known(who)) => Ok((who, None)),
            Ok(Judged::MustAsk(who)) => Ok((self.ask(who).await?, None)),
            Err(Reason::TokenExpired | Reason::TokenStale) => {
                let (who, renewed) = self.renew_page(headers).await?;
                Ok((who, Some(renewed)))
            }
            Err(reason) => Err(reason.into()),
        }
    }
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

/// See [`Symbolon::page_gate`].
#[derive(Clone)]
pub struct PageGateLayer {
    symbolon: Symbolon,
    sign_in: &'static str,
}

impl<S> Layer<S> for PageGateLayer {
    type Service = PageGate<S>;

    fn layer(&self, inner: S) -> Self::Service {
        PageGate { inner, symbolon: self.symbolon.clone(), sign_in: self.sign_in }
    }
}

/// What [`PageGateLayer`] makes of a service.
#[derive(Clone)]
pub struct PageGate<S> {
    inner: S,
    symbolon: Symbolon,
    sign_in: &'static str,
}

impl<S, B, R> Service<Request<B>> for PageGate<S>
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
            let mut response = match symbolon.admit_page(&mut request).await {
                Ok(renewed) => {
                    let mut response = Oneshot::new(inner, request).await?;
                    if let Some(PageCookie(cookie)) = renewed {
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
