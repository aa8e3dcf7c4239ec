//! The only files that know axum: what a request must bring, and what an answer becomes.

mod extract;
mod gate;
pub(crate) mod headers;
mod origin;
mod respond;
mod routes;
mod vault;
