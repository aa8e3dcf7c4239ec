//! What the whole-system tests share: a real application on a real socket, and clients for it.

pub mod browser;
pub mod client;
mod host;

pub use crate::host::{Host, PASSWORD};
