//! The answer to a sign-in or a refresh, before it is sealed.

use alloc::{format, string::String};

use zeroize::Zeroizing;

use crate::{access_token::AccessToken, encoding::Malformed, reader::Reader};

/// The answer to a sign-in or a refresh: a token and its lifetime (RFC 6749 section 5.1). The server sends it
/// [sealed](crate::seal::SealedGrant).
///
/// The body is JSON in one fixed spelling. The vault reads it inside WebAssembly, where a JSON parser would be larger
/// than everything else together. The server that writes the body is the one that served the vault, so both agree.
///
/// ```
/// # use symbolon_shared::{access_token::AccessToken, grant_body::GrantBody};
/// let grant = GrantBody { access_token: AccessToken::new("header.payload.mac".into()), expires_in: 300 };
/// let body = grant.expose();
/// assert_eq!(*body, r#"{"access_token":"header.payload.mac","token_type":"Bearer","expires_in":300}"#);
/// assert_eq!(GrantBody::parse(body.as_bytes()).unwrap().expires_in, 300);
/// assert!(GrantBody::parse(b"{}").is_err());
/// ```
#[derive(Clone, Debug)]
pub struct GrantBody {
    /// The access token: the token half of the session.
    pub access_token: AccessToken,
    /// The lifetime of the token, in seconds from now.
    pub expires_in: u64,
}

const BEFORE_TOKEN: &str = r#"{"access_token":""#;
const BEFORE_EXPIRES_IN: &str = r#","token_type":"Bearer","expires_in":"#;

impl GrantBody {
    /// Returns the body as JSON. Every caller is a place where the secret leaves.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        let token = self.access_token.expose();
        Zeroizing::new(format!("{BEFORE_TOKEN}{token}\"{BEFORE_EXPIRES_IN}{}}}", self.expires_in))
    }

    /// Reads a body that [`expose`](Self::expose) wrote.
    ///
    /// # Errors
    /// [`Malformed`] for any other spelling, and for a token with a character that no compact JWT has.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        // A grant is ASCII. Any other byte becomes a character that no grant has; a UTF-8 check would be ten times as
        // large.
        let text: Zeroizing<String> = Zeroizing::new(body.iter().copied().map(char::from).collect());
        let mut rest = Reader::new(&text);
        let token = rest.up_to(BEFORE_TOKEN, b'"')?;
        let expires_in = rest.number(BEFORE_EXPIRES_IN)?;
        rest.end("}")?;
        if token.is_empty()
            || !token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        {
            return Err(Malformed);
        }
        Ok(Self { access_token: AccessToken::new(token.into()), expires_in })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body() -> String {
        GrantBody { access_token: AccessToken::new("a.b.c-_9".into()), expires_in: 300 }
            .expose()
            .as_str()
            .into()
    }

    #[test]
    fn a_grant_is_plain_json() {
        let json: serde_json::Value = serde_json::from_str(&body()).unwrap();
        assert_eq!(
            json,
            serde_json::json!({ "access_token": "a.b.c-_9", "token_type": "Bearer", "expires_in": 300 })
        );
    }

    #[test]
    fn a_grant_comes_back_as_it_was_written_and_in_no_other_spelling() {
        let read = GrantBody::parse(body().as_bytes()).unwrap();
        assert_eq!((read.access_token.expose(), read.expires_in), ("a.b.c-_9", 300));
        for (from, to) in [
            ("{", "{ "),
            ("300", "3e2"),
            ("300", "-1"),
            ("300", "+300"),
            ("300", "0300"),
            ("}", ""),
            ("a.b", "a\\u002eb"),
            ("Bearer", "DPoP"),
        ] {
            let wrong = body().replacen(from, to, 1);
            assert!(GrantBody::parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert!(GrantBody::parse(b"").is_err());
        assert!(GrantBody::parse(&[0xff; 64]).is_err());
    }
}
