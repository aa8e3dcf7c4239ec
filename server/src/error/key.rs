//! The errors of keys that must not be used.

use std::io;

/// A key, or a list of keys, that must not be used. The error never shows a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The key at this place in the list, counted from 1, is not base64url without padding.
    #[error(
        "key {0} in the list is not base64url without padding: copy it again, or make one with `symbolon-keygen`"
    )]
    Encoding(usize),
    /// The key file cannot be read.
    #[error("the key file {0} cannot be read: {1}")]
    File(String, io::ErrorKind),
    /// The key could be guessed: it is a text, or repeats a few bytes.
    #[error(
        "a signing key looks like a text or a pattern, and could be guessed: make a random one with `symbolon-keygen`"
    )]
    Guessable,
    /// The environment variable with this name is not set, or has no keys.
    #[error("no signing key: {0} is not set; set it to the output of `symbolon-keygen`")]
    Missing(String),
    /// No key signs at this time.
    #[error("no signing key is active now: add one without `from=`, or with an earlier time")]
    NoneActive,
    /// One key is in the list twice.
    #[error("a signing key is in the list twice: remove one of the two")]
    Repeated,
    /// The key at this place in the list, counted from 1, is retired while tokens that it signed are still valid.
    #[error(
        "key {0} in the list is retired too soon: set its `until=` at least 15 minutes after the `from=` of the key that \
         follows"
    )]
    RetiredTooSoon(usize),
    /// The schedule of the key at this place in the list, counted from 1, cannot be read.
    #[error(
        "the schedule of key {0} in the list cannot be read: write `from=` or `until=` and a time such as \
         2026-05-01T00:00:00Z"
    )]
    Schedule(usize),
    /// The key has only this many bytes, too few for HMAC-SHA256.
    #[error(
        "a signing key has {0} bytes, and needs at least 32 (RFC 7518 section 3.2): make one with `symbolon-keygen`"
    )]
    Short(usize),
}
