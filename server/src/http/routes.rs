//! The endpoints, and the gate around an application's own.

use axum::{
    Json, Router,
    extract::{Path, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodRouter, delete, get, post},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::CACHE_CONTROL};
use serde::Serialize;
use symbolon_shared::{
    id::SessionId,
    time::UnixTime,
    wire::{
        ONE_SESSION, REFRESH, SESSION, SESSIONS, SIGN_IN, SIGN_OUT, SIGN_OUT_EVERYWHERE, VAULT_MODULE,
        VAULT_SCRIPT,
    },
};

use super::{
    gate::GateLayer,
    origin,
    respond::{SessionOver, clear_cookies},
    vault,
};
use crate::{
    config::FRESH_FOR_SESSIONS, error::Error, grant::Grant, identity::Authenticated, session::Session,
    symbolon::Symbolon,
};

impl Symbolon {
    /// The endpoints, to be nested at `/auth`; `sign_in` is the application's own handler of `POST /auth/sign-in`.
    pub fn routes<S: Clone + Send + Sync + 'static>(&self, sign_in: MethodRouter<S>) -> Router<S> {
        Router::new()
            .route(REFRESH, post(refresh))
            .route(SIGN_OUT, post(sign_out))
            .route(SIGN_OUT_EVERYWHERE, post(sign_out_everywhere))
            .route(SESSION, get(session))
            .route(SESSIONS, get(sessions))
            .route(ONE_SESSION, delete(end_session))
            .route(VAULT_SCRIPT, get(vault::script))
            .route(VAULT_MODULE, get(vault::module))
            .with_state(self.clone())
            .route(SIGN_IN, sign_in)
            .fallback(not_found)
            .layer(middleware::from_fn_with_state(self.clone(), finish))
    }

    /// Puts the gate before everything in `router`: a request without both halves of a living session gets no further,
    /// also where there is no such path. It sets the router's fallback for that, and replaces one that was set.
    pub fn protect<S: Clone + Send + Sync + 'static>(&self, router: Router<S>) -> Router<S> {
        router.fallback(not_found).layer(GateLayer(self.clone()))
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
    Ok(signed_out(&symbolon))
}

async fn sign_out_everywhere(
    State(symbolon): State<Symbolon>,
    headers: HeaderMap,
    who: Authenticated,
) -> Result<impl IntoResponse, Error> {
    origin::check(&headers, &symbolon.config().origin)?;
    symbolon.revoke_all(who.subject()).await?;
    Ok(signed_out(&symbolon))
}

fn signed_out(symbolon: &Symbolon) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    if symbolon.config().clears_site_data {
        let storage = HeaderValue::from_static(r#""storage""#);
        response.headers_mut().insert(HeaderName::from_static("clear-site-data"), storage);
    }
    response.extensions_mut().insert(SessionOver);
    response
}

/// A session as its own person may see it.
#[derive(Serialize)]
struct Shown {
    id: SessionId,
    device: String,
    signed_in_at: UnixTime,
    last_seen_at: UnixTime,
    expires_at: UnixTime,
    /// Whether it is the one that asks.
    current: bool,
}

impl Shown {
    fn to(who: &Authenticated, session: Session) -> Self {
        Self {
            id: session.id,
            device: session.authentication.device.unwrap_or(session.browser),
            signed_in_at: session.authenticated_at,
            last_seen_at: session.last_seen_at,
            expires_at: session.expires_at,
            current: session.id == who.session(),
        }
    }
}

async fn session(State(symbolon): State<Symbolon>, who: Authenticated) -> Result<Response, Error> {
    let own = |session: &Session| session.id == who.session();
    match symbolon.sessions(who.subject()).await?.into_iter().find(own) {
        Some(session) => Ok(Json(Shown::to(&who, session)).into_response()),
        None => Ok(StatusCode::NOT_FOUND.into_response()),
    }
}

async fn sessions(State(symbolon): State<Symbolon>, who: Authenticated) -> Result<Json<Vec<Shown>>, Error> {
    let sessions = symbolon.sessions(who.subject()).await?;
    Ok(Json(sessions.into_iter().map(|session| Shown::to(&who, session)).collect()))
}

/// Ends one of a person's own sessions. For whoever has only just found an open tab, their password stands before it.
async fn end_session(
    State(symbolon): State<Symbolon>,
    headers: HeaderMap,
    who: Authenticated,
    Path(id): Path<String>,
) -> Result<StatusCode, Error> {
    origin::check(&headers, &symbolon.config().origin)?;
    who.require_recent(FRESH_FOR_SESSIONS)?;
    let sessions = symbolon.sessions(who.subject()).await?;
    // Somebody else's session is no session: nobody learns which exist.
    let Some(session) = sessions.into_iter().find(|session| session.id.to_text() == id) else {
        return Ok(StatusCode::NOT_FOUND);
    };
    symbolon.revoke(&session.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn not_found() -> StatusCode {
    StatusCode::NOT_FOUND
}

/// What depends on a session is never kept by a cache; only the module, which says so itself, may be.
async fn finish(State(symbolon): State<Symbolon>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    clear_cookies(&mut response, symbolon.config());
    response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
