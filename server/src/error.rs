//! Why something was refused: exactly, for the log; coarsely, for the wire; and the one map between the two.

use std::{io, time::Duration};

use symbolon_shared::{
    problem::{Ended, Problem},
    time::UnixTime,
};

/// What a handler returns instead of an answer. It becomes a [`Problem`], and its cause is logged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The name or the password is wrong; for the application's sign-in handler.
    #[error("wrong credentials")]
    BadCredentials,
    /// What the application adds to the token is too long, or cannot be written as JSON.
    #[error("the application's claims cannot be put into a token")]
    Claims,
    /// The settings contradict themselves.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The person may not do this; for the application's handlers.
    #[error("forbidden")]
    Forbidden,
    /// A user id that cannot be a subject: empty, over 255 bytes, or with a quotation mark, a backslash or a control
    /// character. Or a method, level or limit that is not a word.
    #[error("a user id that cannot be a subject, or a method or level that is not a word")]
    InvalidSubject,
    /// The person has as many sessions as they may, and the settings say that none makes room.
    #[error("too many sessions")]
    TooManySessions,
    /// The person must prove again, or better, who they are (RFC 9470).
    #[error("the authentication is not enough")]
    StepUp(StepUp),
    /// The operating system gave no randomness.
    #[error("no randomness")]
    Randomness(#[source] getrandom::Error),
    /// The request does not show what it must.
    #[error("refused: {0}")]
    Refused(#[from] Reason),
    /// The store cannot answer.
    #[error("the store cannot answer")]
    Store(#[from] StoreError),
    /// The vault's script and module are not part of this build.
    #[error("the vault is not built: run `cargo xtask build`, then build the server again")]
    VaultMissing,
}

impl Error {
    /// What a client may learn of it. There is no other way from an error to the wire.
    #[must_use]
    pub fn problem(&self) -> Problem {
        match self {
            Self::BadCredentials => Problem::BadCredentials,
            Self::Claims | Self::Config(_) | Self::InvalidSubject | Self::Randomness(_) => Problem::Internal,
            Self::Forbidden
            | Self::TooManySessions
            | Self::Refused(Reason::DestinationWrong | Reason::ServiceWorker | Reason::WorkerOnly) => {
                Problem::Forbidden
            }
            Self::StepUp(_) => Problem::StepUpRequired,
            Self::Refused(Reason::CrossOrigin) => Problem::CrossOrigin,
            Self::Refused(Reason::HeadersTooLarge) => Problem::HeadersTooLarge,
            Self::Refused(Reason::HostAmbiguous) => Problem::BadRequest,
            Self::Refused(Reason::MethodRefused) => Problem::MethodNotAllowed,
            Self::Refused(Reason::ProofStale(_)) => Problem::ProofStale,
            Self::Refused(Reason::NotJson) => Problem::UnsupportedMediaType,
            Self::Refused(Reason::TooManyFailures) => Problem::TooManyRequests,
            Self::Refused(Reason::TooSlow) => Problem::Timeout,
            Self::Refused(Reason::TokenExpired) => Problem::TokenExpired,
            Self::Refused(Reason::TokenStale) => Problem::TokenStale,
            Self::Refused(_) => Problem::SignInRequired,
            Self::Store(_) | Self::VaultMissing => Problem::Unavailable,
        }
    }
}

impl Error {
    /// A word for it, for counting.
    pub(crate) fn cause(&self) -> &'static str {
        match self {
            Self::Refused(reason) => reason.into(),
            other => other.problem().code(),
        }
    }

    /// Whether only somebody who attacks, or guesses, meets with it. What honest clients do now and then is not counted: a
    /// token of a key that was revoked; nor what a stranger's page can make any browser send, or it could use up a limit
    /// that is not its own.
    pub(crate) fn is_hostile(&self) -> bool {
        match self {
            Self::BadCredentials => true,
            Self::Refused(reason) => matches!(
                reason,
                Reason::BearerMalformed
                    | Reason::CookieDuplicated
                    | Reason::CookieMalformed
                    | Reason::FingerprintMismatch
                    | Reason::ProofInvalid
                    | Reason::ProofMissing
                    | Reason::ProofReplayed
                    | Reason::RefreshReused
                    | Reason::SignatureInvalid
                    | Reason::TokenMalformed
            ),
            _ => false,
        }
    }
}

impl From<KeyError> for Error {
    fn from(error: KeyError) -> Self {
        Self::Config(error.into())
    }
}

/// What a person must show to go on. Both members are told to the client, as RFC 9470 section 3 says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepUp {
    /// How long ago they may have proved who they are.
    pub max_age: Option<Duration>,
    /// At what level.
    pub level: Option<&'static str>,
}

