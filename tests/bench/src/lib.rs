//! What the benchmarks measure, and with what.

pub mod measure;
mod peers;
mod subject;

pub use self::{
    peers::{Claims, Peers, Verifier},
    subject::{Subject, ids, now},
};
