//! The vault: keeps a session's token in a worker's memory, and sends the page's requests with it.
//!
//! The npm package `symbolon` is made of this crate and the TypeScript in `js/`. Applications use that package. In
//! Rust, only the project's tests use this crate.
//!
//! | word | meaning |
//! |---|---|
//! | [`Vault`](vault::Vault) | holds the token and spends it; no method returns it |
//! | [`Boot`](boot::Boot) | the configuration that the server wrote into the worker's script |
//! | [`Http`](http::Http) | the network and a clock |
//! | [`WorkerKeys`](keys::WorkerKeys) | the worker's keys, which cannot be exported |
//! | [`Turns`](turns::Turns) | mutual exclusion within a tab, and among the tabs of a browser |
//! | [`Request`](request::Request), [`Target`](request::Target) | a request of the page, and where it goes |
//! | [`AllowedRequest`](request::AllowedRequest) | a request that the allow-list lets carry the token |
//! | [`VaultError`](error::VaultError) | why the vault did not do what the page asked for |
//!
//! [`vault`] holds all of the logic, is generic over the three traits, and runs natively in tests. `bindings` connects
//! it to the worker's script, and exists on wasm32 only. No function of either returns the token.

mod allow_list;
mod backoff;
#[cfg(target_arch = "wasm32")]
mod bindings;
pub mod boot;
mod challenge;
pub mod clock;
pub mod error;
pub mod http;
pub mod keys;
pub mod request;
pub mod turns;
pub mod vault;
