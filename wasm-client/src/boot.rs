//! What the server tells one vault, and only that one.

use std::time::Duration;

use symbolon_shared::{proof::VaultSecret, time::UnixTime};

/// The configuration of a vault. It comes from the server, inside the worker's script; no message can change it.
#[derive(Clone, Debug)]
pub struct Boot {
    /// The application's origin.
    pub origin: String,
    /// The other origins to which the token may go, with spaces between them.
    pub api_origins: String,
    /// Where the endpoints are mounted.
    pub auth_path: String,
    /// The name of the secret.
    pub secret_id: String,
    /// The secret.
    pub secret: VaultSecret,
    /// How long the server honours the secret.
    pub secret_lifetime: Duration,
    /// The server's time when it wrote this.
    pub now: UnixTime,
    /// Whether the browser sent a refresh handle, so that there may be a session to restore.
    pub may_have_session: bool,
}
