//! What the whole-system tests share: a real application on a real socket, and clients for it.

pub mod answer;
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

/// What browsers call a node that is not started by the test itself, wherever it listens.
pub const NODE_ORIGIN: &str = "http://localhost";
