//! The JWTs of the weak applications, made as tutorials make them: every client that has one is let in.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64ct::{Base64UrlUnpadded as Base64, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;
const LIFETIME: Duration = Duration::from_hours(1);

/// The claims of a token.
#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    exp: u64,
}

/// A signing key that is lost when the process ends.
pub(super) struct Key([u8; 32]);

impl Key {
    pub(super) fn generate() -> anyhow::Result<Self> {
        let mut key = [0; 32];
        getrandom::fill(&mut key)?;
        Ok(Self(key))
    }

    pub(super) fn sign(&self, person: &str) -> anyhow::Result<String> {
        let claims = Claims { sub: person.to_owned(), exp: now() + LIFETIME.as_secs() };
        let claims = Base64::encode_string(&serde_json::to_vec(&claims)?);
        let signed = format!("{}.{claims}", Base64::encode_string(HEADER.as_bytes()));
        let mac = Base64::encode_string(&self.mac(&signed).finalize().into_bytes());
        Ok(format!("{signed}.{mac}"))
    }

    /// Returns the subject of a genuine token that has not expired.
    pub(super) fn verify(&self, token: &str) -> Option<String> {
        let (signed, mac) = token.rsplit_once('.')?;
        self.mac(signed).verify_slice(&Base64::decode_vec(mac).ok()?).ok()?;
        let (_, claims) = signed.split_once('.')?;
        let claims: Claims = serde_json::from_slice(&Base64::decode_vec(claims).ok()?).ok()?;
        (claims.exp > now()).then_some(claims.sub)
    }

    fn mac(&self, signed: &str) -> Hmac<Sha256> {
        let mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.chain_update(signed)
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Returns a random password of 72 bits.
pub(super) fn random() -> anyhow::Result<String> {
    let mut bytes = [0; 9];
    getrandom::fill(&mut bytes)?;
    Ok(Base64::encode_string(&bytes))
}

/// Returns everything in a text that could be a JWT: three parts, of which the first is base64url of a JSON object's
/// beginning.
pub(super) fn in_text(text: &str) -> Vec<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    text.split(|c| !is_part(c))
        .map(|piece| piece.trim_matches('.'))
        .filter(|piece| looks_like(piece))
        .collect()
}

fn looks_like(piece: &str) -> bool {
    let parts: Vec<_> = piece.split('.').collect();
    let [header, claims, mac] = parts[..] else { return false };
    !claims.is_empty()
        && !mac.is_empty()
        && Base64::decode_vec(header).is_ok_and(|json| json.starts_with(b"{"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_until_it_is_changed_and_for_its_own_key_only() {
        let key = Key::generate().unwrap();
        let token = key.sign("ann").unwrap();
        assert_eq!(key.verify(&token).as_deref(), Some("ann"));
        assert_eq!(Key::generate().unwrap().verify(&token), None);
        assert_eq!(key.verify(&token[..token.len() - 2]), None);
        assert_eq!(key.verify(""), None);
    }

    #[test]
    fn a_token_is_found_in_whatever_stands_around_it() {
        let token = Key::generate().unwrap().sign("ann").unwrap();
        for text in [
            format!("Bearer {token}"),
            format!("/api/me?token={token}&x=1"),
            format!("refused with {token}."),
            format!(r#"{{"fetch":["{token}"]}}"#),
        ] {
            assert_eq!(in_text(&text), [&token], "{text}");
        }
        for none in
            ["document.documentElement.outerHTML", "127.0.0.1", "a.b.c", "eyJhbGciOiJIUzI1NiJ9.e30.", ""]
        {
            assert!(in_text(none).is_empty(), "{none}");
        }
    }
}
