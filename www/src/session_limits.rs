//! When the token and the session end, for the page to show.

use std::time::Duration;

use serde::Serialize;
use symbolon_server::{
    Authenticated, Error, Symbolon, config::TOKEN_LIFETIME, session::Session, shared::time::UnixTime,
};

/// How long before the idle timeout the page warns the person; half of a timeout that is shorter than two minutes.
const WARNING: Duration = Duration::from_mins(1);

/// The times that limit a session, in seconds since 1970.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct SessionLimits {
    /// The server's clock.
    now: UnixTime,
    /// When a tab of the session got its newest token.
    renewed_at: UnixTime,
    /// When that token expires.
    token_ends_at: UnixTime,
    /// When the session ends if it is not used again (idle timeout).
    idle_at: UnixTime,
    /// When the page should warn of the idle timeout.
    warn_at: UnixTime,
    /// When the session ends even if it is used (absolute timeout).
    expires_at: UnixTime,
}

/// Returns the limits of the session that asks, or `None` if it is over.
pub(crate) async fn session_limits(
    symbolon: &Symbolon,
    who: &Authenticated,
    now: UnixTime,
) -> Result<Option<SessionLimits>, Error> {
    let sessions = symbolon.sessions(who.subject()).await?;
    Ok(sessions
        .iter()
        .find(|session| session.id == who.session())
        .map(|session| SessionLimits::of(session, now)))
}

impl SessionLimits {
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
