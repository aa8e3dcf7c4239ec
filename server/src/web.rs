//! What a request must bring, and what an answer becomes, in the types of the crate `http`: whatever speaks tower or
//! hyper can be built on it.

pub(crate) mod admission;
pub(crate) mod auth;
mod client_address;
mod csp;
mod endpoints;
pub(crate) mod gate;
pub(crate) mod headers;
pub(crate) mod rendered;
mod respond;
pub(crate) mod same_origin;
mod vault;

pub use self::{
    auth::AuthLayer, client_address::Peer, csp::PolicyError, gate::GateLayer, headers::SecurityHeaders,
    rendered::RenderedGateLayer,
};
