//! What the whole-system tests share: a real application on a real socket, and clients for it.

pub mod browser;
pub mod client;
pub mod host;

pub use crate::host::{Access, Host, OTP, PASSWORD, new_key};
