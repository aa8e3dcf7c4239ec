//! A compact HS256 token (RFC 7515 section 3.1): signed, and opened. There are no options.
//!
//! The header is looked up, never parsed: a token whose first segment is none that our keys write is refused, so
//! `alg`, `kid`, `jwk`, `jku`, `x5u` and `crit` are not rejected one by one, there is nothing that reads them.

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::Mac;
use symbolon_shared::{claims::Claims, encoding::encode, secret::AccessToken};

use crate::{
    error::Reason,
    keys::{SigningKey, SigningKeys},
};

/// The longest token that is looked at, in bytes. Ours have about 550; longer ones are refused before any work.
pub(crate) const MAX_LEN: usize = 4096;

pub(crate) fn sign(claims: &Claims, key: &SigningKey) -> AccessToken {
    let payload = serde_json::to_vec(claims).expect("claims are text and whole numbers");
    let mut token = format!("{}.{}", key.token_header(), encode(&payload));
    let mac = key.token_mac(&token).finalize().into_bytes();
    token.push('.');
    token.push_str(&encode(&mac));
    AccessToken::new(token)
}

/// The claims of a token whose MAC is right; nothing else in them has been judged.
pub(crate) fn open(token: &str, keys: &SigningKeys) -> Result<Claims, Reason> {
    if token.len() > MAX_LEN {
        return Err(Reason::TokenMalformed);
    }
    let (signing_input, mac) = token.rsplit_once('.').ok_or(Reason::TokenMalformed)?;
    let (header, payload) = signing_input.split_once('.').ok_or(Reason::TokenMalformed)?;
    let key = keys.all().iter().find(|key| key.token_header() == header).ok_or(Reason::KeyUnknown)?;

    let mac: [u8; 32] = symbolon_shared::encoding::decode_array(mac).map_err(|_| Reason::SignatureInvalid)?;
    key.token_mac(signing_input).verify_slice(&mac).map_err(|_| Reason::SignatureInvalid)?;

    let payload = Base64UrlUnpadded::decode_vec(payload).map_err(|_| Reason::TokenMalformed)?;
    serde_json::from_slice(&payload).map_err(|_| Reason::TokenMalformed)
}

#[cfg(test)]
mod tests {
    use symbolon_shared::{
        claims::Subject,
        fingerprint::Fingerprint,
        id::{SessionId, TokenId},
        time::UnixTime,
    };

    use super::*;

    fn claims() -> Claims {
        Claims {
            iss: "https://app.example".into(),
            aud: "https://app.example".into(),
            sub: Subject::new(7).unwrap(),
            sid: SessionId::from_bytes([1; 16]),
            jti: TokenId::from_bytes([2; 16]),
            iat: UnixTime(1_700_000_000),
            exp: UnixTime(1_700_000_300),
            auth_time: UnixTime(1_700_000_000),
            fingerprint: Fingerprint::from_random([3; 32]).hash(),
        }
    }

    fn signed_as(header: &str, payload: &str, key: &SigningKey) -> String {
        let input = format!("{}.{}", encode(header.as_bytes()), encode(payload.as_bytes()));
        let mac = key.token_mac(&input).finalize().into_bytes();
        format!("{input}.{}", encode(&mac))
    }

    fn header_of(key: &SigningKey) -> String {
        String::from_utf8(Base64UrlUnpadded::decode_vec(key.token_header()).unwrap()).unwrap()
    }

    #[test]
    fn a_token_opens_with_its_own_key_only() {
        let (keys, others) = (SigningKeys::generate().unwrap(), SigningKeys::generate().unwrap());
        let token = sign(&claims(), keys.current());
        assert_eq!(open(token.expose(), &keys), Ok(claims()));
        assert_eq!(open(token.expose(), &others), Err(Reason::KeyUnknown));
        let ours_by_another = signed_as(&header_of(keys.current()), "{}", others.current());
        assert_eq!(open(&ours_by_another, &keys), Err(Reason::SignatureInvalid));
    }

