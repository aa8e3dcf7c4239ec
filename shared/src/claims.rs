//! The claims of a token, and their one spelling as JSON.

use alloc::{format, string::String};

use crate::{
    encoding::Malformed,
    fingerprint::{FingerprintFormat, FingerprintHash},
    reader::Reader,
    time::UnixTime,
};

/// The claims of a session token. The names come from RFC 7519 section 4.1, `OpenID` Connect Core 1.0 section 2, and
/// RFC 9068 section 2.2.
///
/// The server that reads a token is the one that wrote it, so the claims have one spelling: these members, in this
/// order, without white space or escapes. A token with a missing, duplicate, unknown or misplaced member, or with one
/// of another type, is refused. To everybody else the claims are plain JSON.
///
/// ```
/// # use symbolon_shared::{claims::Claims, fingerprint::*, time::UnixTime};
/// # let claims = Claims {
/// #     iss: "https://app.example", aud: "https://app.example", sub: "7", sid: "AQEBAQEBAQEBAQEBAQEBAQ",
/// #     jti: "AgICAgICAgICAgICAgICAg", iat: UnixTime(1), nbf: UnixTime(1), exp: UnixTime(301),
/// #     auth_time: UnixTime(1), amr: "\"pwd\"", acr: None, version: 3,
/// #     fingerprint: Fingerprint::from_random([3; 32]).hash(), app: Some(r#"{"role":"editor"}"#),
/// # };
/// let format = FingerprintFormat::Base64Url;
/// let text = claims.write(format);
/// assert_eq!(Claims::read(&text, format).as_ref(), Ok(&claims));
/// assert!(Claims::read(&text.replace(',', ", "), format).is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims<'a> {
    /// The issuer: the server's origin.
    pub iss: &'a str,
    /// The audience: the server's origin too, because no other server accepts the token.
    pub aud: &'a str,
    /// The person whose session it is: a [`Subject`](crate::subject::Subject).
    pub sub: &'a str,
    /// The session: a [`SessionId`](crate::id::SessionId) as text.
    pub sid: &'a str,
    /// The id of the token: a [`TokenId`](crate::id::TokenId) as text. Reading does not check it.
    pub jti: &'a str,
    /// When the token was issued.
    pub iat: UnixTime,
    /// When the token becomes valid.
    pub nbf: UnixTime,
    /// When the token expires.
    pub exp: UnixTime,
    /// When the person signed in or last proved who they are.
    pub auth_time: UnixTime,
    /// The authentication methods (RFC 8176): the inside of a JSON array of strings, empty if the application named
    /// none.
    pub amr: &'a str,
    /// The authentication level (authentication context class) in the application's own words, if it named one.
    pub acr: Option<&'a str>,
    /// The position in the change feed up to which the server had read when it issued the token.
    pub version: u64,
    /// The hash of the fingerprint cookie, as the claim `userFingerprint`.
    pub fingerprint: FingerprintHash,
    /// The application's own claims: any JSON value. Reading does not check it.
    pub app: Option<&'a str>,
}

