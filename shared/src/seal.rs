//! The sealed answer: what brings the token can be read by the worker that asked for it, and by nobody on the way.
//!
//! TLS ends before the worker does: at a proxy that writes bodies down, in a recording of the traffic, at a service
//! worker. So each proof names a key of its worker's, covered by the MAC or the signature, and the answer is encrypted
//! to that key. Here stands what both sides must agree on; the server and the browser have the cryptography.

use alloc::{format, string::String, vec::Vec};
use core::fmt;

use crate::{
    encoding::{self, Malformed, dotted, encode},
    reader::Reader,
};

/// The public half of a key for sealing, the worker's or the server's: a P-256 point, uncompressed. Whether it lies on
/// the curve is seen at use.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SealingKey([u8; 65]);

impl SealingKey {
    /// The key with these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 65]) -> Self {
        Self(bytes)
    }

    /// The point, as it travels.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 65] {
        &self.0
    }

    pub(crate) fn parse(text: &str) -> Result<Self, Malformed> {
        encoding::decode_array(text).map(Self)
    }

    pub(crate) fn to_text(self) -> String {
        encode(&self.0)
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(..)")
    }
}

/// Whom an answer is sealed to: the worker that made one proof.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// Its key.
    pub key: SealingKey,
    /// What the proof's MAC or signature was made over.
    pub(crate) message: String,
}

impl Recipient {
    /// What the key of the cipher is derived for: every word of the proof, and the server's point. So an answer to one
    /// proof is no answer to another.
    #[must_use]
    pub fn context(&self, ephemeral: &SealingKey) -> String {
        context(&self.message, &ephemeral.to_text())
    }
}

/// The same, for whoever made the proof over this message; with the server's point in base64url.
#[must_use]
pub fn context(message: &str, ephemeral: &str) -> String {
    dotted(&["seal", message, ephemeral])
}

/// The answer to a sign-in or a refresh: a [`GrantBody`](crate::wire::GrantBody) that one worker can open. As that, it
/// has one fixed spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedGrant {
    /// The key that the server made for this one answer.
    pub ephemeral: SealingKey,
    /// The ciphertext, and its tag.
    pub sealed: Vec<u8>,
}

const BEFORE_KEY: &str = r#"{"ephemeral_key":""#;
const BEFORE_SEALED: &str = r#","sealed_grant":""#;

impl SealedGrant {
    /// The body.
    #[must_use]
    pub fn to_text(&self) -> String {
        let (ephemeral, sealed) = (self.ephemeral.to_text(), encode(&self.sealed));
        format!("{BEFORE_KEY}{ephemeral}\"{BEFORE_SEALED}{sealed}\"}}")
    }

    /// Reads what [`to_text`](Self::to_text) wrote.
    ///
    /// # Errors
    /// [`Malformed`] for any other spelling: for a grant in clear, too.
    pub fn parse(body: &str) -> Result<Self, Malformed> {
        let SealedTexts { ephemeral, sealed } = SealedTexts::parse(body)?;
        Ok(Self { ephemeral: SealingKey::parse(ephemeral)?, sealed: encoding::decode(sealed)? })
    }
}

/// The same, as it stands in the body: whoever opens it decodes it.
#[derive(Clone, Copy, Debug)]
pub struct SealedTexts<'a> {
    /// The key, in base64url.
    pub ephemeral: &'a str,
    /// The ciphertext and its tag, in base64url.
    pub sealed: &'a str,
}

impl<'a> SealedTexts<'a> {
    /// Finds them.
    ///
    /// # Errors
    /// [`Malformed`] for anything else than the two: for a grant in clear, too.
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
    use crate::{secret::AccessToken, wire::GrantBody};

    fn body() -> String {
        SealedGrant { ephemeral: SealingKey([4; 65]), sealed: [5; 40].into() }.to_text()
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
