//! A person's own sessions: which there are, how long this one lasts, and how they end.

use std::time::Duration;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::Serialize;
use symbolon_server::{
    Authenticated, Error, Symbolon,
    config::{SESSION_ADMIN_MAX_AGE, TOKEN_LIFETIME},
    session::Session,
    shared::{id::SessionId, time::UnixTime},
};

use crate::failure::Failure;

/// How long before a session goes idle its person is warned.
const WARNING: Duration = Duration::from_mins(1);

/// A session as its own person sees it.
#[derive(Serialize)]
pub(crate) struct Device {
    id: SessionId,
    name: String,
    signed_in_at: UnixTime,
    last_seen_at: UnixTime,
    /// Whether it is the one that asks.
    current: bool,
}

pub(crate) async fn list(
    State(symbolon): State<Symbolon>,
    who: Authenticated,
) -> Result<Json<Vec<Device>>, Failure> {
    let sessions = symbolon.sessions(who.subject()).await?.into_iter();
    Ok(Json(
        sessions
            .map(|session| Device {
                id: session.id,
                name: session.authentication.device.unwrap_or(session.browser),
                signed_in_at: session.authenticated_at,
                last_seen_at: session.last_seen_at,
                current: session.id == who.session(),
            })
            .collect(),
    ))
}

/// For whoever has only just found an open tab, the password stands before it.
pub(crate) async fn end(
    State(symbolon): State<Symbolon>,
    who: Authenticated,
    Path(id): Path<String>,
) -> Result<StatusCode, Failure> {
    who.require_recent(SESSION_ADMIN_MAX_AGE)?;
    let id = SessionId::parse(&id).map_err(|_| Failure::NotFound)?;
    // Somebody else's session is no session: nobody learns which exist.
    let own = symbolon.sessions(who.subject()).await?;
    if !own.iter().any(|session| session.id == id) {
        return Err(Failure::NotFound);
    }
    symbolon.revoke(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn end_others(
    State(symbolon): State<Symbolon>,
    who: Authenticated,
) -> Result<StatusCode, Failure> {
    who.require_recent(SESSION_ADMIN_MAX_AGE)?;
    symbolon.revoke_others(&who).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How long everything lasts.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Limits {
    /// When it is now, by the server's clock.
    now: UnixTime,
    /// When a tab got a token last.
    renewed_at: UnixTime,
    /// How long that one is good.
    token_ends_at: UnixTime,
    /// When the session ends if it is not used.
    idle_at: UnixTime,
    /// When the person should be warned of that.
    warn_at: UnixTime,
    /// When it ends, however much it is used.
    expires_at: UnixTime,
}

/// The limits of this session; `None` when it is over.
pub(crate) async fn limits(
    symbolon: &Symbolon,
    who: &Authenticated,
    now: UnixTime,
) -> Result<Option<Limits>, Error> {
    let sessions = symbolon.sessions(who.subject()).await?;
    Ok(sessions.iter().find(|session| session.id == who.session()).map(|session| Limits::of(session, now)))
}

impl Limits {
    fn of(session: &Session, now: UnixTime) -> Self {
        let renewed_at = session.workers.iter().map(|worker| worker.used_at).max();
        let renewed_at = renewed_at.unwrap_or(session.authenticated_at);
        let idle_at = session.last_seen_at.plus(session.idle_timeout);
        let warning = WARNING.min(session.idle_timeout / 2);
        let warn_at = session.last_seen_at.plus(session.idle_timeout.saturating_sub(warning));
        let token_ends_at = renewed_at.plus(TOKEN_LIFETIME).min(session.expires_at).min(idle_at);
        Self { now, renewed_at, token_ends_at, idle_at, warn_at, expires_at: session.expires_at }
    }
}
