//! The formats that a Symbolon server and its vault agree on: claims, secrets, proofs, cookie names, paths and
//! problems.
//!
//! `symbolon-server` and `symbolon-client` (the vault) use this crate, natively and on wasm32. An application meets it
//! as `symbolon_server::shared`, above all [`Subject`](subject::Subject), [`SessionId`](id::SessionId) and
//! [`UnixTime`](time::UnixTime).
//!
//! A browser session is broken in two, as a *symbolon* was: a cookie that no script can read, and a short-lived token
//! that carries the cookie's hash. These are the words of this crate, each in its own module:
//!
//! | word | meaning |
//! |---|---|
//! | [`Fingerprint`](fingerprint::Fingerprint) | the random secret in the fingerprint cookie |
//! | [`FingerprintHash`](fingerprint::FingerprintHash) | the SHA-256 of a fingerprint, which the token carries |
//! | [`AccessToken`](access_token::AccessToken) | the token: a JWT that lives for minutes |
//! | [`Claims`](claims::Claims) | the payload of a token |
//! | [`RefreshToken`](refresh_token::RefreshToken) | the one-use secret, in a second cookie, that buys the next token |
//! | [`VaultSecret`](proof::VaultSecret) | the secret that the server writes into one worker's script |
//! | [`Proof`](proof::Proof) | the vault proof: shows that a request comes from such a worker |
//! | [`GrantBody`](grant_body::GrantBody) | the answer to a sign-in or a refresh: a token and its lifetime |
//! | [`SealedGrant`](seal::SealedGrant) | a grant body, encrypted to the one worker that may open it |
//! | [`Problem`](problem::Problem) | the code of a refusal, as a client sees it |
//!
//! Cookie names are in [`cookies`], paths in [`paths`]; `docs/protocol.md` describes the whole protocol.
//!
//! Nothing here does I/O, reads a clock or makes a random number.

#![no_std]

extern crate alloc;

pub mod access_token;
pub mod claims;
pub mod cookies;
pub mod encoding;
pub mod fingerprint;
pub mod grant_body;
pub mod id;
pub mod paths;
mod point;
pub mod problem;
pub mod proof;
mod reader;
pub mod refresh_token;
pub mod seal;
mod secret;
pub mod subject;
pub mod time;
