//! The keys: one that signs, and those that still verify.
//!
//! [`SigningKey`] is one root secret and what is derived from it; [`SigningKeys`] is the ring, with the times at which
//! a key begins to sign and ends to verify.

mod key;
mod ring;
mod text;

pub use self::{
    key::{KeyId, MIN_KEY_LEN, SigningKey},
    ring::SigningKeys,
};
