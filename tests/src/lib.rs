//! Shared parts of the whole-system tests: a real application on a real socket, and clients for it.

pub mod answer;
pub mod bootstrap;
pub mod browser;
pub mod client;
pub mod explore;
pub mod forge;
pub mod host;
pub mod log;
pub mod proxy;
pub mod sealing;
pub mod tls;

pub use crate::host::{Access, Host, OTP, PASSWORD, new_key};

/// The origin of a node that runs in a process of its own, whatever address it listens on.
pub const NODE_ORIGIN: &str = "http://localhost";

/// Compiles the examples of the documentation.
#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../../docs/how-to.md")]
    mod how_to {}

    #[doc = include_str!("../../docs/operations.md")]
    mod operations {}
}
