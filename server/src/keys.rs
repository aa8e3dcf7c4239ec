//! The keys: one that signs, and those that still verify.
//!
//! [`SigningKey`] is one root secret and what is derived from it; [`SigningKeys`] is the ring, with the times at which
//! a key begins to sign and ends to verify.

mod key;
mod ring;
mod text;

pub(crate) use self::key::TokenKey;
pub use self::{
    key::{KeyId, MIN_KEY_LEN, SigningKey},
    ring::SigningKeys,
};

/// Where a token is kept, and so what it opens. One is never taken for the other: each has a key and a type of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// In a vault's memory; it comes in `Authorization`.
    Vault,
    /// In a cookie, for pages that a server renders.
    Rendered,
}
