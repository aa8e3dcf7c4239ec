//! A person's own sessions, one per sign-in: lists them, and ends them.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::Serialize;
use symbolon_server::{
    Authenticated, Symbolon,
    config::SESSION_ADMIN_MAX_AGE,
    shared::{id::SessionId, time::UnixTime},
};

use crate::error::AppError;

/// A session as its owner sees it.
#[derive(Serialize)]
pub(crate) struct Device {
    id: SessionId,
    name: String,
    signed_in_at: UnixTime,
    last_seen_at: UnixTime,
    /// Whether the request came in this session.
    current: bool,
}

/// Answers `GET /api/sessions`.
pub(crate) async fn list(
    State(symbolon): State<Symbolon>,
    who: Authenticated,
) -> Result<Json<Vec<Device>>, AppError> {
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

/// Answers `DELETE /api/sessions/{id}`. Needs a recent sign-in, so that somebody who finds an open tab cannot do it.
pub(crate) async fn end(
    State(symbolon): State<Symbolon>,
    who: Authenticated,
    Path(id): Path<String>,
) -> Result<StatusCode, AppError> {
    who.require_recent(SESSION_ADMIN_MAX_AGE)?;
    let id = SessionId::parse(&id).map_err(|_| AppError::NotFound)?;
    // 404 for somebody else's session too, so that nobody learns which ids exist.
    let own = symbolon.sessions(who.subject()).await?;
    if !own.iter().any(|session| session.id == id) {
        return Err(AppError::NotFound);
    }
    symbolon.revoke(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Answers `DELETE /api/sessions/others`: ends all sessions of the person but this one.
pub(crate) async fn end_others(
    State(symbolon): State<Symbolon>,
    who: Authenticated,
) -> Result<StatusCode, AppError> {
    who.require_recent(SESSION_ADMIN_MAX_AGE)?;
    symbolon.revoke_others(&who).await?;
    Ok(StatusCode::NO_CONTENT)
}
