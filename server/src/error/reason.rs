//! Why a request was refused.

use symbolon_shared::{problem::Ended, time::UnixTime};

/// Why a request was refused. Logs and metrics name it; the client learns only the
/// [`Problem`](symbolon_shared::problem::Problem).
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr, thiserror::Error)]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The application no longer knows the person, or has closed their account.
    #[error("the account is closed")]
    AccountClosed,
    /// The token's audience is another origin.
    #[error("the token's audience is another origin")]
    AudienceWrong,
    /// The header `Authorization` is not one `Bearer` and one token.
    #[error("the Authorization header is not one `Bearer` and one token")]
    BearerMalformed,
    /// The request has no header `Authorization`.
    #[error("the request has no Authorization header")]
    BearerMissing,
    /// A Symbolon cookie came twice, so the genuine one is unknown.
    #[error("a Symbolon cookie came twice, so the genuine one is unknown")]
    CookieDuplicated,
    /// A Symbolon cookie has a value that this server never sets.
    #[error("a Symbolon cookie is malformed")]
    CookieMalformed,
    /// A Symbolon cookie is missing.
    #[error("a Symbolon cookie is missing")]
    CookieMissing,
    /// The browser does not say that the request comes from the application's own origin.
    #[error(
        "the request is not same-origin: check Sec-Fetch-Site, Origin, and the origin given to `Config::new`"
    )]
    CrossOrigin,
    /// The browser asks for a script, an image, a frame or the like, and the path serves none.
    #[error(
        "the request's Sec-Fetch-Dest is a script, an image, a frame or the like, which this path does not serve"
    )]
    DestinationWrong,
    /// A genuine token came with the cookie of another session: a sign of theft.
    #[error("the token and the cookie belong to different sessions")]
    FingerprintMismatch,
    /// The request's headers together are larger than [`MAX_HEADERS`](crate::MAX_HEADERS).
    #[error("the request's headers are larger than 32 KiB")]
    HeadersTooLarge,
    /// The request names two hosts.
    #[error("the request names two hosts")]
    HostAmbiguous,
    /// The token's issuer is another origin.
    #[error("the token's issuer is another origin")]
    IssuerWrong,
    /// No key in use writes this token header: the token is forged, or its key was retired or revoked.
    #[error("no key in use writes this token header: the token is forged, or its key was retired or revoked")]
    KeyUnknown,
    /// The method is TRACE or TRACK, which echo the request's headers.
    #[error("the methods TRACE and TRACK are not allowed")]
    MethodRefused,
    /// The sign-in's body is not declared as JSON.
    #[error("the sign-in's Content-Type is not application/json")]
    NotJson,
    /// The vault proof is malformed, or made with another secret or key.
    #[error("the vault proof is invalid")]
    ProofInvalid,
    /// The request has no vault proof, or several: the caller is not the vault.
    #[error("the request does not have exactly one vault proof")]
    ProofMissing,
    /// The vault proof was used before.
    #[error("the vault proof was used before")]
    ProofReplayed,
    /// The vault proof's time is more than 60 seconds from the server's, whose time is the value.
    #[error("the vault proof's time is more than 60 seconds from the server's")]
    ProofStale(UnixTime),
    /// A refresh token that was spent long ago came again: somebody has a copy, and the session was ended.
    #[error("a spent refresh token was reused, so the session was ended")]
    RefreshReused,
    /// The request is for a service worker's script.
    #[error("service worker scripts are not served")]
    ServiceWorker,
    /// The session reached its absolute limit.
    #[error("the session reached its absolute limit")]
    SessionExpired,
    /// The session was unused for longer than its idle timeout.
    #[error("the session was idle for too long")]
    SessionIdle,
    /// The session was ended before its time: by a sign-out, by the application, or by Symbolon itself.
    #[error("the session was ended")]
    SessionRevoked,
    /// The store has no such session.
    #[error("the store has no such session")]
    SessionUnknown,
    /// The application's hook `assess` ended the session at a refresh.
    #[error("the application ended the session as a risk")]
    Risk,
    /// The token's MAC is wrong.
    #[error("the token's signature is invalid")]
    SignatureInvalid,
    /// The token is genuine and has expired.
    #[error("the token has expired")]
    TokenExpired,
    /// The token is genuine, but its times are impossible: it lives longer than any token may, or begins in the future.
    #[error("the token lives longer than any token may, or begins in the future")]
    TokenLifetime,
    /// The token is genuine, but sessions or permissions of its subject have changed since it was issued.
    #[error("the token is out of date")]
    TokenStale,
    /// The token is malformed.
    #[error("the token is malformed")]
    TokenMalformed,
    /// The client address had too many failures within a minute.
    #[error("too many failures from one client address within a minute")]
    TooManyFailures,
    /// The sign-in's body or handler took too long.
    #[error("the request took longer than 30 seconds")]
    TooSlow,
    /// The session has no worker with this key: the worker belongs to an ended session, or was idle for too long.
    #[error("the session has no worker with this key")]
    WorkerUnknown,
    /// The vault's script was requested by something other than a worker load.
    #[error("the vault's script is for a worker load only")]
    WorkerOnly,
}

impl Reason {
    /// Returns how the session ended, for the session's own person. Both halves were verified before any of these
    /// reasons is found.
    pub(crate) fn ended(self) -> Option<Ended> {
        match self {
            Self::SessionExpired => Some(Ended::Expired),
            Self::SessionIdle => Some(Ended::Idle),
            Self::AccountClosed | Self::RefreshReused | Self::Risk | Self::SessionRevoked => {
                Some(Ended::Revoked)
            }
            _ => None,
        }
    }

    /// Whether this reason proves that the session is over, so that its cookies can be cleared.
    pub(crate) fn ends_the_session(self) -> bool {
        matches!(
            self,
            Self::AccountClosed
                | Self::RefreshReused
                | Self::Risk
                | Self::SessionExpired
                | Self::SessionIdle
                | Self::SessionRevoked
                | Self::SessionUnknown
        )
    }
}
