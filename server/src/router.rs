//! Routes, extractors and responses for axum.

mod extract;
mod serve;

use std::convert::Infallible;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    response::{IntoResponse, IntoResponseParts, Response, ResponseParts},
    routing::MethodRouter,
};
use http::{
    HeaderName, HeaderValue, Method, StatusCode,
    header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, SET_COOKIE, WWW_AUTHENTICATE},
};
use symbolon_shared::paths::SIGN_IN;
use tower_http::cors::{AllowOrigin, CorsLayer};

pub use self::serve::{GRACE, HEAD_DEADLINE, serve};
use crate::{
    error::Error,
    grant::Grant,
    symbolon::{RenderedCookie, Symbolon},
};

/// The largest body of a sign-in: 16 KiB, for credentials and a passkey's response.
const MAX_SIGN_IN_BODY: usize = 16 * 1024;

impl Symbolon {
    /// Returns a router with the endpoints of the session. Nest it at `/auth`. `sign_in` is your handler of
    /// `POST /auth/sign-in`; its body may have 16 KiB.
    ///
    /// ```
    /// # use {axum::{Json, Router, extract::State, routing::post}, symbolon_server::*};
    /// async fn sign_in(State(symbolon): State<Symbolon>, vault: ProvenVault, Json(form): Json<String>) -> Result<Grant, Error> {
    ///     // check the password first
    ///     symbolon.sign_in(form, vault).await
    /// }
    ///
    /// fn app(symbolon: Symbolon) -> Router {
    ///     Router::new().nest("/auth", symbolon.routes(post(sign_in))).with_state(symbolon)
    /// }
    /// ```
    pub fn routes<S: Clone + Send + Sync + 'static>(&self, sign_in: MethodRouter<S>) -> Router<S> {
        Router::new()
            .fallback(endpoint)
            .with_state(self.clone())
            .route(SIGN_IN, sign_in)
            .layer(DefaultBodyLimit::max(MAX_SIGN_IN_BODY))
            .layer(self.auth_layer())
    }

    /// Puts the [gate](Self::gate) before every route of `router`: a request without both halves of a live session gets 401.
    ///
    /// Unknown paths are guarded too, by the router's fallback. A fallback that you set is replaced.
    ///
    /// ```
    /// # use {axum::{Router, routing::get}, symbolon_server::*};
    /// # fn app(symbolon: &Symbolon) -> Router {
    /// let api = Router::new().route("/me", get(async |who: Authenticated| format!("hello, {}", who.subject())));
    /// Router::new().nest("/api", symbolon.protect(api.with_state(symbolon.clone())))
    /// # }
    /// ```
    pub fn protect<S: Clone + Send + Sync + 'static>(&self, router: Router<S>) -> Router<S> {
        let router = router.fallback(async || StatusCode::NOT_FOUND).layer(self.gate());
        if self.config().allowed_origins.is_empty() { router } else { router.layer(self.cors()) }
    }

    /// Puts the [gate for server-rendered pages](Self::rendered_gate) before every route of `router`. A GET without a session
    /// is redirected to the path `sign_in`.
    ///
    /// Unknown paths are guarded too, by the router's fallback. A fallback that you set is replaced.
    ///
    /// ```
    /// # use {axum::{Router, routing::get}, symbolon_server::*};
    /// # fn app(symbolon: &Symbolon) -> Router {
    /// let pages = Router::new().route("/notes", get(async |who: Authenticated| format!("notes of {}", who.subject())));
    /// symbolon.protect_rendered(pages.with_state(symbolon.clone()), "/sign-in")
    /// # }
    /// ```
    pub fn protect_rendered<S: Clone + Send + Sync + 'static>(
        &self,
        router: Router<S>,
        sign_in: &'static str,
    ) -> Router<S> {
        router.fallback(async || StatusCode::NOT_FOUND).layer(self.rendered_gate(sign_in))
    }

    /// Returns a layer that lets pages of the allowed origins read responses (Fetch, CORS protocol). The endpoints below
    /// `/auth` do not have it.
    fn cors(&self) -> CorsLayer {
        let origins = self.config().allowed_origins.iter().filter_map(|origin| origin.as_str().parse().ok());
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins))
            .allow_credentials(true)
            .allow_methods([
                Method::GET,
                Method::HEAD,
                Method::POST,
                Method::PUT,
                Method::PATCH,
                Method::DELETE,
            ])
            .allow_headers([AUTHORIZATION, CONTENT_TYPE])
            .expose_headers([WWW_AUTHENTICATE, HeaderName::from_static("retry-after")])
    }
}

async fn endpoint(State(symbolon): State<Symbolon>, request: Request) -> Response {
    symbolon.answer(request.into_parts().0).await.map(Into::into)
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        self.into()
    }
}

impl IntoResponseParts for RenderedCookie {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        response.headers_mut().append(SET_COOKIE, self.0);
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }
}

impl IntoResponse for Grant {
    fn into_response(self) -> Response {
        self.into()
    }
}
