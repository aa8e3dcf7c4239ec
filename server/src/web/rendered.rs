//! The gate for server-rendered pages.

use std::task::{Context, Poll};

use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
    header::{LOCATION, ORIGIN, SET_COOKIE, UPGRADE},
    request::Parts,
};
use symbolon_shared::cookies::RENDERED_COOKIE;
use tower::{Service, util::Oneshot};

use super::{
    gate::NoStore,
    layer::{ResponseFuture, service},
    respond::empty,
    same_origin,
};
use crate::{
    error::{Error, Reason},
    identity::Authenticated,
    symbolon::{RenderedCookie, SameOriginForm, Symbolon},
};

impl Symbolon {
    /// Returns a tower layer for server-rendered pages: it refuses every request without a session that
    /// [`sign_in_rendered`](Self::sign_in_rendered) began.
    ///
    /// Without a session, a GET is redirected to `sign_in`, a path of yours outside the layer. Other requests are refused,
    /// and so are those that change something unless the browser says that they come from the application's own origin. The
    /// layer renews tokens by itself.
    ///
    /// Forms need `.allow("form-action", "'self'")` in the [security headers](Self::security_headers). For an axum router
    /// there is [`protect_rendered`](Self::protect_rendered).
    ///
    /// ```
    /// # use {axum::{Router, routing::get}, symbolon_server::*};
    /// # fn pages(symbolon: &Symbolon) -> Router {
    /// Router::new().route("/notes", get(async || "notes")).layer(symbolon.rendered_gate("/sign-in"))
    /// # }
    /// ```
    #[must_use]
    pub fn rendered_gate(&self, sign_in: &'static str) -> RenderedGateLayer {
        RenderedGateLayer { symbolon: self.clone(), sign_in }
    }

    /// Checks that a form was sent by a page of the application's own origin. With axum, a handler takes a
    /// [`SameOriginForm`] as an argument instead.
    ///
    /// ```
    /// # use {http::request::Parts, symbolon_server::*};
    /// async fn guest(symbolon: Symbolon, parts: &Parts) -> Result<RenderedCookie, Error> {
    ///     let form = symbolon.prove_same_origin_form(parts).await?;
    ///     symbolon.sign_in_rendered("guest", form).await
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::Refused`] with [`Reason::CrossOrigin`] if another origin's page sent it; [`Error::Store`].
    pub async fn prove_same_origin_form(&self, parts: &Parts) -> Result<SameOriginForm, Error> {
        same_origin::check(&parts.headers, &self.config().origin)?;
        let current = parts.extensions.get::<Authenticated>().map(Authenticated::session);
        self.same_origin_form(&parts.headers, current).await
    }

    /// Authenticates a request for a server-rendered page. Returns the new cookie if the token was renewed.
    async fn authenticate_rendered_request(
        &self,
        request: &mut Request<impl Sized>,
    ) -> Result<Option<RenderedCookie>, Error> {
        let headers = request.headers();
        if is_embedded(headers) {
            return Err(Reason::DestinationWrong.into());
        }
        // A followed link or a typed address has neither of these headers. A WebSocket handshake is a GET too, and one from
        // a sibling subdomain comes with the cookie.
        let is_read_only = [Method::GET, Method::HEAD].contains(request.method())
            && !headers.contains_key(UPGRADE)
            && !headers.contains_key(ORIGIN);
        if !is_read_only {
            same_origin::check(headers, &self.config().origin)?;
        }
        let (who, renewed) = match self.authenticate_rendered(headers).await {
            Ok(who) => (who, None),
            Err(Error::Refused(Reason::TokenExpired | Reason::TokenStale)) => {
                let (who, cookie) = self.renew_rendered(headers).await?;
                (who, Some(cookie))
            }
            Err(error) => return Err(error),
        };
        self.let_in(request, who);
        Ok(renewed)
    }

    /// Authenticates the cookie of a server-rendered session.
    async fn authenticate_rendered(&self, headers: &HeaderMap) -> Result<Authenticated, Error> {
        self.try_authenticate_rendered(headers)?.or_confirm_with_store(self).await
    }
}

/// A layer that authenticates requests for server-rendered pages. Made by [`Symbolon::rendered_gate`].
#[derive(Clone)]
pub struct RenderedGateLayer {
    symbolon: Symbolon,
    sign_in: &'static str,
}

service!(RenderedGateLayer, RenderedGate, RenderedGateFuture, NoStore);

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
    type Future = RenderedGateFuture<S::Future, R, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let RenderedGateLayer { symbolon, sign_in } = self.layer.clone();
        let inner = self.inner.clone();
        let response = async move {
            let can_be_redirected = *request.method() == Method::GET;
            match symbolon.authenticate_rendered_request(&mut request).await {
                Ok(renewed) => {
                    let mut response = Oneshot::new(inner, request).await?;
                    // A handler that signs out, or in as another person, has set this cookie already.
                    if let Some(RenderedCookie(cookie)) = renewed.filter(|_| !sets_the_cookie(&response)) {
                        response.headers_mut().append(SET_COOKIE, cookie);
                    }
                    Ok(response)
                }
                Err(error) => {
                    let refusal = symbolon.refuse(error, request.extensions(), request.headers());
                    let is_signed_out = refusal.status() == StatusCode::UNAUTHORIZED;
                    Ok(if can_be_redirected && is_signed_out { redirect_to(sign_in) } else { refusal })
                }
            }
        };
        RenderedGateFuture { response: ResponseFuture::boxed(response, NoStore) }
    }
}

fn sets_the_cookie<R>(response: &Response<R>) -> bool {
    let mut cookies = response.headers().get_all(SET_COOKIE).iter();
    cookies.any(|cookie| cookie.as_bytes().starts_with(RENDERED_COOKIE.as_bytes()))
}

fn redirect_to<R: From<Vec<u8>>>(sign_in: &'static str) -> Response<R> {
    let mut response = empty(StatusCode::SEE_OTHER).map(R::from);
    response.headers_mut().insert(LOCATION, HeaderValue::from_static(sign_in));
    response
}

/// Whether a page shows the response as a part of itself, such as a frame: none may.
fn is_embedded(headers: &HeaderMap) -> bool {
    let dest = headers.get("sec-fetch-dest").map(HeaderValue::as_bytes);
    dest.is_some_and(|dest| ![&b"document"[..], b"empty", b"websocket"].contains(&dest))
}