    #[test]
    fn t_01_a_change_anywhere_in_a_token_refuses_it() {
        let keys = SigningKeys::generate().unwrap();
        let token = sign(&claims(), keys.current());
        for position in 0..token.expose().len() {
            for replacement in [b'A', b'B', b'.', b'=', b'\n', b'~'] {
                let mut bytes = token.expose().as_bytes().to_vec();
                if bytes[position] != replacement {
                    bytes[position] = replacement;
                    let changed = String::from_utf8(bytes).unwrap();
                    assert!(
                        open(&changed, &keys).is_err(),
                        "byte {position} as {:?}",
                        char::from(replacement)
                    );
                }
            }
        }
    }

    #[test]
    fn t_02_another_algorithm_is_refused_even_with_a_genuine_mac() {
        let keys = SigningKeys::generate().unwrap();
        let ours = header_of(keys.current());
        let payload = serde_json::to_string(&claims()).unwrap();
        assert!(open(&signed_as(&ours, &payload, keys.current()), &keys).is_ok(), "the control");
        for alg in [
            r#""none""#,
            r#""None""#,
            r#""NONE""#,
            r#""nOnE""#,
            r#""""#,
            r#""hs256""#,
            r#""HS256 ""#,
            r#""HS384""#,
            r#""RS256""#,
            r#""ES256""#,
            r#""EdDSA""#,
            "null",
            "256",
            r#"["HS256"]"#,
            "true",
        ] {
            let header = ours.replace(r#""HS256""#, alg);
            assert_eq!(
                open(&signed_as(&header, &payload, keys.current()), &keys),
                Err(Reason::KeyUnknown),
                "{alg}"
            );
        }
        for header in [
            ours.replace(r#""alg":"HS256","#, ""),
            ours.replace('{', r#"{"crit":["x"],"#),
            ours.replace('{', r#"{"jku":"https://evil.example","#),
            ours.replace(':', ": "),
            ours.replace("session+jwt", "JWT"),
        ] {
            assert_eq!(
                open(&signed_as(&header, &payload, keys.current()), &keys),
                Err(Reason::KeyUnknown),
                "{header}"
            );
        }
    }

    #[test]
    fn t_07_only_three_segments_of_strict_base64url_are_a_token() {
        let keys = SigningKeys::generate().unwrap();
        let token = sign(&claims(), keys.current());
        let token = token.expose();
        let [header, payload, mac] = token.split('.').collect::<Vec<_>>()[..] else { panic!() };
        let padded_payload = {
            let input = format!("{header}.{payload}=");
            let mac = keys.current().token_mac(&input).finalize().into_bytes();
            format!("{input}.{}", encode(&mac))
        };
        for wrong in [
            String::new(),
            ".".into(),
            "..".into(),
            "...".into(),
            header.into(),
            format!("{header}.{payload}"),
            format!("{header}.{payload}."),
            format!("{token}="),
            format!("{token}\n"),
            format!(" {token}"),
            format!("{token}.{mac}"),
            format!("{header}..{mac}"),
            format!(".{payload}.{mac}"),
            format!("{header}.{payload}.{}", &mac[..42]),
            format!("{header}.{payload}.{}", &mac[..22]),
            format!(r#"{{"protected":"{header}","payload":"{payload}","signature":"{mac}"}}"#),
            token.replace('.', "+"),
            padded_payload,
            ".".repeat(100_000),
            "A".repeat(1_000_000),
        ] {
            assert!(open(&wrong, &keys).is_err(), "{}", &wrong[..wrong.len().min(80)]);
        }
    }

    #[test]
    fn t_07_the_last_characters_unused_bits_have_one_spelling() {
        const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let keys = SigningKeys::generate().unwrap();
        let token = sign(&claims(), keys.current());
        let (kept, last) = token.expose().split_at(token.expose().len() - 1);
        let accepted: Vec<char> =
            ALPHABET.chars().filter(|end| open(&format!("{kept}{end}"), &keys).is_ok()).collect();
        assert_eq!(accepted, last.chars().collect::<Vec<_>>());
    }

    #[test]
    fn hostile_payloads_are_refused_without_a_panic() {
        let keys = SigningKeys::generate().unwrap();
        let header = header_of(keys.current());
        for payload in
            ["", "null", "[]", "\"text\"", "{}", "\u{feff}{}", &"[".repeat(1000), &"{\"a\":".repeat(500)]
        {
            assert_eq!(
                open(&signed_as(&header, payload, keys.current()), &keys),
                Err(Reason::TokenMalformed),
                "{payload:.20}"
            );
        }
    }
}
