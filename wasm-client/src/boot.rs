//! The configuration of one vault.

use symbolon_shared::time::UnixTime;

use crate::clock::Milliseconds;

/// The configuration of one vault. The server writes it into the worker's script, so no message of the page can change
/// it.
#[derive(Clone, Debug)]
pub struct Boot {
    /// The application's origin.
    pub origin: String,
    /// The other origins that may get the token.
    pub api_origins: Vec<String>,
    /// The path where the endpoints are mounted.
    pub auth_path: String,
    /// The id of the vault secret. The secret itself is one of the worker's [keys](crate::keys::WorkerKeys).
    pub secret_id: String,
    /// How long the server accepts the vault secret, in milliseconds since the vault's start.
    pub secret_lifetime: Milliseconds,
    /// The server's time when it wrote the script.
    pub now: UnixTime,
    /// Whether the browser sent a refresh token, so that there may be a session to restore.
    pub may_have_session: bool,
}

impl Boot {
    /// Reads the texts of a configuration, separated by spaces. They are the origin, the path of the endpoints, the id
    /// of the vault secret, and the other origins, in this order.
    #[must_use]
    pub fn new(texts: &str, secret_lifetime: Milliseconds, now: UnixTime, may_have_session: bool) -> Self {
        let mut texts = texts.split_ascii_whitespace().map(str::to_owned);
        let mut next = || texts.next().unwrap_or_default();
        let (origin, auth_path, secret_id) = (next(), next(), next());
        let api_origins = texts.collect();
        Self { origin, api_origins, auth_path, secret_id, secret_lifetime, now, may_have_session }
    }
}
