//! The seal: only the worker that asked for a token can read the answer that brings it.
//!
//! TLS ends before the worker: at a proxy that logs bodies, in a recording of the traffic, at a service worker. So each
//! proof names a public key of its worker, covered by the MAC or signature, and the server encrypts the answer to that
//! key: ECDH with P-256, HKDF-SHA-256, AES-256-GCM. This module has the formats; the server and the browser do the
//! cryptography.

use alloc::{format, string::String, vec::Vec};

use crate::{
    encoding::{self, Malformed, dotted, encode},
    point::p256_point,
    reader::Reader,
};

p256_point! {
    /// The public key of one side of a seal: the worker's, or the server's ephemeral one.
    ///
    /// ```
    /// # use symbolon_shared::seal::SealingKey;
    /// assert_eq!(SealingKey::from_bytes([4; 65]).as_bytes().len(), 65);
    /// ```
    SealingKey
}

/// The recipient of a sealed answer: the worker that made one proof.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// The sealing key of the worker.
    pub key: SealingKey,
    /// The message that the proof's MAC or signature covers.
    pub(crate) message: String,
}

impl Recipient {
    /// Returns the `info` of HKDF (RFC 5869 section 2.3): every word of the proof, and the server's ephemeral key. So
    /// the answer to one proof cannot be opened as the answer to another.
    #[must_use]
    pub fn context(&self, ephemeral: &SealingKey) -> String {
        context(&self.message, &ephemeral.to_text())
    }
}

/// Returns the [context](Recipient::context) for the worker that made a proof over `message`. `ephemeral` is the
/// server's ephemeral key, in base64url.
#[must_use]
pub fn context(message: &str, ephemeral: &str) -> String {
    dotted(&["seal", message, ephemeral])
}

/// A [`GrantBody`](crate::grant_body::GrantBody) that only one worker can open. The body is JSON in one fixed spelling.
///
/// ```
/// # use symbolon_shared::seal::{SealedGrant, SealingKey};
/// let grant = SealedGrant { ephemeral: SealingKey::from_bytes([4; 65]), sealed: vec![5; 40] };
/// assert_eq!(SealedGrant::parse(&grant.to_text()), Ok(grant));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedGrant {
    /// The ephemeral key, which the server made for this one answer.
    pub ephemeral: SealingKey,
    /// The AES-256-GCM ciphertext, followed by its tag of 16 bytes.
    pub sealed: Vec<u8>,
}

const BEFORE_KEY: &str = r#"{"ephemeral_key":""#;
const BEFORE_SEALED: &str = r#","sealed_grant":""#;

impl SealedGrant {
    /// Returns the body as JSON.
    #[must_use]
    pub fn to_text(&self) -> String {
        let (ephemeral, sealed) = (self.ephemeral.to_text(), encode(&self.sealed));
        format!("{BEFORE_KEY}{ephemeral}\"{BEFORE_SEALED}{sealed}\"}}")
    }

    /// Reads a body that [`to_text`](Self::to_text) wrote.
    ///
    /// # Errors
    /// [`Malformed`] for any other spelling, and so for a grant that is not sealed.
    pub fn parse(body: &str) -> Result<Self, Malformed> {
        let SealedTexts { ephemeral, sealed } = SealedTexts::parse(body)?;
        Ok(Self { ephemeral: SealingKey::parse(ephemeral)?, sealed: encoding::decode(sealed)? })
    }
}

/// A [`SealedGrant`] whose parts are still base64url.
#[derive(Clone, Copy, Debug)]
pub struct SealedTexts<'a> {
    /// The ephemeral key, in base64url.
    pub ephemeral: &'a str,
    /// The ciphertext and tag, in base64url.
    pub sealed: &'a str,
}

impl<'a> SealedTexts<'a> {
    /// Reads the body of a sealed answer, without decoding its two parts.
    ///
    /// # Errors
    /// [`Malformed`] for a body with anything else, and so for a grant that is not sealed. The base64url is not
    /// checked.
    pub fn parse(body: &'a str) -> Result<Self, Malformed> {
        let mut rest = Reader::new(body);
        let (ephemeral, sealed) = (rest.up_to(BEFORE_KEY, b'"')?, rest.up_to(BEFORE_SEALED, b'"')?);
        rest.end("}")?;
        Ok(Self { ephemeral, sealed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{access_token::AccessToken, grant_body::GrantBody};

    fn body() -> String {
        SealedGrant { ephemeral: SealingKey::from_bytes([4; 65]), sealed: [5; 40].into() }.to_text()
    }

    #[test]
    fn a_sealed_grant_is_plain_json() {
        let json: serde_json::Value = serde_json::from_str(&body()).unwrap();
        let members =
            serde_json::json!({ "ephemeral_key": encode(&[4; 65]), "sealed_grant": encode(&[5; 40]) });
        assert_eq!(json, members);
    }

    #[test]
    fn a_sealed_grant_comes_back_as_it_was_written_and_in_no_other_spelling() {
        assert_eq!(SealedGrant::parse(&body()).unwrap().to_text(), body());
        for (from, to) in
            [("{", "{ "), ("\"}", "\"} "), ("BAQ", "BA"), ("BQU", "BQ+"), ("\"}", "=\"}"), ("ed_g", "ed-g")]
        {
            let wrong = body().replacen(from, to, 1);
            assert_ne!(wrong, body());
            assert!(SealedGrant::parse(&wrong).is_err(), "{wrong}");
        }
        assert!(SealedGrant::parse("").is_err());
    }

    /// Covers: I-19
    #[test]
    fn a_grant_in_clear_is_no_sealed_grant() {
        let clear = GrantBody { access_token: AccessToken::new("a.b.c".into()), expires_in: 300 };
        assert!(SealedGrant::parse(&clear.expose()).is_err());
    }
}
