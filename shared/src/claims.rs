//! What a token says.

use alloc::string::{String, ToString};
use core::fmt::{self, Display};

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::{
    encoding::Malformed,
    fingerprint::FingerprintHash,
    id::{SessionId, TokenId},
    time::UnixTime,
};

/// Every claim of a session token, all of them required (their names are those of RFC 7519 section 4.1, and of `OpenID` Connect Core 1.0 section 2).
///
/// A member that is missing, doubled, unknown or of another type refuses the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// Who issued it: the server's origin.
    pub iss: String,
    /// Whom it is for: the server's origin again, for nobody else accepts it.
    pub aud: String,
    /// Whose session it is.
    pub sub: Subject,
    /// Which session it is.
    pub sid: SessionId,
    /// This token's own name.
    pub jti: TokenId,
    /// When it was issued.
    pub iat: UnixTime,
    /// When it ends.
    pub exp: UnixTime,
    /// When the person proved who they are.
    pub auth_time: UnixTime,
    /// The hash of the other half.
    #[serde(rename = "userFingerprint")]
    pub fingerprint: FingerprintHash,
}

/// Whom a session belongs to: the application's own name for a person, stable and never given to anybody else.
///
/// Everybody who sees the token can read it, so it should be an id and not a mail address. `Debug` shows nothing.
///
/// ```
/// # use symbolon_shared::claims::Subject;
/// assert_eq!(Subject::new(42).unwrap().as_str(), "42");
/// assert!(Subject::new("line\nbreak").is_err());
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Subject(String);

impl Subject {
    /// The longest subject, in bytes (`OpenID` Connect Core 1.0, section 2).
    pub const MAX_LEN: usize = 255;

    /// From a user id: any number, UUID or text.
    ///
    /// # Errors
    /// [`Malformed`] when its text is empty, longer than [`MAX_LEN`](Self::MAX_LEN), or holds a control character.
    pub fn new(id: impl Display) -> Result<Self, Malformed> {
        let text = id.to_string();
        if text.is_empty() || text.len() > Self::MAX_LEN || text.contains(char::is_control) {
            return Err(Malformed);
        }
        Ok(Self(text))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subject(..)")
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Claims, serde_json::Error> {
        serde_json::from_str(json)
    }

    fn json() -> String {
        alloc::format!(
            r#"{{"iss":"i","aud":"i","sub":"s","sid":"{id}","jti":"{id}","iat":1,"exp":2,"auth_time":1,"userFingerprint":"{hash}"}}"#,
            id = "A".repeat(22),
            hash = "0".repeat(64)
        )
    }

    #[test]
    fn claims_come_back_as_they_were_written() {
        let claims = read(&json()).unwrap();
        assert_eq!(serde_json::to_string(&claims).unwrap(), json());
    }

    #[test]
    fn a_claim_missing_doubled_unknown_or_of_another_type_is_refused() {
        for (from, to) in [
            (r#""exp":2,"#, ""),
            (r#""exp":2,"#, r#""exp":2,"exp":2,"#),
            (r#""exp":2,"#, r#""exp":2,"admin":true,"#),
            (r#""exp":2,"#, r#""EXP":2,"#),
            ("2", "2.0"),
            ("2", "-2"),
            ("2", "1e400"),
            ("2", "18446744073709551616"),
            ("2", r#""2""#),
            ("2", "null"),
            (r#""sub":"s""#, r#""sub":"""#),
            (r#""sub":"s""#, r#""sub":7"#),
            ("0000\"}", "000A\"}"),
            ("}", "} x"),
        ] {
            let changed = json().replacen(from, to, 1);
            assert_ne!(changed, json());
            assert!(read(&changed).is_err(), "{changed}");
        }
    }
}
