//! Shared parts of the benchmarks.

mod counting;
pub mod measure;
mod peers;
mod sign_in;
mod subject;

pub use self::{
    counting::Counting,
    peers::{Claims, Peers, Verifier},
    sign_in::sign_in,
    subject::{Subject, ids, now},
};
