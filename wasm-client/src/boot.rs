//! What the server tells one vault, and only that one.

use symbolon_shared::time::UnixTime;

use crate::clock::Milliseconds;

/// The configuration of a vault. It comes from the server, inside the worker's script; no message can change it.
#[derive(Clone, Debug)]
pub struct Boot {
    /// The application's origin.
    pub origin: String,
    /// The other origins to which the token may go.
    pub api_origins: Vec<String>,
    /// Where the endpoints are mounted.
    pub auth_path: String,
    /// The name of the secret. The secret itself is one of the worker's [keys](crate::http::WorkerKeys).
    pub secret_id: String,
    /// How long the server honours the secret.
    pub secret_lifetime: Milliseconds,
    /// The server's time when it wrote this.
    pub now: UnixTime,
    /// Whether the browser sent a refresh handle, so that there may be a session to restore.
    pub may_have_session: bool,
}

impl Boot {
    /// With the origin, the path of the endpoints, the name of the secret, and the other origins, in this order and with
    /// spaces between them.
    #[must_use]
    pub fn new(texts: &str, secret_lifetime: Milliseconds, now: UnixTime, may_have_session: bool) -> Self {
        let mut texts = texts.split_ascii_whitespace().map(str::to_owned);
        let mut next = || texts.next().unwrap_or_default();
        let (origin, auth_path, secret_id) = (next(), next(), next());
        let api_origins = texts.collect();
        Self { origin, api_origins, auth_path, secret_id, secret_lifetime, now, may_have_session }
    }
}
