//! The faces for axum: routes, extractors, answers.

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
use symbolon_shared::wire::SIGN_IN;
use tower_http::cors::{AllowOrigin, CorsLayer};

pub use self::serve::{GRACE, HEAD_DEADLINE, serve};
use crate::{
    error::Error,
    grant::Grant,
    symbolon::{RenderedCookie, Symbolon},
};

/// The most that a sign-in's body may weigh, in bytes: credentials, and a passkey's answer.
const MAX_SIGN_IN_BODY: usize = 16 * 1024;

impl Symbolon {
    /// The endpoints, to be nested at `/auth`; `sign_in` is the application's own handler of `POST /auth/sign-in`.
    pub fn routes<S: Clone + Send + Sync + 'static>(&self, sign_in: MethodRouter<S>) -> Router<S> {
        Router::new()
            .fallback(endpoint)
            .with_state(self.clone())
            .route(SIGN_IN, sign_in)
            .layer(DefaultBodyLimit::max(MAX_SIGN_IN_BODY))
            .layer(self.auth_layer())
    }

    /// Puts the gate before everything in `router`: a request without both halves of a living session gets no further,
    /// also where there is no such path. It sets the router's fallback for that, and replaces one that was set.
    pub fn protect<S: Clone + Send + Sync + 'static>(&self, router: Router<S>) -> Router<S> {
        let router = router.fallback(async || StatusCode::NOT_FOUND).layer(self.gate());
        if self.config().allowed_origins.is_empty() { router } else { router.layer(self.cors()) }
    }

    /// Puts the [gate for pages](Self::rendered_gate) before everything in `router`, unknown paths included.
    pub fn protect_rendered<S: Clone + Send + Sync + 'static>(
        &self,
        router: Router<S>,
        sign_in: &'static str,
    ) -> Router<S> {
        router.fallback(async || StatusCode::NOT_FOUND).layer(self.rendered_gate(sign_in))
    }

    /// Lets pages of the listed origins read answers (Fetch, CORS protocol). The endpoints of the session have none of it.
    fn cors(&self) -> CorsLayer {
        let pages = self.config().allowed_origins.iter().filter_map(|page| page.as_str().parse().ok());
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(pages))
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
