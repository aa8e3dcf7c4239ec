//! Signing keys: one signs new tokens, and older ones still verify.
//!
//! [`SigningKey`] is one root secret and the keys derived from it. [`SigningKeys`] is the set of keys that a server uses,
//! with the times at which each starts to sign and stops to verify. The program `symbolon-keygen` makes a key and
//! explains how to rotate it.

mod key;
mod ring;
mod text;

pub(crate) use self::key::TokenKey;
pub use self::{
    key::{KeyId, MIN_KEY_LEN, SigningKey},
    ring::SigningKeys,
};

/// The kind of a token. Each kind has its own derived key and its own `typ`, so neither is accepted for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// An access token: in a vault's memory, sent in `Authorization`.
    Vault,
    /// A rendered token: in a cookie, for server-rendered pages.
    Rendered,
}
