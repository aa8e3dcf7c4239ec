//! The names of paths, cookies and headers, and what is sealed into the answer that brings a token. `docs/protocol.md`
//! says it in prose.

use alloc::{format, string::String};

use zeroize::Zeroizing;

use crate::{encoding::Malformed, reader::Reader, secret::AccessToken};

/// Where the endpoints are mounted.
pub const AUTH_PATH: &str = "/auth";
/// The vault's script, answered to a worker load only; below [`AUTH_PATH`], like all that follow.
pub const VAULT_SCRIPT: &str = "/vault.js";
/// What the bootstrap has in it, for a vault that the server does not start itself; refused unless the server was told.
pub const VAULT_BOOT: &str = "/vault.json";
/// The vault without a worker.
pub const VAULT_INLINE: &str = "/vault-inline.js";
/// The vault's module, by the hash of its content.
pub const VAULT_MODULE: &str = "/vault/{file}";
/// The application's sign-in handler.
pub const SIGN_IN: &str = "/sign-in";
/// A new token for the session.
pub const REFRESH: &str = "/refresh";
/// The end of the session.
pub const SIGN_OUT: &str = "/sign-out";
/// The end of all sessions of the person.
pub const SIGN_OUT_EVERYWHERE: &str = "/sign-out-everywhere";
/// The session that asks.
pub const SESSION: &str = "/session";
/// All sessions of the person who asks.
pub const SESSIONS: &str = "/sessions";
/// One of them.
pub const ONE_SESSION: &str = "/sessions/{id}";

/// The cookie half. No script can set or read a cookie with this prefix in a browser that knows it, and in others the
/// rules of `__Host-` hold (draft-ietf-httpbis-layered-cookies, section 4.1.3).
pub const FINGERPRINT_COOKIE: &str = "__Host-Http-symbolon";
/// The cookie half's name in the text that OWASP formerly published.
pub const OWASP_FINGERPRINT_COOKIE: &str = "__Secure-Fgp";
/// The refresh handle.
pub const REFRESH_COOKIE: &str = "__Host-Http-symbolon-refresh";
/// What ties a vault secret to the browser whose worker was told it. It opens nothing.
pub const VAULT_COOKIE: &str = "__Host-Http-symbolon-vault";

/// Both halves, for pages that a server renders: the fingerprint, a dot, and the token.
pub const RENDERED_COOKIE: &str = "__Host-Http-symbolon-rendered";

/// What a sign-in or a refresh yields: the shape of RFC 6749 section 5.1, in one fixed spelling. It travels
/// [sealed](crate::seal::SealedGrant).
///
/// The spelling is fixed because the vault reads it inside WebAssembly, where a JSON parser would weigh more than
/// everything else together, and because the server that writes it is the one that served the vault.
#[derive(Clone, Debug)]
pub struct GrantBody {
    /// The token half.
    pub access_token: AccessToken,
    /// How long it lives, in seconds from now.
    pub expires_in: u64,
}

const BEFORE_TOKEN: &str = r#"{"access_token":""#;
const BEFORE_EXPIRES_IN: &str = r#","token_type":"Bearer","expires_in":"#;

impl GrantBody {
    /// The body. Every caller is a place where the secret leaves.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        let token = self.access_token.expose();
        Zeroizing::new(format!("{BEFORE_TOKEN}{token}\"{BEFORE_EXPIRES_IN}{}}}", self.expires_in))
    }

    /// Reads what [`expose`](Self::expose) wrote.
    ///
    /// # Errors
    /// [`Malformed`] for any other spelling, and for a token with a character that no compact JWT has.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        // A grant is ASCII, and what is not becomes characters that no grant has. Looking for UTF-8 would weigh ten times as much.
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
