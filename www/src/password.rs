//! Password hashes, by Argon2id with the defaults of the crate `argon2`.

use anyhow::{Result, anyhow};
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};

/// Returns the hash to store, with a fresh salt in it.
pub(crate) fn hash(password: &str) -> Result<String> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    Ok(hash.map_err(|error| anyhow!("cannot hash a password: {error}"))?.to_string())
}

/// Returns whether `password` is the one that `hash` was made of.
pub(crate) fn verify(password: &str, hash: &str) -> Result<bool> {
    let hash =
        PasswordHash::new(hash).map_err(|error| anyhow!("a stored password hash is malformed: {error}"))?;
    Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}
