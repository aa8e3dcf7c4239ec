//! The paths of the endpoints. All but [`AUTH_PATH`] are relative to the path where the endpoints are mounted.

/// The path of the host below which all endpoints are mounted.
pub const AUTH_PATH: &str = "/auth";

/// `GET`: the vault's worker script (the bootstrap), answered only when a browser loads it as a worker.
pub const VAULT_SCRIPT: &str = "/vault.js";
/// `GET`: the configuration from the bootstrap, for a worker that the application hosts itself. The server refuses it
/// unless it is configured to answer.
pub const VAULT_BOOT: &str = "/vault.json";
/// `GET`: the vault as a script that runs without a worker.
pub const VAULT_INLINE: &str = "/vault-inline.js";
/// `GET`: the vault's WebAssembly module, named by the hash of its content.
pub const VAULT_MODULE: &str = "/vault/{file}";

/// `POST`: the application's sign-in handler.
pub const SIGN_IN: &str = "/sign-in";
/// `POST`: gets a new token for the session.
pub const REFRESH: &str = "/refresh";
/// `POST`: ends the session.
pub const SIGN_OUT: &str = "/sign-out";
/// `POST`: ends all sessions of the person.
pub const SIGN_OUT_EVERYWHERE: &str = "/sign-out-everywhere";
/// `GET`: the session that sends the request.
pub const SESSION: &str = "/session";
/// `GET`: all sessions of the person who sends the request.
pub const SESSIONS: &str = "/sessions";
/// `DELETE`: ends one session of [`SESSIONS`], by its id.
pub const ONE_SESSION: &str = "/sessions/{id}";