/// Why a request was refused, for logs only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr, thiserror::Error)]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The application does not know the person any more, or let them in.
    #[error("the account is closed")]
    AccountClosed,
    /// The token is for somebody else.
    #[error("the token's audience is another")]
    AudienceWrong,
    /// `Authorization` is not one `Bearer` and one token.
    #[error("the Authorization header is malformed")]
    BearerMalformed,
    /// There is no `Authorization`.
    #[error("no bearer token")]
    BearerMissing,
    /// Two cookies bear our name, and which one is ours cannot be told.
    #[error("a cookie of ours came twice")]
    CookieDuplicated,
    /// A cookie of ours is not what we set.
    #[error("a cookie of ours is malformed")]
    CookieMalformed,
    /// A cookie of ours is absent.
    #[error("a cookie of ours is missing")]
    CookieMissing,
    /// The request does not show that it comes from our own origin.
    #[error("the request is not same-origin")]
    CrossOrigin,
    /// The browser asks for it as something that nothing of the application is.
    #[error("the request is for a script, an image, a frame or the like")]
    DestinationWrong,
    /// A genuine half with a half that is not its own: the sign of a theft.
    #[error("the two halves do not match")]
    FingerprintMismatch,
    /// All headers together weigh more than any genuine ones.
    #[error("the headers are too large")]
    HeadersTooLarge,
    /// There are two hosts that the request could be for.
    #[error("the request is for two hosts")]
    HostAmbiguous,
    /// The token was issued by somebody else.
    #[error("the token's issuer is another")]
    IssuerWrong,
    /// The token's header is none that our keys write.
    #[error("no key writes this token header")]
    KeyUnknown,
    /// A method that only gives back what was sent.
    #[error("the method is not answered")]
    MethodRefused,
    /// The body of a sign-in is something else than JSON.
    #[error("the body is not said to be JSON")]
    NotJson,
    /// The vault proof is malformed, or not by whom it should be.
    #[error("the vault proof is invalid")]
    ProofInvalid,
    /// There is no vault proof: the caller is not the vault.
    #[error("no vault proof")]
    ProofMissing,
    /// The vault proof was seen before.
    #[error("the vault proof was used before")]
    ProofReplayed,
    /// The vault's clock is wrong. Here is the time.
    #[error("the vault proof is not of now")]
    ProofStale(UnixTime),
    /// A refresh handle that was spent long ago came again: it was copied, and its session has been ended.
    #[error("a spent refresh handle was used")]
    RefreshReused,
    /// A service worker's script was asked for.
    #[error("service workers are not served")]
    ServiceWorker,
    /// The session reached its absolute limit.
    #[error("the session is over")]
    SessionExpired,
    /// The session was unused for too long.
    #[error("the session was idle for too long")]
    SessionIdle,
    /// The session was ended.
    #[error("the session was ended")]
    SessionRevoked,
    /// There is no such session.
    #[error("no such session")]
    SessionUnknown,
    /// The application judged a refresh, and ended the session.
    #[error("the application ended the session as a risk")]
    Risk,
    /// The token's MAC is wrong.
    #[error("the token's signature is invalid")]
    SignatureInvalid,
    /// The token is genuine, and its time is over.
    #[error("the token has expired")]
    TokenExpired,
    /// The token is genuine, and lives longer than any token may, or begins in the future.
    #[error("the token's times are impossible")]
    TokenLifetime,
    /// The token is genuine, and what it says has changed since.
    #[error("the token is out of date")]
    TokenStale,
    /// The token is no token.
    #[error("the token is malformed")]
    TokenMalformed,
    /// Too many failures came from this source in a minute.
    #[error("one source fails too often")]
    TooManyFailures,
    /// The request, or its handler, took too long.
    #[error("the request took too long")]
    TooSlow,
    /// The vault's key is none of the session's: it belongs to one that is over, or was not used for long.
    #[error("the session knows no such worker")]
    WorkerUnknown,
    /// The vault's script was asked for by something other than a worker load.
    #[error("the vault's script is for a worker load only")]
    WorkerOnly,
}

impl Reason {
    /// What the session's own person may know of its end. Who it is has been shown before any of these is found.
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

    /// Whether it says for certain that the session is over, so that its cookies can be cleared.
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

/// The store cannot answer, and why.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl StoreError {
    /// Wraps a store's own error.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// Settings that cannot work; found when they are made, not at the first request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A duration is zero, or too long for what it limits.
    #[error("{0} must be longer than zero and at most {1}")]
    Duration(&'static str, &'static str),
    /// A key that must not be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Not a network of addresses.
    #[error("{0:?} is not a network: write an address and how many bits of it count, such as 10.0.0.0/8")]
    Network(String),
    /// A limit of no sessions at all.
    #[error("the number of sessions must be at least 1")]
    NoSessions,
    /// Not an origin.
    #[error("{0:?} is not an origin: write https://host or https://host:port, with no path or final slash")]
    Origin(String),
    /// Plain http somewhere else than on this machine.
    #[error("{0:?} must be https: plain http is for localhost, 127.0.0.1 and [::1] only")]
    PlainHttp(String),
}

/// A key that must not be used. It never shows the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not base64url without padding.
    #[error("key {0} is not base64url without padding")]
    Encoding(usize),
    /// A file that cannot be read.
    #[error("the key file {0} cannot be read: {1}")]
    File(String, io::ErrorKind),
    /// It could be guessed: a text, or a few bytes over and over.
    #[error(
        "a signing key must be random bytes, and this one looks like a text or a pattern: make one with `symbolon-keygen`"
    )]
    Guessable,
    /// No key at all.
    #[error("no signing key: {0} is not set")]
    Missing(String),
    /// No key that signs now.
    #[error("no signing key is active")]
    NoneActive,
    /// The same key twice.
    #[error("the same signing key is given twice")]
    Repeated,
    /// A key's end would refuse tokens before their time.
    #[error("key {0} is retired too soon: it must verify for 15 minutes after another key has taken over")]
    RetiredTooSoon(usize),
    /// A schedule that is none.
    #[error("the schedule of key {0} is not `from=` or `until=` and a time such as 2026-05-01T00:00:00Z")]
    Schedule(usize),
    /// Too short for HMAC-SHA256.
    #[error("a signing key must have at least 32 bytes (RFC 7518 section 3.2), and this one has {0}")]
    Short(usize),
}
