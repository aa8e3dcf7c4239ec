//! The vault: holds a session's token in a worker's memory, and sends the requests itself.
//!
//! [`vault`] is all of its logic, and runs natively, in tests, against any [`http::Http`]. `bindings` is what
//! the worker's script sees of it, and exists on wasm32 only. Nothing in either returns the token.

mod backoff;
#[cfg(target_arch = "wasm32")]
mod bindings;
pub mod boot;
pub mod clock;
pub mod error;
pub mod http;
pub mod request;
pub mod vault;
