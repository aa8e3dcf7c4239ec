//! What the benchmarks measure, and with what.

mod counting;
pub mod measure;
mod peers;
mod subject;

pub use self::{
    counting::Counting,
    peers::{Claims, Peers, Verifier},
    subject::{Subject, ids, now},
};