impl<'a> Claims<'a> {
    /// Returns the claims as JSON: the payload of the token, before base64url.
    #[must_use]
    pub fn write(&self, format: FingerprintFormat) -> String {
        let Self { iss, aud, sub, sid, jti, iat, nbf, exp, auth_time, amr, acr, version, fingerprint, app } =
            self;
        let fingerprint = fingerprint.to_hex(format);
        let acr = acr.map(|acr| format!(r#","acr":"{acr}""#)).unwrap_or_default();
        let app = app.map(|app| format!(r#","app":{app}"#)).unwrap_or_default();
        format!(
            r#"{{"iss":"{iss}","aud":"{aud}","sub":"{sub}","sid":"{sid}","jti":"{jti}","iat":{},"nbf":{},"exp":{},"auth_time":{},"amr":[{amr}]{acr},"ver":{version},"userFingerprint":"{fingerprint}"{app}}}"#,
            iat.0, nbf.0, exp.0, auth_time.0
        )
    }

    /// Reads claims that [`write`](Self::write) wrote. Whether `app` is JSON is left to its reader.
    ///
    /// # Errors
    /// [`Malformed`] for any other spelling.
    pub fn read(payload: &'a str, format: FingerprintFormat) -> Result<Self, Malformed> {
        let mut rest = Reader::new(payload);
        // The fields are evaluated in this order, and so are the members of the text.
        Ok(Self {
            iss: rest.string(r#"{"iss":""#)?,
            aud: rest.string(r#","aud":""#)?,
            sub: rest.string(r#","sub":""#)?,
            sid: rest.string(r#","sid":""#)?,
            jti: rest.string(r#","jti":""#)?,
            iat: UnixTime(rest.number(r#","iat":"#)?),
            nbf: UnixTime(rest.number(r#","nbf":"#)?),
            exp: UnixTime(rest.number(r#","exp":"#)?),
            auth_time: UnixTime(rest.number(r#","auth_time":"#)?),
            amr: rest.up_to(r#","amr":["#, b']')?,
            acr: if rest.rest().starts_with(r#","acr":"#) { Some(rest.string(r#","acr":""#)?) } else { None },
            version: rest.number(r#","ver":"#)?,
            fingerprint: FingerprintHash::parse(rest.string(r#","userFingerprint":""#)?, format)?,
            app: app(rest.rest())?,
        })
    }
}

/// Returns the subject, read from the beginning of the claims. The vault needs no other claim.
///
/// # Errors
/// [`Malformed`] if the claims do not begin as [`Claims::write`] writes them.
pub fn subject_of(payload: &str) -> Result<&str, Malformed> {
    let mut rest = Reader::new(payload);
    rest.string(r#"{"iss":""#)?;
    rest.string(r#","aud":""#)?;
    rest.string(r#","sub":""#)
}

/// Returns the application's claims, if there are any, from what follows the fingerprint.
fn app(rest: &str) -> Result<Option<&str>, Malformed> {
    match rest.strip_suffix('}').ok_or(Malformed)? {
        "" => Ok(None),
        rest => rest.strip_prefix(r#","app":"#).map(Some).ok_or(Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMAT: FingerprintFormat = FingerprintFormat::Base64Url;

    fn text() -> String {
        format!(
            r#"{{"iss":"i","aud":"i","sub":"s","sid":"{id}","jti":"{id}","iat":1,"nbf":1,"exp":2,"auth_time":1,"amr":["pwd","otp"],"acr":"high","ver":7,"userFingerprint":"{hash}","app":{{"a":[1]}}}}"#,
            id = "A".repeat(22),
            hash = "0".repeat(64)
        )
    }

    #[test]
    fn claims_come_back_as_they_were_written_and_are_plain_json() {
        let text = text();
        let claims = Claims::read(&text, FORMAT).unwrap();
        assert_eq!(
            (claims.amr, claims.acr, claims.app),
            (r#""pwd","otp""#, Some("high"), Some(r#"{"a":[1]}"#))
        );
        assert_eq!(claims.write(FORMAT), text);
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&json["amr"][1], &json["app"]["a"][0]), (&"otp".into(), &1.into()));

        let bare = Claims { amr: "", acr: None, app: None, ..claims };
        assert_eq!(Claims::read(&bare.write(FORMAT), FORMAT).unwrap(), bare);
        assert!(serde_json::from_str::<serde_json::Value>(&bare.write(FORMAT)).is_ok());
    }

    /// Covers: T-09, T-10
    #[test]
    fn a_claim_missing_doubled_misplaced_unknown_or_of_another_type_is_refused() {
        for (from, to) in [
            (r#","exp":2"#, ""),
            (r#","exp":2"#, r#","exp":2,"exp":2"#),
            (r#","exp":2"#, r#","exp":2,"admin":true"#),
            (r#","nbf":1,"exp":2"#, r#","exp":2,"nbf":1"#),
            (r#""exp":2"#, r#""EXP":2"#),
            (r#""exp":2"#, r#""exp":2.0"#),
            (r#""exp":2"#, r#""exp":-2"#),
            (r#""exp":2"#, r#""exp":+2"#),
            (r#""exp":2"#, r#""exp":02"#),
            (r#""exp":2"#, r#""exp":0x2"#),
            (r#""exp":2"#, r#""exp":1e400"#),
            (r#""exp":2"#, r#""exp":18446744073709551616"#),
            (r#""exp":2"#, r#""exp":"2""#),
            (r#""exp":2"#, r#""exp":null"#),
            (r#""exp":2"#, r#""exp":"#),
            (r#""nbf":1"#, r#""nbf":"1""#),
            (r#""sub":"s""#, r#""sub":7"#),
            (r#""sub":"s""#, r#""sub":"\u0073""#),
            (r#""sub":"s""#, "\"sub\":\"s\n\""),
            ("0000\"", "000A\""),
            (r#""acr":"high""#, r#""acr":null"#),
            (r#""acr":"high""#, r#""acr":"hi\u0067h""#),
            (",", ", "),
            ("{", " {"),
            ("]}}", r#"]}},"exp":3"#),
        ] {
            let changed = text().replacen(from, to, 1);
            assert_ne!(changed, text());
            assert!(Claims::read(&changed, FORMAT).is_err(), "{changed}");
        }
        for end in 0..text().len() {
            let _ = Claims::read(&text()[..end], FORMAT);
        }
    }
}
