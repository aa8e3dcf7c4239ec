//! Signs and verifies compact HS256 tokens (RFC 7515 section 3.1). There are no options.
//!
//! The header is looked up and never parsed. A token is refused unless its first segment is, byte for byte, a header that
//! one of the server's keys writes. Nothing reads `alg`, `kid`, `jwk`, `jku`, `x5u` or `crit`, so nothing can be tricked
//! by them.

pub(crate) mod issue;

use base64_simd::{Out, URL_SAFE_NO_PAD};
use constant_time_eq::constant_time_eq_32;
use hmac::Mac;
use symbolon_shared::{claims::Claims, fingerprint::FingerprintFormat, time::UnixTime};

use crate::{
    error::Reason,
    keys::{SigningKeys, TokenKind},
};

/// The maximum length of a token: 2,048 bytes. A longer token is not issued, and is refused before any other work.
///
/// A token has about 650 bytes and the application's claims. The limit is a quarter of the 8 KiB that servers commonly
/// allow for all headers.
pub(crate) const MAX_LEN: usize = 2048;

/// A buffer for the decoded claims of one token.
pub(crate) type Buffer = [u8; MAX_LEN];

/// The payload of a token whose MAC is valid. The payload was not decoded yet.
#[derive(Debug)]
pub(crate) struct MacVerified<'t>(&'t str);

impl<'t> MacVerified<'t> {
    /// Looks up the token's header among those that the keys write, and verifies the MAC.
    pub(crate) fn check(
        token: &'t str,
        kind: TokenKind,
        keys: &SigningKeys,
        now: UnixTime,
    ) -> Result<Self, Reason> {
        if token.len() > MAX_LEN {
            return Err(Reason::TokenMalformed);
        }
        let mut verifiers = keys.verifiers(now).map(|key| key.token(kind));
        let known = verifiers.find_map(|key| Some((key, token.strip_prefix(key.header())?)));
        let Some((key, rest)) = known else {
            return Err(if token.contains('.') { Reason::KeyUnknown } else { Reason::TokenMalformed });
        };
        let dot = memchr::memchr(b'.', rest.as_bytes()).ok_or(Reason::TokenMalformed)?;
        let (payload, mac) = (&rest[..dot], &rest[dot + 1..]);
        let mac: [u8; 32] = decode_array(mac).ok_or(Reason::SignatureInvalid)?;
        let expected: [u8; 32] = key.mac(payload).finalize().into_bytes().into();
        if constant_time_eq_32(&expected, &mac) { Ok(Self(payload)) } else { Err(Reason::SignatureInvalid) }
    }

    /// Decodes the claims. Callers still have to check what they say.
    pub(crate) fn claims<'b>(
        &self,
        format: FingerprintFormat,
        buffer: &'b mut Buffer,
    ) -> Result<Claims<'b>, Reason> {
        let json = URL_SAFE_NO_PAD.decode(self.0.as_bytes(), Out::from_slice(buffer));
        let json = json.ok().and_then(|bytes| str::from_utf8(bytes).ok()).ok_or(Reason::TokenMalformed)?;
        let claims = Claims::read(json, format).map_err(|_| Reason::TokenMalformed)?;
        match claims.app {
            Some(app) if !is_json(app) => Err(Reason::TokenMalformed),
            _ => Ok(claims),
        }
    }
}

/// Decodes `N` bytes of base64url, faster than [`symbolon_shared::encoding::decode_array`] and not in constant time. Use
/// it for values that are not secret.
pub(crate) fn decode_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    // The length is checked first, because the decoder panics if the buffer is too small.
    if text.len() != N.div_ceil(3) * 4 - (3 - N % 3) % 3 {
        return None;
    }
    let length = URL_SAFE_NO_PAD.decode(text.as_bytes(), Out::from_slice(&mut bytes)).ok()?.len();
    (length == N).then_some(bytes)
}

/// Returns whether `text` is exactly one JSON value.
fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

#[cfg(test)]
mod tests;
