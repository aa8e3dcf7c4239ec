//! What a request must bring, and what an answer becomes, in the types of the crate `http`: whatever speaks tower or
//! hyper can be built on it.

pub(crate) mod admission;
pub(crate) mod auth;
mod endpoints;
pub(crate) mod gate;
pub(crate) mod headers;
pub(crate) mod origin;
pub(crate) mod pages;
mod policy;
mod respond;
mod source;
mod vault;

pub use self::{
    auth::AuthLayer, gate::GateLayer, headers::SecurityHeaders, pages::PageGateLayer, policy::PolicyError,
    source::Peer,
};
