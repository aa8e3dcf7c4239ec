//! Middleware, endpoints and responses, in the types of the crates `http` and `tower`.

pub(crate) mod admission;
pub(crate) mod auth;
pub(crate) mod client_address;
pub(crate) mod csp;
mod endpoints;
pub(crate) mod gate;
pub(crate) mod headers;
mod layer;
pub(crate) mod rendered;
mod respond;
mod same_origin;
mod vault;
