//! The endpoints, and the gate around an application's own.

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use http::{HeaderMap, HeaderValue, StatusCode, header::CACHE_CONTROL};
use symbolon_shared::wire::{REFRESH, SIGN_IN, SIGN_OUT, VAULT_MODULE, VAULT_SCRIPT};

use super::{extract::gate, origin, respond::clear_cookies, vault};
use crate::{error::Error, grant::Grant, symbolon::Symbolon, verify::Authenticated};

impl Symbolon {
    /// The endpoints, to be nested at `/auth`; `sign_in` is the application's own handler of `POST /auth/sign-in`.
    pub fn routes<S: Clone + Send + Sync + 'static>(&self, sign_in: MethodRouter<S>) -> Router<S> {
        Router::new()
            .route(REFRESH, post(refresh))
            .route(SIGN_OUT, post(sign_out))
            .route(VAULT_SCRIPT, get(vault::script))
            .route(VAULT_MODULE, get(vault::module))
            .with_state(self.clone())
            .route(SIGN_IN, sign_in)
            .fallback(not_found)
            .layer(middleware::from_fn(no_store))
    }

    /// Puts the gate before everything in `router`: a request without both halves of a living session gets no further,
    /// also where there is no such path. It sets the router's fallback for that, and replaces one that was set.
    pub fn protect<S: Clone + Send + Sync + 'static>(&self, router: Router<S>) -> Router<S> {
        router.fallback(not_found).layer(middleware::from_fn_with_state(self.clone(), gate))
    }
}

async fn refresh(State(symbolon): State<Symbolon>, headers: HeaderMap) -> Result<Grant, Error> {
    origin::check(&headers, &symbolon.config().origin)?;
    symbolon.refresh(&headers).await
}

async fn sign_out(
    State(symbolon): State<Symbolon>,
    headers: HeaderMap,
    who: Authenticated,
) -> Result<impl IntoResponse, Error> {
    origin::check(&headers, &symbolon.config().origin)?;
    symbolon.sign_out(&who).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    clear_cookies(&mut response);
    Ok(response)
}

async fn not_found() -> StatusCode {
    StatusCode::NOT_FOUND
}

/// What depends on a session is never kept by a cache; only the module, which says so itself, may be.
async fn no_store(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
