//! What a Symbolon server and its vault agree on.
//!
//! A browser session is broken in two, as a *symbolon* was: a cookie that no script can read, and a short-lived
//! token that names the cookie's hash. The words, each in its own module:
//!
//! | word | means |
//! |---|---|
//! | [`Fingerprint`](fingerprint::Fingerprint) | the random secret in the cookie half |
//! | [`FingerprintHash`](fingerprint::FingerprintHash) | its SHA-256, which the token half names |
//! | [`Claims`](claims::Claims) | what the token says |
//! | [`AccessToken`](secret::AccessToken) | the token itself, alive for minutes |
//! | [`RefreshToken`](refresh_token::RefreshToken) | the one-use secret that buys the next token, in a second cookie |
//! | [`VaultSecret`](proof::VaultSecret) | what only an honest worker is told, and [proves](proof) it was |
//! | [`SealedGrant`](seal::SealedGrant) | a token on its way to the one worker that can open it |
//! | [`Problem`](problem::Problem) | what a client may learn of a refusal |
//!
//! Nothing here does I/O, reads a clock or makes a random number.

#![no_std]

extern crate alloc;

pub mod claims;
pub mod encoding;
pub mod fingerprint;
pub mod id;
pub mod problem;
pub mod proof;
mod reader;
pub mod refresh_token;
pub mod seal;
pub mod secret;
pub mod subject;
pub mod time;
pub mod wire;
